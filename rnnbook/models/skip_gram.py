"""Skip-gram: from a word, guess the words around it."""

from __future__ import annotations

from torch import Tensor, nn

from rnnbook import _check


class SkipGram(nn.Module):
    """Give every word a vector from which its neighbours can be guessed (Mikolov et al., 2013).

    Parameters
    ----------
    vocab_size : int
        How many words there are.
    embed_size : int
        Numbers in the vector of a word.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``x`` does not hold ids.

    Notes
    -----
    The logit of neighbour ``o`` beside word ``w`` is ``u_o · v_w`` (Mikolov et al., 2013, equation
    2), with one vector ``v`` for each word as a word and one, ``u``, for it as a neighbour. The
    softmax runs over the whole vocabulary; word2vec approximates it for large ones. Vectors start
    small, as word2vec's do: what is left of a large random start would stay visible to the end.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import SkipGram
    >>> SkipGram(vocab_size=100, embed_size=16)(torch.tensor([7, 8, 9])).shape
    torch.Size([3, 100])
    """

    def __init__(self, vocab_size: int, embed_size: int) -> None:
        super().__init__()
        _check.sizes(type(self).__name__, vocab_size=vocab_size, embed_size=embed_size)
        self.embedding = nn.Embedding(vocab_size, embed_size)
        self.neighbours = nn.Linear(embed_size, vocab_size, bias=False)
        nn.init.uniform_(self.embedding.weight, -0.5 / embed_size, 0.5 / embed_size)

    def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits of each word's neighbour, (batch, vocab_size), for word ids (batch,)."""
        _check.rank(type(self).__name__, "x", x, "(batch,)")
        _check.tokens(type(self).__name__, "x", x, self.embedding.num_embeddings)
        logits: Tensor = self.neighbours(self.embedding(x))
        return logits
