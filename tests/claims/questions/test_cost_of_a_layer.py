"""The claim of the question what a recurrent layer and attention cost."""

import numpy as np

from rnnbook.experiments import checkpoints as experiment

CONDITIONS = (
    f"A plain network of {experiment.HIDDEN} units with random weights, 64-bit numbers; the gradient "
    "of its recurrent weights by hand, with the initial state counted among the states."
)


def predicted(result):
    """If memory were constant, the backward pass would hold a single state."""
    return result._replace(held={every: np.ones_like(held) for every, held in result.held.items()})


def test_checkpoints_save_memory(result, show, setting):
    """Checkpoints save memory and change no gradient. Over 1,024 steps with every 32nd state
    kept, a backward pass holds 64 states at once instead of 1,025, and its gradient is equal to
    the last bit.
    """
    setting(experiment.LENGTH, 1024)
    setting(experiment.STRETCH, 32)
    show("states held, with checkpoints", result.held[experiment.STRETCH], equal=64)
    show("states held, without", result.held[experiment.LENGTH], equal=1025)
    show("difference of the gradients", result.difference, equal=0)
    show("distance from autograd's, as a share of it", result.error, below=1e-12)
