"""From logits to symbols: the most likely one, or a drawn one, step by step, or a search.

Temperature goes back to Ackley, Hinton and Sejnowski (1985); top-k sampling to Fan, Lewis and
Dauphin (2018); the length penalty of the beam to Wu et al. (2016).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from rnnbook import _check
from rnnbook.text import END, PAD, START

S = TypeVar("S")


def greedy(logits: Tensor) -> Tensor:
    """Choose the symbol with the largest logit.

    Parameters
    ----------
    logits : Tensor
        (…, vocab_size).

    Returns
    -------
    Tensor
        Ids, (…), int64; of equal logits the first.

    Raises
    ------
    TypeError, ValueError
        If the logits are not floating-point numbers, are empty, or hold a NaN or plus infinity.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.decoding import greedy
    >>> greedy(torch.tensor([[0.0, 2.0, 1.0], [3.0, 2.0, 1.0]]))
    tensor([1, 0])
    """
    _check_logits("greedy", logits)
    return logits.argmax(dim=-1)


def sample(
    logits: Tensor,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Draw a symbol, each with its probability under the softmax of ``logits / temperature``.

    Parameters
    ----------
    logits : Tensor
        (…, vocab_size).
    temperature : float
        1 leaves the probabilities as they are; towards 0 the draw becomes greedy, with large
        values uniform. 0 itself divides by zero: use :func:`greedy`.
    top_k : int, optional
        Draw only from the ``top_k`` most likely symbols.
    generator : torch.Generator, optional
        Where the randomness comes from; PyTorch's global one if left out. The draw happens on the
        generator's device, so one seed gives the same text wherever the model lives.

    Returns
    -------
    Tensor
        Ids, (…), int64, on the device of the logits.

    Raises
    ------
    TypeError, ValueError
        If ``temperature`` is not a positive finite number, ``top_k`` not between 1 and
        ``vocab_size``, or the logits are not what :func:`greedy` accepts.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.decoding import sample
    >>> logits = torch.tensor([1.0, 1.0, -50.0])
    >>> draws = sample(logits.expand(1000, 3), generator=torch.Generator().manual_seed(0))
    >>> draws.unique()
    tensor([0, 1])
    >>> sample(torch.tensor([0.0, 2.0, 1.0]), top_k=1)
    tensor(1)
    """
    _check_logits("sample", logits)
    probabilities = torch.softmax(_sharpen(logits, temperature, top_k), dim=-1)
    rows = probabilities.reshape(-1, probabilities.shape[-1])
    if generator is not None:
        rows = rows.to(generator.device)
    drawn = torch.multinomial(rows, 1, generator=generator)
    return drawn.reshape(logits.shape[:-1]).to(logits.device)


def generate(
    step: Callable[[Tensor, S], tuple[Tensor, S]],
    first: Tensor,
    state: S,
    *,
    length: int,
    choose: Callable[[Tensor], Tensor] = greedy,
    end: int | None = None,
) -> Tensor:
    """Feed each chosen symbol back in as the next input.

    Parameters
    ----------
    step : callable
        ``step(ids, state) -> (logits, state)``, with ids (batch,) and logits (batch, vocab_size).
    first : Tensor
        The symbols to start from, (batch,), integers; they are not repeated in the result.
    state : object
        What the first step is given; for most models the state after what came before, or None.
    length : int
        The most symbols to make.
    choose : callable
        Turns logits into ids: :func:`greedy`, or ``functools.partial(sample, temperature=0.8)``.
    end : int, optional
        The symbol that ends a sequence. What follows it is ``PAD``, and once every sequence has
        ended nothing more is made.

    Returns
    -------
    Tensor
        Ids, (batch, steps), with as many steps as were needed, at most ``length``.

    Raises
    ------
    TypeError, ValueError
        If ``length`` is not a positive whole number, ``first`` is not (batch,) of integers, or
        ``step`` returns logits of another shape.

    Examples
    --------
    A step that counts down and ends at 1; it carries no state.

    >>> import torch
    >>> from rnnbook.decoding import generate
    >>> def count_down(ids, state):
    ...     return torch.nn.functional.one_hot(ids - 1, 6).float(), state
    >>> generate(count_down, torch.tensor([5, 3]), None, length=10, end=1)
    tensor([[4, 3, 2, 1],
            [2, 1, 0, 0]])
    """
    _check.sizes("generate", length=length)
    _check.rank("generate", "first", first, "(batch,)")
    _check.not_empty("generate", "first", first)
    _check.tokens("generate", "first", first, torch.iinfo(torch.int64).max)
    ids, ended = first, torch.zeros_like(first, dtype=torch.bool)
    made = []
    for _ in range(length):
        logits, state = step(ids, state)
        _check_step("generate", logits, len(first))
        # a sequence that has ended goes on being fed, but with what it ended on
        ids = torch.where(ended, ids, choose(logits))
        made.append(torch.where(ended, PAD, ids))
        if end is not None:
            ended = ended | (ids == end)
            if bool(ended.all()):
                break
    return torch.stack(made, dim=1)


