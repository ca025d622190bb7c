"""The claim of the question what the state of linear attention is."""

from functools import cache

import numpy as np
import pytest

from rnnbook.experiments import matrix

CONDITIONS = (
    f"An untrained layer of {matrix.HEADS} heads on random inputs, in chunks of {matrix.CHUNK}; "
    "differences relative to the largest output, in float64."
)
FORMS = ("masked", "chunks")


@cache
def apart(seed):
    found, _ = matrix.forms(seed)
    return [found["linear attention", form] for form in FORMS]


@pytest.fixture(scope="module")
def result(seeds):
    return np.array([apart(seed) for seed in seeds])


def predicted(result):
    """If the state only approximated attention, its outputs would differ from the masked product by
    more than rounding.
    """
    return np.full_like(result, 1e-3)


def test_the_matrix_gives_the_same_outputs(result, show, setting):
    """The matrix gives the same outputs. Over 128 steps, outputs read from the matrix step by step
    agree within 1e-10 with the masked product of all queries and keys, and with chunks.
    """
    setting(matrix.COMPARED, 128)
    for form, found in zip(FORMS, result.T, strict=True):
        show(f"step by step, from {form}", found, below=1e-10)
