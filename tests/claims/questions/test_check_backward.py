"""The claim of the question how to test a backward pass."""

import numpy as np

from rnnbook.experiments import finite_differences as experiment

CONDITIONS = (
    f"Plain networks of {experiment.HIDDEN} units with random weights, {experiment.LENGTH} steps; "
    "errors of the gradient of the recurrent weights, as a share of its norm."
)


def predicted(result):
    """If smaller were always better, the error would fall with every smaller shift."""
    return result._replace(double=-np.sort(-result.double, axis=1))


def test_smallest_shift_is_not_the_best(result, show, setting):
    """The smallest shift is not the best. In 64-bit numbers the relative error is below 1e-8 with a
    shift of 1e-5, and over 1,000 times as large with 1e-1 and 1e-11.
    """
    setting(experiment.SHIFTS[experiment.BEST], 1e-5)
    setting(experiment.SHIFTS[0], 1e-1)
    setting(experiment.SHIFTS[-1], 1e-11)
    best = result.double[:, experiment.BEST]
    show("error with a shift of 1e-5", best, below=1e-8)
    for name, place in (("1e-1", 0), ("1e-11", -1)):
        times = result.double[:, place] / best
        show(f"error with {name}, over that", times, above=1000, ratio=True)
