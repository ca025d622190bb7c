"""The claim of the question which of Mamba's quantities see the input."""

import numpy as np

from rnnbook.experiments import selective as experiment

CONDITIONS = (
    f"An untrained S6 of {experiment.SIZE} features with {experiment.STATE} numbers of state each, "
    "two inputs of random numbers."
)
KEPT = "exp(delta A)"


def predicted(result):
    """If the decay were fixed, exp(ΔA) would be the same for both inputs."""
    return result._replace(moved=result.moved | {KEPT: np.zeros_like(result.moved[KEPT])})


def test_two_inputs_share_a_and_nothing_else(result, show):
    """Two inputs share A, but not exp(ΔA). Between them, Δ, B, C and exp(ΔA) move by more than 0.1
    of their size, and A by exactly 0.
    """
    for name in ("delta", "B", "C", KEPT):
        show(f"how far {name} moves", result.moved[name], above=0.1)
    show("how far A moves", result.moved["A"], equal=0)
