"""Many to one: read a whole sequence, give one answer."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from rnnbook import _check, layers
from rnnbook.sequences import directions, last_state, read


class SentimentClassifier(nn.Module):
    """Read a sentence word by word and classify it by the last state.

    Parameters
    ----------
    vocab_size : int
        How many word ids there are.
    embed_dim : int
        Numbers in the vector of one word.
    hidden_size : int
        Numbers in the state.
    num_classes : int
        How many answers there are.
    layer : callable, optional
        Builds the recurrent layer: ``nn.RNN``, ``nn.LSTM``, a class of :mod:`rnnbook.layers`, or
        ``functools.partial(nn.GRU, num_layers=2, bidirectional=True)``.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``x`` or ``lengths`` does not fit.

    Notes
    -----
    The answer is read at each sentence's true length: with ``lengths``, padding changes nothing.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import SentimentClassifier
    >>> model = SentimentClassifier(vocab_size=100, embed_dim=8, hidden_size=16, num_classes=2)
    >>> sentences = torch.randint(4, 100, (3, 7))
    >>> model(sentences, lengths=torch.tensor([7, 2, 5])).shape
    torch.Size([3, 2])
    """

    def __init__(
        self,
        vocab_size: int,
        embed_dim: int,
        hidden_size: int,
        num_classes: int,
        *,
        layer: Callable[..., nn.Module] = nn.RNN,
    ) -> None:
        super().__init__()
        sizes = {"vocab_size": vocab_size, "embed_dim": embed_dim, "num_classes": num_classes}
        _check.sizes(type(self).__name__, **sizes)
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        self.rnn = layers.build(type(self).__name__, layer, embed_dim, hidden_size)
        self.fc = nn.Linear(hidden_size * directions(self.rnn), num_classes)

    def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits, (batch, num_classes), for word ids ``x``, (batch, time)."""
        _check.token_batch(type(self).__name__, "x", x, self.embedding)
        output, h_n = read(self.rnn, self.embedding(x), lengths=lengths)
        logits: Tensor = self.fc(last_state(output, h_n, lengths))
        return logits


class CopyFirstTask(nn.Module):
    """Read a sequence of numbers and answer with one: the model that has to copy the first.

    Parameters
    ----------
    hidden_size : int
        Numbers in the state.
    layer : callable, optional
        Builds the recurrent layer: ``nn.RNN``, ``nn.LSTM``, or a class of :mod:`rnnbook.layers`.

    Raises
    ------
    TypeError, ValueError
        If ``hidden_size`` is not a positive whole number; in a call, if ``x`` or ``lengths`` does
        not fit.

    Notes
    -----
    Its data are :class:`rnnbook.tasks.copy_first.CopyFirst`.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import CopyFirstTask
    >>> model = CopyFirstTask(hidden_size=8)
    >>> model(torch.randn(3, 30, 1)).shape
    torch.Size([3, 1])
    """

    def __init__(self, hidden_size: int, *, layer: Callable[..., nn.Module] = nn.RNN) -> None:
        super().__init__()
        self.rnn = layers.build(type(self).__name__, layer, 1, hidden_size)
        self.fc = nn.Linear(hidden_size * directions(self.rnn), 1)

    def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return one number per sequence, (batch, 1), for ``x``, (batch, time, 1)."""
        _check.reads(type(self).__name__, "x", x, self.rnn)
        output, h_n = read(self.rnn, x, lengths=lengths)
        answer: Tensor = self.fc(last_state(output, h_n, lengths))
        return answer
