"""A plain recurrent layer whose gradient is written by hand, so that autograd records no step.

The recurrence is Elman's (1990), its gradient that of Werbos (1990), as in :mod:`rnnbook.bptt`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence

from rnnbook import _check
from rnnbook.layers._single import _Single
from rnnbook.sequences import last_state


class FastRNN(_Single):
    """Read whole sequences as :class:`torch.nn.RNN` does, with a backward pass written by hand.

    Autograd records an entry for each operation, and on small layers these entries can take longer
    than the products. Here it records one entry for all steps.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the state.
    num_layers : int
        One: it is not stacked.
    batch_first : bool
        Whether ``xs`` and ``output`` are (batch, time, …) and not (time, batch, …).
    dropout : float
        None: it acts between layers.
    bidirectional : bool
        False: it reads forward only.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number, or a stack, dropout or a second direction is asked
        for; in a call, if ``xs`` or ``h_0`` does not fit.

    Notes
    -----
    ``h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h)``, after Elman (1990). Parameters carry PyTorch's
    names and start as PyTorch's do. The gradient cannot be differentiated a second time.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from rnnbook.layers import FastRNN
    >>> ours, theirs = FastRNN(3, 4, batch_first=True), nn.RNN(3, 4, batch_first=True)
    >>> ours.load_state_dict(theirs.state_dict())
    <All keys matched successfully>
    >>> xs = torch.randn(2, 5, 3)
    >>> output, h_n = ours(xs)
    >>> output.shape, h_n.shape
    (torch.Size([2, 5, 4]), torch.Size([1, 2, 4]))
    >>> torch.allclose(output, theirs(xs)[0], atol=1e-6)
    True
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
    ) -> None:
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
        )
        bound = self.hidden_size**-0.5

        def drawn(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.empty(shape).uniform_(-bound, bound))

        self.weight_ih_l0 = drawn(self.hidden_size, self.input_size)
        self.weight_hh_l0 = drawn(self.hidden_size, self.hidden_size)
        self.bias_ih_l0 = drawn(self.hidden_size)
        self.bias_hh_l0 = drawn(self.hidden_size)

    def forward(
        self, xs: Tensor | PackedSequence, h_0: Tensor | None = None
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Read ``xs`` from the state ``h_0``.

        Parameters
        ----------
        xs : Tensor or PackedSequence
            (time, batch, input_size), or (batch, time, input_size) with ``batch_first``.
        h_0 : Tensor, optional
            (1, batch, hidden_size); zeros if left out.

        Returns
        -------
        output : Tensor or PackedSequence
            The state at every step, in the form of ``xs``.
        h_n : Tensor
            The last state of every sequence, (1, batch, hidden_size).
        """
        _check.steps("FastRNN", xs, self.weight_ih_l0, batch_first=self.batch_first)
        steps, lengths = self._padded(xs)
        hs = self._read(steps.transpose(0, 1), h_0)
        output, h_n = hs.transpose(0, 1), hs[-1:]
        if lengths is not None:
            h_n = last_state(output, h_n, lengths).unsqueeze(0)
        return self._as_given(output, lengths), h_n

    def _read(self, xs: Tensor, h_0: Tensor | None) -> Tensor:
        """Return all states, (time, batch, hidden_size), of ``xs``, (time, batch, input_size)."""
        # W_xh x_t + b_h for all t at once: it waits for no state
        zs = F.linear(xs, self.weight_ih_l0, self.bias_ih_l0 + self.bias_hh_l0)
        if h_0 is None:
            h_0 = zs.new_zeros(1, *zs.shape[1:])
        else:
            shape = (1, xs.shape[1], self.hidden_size)
            (h_0,) = _check.state("FastRNN", ("h_0",), (h_0,), shape, xs)
        # autocast may have made zs smaller than the weights
        hs: Tensor = _States.apply(  # type: ignore[no-untyped-call]  # torch gives it no types
            zs, h_0[0].to(zs.dtype), self.weight_hh_l0.to(zs.dtype)
        )
        return hs


class _States(torch.autograd.Function):
    """All states of a plain recurrence, one entry in autograd's record."""

    @staticmethod
    def forward(ctx: Any, zs: Tensor, h_0: Tensor, W_hh: Tensor) -> Tensor:
        hs = states(zs, h_0, W_hh)
        ctx.save_for_backward(hs, h_0, W_hh)
        return hs

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_hs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return gradients(d_hs, *ctx.saved_tensors)


def states(zs: Tensor, h_0: Tensor, W_hh: Tensor) -> Tensor:
    """Return every state of a plain recurrence: the forward pass.

    Parameters
    ----------
    zs : Tensor
        What each step reads, ``W_xh x_t + b_h``, (time, batch, hidden_size).
    h_0 : Tensor
        The state before the first step, (batch, hidden_size).
    W_hh : Tensor
        (hidden_size, hidden_size).

    Returns
    -------
    Tensor
        (time, batch, hidden_size).

    Examples
    --------
    >>> import torch
    >>> from rnnbook.layers.fast import states
    >>> states(torch.ones(2, 1, 1), torch.zeros(1, 1), torch.zeros(1, 1)).flatten()
    tensor([0.7616, 0.7616])
    """
    W_hh_T = W_hh.T
    h, hs = h_0, []
    for z in zs.unbind(0):
        # h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h)
        h = torch.addmm(z, h, W_hh_T).tanh_()
        hs.append(h)
    return torch.stack(hs)


def gradients(d_hs: Tensor, hs: Tensor, h_0: Tensor, W_hh: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Carry a gradient back through :func:`states`, from the last step to the first, by hand.

    Parameters
    ----------
    d_hs : Tensor
        What reaches each state from outside the layer, (time, batch, hidden_size).
    hs : Tensor
        The states after each step, (time, batch, hidden_size).
    h_0 : Tensor
        The state before the first step, (batch, hidden_size).
    W_hh : Tensor
        (hidden_size, hidden_size).

    Returns
    -------
    tuple of Tensor
        The gradients of ``zs``, of ``h_0`` and of ``W_hh``, in their shapes.

    Notes
    -----
    The same equations as :func:`rnnbook.bptt.through_time`, with time first.

    Examples
    --------
    A loss that is the last state itself: its gradient is one there, and zero at other steps.

    >>> import torch
    >>> from rnnbook.layers.fast import gradients
    >>> d_hs = torch.tensor([0.0, 0.0, 1.0]).reshape(3, 1, 1)
    >>> d_zs, _, _ = gradients(d_hs, torch.zeros(3, 1, 1), torch.zeros(1, 1), torch.eye(1) / 2)
    >>> d_zs.flatten()
    tensor([0.2500, 0.5000, 1.0000])
    """
    d_z, latest_first = torch.zeros_like(h_0), []
    slopes = 1 - hs**2
    for d_h, slope in zip(reversed(d_hs.unbind(0)), reversed(slopes.unbind(0)), strict=True):
        # dL/dh_t = what reaches h_t from its own step, and W_hh^T dL/dz_{t+1} from the next one
        d_h = torch.addmm(d_h, d_z, W_hh)
        # dL/dz_t = (1 - h_t^2) * dL/dh_t, since h_t = tanh(z_t + W_hh h_{t-1})
        d_z = slope * d_h
        latest_first.append(d_z)
    d_zs = torch.stack(latest_first[::-1])
    before = torch.cat([h_0.unsqueeze(0), hs[:-1]])
    # dL/dW_hh = sum over t of dL/dz_t h_{t-1}^T, one product for all steps
    d_W_hh: Tensor = d_zs.flatten(0, 1).T @ before.flatten(0, 1)
    return d_zs, d_z @ W_hh, d_W_hh
