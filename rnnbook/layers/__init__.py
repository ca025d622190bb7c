"""A whole sequence: recurrent layers, all called alike, as PyTorch's own are."""

from rnnbook.layers.form import Layer
from rnnbook.layers.linear import MinGRU
from rnnbook.layers.plain import GRU, LSTM, RNN, unroll
from rnnbook.sequences import (
    State,
    detach,
    directions,
    last_state,
    map_state,
    read,
    real_steps,
    reverse_within,
)

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "Layer",
    "MinGRU",
    "State",
    "detach",
    "directions",
    "last_state",
    "map_state",
    "read",
    "real_steps",
    "reverse_within",
    "unroll",
]
