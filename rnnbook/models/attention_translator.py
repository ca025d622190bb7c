"""Many to many, with a look back: while writing, attend to all that was read."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from rnnbook import _check, decoding, layers
from rnnbook._modes import switched
from rnnbook.attention import AdditiveAttention
from rnnbook.models.seq2seq import joined, writer
from rnnbook.sequences import State, directions, read, real_steps
from rnnbook.text import PAD, START, UNK, shifted

#: A decoder's state, the keys it looks at, and their mask.
AttentionState = tuple[State, Tensor, Tensor | None]


class AttentionTranslator(nn.Module):
    """Read a sentence, keep the state after every word, and look at all of them while writing.

    Parameters
    ----------
    src_vocab_size, tgt_vocab_size : int
        How many ids each language has, the four special ones of :mod:`rnnbook.text` included.
    embed_dim : int
        Numbers in the vector of one word.
    hidden_size : int
        Numbers in the state of one layer and direction of the encoder, and units of the network
        that scores.
    layer : callable, optional
        Builds encoder and decoder, as for :class:`Seq2SeqTranslator`.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number, or the target vocabulary holds nothing but special
        ids; in a call, if ``src``, ``tgt`` or ``lengths`` does not fit.

    Notes
    -----
    Bahdanau et al. (2015): before word i is written, the decoder's state ``s_{i-1}`` asks all
    encoder outputs for a context ``c_i``, which it then reads together with word i-1. Here the
    first state is the encoder's last, whole, as in :class:`Seq2SeqTranslator`, and the answer is
    read from ``s_i`` and ``c_i``.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import AttentionTranslator
    >>> model = AttentionTranslator(
    ...     src_vocab_size=30, tgt_vocab_size=20, embed_dim=8, hidden_size=16
    ... )
    >>> src, tgt = torch.randint(4, 30, (3, 7)), torch.randint(4, 20, (3, 5))
    >>> lengths = torch.tensor([7, 2, 5])
    >>> model(src, tgt, lengths=lengths).shape
    torch.Size([3, 5, 20])
    >>> model.alignment(src, tgt, lengths=lengths).shape
    torch.Size([3, 5, 7])
    """

    def __init__(
        self,
        src_vocab_size: int,
        tgt_vocab_size: int,
        embed_dim: int,
        hidden_size: int,
        *,
        layer: Callable[..., nn.Module] = nn.RNN,
    ) -> None:
        super().__init__()
        sizes = {"src_vocab_size": src_vocab_size, "tgt_vocab_size": tgt_vocab_size}
        _check.sizes(type(self).__name__, **sizes, embed_dim=embed_dim)
        _check.vocabulary(type(self).__name__, UNK + 1, tgt_vocab_size=tgt_vocab_size)
        self.src_embedding = nn.Embedding(src_vocab_size, embed_dim)
        self.encoder = layers.build(type(self).__name__, layer, embed_dim, hidden_size)
        self.tgt_embedding = nn.Embedding(tgt_vocab_size, embed_dim)
        size = hidden_size * directions(self.encoder)
        self.attention = AdditiveAttention(size, size, hidden_size)
        self.decoder = writer(layer, self.encoder, embed_dim + size, size)
        self.fc = nn.Linear(2 * size, tgt_vocab_size)

    def forward(self, src: Tensor, tgt: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits of every target word given the true words before it: teacher forcing.

        Parameters
        ----------
        src : Tensor
            Source ids, (batch, src_len).
        tgt : Tensor
            Target ids, with ``END`` and without ``START``, (batch, tgt_len).
        lengths : Tensor, optional
            True lengths of the sources, (batch,), int64 on the CPU; None when nothing is padded.

        Returns
        -------
        Tensor
            (batch, tgt_len, tgt_vocab_size); step t is asked for ``tgt[:, t]`` and has not read it.
        """
        logits, _ = self._teach(src, tgt, lengths)
        return logits

    def alignment(self, src: Tensor, tgt: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return what is looked at while ``tgt`` is written, (batch, tgt_len, src_len).

        Row i holds the weights of the source words when target word i is written; they sum to one
        and are exactly zero on padding. Arguments as in :meth:`forward`.
        """
        _, weights = self._teach(src, tgt, lengths)
        return weights

    def encode(self, src: Tensor, *, lengths: Tensor | None = None) -> AttentionState:
        """Return what the decoder starts from: a state, and all outputs with their mask."""
        _check.token_batch(type(self).__name__, "src", src, self.src_embedding)
        keys, state = read(self.encoder, self.src_embedding(src), lengths=lengths)
        state = joined(state) if directions(self.encoder) == 2 else state
        _check.asks(type(self).__name__, state, keys)
        mask = None if lengths is None else real_steps(lengths, src.shape[1]).to(src.device)
        return state, keys, mask

    def translate(
        self,
        src: Tensor,
        max_length: int = 20,
        *,
        lengths: Tensor | None = None,
        width: int = 1,
        length_penalty: float = 0.0,
    ) -> Tensor:
        """Write a translation of every source, each until its ``END``, without seeing a target.

        Parameters and result are those of :meth:`rnnbook.models.Seq2SeqTranslator.translate`.
        """
        _check.sizes("translate", max_length=max_length, width=width)
        _check.penalty("translate", length_penalty)
        with switched(self, training=False), torch.no_grad():
            return decoding.write(
                self.encode,
                self.step,
                src,
                length=max_length,
                lengths=lengths,
                width=width,
                length_penalty=length_penalty,
            )

    def step(self, ids: Tensor, state: AttentionState) -> tuple[Tensor, AttentionState]:
        """Return logits of the next word, (batch, vocab), after ``ids``, (batch,), and the state.

        ``PAD`` and ``START`` are ruled out: neither is ever a target. For the functions of
        :mod:`rnnbook.decoding`.
        """
        features, _, state = self.look(self.tgt_embedding(ids), state)
        return decoding.without(self.fc(features), PAD, START), state

    def _teach(self, src: Tensor, tgt: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        _check.target(type(self).__name__, "tgt", tgt, self.tgt_embedding, "src", src)
        state = self.encode(src, lengths=lengths)
        features, weights = [], []
        for word in self.tgt_embedding(shifted(tgt)).unbind(1):
            feature, weight, state = self.look(word, state)
            features.append(feature)
            weights.append(weight)
        return self.fc(torch.stack(features, dim=1)), torch.stack(weights, dim=1)

    def look(self, word: Tensor, state: AttentionState) -> tuple[Tensor, Tensor, AttentionState]:
        """Take one step of writing: look at the source, then read the word written last.

        Parameters
        ----------
        word : Tensor
            The vector of the word before, (batch, embed_dim).
        state : tuple
            The decoder's state, the encoder's outputs, and their mask.

        Returns
        -------
        features : Tensor
            What the next word is read from: the new state and the context, side by side.
        weights : Tensor
            How much each source word is looked at, (batch, src_len).
        state : tuple
            The state after this step.
        """
        s, keys, mask = state
        query = (s[0] if isinstance(s, tuple) else s)[-1]  # s_{i-1}, of the top layer
        context, weights = self.attention(query.unsqueeze(1), keys, mask)
        # s_i = f(s_{i-1}, y_{i-1}, c_i)
        output, s = self.decoder(torch.cat([word.unsqueeze(1), context], dim=-1), s)
        features = torch.cat([output, context], dim=-1)
        return features.squeeze(1), weights.squeeze(1), (s, keys, mask)
