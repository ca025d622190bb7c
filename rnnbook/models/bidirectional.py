"""Both directions: one layer reads from the start, one from the end, and their states are joined.

Schuster and Paliwal (1997), Bidirectional recurrent neural networks.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from rnnbook import _check, layers
from rnnbook.layers import State, directions, read, reverse_within


class BidirectionalRNN(nn.Module):
    """Answer at every step with what stands to its left and to its right.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the state of one direction.
    output_size : int
        Numbers in one answer.
    layer : callable, optional
        Builds the layer of one direction; :class:`rnnbook.layers.RNN` by default.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number, or ``layer`` builds a stack or a layer that reads
        both ways by itself; in a call, if ``x`` or ``lengths`` does not fit.

    Notes
    -----
    With the weights of ``nn.RNN(..., bidirectional=True)`` copied, those without ``_reverse`` into
    ``rnn_forward`` and those with it into ``rnn_backward``, it is the same network, on a padded
    batch too if it gets ``lengths``.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import BidirectionalRNN
    >>> model = BidirectionalRNN(input_size=10, hidden_size=32, output_size=5)
    >>> model(torch.randn(4, 20, 10)).shape
    torch.Size([4, 20, 5])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        *,
        layer: Callable[..., nn.Module] = layers.RNN,
    ) -> None:
        super().__init__()
        _check.sizes(
            "BidirectionalRNN",
            input_size=input_size,
            hidden_size=hidden_size,
            output_size=output_size,
        )
        self.rnn_forward = layer(input_size, hidden_size, batch_first=True)
        self.rnn_backward = layer(input_size, hidden_size, batch_first=True)
        stacked = getattr(self.rnn_forward, "num_layers", 1)
        if directions(self.rnn_forward) == 2 or stacked > 1:
            raise ValueError(
                "BidirectionalRNN: expected layer to build one layer of one direction, got "
                f"num_layers={stacked}, bidirectional={directions(self.rnn_forward) == 2}; in a "
                "stack each layer reads both directions of the one below: use nn.RNN(..., "
                "num_layers=2, bidirectional=True)"
            )
        self.fc = nn.Linear(2 * hidden_size, output_size)

    def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return answers, (batch, time, output_size), for (batch, time, input_size)."""
        output, _ = self.states(x, lengths=lengths)
        answers: Tensor = self.fc(output)
        return answers

    def states(self, x: Tensor, *, lengths: Tensor | None = None) -> tuple[Tensor, State]:
        """Return both directions' states at every step, and the state each direction ends in.

        Parameters
        ----------
        x : Tensor
            (batch, time, input_size).
        lengths : Tensor, optional
            True lengths, (batch,), int64 on the CPU; None when nothing is padded.

        Returns
        -------
        output : Tensor
            (batch, time, 2 * hidden_size): what has been read from the left up to this step, then
            what has been read from the right down to it; zero where there was padding.
        state : Tensor or tuple of Tensor
            (2, batch, hidden_size): forward, after the last step; backward, after the first.
        """
        _check.rank("BidirectionalRNN", "x", x, "(batch, time, input_size)")
        first = next(self.rnn_forward.parameters())  # weight_ih_l0, in PyTorch's layers and in ours
        _check.numbers("BidirectionalRNN", "x", x, first, "input_size")
        ahead, end = read(self.rnn_forward, x, lengths=lengths)
        back, start = read(self.rnn_backward, reverse_within(x, lengths), lengths=lengths)
        output = torch.cat([ahead, reverse_within(back, lengths)], dim=-1)
        return output, _join(end, start)


def _join(end: State, start: State) -> State:
    if isinstance(end, Tensor) and isinstance(start, Tensor):
        return torch.cat([end, start])
    h, c = (torch.cat(pair) for pair in zip(end, start, strict=True))  # of an LSTM, both
    return h, c
