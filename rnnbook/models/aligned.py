"""Aligned: one answer for every input, given at the same step."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from rnnbook import _check, layers
from rnnbook.sequences import State, directions, read


class VanillaRNN(nn.Module):
    """Answer at every step with the plain recurrence, written from scratch, and pass on the state.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the state of one layer.
    output_size : int
        Numbers in one answer.
    num_layers : int
        Layers, each reading the states of the one below.
    layer : callable, optional
        Builds the recurrent layer; :class:`rnnbook.layers.RNN` by default.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``x``, ``h_0`` or ``lengths`` does
        not fit.

    Notes
    -----
    After Elman (1990): ``h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h)`` and ``y_t = W_hy h_t + b_y``.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import VanillaRNN
    >>> model = VanillaRNN(input_size=10, hidden_size=32, output_size=5, num_layers=2)
    >>> outputs, h_n = model(torch.randn(4, 20, 10))
    >>> outputs.shape, h_n.shape
    (torch.Size([4, 20, 5]), torch.Size([2, 4, 32]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        num_layers: int = 1,
        *,
        layer: Callable[..., nn.Module] = layers.RNN,
    ) -> None:
        super().__init__()
        _check.sizes(type(self).__name__, output_size=output_size)
        self.rnn = layers.build(
            type(self).__name__, layer, input_size, hidden_size, num_layers=num_layers
        )
        self.fc = nn.Linear(hidden_size * directions(self.rnn), output_size)

    def forward(
        self, x: Tensor, h_0: State | None = None, *, lengths: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """Return outputs, (batch, time, output_size), and the last state of every layer.

        Parameters
        ----------
        x : Tensor
            (batch, time, input_size).
        h_0 : Tensor or tuple of Tensor, optional
            The initial state, (num_layers, batch, hidden_size); zeros if left out.
        lengths : Tensor, optional
            True lengths, (batch,), int64 on the CPU; None when nothing is padded.
        """
        _check.reads(type(self).__name__, "x", x, self.rnn)
        output, h_n = read(self.rnn, x, h_0, lengths)
        return self.fc(output), h_n


class SimpleRNN(nn.Module):
    """Answer at every step with PyTorch's layer; what the state ends as is not returned.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the state.
    output_size : int
        Numbers in one answer, such as the logits of the next character.
    layer : callable, optional
        Builds the recurrent layer.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``input_seq`` or ``lengths`` does
        not fit.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import SimpleRNN
    >>> SimpleRNN(4, 16, 4)(torch.randn(1, 3, 4)).shape
    torch.Size([1, 3, 4])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        *,
        layer: Callable[..., nn.Module] = nn.RNN,
    ) -> None:
        super().__init__()
        _check.sizes(type(self).__name__, output_size=output_size)
        self.rnn = layers.build(type(self).__name__, layer, input_size, hidden_size)
        self.fc = nn.Linear(hidden_size * directions(self.rnn), output_size)

    def forward(self, input_seq: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits, (batch, time, output_size), for (batch, time, input_size)."""
        _check.reads(type(self).__name__, "input_seq", input_seq, self.rnn)
        output, _ = read(self.rnn, input_seq, lengths=lengths)
        logits: Tensor = self.fc(output)
        return logits


class SimpleLSTM(nn.Module):
    """Answer at every step with an LSTM, whose state is the pair ``(h, c)``.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in each half of the state.
    output_size : int
        Numbers in one answer.
    layer : callable, optional
        Builds the recurrent layer.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``input_seq`` or ``lengths`` does
        not fit.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import SimpleLSTM
    >>> SimpleLSTM(1, 16, 1)(torch.randn(2, 4, 1)).shape
    torch.Size([2, 4, 1])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        *,
        layer: Callable[..., nn.Module] = nn.LSTM,
    ) -> None:
        super().__init__()
        _check.sizes(type(self).__name__, output_size=output_size)
        self.lstm = layers.build(type(self).__name__, layer, input_size, hidden_size)
        self.fc = nn.Linear(hidden_size * directions(self.lstm), output_size)

    def forward(self, input_seq: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits, (batch, time, output_size), for (batch, time, input_size)."""
        _check.reads(type(self).__name__, "input_seq", input_seq, self.lstm)
        output, _ = read(self.lstm, input_seq, lengths=lengths)
        logits: Tensor = self.fc(output)
        return logits
