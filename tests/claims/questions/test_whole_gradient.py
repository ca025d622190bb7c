"""The claim of the question whether the whole gradient goes to zero."""

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from rnnbook.experiments import clipping

SHORT, LONG = 20, 200

CONDITIONS = (
    "Untrained tanh networks of 32 units with PyTorch's default weights, random inputs, a loss at "
    "the last step; the gradient of the recurrent weights, taken apart by step."
)


class Norms(NamedTuple):
    """Norms of a gradient, and of its ten oldest terms together, by length; (seed,)."""

    whole: dict
    oldest: dict


@pytest.fixture(scope="module")
def result(seeds):
    found = {n: np.array([measured(seed, n) for seed in seeds]).T for n in (SHORT, LONG)}
    return Norms(*({n: norms[i] for n, norms in found.items()} for i in range(2)))


@cache  # calibration asks for the same seeds in many groups
def measured(seed, length):
    """Return the norm of the gradient, and that of its ten oldest terms together."""
    terms = clipping.terms(seed, length)
    return terms.sum(0).norm().item(), terms[:10].sum(0).norm().item()


def predicted(result):
    """If the whole gradient vanished with its oldest terms, both would shrink by the same factor."""
    factor = result.oldest[LONG] / result.oldest[SHORT]
    return Norms(result.whole | {LONG: result.whole[SHORT] * factor}, result.oldest)


def test_whole_gradient_stays(result, show, setting):
    """The whole gradient outlives its oldest terms. Its norm over 200 steps is more than 0.4 times
    that over 20; the ten oldest steps make up less than 1e-20 of it.
    """
    setting((SHORT, LONG), (20, 200))
    ratio = result.whole[LONG] / result.whole[SHORT]
    show("norm over 200 steps, over that of 20", ratio, above=0.4, ratio=True)
    share = result.oldest[LONG] / result.whole[LONG]
    show("share of the ten oldest of 200 steps", share, below=1e-20, ratio=True)
