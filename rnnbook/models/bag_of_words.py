"""A classifier that counts words and never learns where they stood."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rnnbook import _check
from rnnbook.sequences import real_steps


class BagOfWords(nn.Module):
    """Classify a text by the mean of its word vectors.

    Addition does not care in which order its terms come, so two texts with the same words get
    the same logits, whatever the weights (Harris, 1954, named the bag).

    Parameters
    ----------
    vocab_size : int
        Number of words.
    hidden_size : int
        Width of the word vectors and of the hidden layer.
    num_classes : int
        Number of classes.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``x`` or ``lengths`` does not fit.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import BagOfWords
    >>> model = BagOfWords(vocab_size=10, hidden_size=4, num_classes=2)
    >>> dog_bit_man, man_bit_dog = model(torch.tensor([[4, 5, 6], [6, 5, 4]]))
    >>> torch.allclose(dog_bit_man, man_bit_dog)
    True
    """

    def __init__(self, vocab_size: int, hidden_size: int, num_classes: int) -> None:
        super().__init__()
        _check.sizes(
            type(self).__name__,
            vocab_size=vocab_size,
            hidden_size=hidden_size,
            num_classes=num_classes,
        )
        self.embedding = nn.Embedding(vocab_size, hidden_size, padding_idx=0)
        self.hidden = nn.Linear(hidden_size, hidden_size)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits ``(batch, num_classes)`` for word ids ``x``: ``(batch, time)``."""
        _check.token_batch(type(self).__name__, "x", x, self.embedding)
        if lengths is not None:
            _check.lengths(type(self).__name__, lengths, *x.shape)
        real = torch.ones_like(x) if lengths is None else real_steps(lengths, x.shape[1]).to(x)
        mean = (self.embedding(x) * real.unsqueeze(-1)).sum(dim=1) / real.sum(dim=1, keepdim=True)
        logits: Tensor = self.fc(torch.relu(self.hidden(mean)))
        return logits
