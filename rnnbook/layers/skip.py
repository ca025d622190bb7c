"""Skip connections in time: a state that also sees the state some steps back."""

from __future__ import annotations

import operator

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence

from rnnbook import _check
from rnnbook.layers._single import _Single
from rnnbook.layers.plain import over_time


class SkipRNN(_Single):
    """Read whole sequences with a plain recurrence that has a second, longer way back through time.

    Over the long way a gradient meets ``skip`` times fewer matrices.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the state.
    num_layers : int
        One: it is not stacked.
    skip : int
        How many steps back the second connection reaches.
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
        for; in a call, if ``xs`` or ``state`` does not fit.

    Notes
    -----
    ``h_t = tanh(W_xh x_t + W_hh h_{t-1} + W_far h_{t-skip} + b_h)``, after Lin et al. (1996), whose
    NARX networks are plain networks with such connections. It starts as PyTorch's layers do, and
    before the first step all states are zero.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.layers import SkipRNN
    >>> output, state = SkipRNN(3, 4, skip=10, batch_first=True)(torch.randn(2, 5, 3))
    >>> output.shape, len(state), state[0].shape
    (torch.Size([2, 5, 4]), 10, torch.Size([1, 2, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        skip: int = 10,
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
        _check.sizes("SkipRNN", skip=skip)
        self.skip = operator.index(skip)
        bound = self.hidden_size**-0.5

        def drawn(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.empty(shape).uniform_(-bound, bound))

        self.W_xh = drawn(self.hidden_size, self.input_size)
        self.W_hh = drawn(self.hidden_size, self.hidden_size)
        self.W_far = drawn(self.hidden_size, self.hidden_size)
        self.b_h = drawn(self.hidden_size)

    def forward(
        self, xs: Tensor | PackedSequence, state: tuple[Tensor, ...] | None = None
    ) -> tuple[Tensor | PackedSequence, tuple[Tensor, ...]]:
        """Read ``xs`` from the last ``skip`` states.

        Parameters
        ----------
        xs : Tensor or PackedSequence
            (time, batch, input_size), or (batch, time, input_size) with ``batch_first``.
        state : tuple of Tensor, optional
            The ``skip`` states before the first step, the latest first, each
            (1, batch, hidden_size); zeros if left out.

        Returns
        -------
        output : Tensor or PackedSequence
            The state at every step, in the form of ``xs``.
        state : tuple of Tensor
            The last ``skip`` states of every sequence, the latest first, each
            (1, batch, hidden_size).
        """
        _check.steps("SkipRNN", xs, self.W_xh, batch_first=self.batch_first)
        start = self._start(xs, state)
        weights = torch.cat([self.W_hh, self.W_far], dim=1).T

        def step(from_input: Tensor, past: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            # h_t = tanh(W_xh x_t + W_hh h_{t-1} + W_far h_{t-skip} + b_h)
            seen = torch.cat([past[0], past[-1]], dim=1)
            h = torch.tanh(torch.addmm(from_input, seen, weights))
            return (h, *past[:-1])

        from_input = self._each(lambda x: F.linear(x, self.W_xh, self.b_h), xs)
        output, past = over_time(step, from_input, start, batch_first=self.batch_first)
        return output, tuple(part.unsqueeze(0) for part in past)

    def _start(
        self, xs: Tensor | PackedSequence, state: tuple[Tensor, ...] | None
    ) -> tuple[Tensor, ...]:
        """Return the ``skip`` states before the first step, each (batch, hidden_size)."""
        data, batch = self._rows(xs)
        if state is None:
            return (data.new_zeros(batch, self.hidden_size),) * self.skip
        names = tuple(f"h_{-back}" for back in range(self.skip))
        checked = _check.state("SkipRNN", names, state, (1, batch, self.hidden_size), data)
        return tuple(part[0] for part in checked)

    def _options(self) -> tuple[str, ...]:
        return (f"skip={self.skip}",)
