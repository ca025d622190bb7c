"""Many to many, of another length: read one sequence, then write another."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from rnnbook import _check, decoding, layers
from rnnbook._modes import switched
from rnnbook.sequences import State, directions, map_state, read
from rnnbook.text import PAD, START, UNK, shifted


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
    is put in front here. The state is passed on whole, ``(h, c)`` for an LSTM, each sentence's own
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
        sizes = {"src_vocab_size": src_vocab_size, "tgt_vocab_size": tgt_vocab_size}
        _check.sizes(type(self).__name__, **sizes, embed_dim=embed_dim)
        _check.vocabulary(type(self).__name__, UNK + 1, tgt_vocab_size=tgt_vocab_size)
        self.src_embedding = nn.Embedding(src_vocab_size, embed_dim)
        self.encoder = layers.build(type(self).__name__, layer, embed_dim, hidden_size)
        self.tgt_embedding = nn.Embedding(tgt_vocab_size, embed_dim)
        size = hidden_size * directions(self.encoder)
        self.decoder = writer(layer, self.encoder, embed_dim, size)
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
        _check.target(type(self).__name__, "tgt", tgt, self.tgt_embedding, "src", src)
        state = self.encode(src, lengths=lengths)
        output, _ = self.decoder(self.tgt_embedding(shifted(tgt)), state)
        logits: Tensor = self.fc(output)
        return logits

    def encode(self, src: Tensor, *, lengths: Tensor | None = None) -> State:
        """Return the state the decoder starts from: all it will know of ``src``."""
        _check.token_batch(type(self).__name__, "src", src, self.src_embedding)
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
            1 takes the most likely word at every step; above 1, :func:`rnnbook.decoding.beam` keeps
            that many beginnings, one sentence after another.
        length_penalty : float
            Handed to :func:`rnnbook.decoding.beam`; no effect with a width of 1.

        Returns
        -------
        Tensor
            Ids, (batch, steps), with ``PAD`` behind ``END``.
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

    def step(self, ids: Tensor, state: State) -> tuple[Tensor, State]:
        """Return logits of the next word, (batch, vocab), after ``ids``, (batch,), and the state.

        ``PAD`` and ``START`` are ruled out: neither is ever a target. For the functions of
        :mod:`rnnbook.decoding`.
        """
        output, state = self.decoder(self.tgt_embedding(ids.unsqueeze(1)), state)
        return decoding.without(self.fc(output[:, -1]), PAD, START), state


def writer(
    layer: Callable[..., nn.Module], encoder: nn.Module, input_size: int, hidden_size: int
) -> nn.Module:
    """Build the decoder that starts where ``encoder`` ended; it reads forward only.

    Parameters
    ----------
    layer : callable
        What has built the encoder.
    encoder : nn.Module
        A layer of one or both directions.
    input_size : int
        Numbers in one input of the decoder.
    hidden_size : int
        Numbers in its state: as many as in both directions of the encoder.

    Examples
    --------
    >>> from functools import partial
    >>> from torch import nn
    >>> from rnnbook.models.seq2seq import writer
    >>> layer = partial(nn.GRU, bidirectional=True)
    >>> writer(layer, encoder=layer(3, 4), input_size=5, hidden_size=8)
    GRU(5, 8, batch_first=True)
    """
    options = {"bidirectional": False} if directions(encoder) == 2 else {}
    return layers.build("decoder", layer, input_size, hidden_size, **options)


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
    >>> from rnnbook.models.seq2seq import joined
    >>> joined(torch.tensor([[[1.0]], [[2.0]], [[3.0]], [[4.0]]]))
    tensor([[[1., 2.]],
    <BLANKLINE>
            [[3., 4.]]])
    """
    return map_state(lambda part: torch.cat([part[0::2], part[1::2]], dim=-1), state)
