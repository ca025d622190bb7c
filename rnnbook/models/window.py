"""A feed-forward classifier made to read text: every word in every place has its own weights."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook import _check
from rnnbook.models.feedforward import FeedforwardClassifier
from rnnbook.sequences import real_steps
from rnnbook.text import PAD


class WindowClassifier(nn.Module):
    """Classify a text of at most ``window`` words by all its words side by side.

    What it learns about a word in one place it has to learn again in the next, and a longer text
    does not fit: a feed-forward network shares nothing over time.

    Parameters
    ----------
    vocab_size : int
        Number of words.
    window : int
        Words that fit; shorter texts are filled up with padding.
    hidden_size, num_classes : int
        As in :class:`~rnnbook.models.FeedforwardClassifier`.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``x`` or ``lengths`` does not fit,
        or a text is longer than the window.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import WindowClassifier
    >>> model = WindowClassifier(vocab_size=10, window=5, hidden_size=8, num_classes=2)
    >>> model(torch.tensor([[4, 5, 6]])).shape
    torch.Size([1, 2])
    """

    def __init__(self, vocab_size: int, window: int, hidden_size: int, num_classes: int) -> None:
        super().__init__()
        _check.sizes(type(self).__name__, vocab_size=vocab_size, window=window)
        self.vocab_size, self.window = vocab_size, window
        self.network = FeedforwardClassifier(vocab_size * window, hidden_size, num_classes)

    def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits ``(batch, num_classes)`` for word ids ``x``: ``(batch, time)``."""
        _check.rank(type(self).__name__, "x", x, "(batch, time)")
        _check.not_empty(type(self).__name__, "x", x)
        _check.tokens(type(self).__name__, "x", x, self.vocab_size)
        if lengths is not None:
            _check.lengths(type(self).__name__, lengths, *x.shape)
        if x.shape[1] > self.window:
            raise ValueError(
                f"{type(self).__name__}: expected at most {self.window} words, the window it was "
                f"built with, got {x.shape[1]}; a feed-forward network has no weights for the rest"
            )
        if lengths is not None:  # whatever stands behind a text counts as PAD
            x = x.masked_fill(~real_steps(lengths, x.shape[1]).to(x.device), PAD)
        places = F.one_hot(F.pad(x, (0, self.window - x.shape[1])), self.vocab_size)
        logits: Tensor = self.network(places.flatten(1).to(self.network.fc1.weight.dtype))
        return logits
