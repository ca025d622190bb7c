"""Many to one, and the one is a number: read a sequence of numbers, answer with numbers."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from rnnbook import _check, layers
from rnnbook.sequences import directions, last_state, read, real_steps


class SequenceRegressor(nn.Module):
    """Read a sequence and answer from the last state: all that is known has to be in it.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the state.
    output_size : int
        Numbers in the answer.
    layer : callable, optional
        Builds the recurrent layer: ``nn.RNN``, ``nn.LSTM``, a class of :mod:`rnnbook.layers`.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``x`` or ``lengths`` does not fit.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import SequenceRegressor
    >>> model = SequenceRegressor(input_size=2, hidden_size=8)
    >>> model(torch.rand(3, 20, 2)).shape
    torch.Size([3, 1])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int = 1,
        *,
        layer: Callable[..., nn.Module] = nn.RNN,
    ) -> None:
        super().__init__()
        _check.sizes(type(self).__name__, output_size=output_size)
        self.rnn = layers.build(type(self).__name__, layer, input_size, hidden_size)
        self.fc = nn.Linear(hidden_size * directions(self.rnn), output_size)

    def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return (batch, output_size) for ``x``, (batch, time, input_size)."""
        _check.reads(type(self).__name__, "x", x, self.rnn)
        output, h_n = read(self.rnn, x, lengths=lengths)
        answer: Tensor = self.fc(last_state(output, h_n, lengths))
        return answer


class AttentiveRegressor(nn.Module):
    """Read a sequence and answer from all of its states, each as much as it is attended to.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in a state.
    output_size : int
        Numbers in the answer.
    layer : callable, optional
        Builds the recurrent layer.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``x`` or ``lengths`` does not fit.

    Notes
    -----
    ``e_t = w . h_t + b``, ``alpha = softmax(e)`` over the steps that are not padding, and the
    answer is read from ``sum_t alpha_t h_t``: Raffel and Ellis (2015), here without the
    tanh around the score. What is looked for, ``w``, is the same for every sequence.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import AttentiveRegressor
    >>> model = AttentiveRegressor(input_size=2, hidden_size=8)
    >>> xs = torch.rand(3, 20, 2)
    >>> model(xs).shape, model.weights(xs).shape
    (torch.Size([3, 1]), torch.Size([3, 20]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int = 1,
        *,
        layer: Callable[..., nn.Module] = nn.RNN,
    ) -> None:
        super().__init__()
        _check.sizes(type(self).__name__, output_size=output_size)
        self.rnn = layers.build(type(self).__name__, layer, input_size, hidden_size)
        width = hidden_size * directions(self.rnn)
        self.score = nn.Linear(width, 1)
        self.fc = nn.Linear(width, output_size)

    def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return (batch, output_size) for ``x``, (batch, time, input_size)."""
        states, alpha = self._attend(x, lengths)
        # sum_t alpha_t h_t
        answer: Tensor = self.fc((alpha.unsqueeze(-1) * states).sum(dim=1))
        return answer

    def weights(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return how much each step is attended to, (batch, time): zero for padding, sum one."""
        return self._attend(x, lengths)[1]

    def _attend(self, x: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        _check.reads(type(self).__name__, "x", x, self.rnn)
        states, _ = read(self.rnn, x, lengths=lengths)
        # e_t = w . h_t + b
        e = self.score(states).squeeze(-1)
        if lengths is not None:
            padding = ~real_steps(lengths, x.shape[1])
            e = e.masked_fill(padding.to(e.device), -torch.inf)
        return states, e.softmax(dim=1)
