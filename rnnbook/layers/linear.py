"""Recurrent layers that are linear in their state, and so need no loop over time."""

from __future__ import annotations

import operator

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnnbook import _check
from rnnbook.scan import scan
from rnnbook.sequences import last_state


class MinGRU(nn.Module):
    """Blend old state and candidate as a GRU does, by a gate that sees the input alone.

    What a GRU asks of its last state, this layer does not: neither its gate nor its candidate looks
    at it. So the state is only scaled and added to, and :func:`rnnbook.scan.scan` computes all
    steps at once.

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
    longest : int, optional
        Start with memories of all lengths up to this many steps, at least 3, as
        :func:`rnnbook.initialisation.chrono_` does for a GRU.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number, ``longest`` is below 3, or a stack, dropout or a
        second direction is asked for; in a call, if ``xs`` or ``h_0`` does not fit.

    Notes
    -----
    With ``z_t = sigmoid(W_xz x_t + b_z)`` and ``n_t = W_xn x_t + b_n``, the new state is
    ``h_t = z_t * h_{t-1} + (1 - z_t) * n_t``: Feng et al. (2024), the minGRU in its first form. As
    in PyTorch's GRU, ``z`` is the share that is kept.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.layers import MinGRU
    >>> output, h_n = MinGRU(3, 4, batch_first=True)(torch.randn(2, 5, 3))
    >>> output.shape, h_n.shape
    (torch.Size([2, 5, 4]), torch.Size([1, 2, 4]))
    >>> torch.equal(output[:, -1], h_n[0])
    True
    """

    num_layers, bidirectional = 1, False

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        longest: int | None = None,
    ) -> None:
        super().__init__()
        _check.sizes("MinGRU", input_size=input_size, hidden_size=hidden_size)
        _check.one_layer("MinGRU", num_layers, dropout, bidirectional)
        _check.switches("MinGRU", batch_first=batch_first)
        self.input_size, self.hidden_size = operator.index(input_size), operator.index(hidden_size)
        self.batch_first = batch_first
        self.gate = nn.Linear(self.input_size, self.hidden_size)
        self.candidate = nn.Linear(self.input_size, self.hidden_size)
        if longest is not None:
            _check.sizes("MinGRU", longest=longest)
            if longest < 3:
                raise ValueError(
                    f"MinGRU: longest must be at least 3 steps, got {longest}; memories are drawn "
                    "between 1 and longest - 1"
                )
            steps = torch.empty(self.hidden_size).uniform_(1, longest - 1)
            self.gate.bias.data.copy_(steps.log())

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
        if isinstance(xs, PackedSequence):
            steps, lengths = pad_packed_sequence(xs, batch_first=True)
            states = self._states(steps, h_0)
            h_n = last_state(states, states[:, -1:].transpose(0, 1), lengths).unsqueeze(0)
            packed = pack_padded_sequence(states, lengths, batch_first=True, enforce_sorted=False)
            return packed, h_n
        form = "(batch, time, input_size)" if self.batch_first else "(time, batch, input_size)"
        _check.rank("MinGRU", "xs", xs, form)
        states = self._states(xs if self.batch_first else xs.transpose(0, 1), h_0)
        h_n = states[:, -1].unsqueeze(0)
        return states if self.batch_first else states.transpose(0, 1), h_n

    def _states(self, xs: Tensor, h_0: Tensor | None) -> Tensor:
        """Return all states, (batch, time, hidden_size), of ``xs``, (batch, time, input_size)."""
        _check.numbers("MinGRU", "xs", xs, self.gate.weight, "input_size")
        if h_0 is not None:
            shape = (1, xs.shape[0], self.hidden_size)
            (h_0,) = _check.state("MinGRU", ("h_0",), (h_0,), shape, xs)
        # z_t = sigmoid(W_xz x_t + b_z)
        z = torch.sigmoid(self.gate(xs))
        # h_t = z_t * h_{t-1} + (1 - z_t) * n_t
        return scan(z, (1 - z) * self.candidate(xs), None if h_0 is None else h_0[0])

    def extra_repr(self) -> str:
        """Name the sizes."""
        first = ", batch_first=True" if self.batch_first else ""
        return f"{self.input_size}, {self.hidden_size}{first}"
