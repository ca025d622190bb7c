"""Many to many, of another length: read one sequence, then write another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from rnnbook import _check, decoding
from rnnbook._modes import switched
from rnnbook.attention import AdditiveAttention
from rnnbook.sequences import State, directions, map_state, read, real_steps
from rnnbook.text import END, PAD, START, UNK, shifted

S = TypeVar("S")
#: A decoder's state, the keys it looks at, and their mask.
AttentionState = tuple[State, Tensor, Tensor | None]


class Seq2SeqTranslator(nn.Module):
    """Read a sentence, hand the last state on, and write its translation from there.

    Parameters
    ----------
    src_vocab_size, tgt_vocab_size : int
        How many ids each language has, the four special ones of :mod:`rnnbook.text` included.
    embed_dim : int
        Numbers in the vector of one word.
    hidden_size : int
        Numbers in the state of one layer and direction of the encoder.
    layer : callable, optional
        Builds encoder and decoder: ``nn.RNN``, ``nn.LSTM``, a class of :mod:`rnnbook.layers`, or
        ``functools.partial(nn.GRU, num_layers=2)``. With ``bidirectional=True`` the encoder reads
        both ways; the decoder writes forward, from both of its final states joined, and so has
        twice the ``hidden_size``.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number, or the target vocabulary holds nothing but special
        ids; in a call, if ``src``, ``tgt`` or ``lengths`` does not fit.

    Notes
    -----
    Sutskever, Vinyals and Le (2014). A target is its words, then ``END``, then ``PAD``; ``START``
    is put in front here. The state is handed on whole, ``(h, c)`` for an LSTM, each sentence's own
    at its true length.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import Seq2SeqTranslator
    >>> model = Seq2SeqTranslator(
    ...     src_vocab_size=30, tgt_vocab_size=20, embed_dim=8, hidden_size=16
    ... )
    >>> src, tgt = torch.randint(4, 30, (3, 7)), torch.randint(4, 20, (3, 5))
    >>> lengths = torch.tensor([7, 2, 5])
    >>> model(src, tgt, lengths=lengths).shape
    torch.Size([3, 5, 20])
    >>> len(model.translate(src, lengths=lengths))
    3
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
        _check_sizes("Seq2SeqTranslator", src_vocab_size, tgt_vocab_size, embed_dim, hidden_size)
        self.src_embedding = nn.Embedding(src_vocab_size, embed_dim)
        _check.builder("Seq2SeqTranslator", layer)
        self.encoder = layer(embed_dim, hidden_size, batch_first=True)
        self.tgt_embedding = nn.Embedding(tgt_vocab_size, embed_dim)
        size, forward_only = _decoder_form(self.encoder, hidden_size)
        self.decoder = layer(embed_dim, size, batch_first=True, **forward_only)
        self.fc = nn.Linear(size, tgt_vocab_size)

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
        _check_target("Seq2SeqTranslator", src, tgt, self.tgt_embedding)
        state = self.encode(src, lengths=lengths)
        output, _ = self.decoder(self.tgt_embedding(shifted(tgt)), state)
        logits: Tensor = self.fc(output)
        return logits

    def encode(self, src: Tensor, *, lengths: Tensor | None = None) -> State:
        """Return the state the decoder starts from: all it will know of ``src``."""
        _check.token_batch("Seq2SeqTranslator", "src", src, self.src_embedding)
        _, state = read(self.encoder, self.src_embedding(src), lengths=lengths)
        return joined(state) if directions(self.encoder) == 2 else state

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

        Parameters
        ----------
        src : Tensor
            Source ids, (batch, src_len).
        max_length : int
            The most words to write.
        lengths : Tensor, optional
            True lengths of the sources, (batch,), int64 on the CPU; None when nothing is padded.
        width : int
            1 takes the likeliest word at every step; above 1, :func:`rnnbook.decoding.beam` keeps
            that many beginnings, one sentence after another.
        length_penalty : float
            Handed to :func:`rnnbook.decoding.beam`; no effect with a width of 1.

        Returns
        -------
        Tensor
            Ids, (batch, steps), with ``PAD`` behind ``END``.
        """
        return _translate(
            self.encode, self.step, self, src, max_length, lengths, width, length_penalty
        )

    def step(self, ids: Tensor, state: State) -> tuple[Tensor, State]:
        """Return logits of the next word, (batch, vocab), after ``ids``, (batch,), and the state.

        ``PAD`` and ``START`` are ruled out: neither is ever a target. For the functions of
        :mod:`rnnbook.decoding`.
        """
        output, state = self.decoder(self.tgt_embedding(ids.unsqueeze(1)), state)
        return decoding.without(self.fc(output[:, -1]), PAD, START), state


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
        _check_sizes("AttentionTranslator", src_vocab_size, tgt_vocab_size, embed_dim, hidden_size)
        self.src_embedding = nn.Embedding(src_vocab_size, embed_dim)
        _check.builder("AttentionTranslator", layer)
        self.encoder = layer(embed_dim, hidden_size, batch_first=True)
        self.tgt_embedding = nn.Embedding(tgt_vocab_size, embed_dim)
        size, forward_only = _decoder_form(self.encoder, hidden_size)
        self.attention = AdditiveAttention(size, size, hidden_size)
        self.decoder = layer(embed_dim + size, size, batch_first=True, **forward_only)
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
        _check.token_batch("AttentionTranslator", "src", src, self.src_embedding)
        keys, state = read(self.encoder, self.src_embedding(src), lengths=lengths)
        mask = None if lengths is None else real_steps(lengths, src.shape[1]).to(src.device)
        return joined(state) if directions(self.encoder) == 2 else state, keys, mask

    def translate(
        self,
        src: Tensor,
        max_length: int = 20,
        *,
        lengths: Tensor | None = None,
        width: int = 1,
        length_penalty: float = 0.0,
    ) -> Tensor:
        """Write a translation of every source, as :meth:`Seq2SeqTranslator.translate` does."""
        return _translate(
            self.encode, self.step, self, src, max_length, lengths, width, length_penalty
        )

    def step(self, ids: Tensor, state: AttentionState) -> tuple[Tensor, AttentionState]:
        """Return logits of the next word, (batch, vocab), after ``ids``, (batch,), and the state.

        ``PAD`` and ``START`` are ruled out: neither is ever a target. For the functions of
        :mod:`rnnbook.decoding`.
        """
        features, _, state = self.look(self.tgt_embedding(ids), state)
        return decoding.without(self.fc(features), PAD, START), state

    def _teach(self, src: Tensor, tgt: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        _check_target("AttentionTranslator", src, tgt, self.tgt_embedding)
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


def joined(state: State) -> State:
    """Lay the two directions of a bidirectional layer's last state side by side, layer by layer.

    Parameters
    ----------
    state : Tensor or tuple of Tensor
        (layers * 2, batch, hidden_size), each sequence read to its own end: see
        :func:`rnnbook.sequences.read`.

    Returns
    -------
    Tensor or tuple of Tensor
        (layers, batch, 2 * hidden_size), forward half first.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models.encoder_decoder import joined
    >>> joined(torch.tensor([[[1.0]], [[2.0]], [[3.0]], [[4.0]]]))
    tensor([[[1., 2.]],
    <BLANKLINE>
            [[3., 4.]]])
    """
    return map_state(lambda part: torch.cat([part[0::2], part[1::2]], dim=-1), state)


def _translate(
    encode: Callable[..., S],
    step: Callable[[Tensor, S], tuple[Tensor, S]],
    model: nn.Module,
    src: Tensor,
    max_length: int,
    lengths: Tensor | None,
    width: int,
    length_penalty: float,
) -> Tensor:
    """Write from what ``encode`` made of the source, in evaluation mode and without gradients."""
    _check.sizes("translate", max_length=max_length, width=width)
    _check.penalty("translate", length_penalty)
    with switched(model, training=False), torch.no_grad():
        state = encode(src, lengths=lengths)
        first = torch.full((len(src),), START, device=src.device)
        if width == 1:
            return decoding.generate(step, first, state, length=max_length, end=END)
        best = []
        for i in range(len(src)):  # the beam looks for one sentence at a time
            own = None if lengths is None else lengths[i : i + 1]
            ids, _ = decoding.beam(
                step,
                first[i : i + 1],
                encode(src[i : i + 1], lengths=own),
                length=max_length,
                width=width,
                end=END,
                length_penalty=length_penalty,
            )
            best.append(ids[0])
    found = pad_sequence(best, batch_first=True, padding_value=PAD)
    longest = int((found != PAD).sum(1).max())
    return found[:, :longest]


def _decoder_form(encoder: nn.Module, hidden_size: int) -> tuple[int, dict[str, bool]]:
    """Return the decoder's hidden size, and what keeps it from reading backward."""
    if directions(encoder) == 1:
        return hidden_size, {}
    return 2 * hidden_size, {"bidirectional": False}


def _check_sizes(
    where: str, src_vocab_size: int, tgt_vocab_size: int, embed_dim: int, hidden_size: int
) -> None:
    _check.sizes(
        where,
        src_vocab_size=src_vocab_size,
        tgt_vocab_size=tgt_vocab_size,
        embed_dim=embed_dim,
        hidden_size=hidden_size,
    )
    if tgt_vocab_size <= UNK + 1:
        raise ValueError(
            f"{where}: expected tgt_vocab_size above {UNK + 1}, got {tgt_vocab_size}; ids 0 to "
            f"{UNK} are PAD, START, END and UNK, and something has to be said"
        )


def _check_target(where: str, src: Tensor, tgt: Tensor, embedding: nn.Embedding) -> None:
    _check.token_batch(where, "tgt", tgt, embedding)
    _check.tensor(where, "src", src)
    if len(src) != len(tgt):
        raise ValueError(
            f"{where}: expected one target a source, got {len(tgt)} for {len(src)}; the usual "
            "cause is time before batch, or batches that were drawn apart"
        )
