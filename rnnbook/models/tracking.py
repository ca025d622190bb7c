"""Tracking: how strongly each output still depends on the first input."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook import _check, layers
from rnnbook.sequences import State, directions, read


class RNNWithGradientTracking(nn.Module):
    """A recurrent layer that says how much gradient each of its outputs sends to the first input.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the state.
    layer : callable, optional
        Builds the recurrent layer.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``x``, ``lengths`` or ``target``
        does not fit.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import RNNWithGradientTracking
    >>> _ = torch.manual_seed(0)
    >>> model = RNNWithGradientTracking(10, 32)
    >>> norms = model.track_gradients(torch.randn(1, 50, 10))
    >>> norms.shape, bool(norms[49] < 1e-10 * norms[0])
    ((50,), True)
    """

    def __init__(
        self, input_size: int, hidden_size: int, *, layer: Callable[..., nn.Module] = nn.RNN
    ) -> None:
        super().__init__()
        self.rnn = layers.build(type(self).__name__, layer, input_size, hidden_size)

    def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> tuple[Tensor, State]:
        """Return what the layer does: the state at every step, and the last one.

        Parameters
        ----------
        x : Tensor
            (batch, time, input_size).
        lengths : Tensor, optional
            True lengths, (batch,), int64 on the CPU; None when nothing is padded.
        """
        _check.reads(type(self).__name__, "x", x, self.rnn)
        return read(self.rnn, x, lengths=lengths)

    def track_gradients(self, x: Tensor, target: Tensor | None = None) -> NDArray[np.float64]:
        """Return the norm of the gradient at the first input, for an output at each step.

        Parameters
        ----------
        x : Tensor
            (batch, time, input_size). It is left as it is, and so are the ``.grad`` of the model.
        target : Tensor, optional
            (batch, time, hidden_size). With it, the gradient is that of the squared error of the
            output at a step; without it, of the first number of that output.

        Returns
        -------
        ndarray
            (time,): entry t is for the output t steps after the first input, so entry 0 is for no
            step in between.
        """
        _check.reads(type(self).__name__, "x", x, self.rnn)
        self._check_target(x, target)
        first, rest = x[:, :1].detach().clone().requires_grad_(), x[:, 1:].detach()
        output, _ = self(torch.cat([first, rest], dim=1))
        heights = output[..., 0] if target is None else (output - target).square().sum(-1)
        norms = np.empty(output.shape[1])
        for t in range(len(norms)):
            (gradient,) = torch.autograd.grad(heights[:, t].sum(), first, retain_graph=True)
            norms[t] = gradient.norm().item()
        return norms

    def _check_target(self, x: Tensor, target: Tensor | None) -> None:
        """Raise unless ``target`` is left out or has a number for each of the outputs for ``x``."""
        if target is None:
            return
        _check.floating(type(self).__name__, "target", target, x.dtype)
        wanted = (*x.shape[:2], cast("int", self.rnn.hidden_size) * directions(self.rnn))
        if target.shape != wanted:
            raise ValueError(
                f"{type(self).__name__}: expected target of shape {wanted}, that of the outputs, "
                f"got {tuple(target.shape)}; leave it out to follow the output itself"
            )
