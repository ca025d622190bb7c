"""From logits to symbols: the most likely one, or a drawn one, step by step.

Temperature goes back to Ackley, Hinton and Sejnowski (1985); top-k sampling to Fan, Lewis and
Dauphin (2018).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

from rnnbook import _check
from rnnbook.text import PAD

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
        if logits.ndim != 2 or len(logits) != len(first):
            raise ValueError(
                f"generate: expected step to return logits of shape ({len(first)}, vocab_size), "
                f"got {tuple(logits.shape)}; a model's (batch, 1, vocab_size) is cut by [:, -1]"
            )
        # a sequence that has ended goes on being fed, but with what it ended on
        ids = torch.where(ended, ids, choose(logits))
        made.append(torch.where(ended, PAD, ids))
        if end is not None:
            ended = ended | (ids == end)
            if bool(ended.all()):
                break
    return torch.stack(made, dim=1)


def _sharpen(logits: Tensor, temperature: float, top_k: int | None) -> Tensor:
    """Divide by the temperature, and leave only the ``top_k`` largest."""
    if isinstance(temperature, bool) or not isinstance(temperature, int | float):
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
            f"{where}: expected logits of shape (…, vocab_size), got a single number; index the "
            "step, not the symbol"
        )
    _check.not_empty(where, "logits", logits)
    if bool(logits.isnan().any()) or bool((logits.amax(dim=-1).isinf()).any()):
        raise ValueError(
            f"{where}: expected finite logits (single symbols may be ruled out with -inf), got a "
            "NaN, +inf, or a row of nothing but -inf; the usual cause is training that diverged"
        )
