"""Depth: layers on top of each other, each reading the states of the one below at every step.

Schmidhuber (1992) stacked recurrent networks early; Pascanu et al. (2014), How to construct deep
recurrent neural networks, sort out in how many ways one can be deep.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from rnnbook import _check, layers
from rnnbook.sequences import State, directions, read


class DeepRNN(nn.Module):
    """Answer at every step by the top of a stack of recurrent layers, and pass on all states.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the state of one layer.
    num_layers : int
        Layers, each reading the states of the one below.
    output_size : int
        Numbers in one answer.
    dropout : float, optional
        The share of states set to zero on their way from layer to layer, in training. By default
        0.2, and none in a single layer, which has no way in between.
    layer : callable, optional
        Builds the stack. By default PyTorch's ``nn.RNN``, which is fast; ``nn.LSTM`` or ``nn.GRU``
        do as well, and so does each class of :mod:`rnnbook.layers`: ``layers.RNN`` is the same
        network, written out step by step.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number or ``dropout`` is not between 0 and 1; in a call,
        if ``x``, ``h_0`` or ``lengths`` does not fit.

    Warns
    -----
    UserWarning
        If ``dropout`` is given for a single layer, where it does nothing.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import DeepRNN
    >>> model = DeepRNN(input_size=10, hidden_size=32, num_layers=3, output_size=5)
    >>> output, h_n = model(torch.randn(4, 20, 10))
    >>> output.shape, h_n.shape
    (torch.Size([4, 20, 5]), torch.Size([3, 4, 32]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        output_size: int,
        *,
        dropout: float | None = None,
        layer: Callable[..., nn.Module] = nn.RNN,
    ) -> None:
        super().__init__()
        _check.sizes(type(self).__name__, num_layers=num_layers, output_size=output_size)
        if dropout is not None:
            _check.probability(type(self).__name__, "dropout", dropout)
        if dropout is None:
            dropout = 0.2 if num_layers > 1 else 0.0
        options = {"num_layers": num_layers, "dropout": dropout}
        self.rnn = layers.build(type(self).__name__, layer, input_size, hidden_size, **options)
        self.fc = nn.Linear(hidden_size * directions(self.rnn), output_size)

    def forward(
        self, x: Tensor, h_0: State | None = None, *, lengths: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """Return the answer at every step, and the last state of every layer.

        Parameters
        ----------
        x : Tensor
            (batch, time, input_size).
        h_0 : Tensor or tuple of Tensor, optional
            The initial state, (num_layers, batch, hidden_size); zeros if left out. A bidirectional
            ``layer`` has twice as many rows.
        lengths : Tensor, optional
            True lengths, (batch,), int64 on the CPU; None when nothing is padded.

        Returns
        -------
        answers : Tensor
            (batch, time, output_size).
        h_n : Tensor or tuple of Tensor
            The state of every layer after each sequence's last step, shaped as ``h_0``.
        """
        _check.reads(type(self).__name__, "x", x, self.rnn)
        output, h_n = read(self.rnn, x, h_0, lengths)
        return self.fc(output), h_n
