"""Switching a model to evaluation for a moment, without leaving a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def switched(model: nn.Module, *, training: bool) -> Iterator[None]:
    """Put ``model`` in training or evaluation mode, then every part back in the mode it was in."""
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, mode in before:
            module.training = mode
