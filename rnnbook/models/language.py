"""Language models: predict the next symbol from all before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from rnnbook import _check, decoding, layers
from rnnbook._modes import switched
from rnnbook.sequences import State, read
from rnnbook.text import SPECIAL


class CharRNN(nn.Module):
    """Predict the next character at every position of a text.

    Parameters
    ----------
    vocab_size : int
        How many characters there are.
    embed_size : int
        Numbers in the vector of one character.
    hidden_size : int
        Numbers in the state of one layer.
    num_layers : int
        Recurrent layers; dropout of 0.2 acts between them, so a single layer has none.
    layer : callable, optional
        Builds the recurrent layer: ``nn.RNN``, ``nn.LSTM``, ``nn.GRU`` or one of ours.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``x``, ``hidden`` or ``lengths``
        does not fit.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import CharRNN
    >>> model = CharRNN(vocab_size=30, embed_size=8, hidden_size=16, num_layers=1)
    >>> logits, hidden = model(torch.randint(0, 30, (2, 5)))
    >>> logits.shape, hidden.shape
    (torch.Size([2, 5, 30]), torch.Size([1, 2, 16]))
    """

    def __init__(
        self,
        vocab_size: int,
        embed_size: int,
        hidden_size: int,
        num_layers: int,
        *,
        layer: Callable[..., nn.Module] = nn.RNN,
    ) -> None:
        super().__init__()
        sizes = {"vocab_size": vocab_size, "embed_size": embed_size, "num_layers": num_layers}
        _check.sizes(type(self).__name__, **sizes)
        self.embedding = nn.Embedding(vocab_size, embed_size)
        options = {"num_layers": num_layers, "dropout": 0.2 if num_layers > 1 else 0.0}
        self.rnn = layers.build(type(self).__name__, layer, embed_size, hidden_size, **options)
        _check.forward_only(type(self).__name__, self.rnn)
        self.fc = nn.Linear(hidden_size, vocab_size)

    def forward(
        self, x: Tensor, hidden: State | None = None, *, lengths: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """Return logits of the next character, (batch, time, vocab_size), and the state.

        Parameters
        ----------
        x : Tensor
            Character ids, (batch, time).
        hidden : Tensor or tuple of Tensor, optional
            The state to go on from, whole, as an earlier call returned it.
        lengths : Tensor, optional
            True lengths, (batch,), int64 on the CPU; None when nothing is padded.
        """
        _check.token_batch(type(self).__name__, "x", x, self.embedding)
        output, hidden = read(self.rnn, self.embedding(x), hidden, lengths)
        return self.fc(output), hidden

    def generate(
        self,
        start_char: str,
        char_to_idx: Mapping[str, int],
        idx_to_char: Mapping[int, str] | Sequence[str],
        length: int = 100,
        temperature: float = 1.0,
        *,
        top_k: int | None = None,
        generator: torch.Generator | None = None,
    ) -> str:
        """Write text, one drawn character after another, from ``start_char`` on.

        The model draws in evaluation mode and is left in the mode it was in. Special symbols, such
        as ``"<pad>"``, are not characters and never drawn.

        Parameters
        ----------
        start_char : str
            The first character, part of the result.
        char_to_idx, idx_to_char : mapping
            From characters to ids and back, such as ``Vocabulary.token_to_id`` and
            ``Vocabulary.id_to_token``.
        length : int
            How many characters to draw.
        temperature : float
            Below 1 the draw is more cautious, above 1 more varied; see
            :func:`rnnbook.decoding.sample`.
        top_k : int, optional
            Draw only from the ``top_k`` most likely characters.
        generator : torch.Generator, optional
            Where the randomness comes from.

        Returns
        -------
        str
            ``start_char`` and ``length`` characters.

        Raises
        ------
        TypeError, ValueError
            If ``start_char`` is unknown, the mappings do not cover the model's vocabulary,
            or ``length``, ``temperature`` or ``top_k`` is out of range.
        """
        _check.characters(
            f"{type(self).__name__}.generate",
            start_char,
            char_to_idx,
            idx_to_char,
            self.embedding.num_embeddings,
        )
        first = torch.tensor([char_to_idx[start_char]], device=self.embedding.weight.device)
        special = [i for i in range(self.embedding.num_embeddings) if idx_to_char[i] in SPECIAL]
        draw = partial(decoding.sample, temperature=temperature, top_k=top_k, generator=generator)

        def step(ids: Tensor, hidden: State | None) -> tuple[Tensor, State | None]:
            logits, hidden = self(ids.unsqueeze(1), hidden)
            return decoding.without(logits[:, -1], *special), hidden

        with switched(self, training=False), torch.no_grad():
            ids = decoding.generate(step, first, None, length=length, choose=draw)
        return start_char + "".join(idx_to_char[i] for i in ids[0].tolist())
