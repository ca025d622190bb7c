"""One to many: start from one vector and write a sequence."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from rnnbook import _check, decoding, layers
from rnnbook._modes import switched
from rnnbook.sequences import State, read
from rnnbook.text import END, PAD, START, UNK, shifted


class CaptionGenerator(nn.Module):
    """Describe a picture: its features become the first state, and words follow until the end.

    Parameters
    ----------
    image_dim : int
        Numbers in the features of one picture.
    hidden_size : int
        Numbers in the state of one layer, and in the vector of one word.
    vocab_size : int
        How many word ids there are, the four special ones of :mod:`rnnbook.text` included.
    max_length : int
        The most words :meth:`generate` writes.
    layer : callable, optional
        Builds the recurrent layer: ``nn.RNN``, ``nn.LSTM``, a class of :mod:`rnnbook.layers`, or
        ``functools.partial(nn.GRU, num_layers=2)``.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number, the vocabulary holds nothing but special ids, or
        the layer is bidirectional; in a call, if ``image_features``, ``captions`` or ``lengths``
        does not fit.

    Notes
    -----
    The whole first state is computed from the features, for every layer, and for an LSTM both
    ``h`` and ``c``. A caption is its words, then ``END``, then ``PAD``.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import CaptionGenerator
    >>> model = CaptionGenerator(image_dim=9, hidden_size=16, vocab_size=20, max_length=6)
    >>> pictures, captions = torch.randn(3, 9), torch.randint(4, 20, (3, 5))
    >>> model(pictures, captions).shape
    torch.Size([3, 5, 20])
    >>> model.generate(pictures).shape[1] <= 6
    True
    """

    def __init__(
        self,
        image_dim: int,
        hidden_size: int,
        vocab_size: int,
        max_length: int = 20,
        *,
        layer: Callable[..., nn.Module] = nn.RNN,
    ) -> None:
        super().__init__()
        sizes = {"image_dim": image_dim, "hidden_size": hidden_size, "max_length": max_length}
        _check.sizes(type(self).__name__, vocab_size=vocab_size, **sizes)
        _check.vocabulary(type(self).__name__, UNK + 1, vocab_size=vocab_size)
        self.max_length = max_length
        self.embedding = nn.Embedding(vocab_size, hidden_size)
        self.rnn = layers.build(type(self).__name__, layer, hidden_size, hidden_size)
        _check.forward_only(type(self).__name__, self.rnn)
        self._pattern = _first_state(self.rnn, self.embedding)
        self.image_proj = nn.Linear(image_dim, _size(self._pattern))
        self.fc = nn.Linear(hidden_size, vocab_size)

    def forward(
        self, image_features: Tensor, captions: Tensor, *, lengths: Tensor | None = None
    ) -> Tensor:
        """Return logits of every word given the true words before it: teacher forcing.

        Parameters
        ----------
        image_features : Tensor
            (batch, image_dim).
        captions : Tensor
            The captions to be written, with ``END`` and without ``START``, (batch, time).
        lengths : Tensor, optional
            True lengths of the captions, (batch,), int64 on the CPU. They change no logit of a
            true word: padding lies behind all of them.

        Returns
        -------
        Tensor
            (batch, time, vocab_size); step t is asked for ``captions[:, t]``.
        """
        _check.target(
            type(self).__name__, "captions", captions, self.embedding, "pictures", image_features
        )
        state = self.start(image_features)
        output, _ = read(self.rnn, self.embedding(shifted(captions)), state, lengths)
        logits: Tensor = self.fc(output)
        return logits

    def start(self, image_features: Tensor) -> State:
        """Return the first state, in the form of those that the layer returns."""
        _check.vectors(
            type(self).__name__, "image_features", image_features, self.image_proj, "image_dim"
        )
        return _in_form_of(self._pattern, torch.tanh(self.image_proj(image_features)))

    def generate(
        self,
        image_features: Tensor,
        max_length: int | None = None,
        *,
        choose: Callable[[Tensor], Tensor] = decoding.greedy,
    ) -> Tensor:
        """Write captions, each until its ``END``, in evaluation mode and without gradients.

        Parameters
        ----------
        image_features : Tensor
            (batch, image_dim).
        max_length : int, optional
            The most words to write; the constructor's if left out.
        choose : callable
            Turns logits into ids, see :func:`rnnbook.decoding.generate`.

        Returns
        -------
        Tensor
            Ids, (batch, steps), with ``PAD`` behind ``END``; no longer than the longest caption.
        """
        with switched(self, training=False), torch.no_grad():
            state = self.start(image_features)
            first = torch.full((len(image_features),), START, device=image_features.device)
            length = self.max_length if max_length is None else max_length
            return decoding.generate(self.step, first, state, length=length, choose=choose, end=END)

    def step(self, ids: Tensor, state: State) -> tuple[Tensor, State]:
        """Return logits of the next word, (batch, vocab), after ``ids``, (batch,), and the state.

        ``PAD`` and ``START`` are ruled out: neither is ever a target. For the functions of
        :mod:`rnnbook.decoding`.
        """
        output, state = self.rnn(self.embedding(ids.unsqueeze(1)), state)
        return decoding.without(self.fc(output[:, -1]), PAD, START), state


def _first_state(layer: nn.Module, embedding: nn.Embedding) -> State:
    """Return the state that ``layer`` ends in after one word: its form is what counts."""
    with switched(layer, training=False), torch.no_grad():  # dropout would draw random numbers
        _, state = layer(embedding.weight.new_zeros(1, 1, embedding.embedding_dim))
    whole: State = state
    return whole


def _size(state: State) -> int:
    """Return how many real numbers a state of one sequence holds."""
    if isinstance(state, tuple):
        return sum(_size(part) for part in state)
    return state.numel() * (2 if state.is_complex() else 1)


def _in_form_of(pattern: State, numbers: Tensor) -> State:
    """Return a state like ``pattern`` for each row of ``numbers``, (batch, numbers in a state)."""
    if isinstance(pattern, tuple):
        pieces = numbers.split([_size(part) for part in pattern], dim=1)
        return tuple(_shaped(*pair) for pair in zip(pattern, pieces, strict=True))
    return _shaped(pattern, numbers)


def _shaped(pattern: Tensor, numbers: Tensor) -> Tensor:
    """Return (layers, batch, …), where ``pattern`` is (layers, 1, …)."""
    if pattern.is_complex():
        numbers = torch.view_as_complex(numbers.unflatten(1, (-1, 2)))
    shaped: Tensor = numbers.unflatten(1, (len(pattern), *pattern.shape[2:])).transpose(0, 1)
    return shaped.contiguous()
