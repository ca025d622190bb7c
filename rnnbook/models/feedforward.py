"""No recurrence: each input on its own, the memoryless baseline of the book."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rnnbook import _check


class FeedforwardClassifier(nn.Module):
    """Classify each input by itself, with no memory of the ones before.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Units of the hidden layer.
    num_classes : int
        How many answers there are.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``x`` or ``lengths`` does not fit.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import FeedforwardClassifier
    >>> model = FeedforwardClassifier(input_size=3, hidden_size=8, num_classes=2)
    >>> xs = torch.randn(4, 6, 3)
    >>> logits = model(xs)
    >>> logits.shape
    torch.Size([4, 6, 2])
    >>> torch.allclose(logits[:, 5], model(xs[:, 5]), atol=1e-6)  # the past changes nothing
    True
    """

    def __init__(self, input_size: int, hidden_size: int, num_classes: int) -> None:
        super().__init__()
        _check.sizes(
            type(self).__name__,
            input_size=input_size,
            hidden_size=hidden_size,
            num_classes=num_classes,
        )
        self.fc1 = nn.Linear(input_size, hidden_size)
        self.fc2 = nn.Linear(hidden_size, num_classes)

    def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits for every input.

        Parameters
        ----------
        x : Tensor
            (batch, input_size), or (batch, time, input_size), where each step is read by itself.
        lengths : Tensor, optional
            Checked and otherwise unused: no step sees another, so padding reaches none.

        Returns
        -------
        Tensor
            (batch, num_classes) or (batch, time, num_classes).
        """
        where = type(self).__name__
        _check.rank(where, "x", x, "(batch, input_size)", "(batch, time, input_size)")
        _check.numbers(where, "x", x, self.fc1.weight, "input_size")
        if lengths is not None:
            _check.lengths(where, lengths, x.shape[0], x.shape[1] if x.ndim == 3 else 1)
        logits: Tensor = self.fc2(torch.relu(self.fc1(x)))
        return logits
