"""Both directions: one layer reads from the start, one from the end, and their states are joined.

Schuster and Paliwal (1997), Bidirectional recurrent neural networks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from rnnbook import _check, layers
from rnnbook.sequences import State, map_state, read, reverse_within


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
        both ways by itself; in a call, if ``x``, ``h_0`` or ``lengths`` does not fit.

    Notes
    -----
    With the weights of ``nn.RNN(..., bidirectional=True)``, which ``load_builtin`` takes, it is the
    same network, on a padded batch too if it gets ``lengths``.

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
        _check.sizes(type(self).__name__, output_size=output_size)
        self.rnn_forward = layers.build(type(self).__name__, layer, input_size, hidden_size)
        self.rnn_backward = layers.build(type(self).__name__, layer, input_size, hidden_size)
        _check.single(type(self).__name__, self.rnn_forward)
        self.fc = nn.Linear(2 * hidden_size, output_size)

    def forward(
        self, x: Tensor, h_0: State | None = None, *, lengths: Tensor | None = None
    ) -> Tensor:
        """Return the answer at every step, (batch, time, output_size)."""
        output, _ = self.states(x, h_0, lengths=lengths)
        answers: Tensor = self.fc(output)
        return answers

    def states(
        self, x: Tensor, h_0: State | None = None, *, lengths: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """Return both directions' states at every step, and the state each direction ends in.

        Parameters
        ----------
        x : Tensor
            (batch, time, input_size).
        h_0 : Tensor or tuple of Tensor, optional
            The initial state, (2, batch, hidden_size): forward, before the first step; backward,
            behind the last. Zeros if left out.
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
        _check.reads(type(self).__name__, "x", x, self.rnn_forward)
        if h_0 is not None:
            _check.both_ways(type(self).__name__, h_0, len(x))
        before = None if h_0 is None else map_state(lambda part: part[:1], h_0)
        behind = None if h_0 is None else map_state(lambda part: part[1:], h_0)
        ahead, end = read(self.rnn_forward, x, before, lengths)
        back, start = read(self.rnn_backward, reverse_within(x, lengths), behind, lengths)
        output = torch.cat([ahead, reverse_within(back, lengths)], dim=-1)
        return output, _stacked(end, start)

    def load_builtin(self, weights: Mapping[str, Tensor]) -> None:
        """Take the weights of a bidirectional layer of PyTorch, from its ``state_dict()``.

        Those whose names end in ``_reverse`` go to the layer that reads backward.
        """
        forward = {name: w for name, w in weights.items() if not name.endswith("_reverse")}
        self.rnn_forward.load_state_dict(forward)
        backward = {f"{name}_reverse" for name in forward}
        if set(weights) != backward | set(forward):
            raise ValueError(
                f"{type(self).__name__}: expected the weights of one bidirectional layer, each "
                f"with a partner whose name ends in _reverse, got {sorted(weights)}"
            )
        self.rnn_backward.load_state_dict({name: weights[f"{name}_reverse"] for name in forward})


def _stacked(end: State, start: State) -> State:
    if isinstance(end, Tensor) and isinstance(start, Tensor):
        return torch.cat([end, start])
    return tuple(torch.cat(pair) for pair in zip(end, start, strict=True))