def beam(
    step: Callable[[Tensor, S], tuple[Tensor, S]],
    first: Tensor,
    state: S,
    *,
    length: int,
    width: int,
    end: int | None = None,
    length_penalty: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """Search for likely sequences: keep the ``width`` best beginnings at every step.

    A sequence is complete when it has ended, or when it has ``length`` symbols. Of the complete
    ones that were met, the best ``width`` are returned.

    Parameters
    ----------
    step : callable
        ``step(ids, state) -> (logits, state)``, with ids (1,) and logits (1, vocab_size). Every
        beginning keeps the state it was given, whatever that is.
    first : Tensor
        The symbol to start from, (1,), an integer; it is not repeated in the result.
    state : object
        What the first step is given.
    length : int
        The most symbols in a sequence.
    width : int
        How many beginnings are kept. One is :func:`greedy`, step after step; as many as there are
        sequences is a search through all of them.
    end : int, optional
        The symbol that ends a sequence, and is part of it.
    length_penalty : float
        The alpha of Wu et al. (2016), eq. 14: a sequence Y is scored by
        ``log P(Y) / ((5 + |Y|) / 6) ** alpha``. With 0 short sequences win, for every symbol more
        costs probability; with 1 the score of a long sequence goes with the mean over its symbols.

    Returns
    -------
    ids : Tensor
        (found, steps), best first, int64, with ``PAD`` behind the end; ``found`` is at most
        ``width``.
    scores : Tensor
        (found,).

    Raises
    ------
    TypeError, ValueError
        If ``length`` or ``width`` is not a positive whole number, ``length_penalty`` not a finite
        number of at least 0, ``first`` not (1,) of integers, or ``step`` returns logits of another
        shape or a NaN.

    Examples
    --------
    The most likely first symbol, 4, leads nowhere good: what follows it is a guess.

    >>> import torch
    >>> from rnnbook.decoding import beam
    >>> follows = {0: [0, 0, 0, 0, 0.6, 0.4], 4: [0, 0, 0.3, 0.3, 0.2, 0.2]}
    >>> follows |= {5: [0, 0, 1.0, 0, 0, 0]}
    >>> def step(ids, state):
    ...     return torch.tensor([follows[ids.item()]]).log(), state
    >>> for width in (1, 2):
    ...     ids, scores = beam(step, torch.tensor([0]), None, length=2, width=width, end=2)
    ...     print(ids[0].tolist(), round(scores[0].exp().item(), 2))
    [4, 2] 0.18
    [5, 2] 0.4
    """
    _check.sizes("beam", length=length, width=width)
    _check.penalty("beam", length_penalty)
    _check.rank("beam", "first", first, "(batch,)")
    _check.tokens("beam", "first", first, torch.iinfo(torch.int64).max)
    if len(first) != 1:
        raise ValueError(
            f"beam: expected one sequence, first of shape (1,), got {tuple(first.shape)}; search "
            "for the sentences of a batch one after another"
        )

    def scored(log_probability: float, symbols: int) -> float:
        # lp(Y) = (5 + |Y|)^alpha / (5 + 1)^alpha
        return log_probability / float(((5 + symbols) / 6) ** float(length_penalty))

    going: list[tuple[float, list[int], S]] = [(0.0, [], state)]
    complete: list[tuple[float, list[int]]] = []
    for t in range(length):
        grown: list[tuple[float, list[int], S]] = []
        for log_probability, ids, carried in going:
            last = first.new_tensor(ids[-1:]) if ids else first
            logits, after = step(last, carried)
            _check_step("beam", logits, 1)
            _check_logits("beam", logits)
            found = torch.log_softmax(logits[0].double(), dim=-1)
            best = found.topk(min(width, len(found)))  # no more of them can be among the best
            for gain, symbol in zip(best.values.tolist(), best.indices.tolist(), strict=True):
                if gain > float("-inf"):
                    grown.append((log_probability + gain, [*ids, symbol], after))
        grown = sorted(grown, key=lambda one: one[0], reverse=True)[:width]
        going = []
        for log_probability, ids, carried in grown:
            if ids[-1] == end or t == length - 1:
                complete.append((scored(log_probability, len(ids)), ids))
            else:
                going.append((log_probability, ids, carried))
        complete = sorted(complete, key=lambda one: one[0], reverse=True)[:width]
        # A beginning only loses probability, and the mildest penalty is that of the full length.
        if not going or (len(complete) == width and scored(going[0][0], length) <= complete[-1][0]):
            break
    sequences = [first.new_tensor(ids).long() for _, ids in complete]
    scores = first.new_tensor([score for score, _ in complete], dtype=torch.float64)
    return pad_sequence(sequences, batch_first=True, padding_value=PAD), scores


def write(
    encode: Callable[..., S],
    step: Callable[[Tensor, S], tuple[Tensor, S]],
    src: Tensor,
    *,
    length: int,
    lengths: Tensor | None = None,
    width: int = 1,
    length_penalty: float = 0.0,
) -> Tensor:
    """Write a sequence for each that is read: greedily for all at once, or by a search for each.

    Parameters
    ----------
    encode : callable
        ``encode(src, lengths=lengths) -> state``, what the first step of writing is given.
    step : callable
        ``step(ids, state) -> (logits, state)``, with ids (batch,) and logits (batch, vocab_size).
    src : Tensor
        What is read, (batch, src_len, …).
    length : int
        The most symbols to write.
    lengths : Tensor, optional
        True lengths of ``src``, (batch,), int64 on the CPU; None when nothing is padded.
    width : int
        1 takes the most likely symbol at every step; above 1, :func:`beam` keeps that many
        beginnings, one sequence after another.
    length_penalty : float
        Handed to :func:`beam`; no effect with a width of 1.

    Returns
    -------
    Tensor
        Ids, (batch, steps), each until its ``END``, with ``PAD`` behind.

    Raises
    ------
    TypeError, ValueError
        As :func:`generate` and :func:`beam` do.

    Examples
    --------
    A writer that spells what was read once more; its state is what is left to spell.

    >>> import torch
    >>> from rnnbook.decoding import write
    >>> def encode(src, *, lengths=None):
    ...     return src
    >>> def step(ids, left):
    ...     return torch.nn.functional.one_hot(left[:, 0], 9).float(), left[:, 1:]
    >>> write(encode, step, torch.tensor([[5, 6, 2], [7, 2, 0]]), length=3)
    tensor([[5, 6, 2],
            [7, 2, 0]])
    """
    state = encode(src, lengths=lengths)
    first = torch.full((len(src),), START, device=src.device)
    if width == 1:
        return generate(step, first, state, length=length, end=END)
    best = []
    for i in range(len(src)):  # the beam looks for one sequence at a time
        own = None if lengths is None else lengths[i : i + 1]
        alone = encode(src[i : i + 1], lengths=own)
        ids, _ = beam(
            step,
            first[i : i + 1],
            alone,
            length=length,
            width=width,
            end=END,
            length_penalty=length_penalty,
        )
        best.append(ids[0])
    found = pad_sequence(best, batch_first=True, padding_value=PAD)
    longest = int((found != PAD).sum(1).max())
    return found[:, :longest]


def without(logits: Tensor, *symbols: int) -> Tensor:
    """Rule symbols out: their logits become minus infinity, those of all others stay.

    Parameters
    ----------
    logits : Tensor
        (…, vocab_size).
    *symbols : int
        Ids that must not be chosen, such as ``PAD`` and ``START``.

    Returns
    -------
    Tensor
        (…, vocab_size).

    Raises
    ------
    TypeError, ValueError
        If the logits are not floating-point numbers, or a symbol is not an id between 0 and
        ``vocab_size - 1``.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.decoding import without
    >>> without(torch.tensor([3.0, 2.0, 1.0]), 0)
    tensor([-inf, 2., 1.])
    """
    _check.floating("without", "logits", logits)
    size = logits.shape[-1]
    if symbols:
        _check.tokens("without", "symbols", torch.tensor(symbols, device="cpu"), size)
    ruled_out = torch.tensor(symbols, dtype=torch.int64, device=logits.device)
    return logits.index_fill(-1, ruled_out, float("-inf"))


def _check_step(where: str, logits: Tensor, batch: int) -> None:
    """Raise unless a step returned a row of logits for each sequence."""
    if logits.ndim != 2 or len(logits) != batch:
        raise ValueError(
            f"{where}: expected step to return logits of shape ({batch}, vocab_size), got "
            f"{tuple(logits.shape)}; a model's (batch, 1, vocab_size) is cut by [:, -1]"
        )


def _sharpen(logits: Tensor, temperature: float, top_k: int | None) -> Tensor:
    """Divide by the temperature, and leave only the ``top_k`` largest."""
    if not _check.is_number(temperature):
        raise TypeError(
            f"sample: temperature must be a number, got {temperature!r}; it divides the logits"
        )
    if not 0 < temperature < float("inf"):
        raise ValueError(
            f"sample: temperature must be positive and finite, got {temperature}; 0 would divide "
            "by zero: for the most likely symbol use rnnbook.decoding.greedy"
        )
    # the softmax is the same after subtracting the largest, and a tiny temperature cannot overflow
    tiny = torch.finfo(logits.dtype).tiny
    sharpened = (logits - logits.amax(dim=-1, keepdim=True)) / max(temperature, tiny)
    if top_k is None:
        return sharpened
    _check.sizes("sample", top_k=top_k)
    if top_k > logits.shape[-1]:
        raise ValueError(
            f"sample: top_k must be at most {logits.shape[-1]}, the number of symbols, got "
            f"{top_k}; leave it out to draw from all of them"
        )
    kept = logits.topk(top_k, dim=-1).indices  # exactly k, also where logits are equal
    hidden = torch.full_like(sharpened, float("-inf"))
    return hidden.scatter(-1, kept, sharpened.gather(-1, kept))


def _check_logits(where: str, logits: Tensor) -> None:
    _check.floating(where, "logits", logits)
    if logits.ndim == 0:
        raise ValueError(
            f"{where}: expected logits of shape (..., vocab_size), got a single number; index the "
            "step, not the symbol"
        )
    _check.not_empty(where, "logits", logits)
    if bool(logits.isnan().any()) or bool((logits.amax(dim=-1).isinf()).any()):
        raise ValueError(
            f"{where}: expected finite logits (single symbols may be ruled out with -inf), got a "
            "NaN, +inf, or a row of nothing but -inf; the usual cause is training that diverged"
        )
