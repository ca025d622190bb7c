"""The old address of :class:`rnnbook.layers.MinGRU`, which experiments import it from."""

from rnnbook.layers.linear import MinGRU as MinGRU
