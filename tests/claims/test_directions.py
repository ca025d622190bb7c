"""Claims of the chapter on reading from both ends."""

import numpy as np
import pytest

from rnnbook.experiments import directions

FLOOR = directions.TOKENS.baseline

CONDITIONS = (
    f"Plain networks at a learning rate of {directions.LEARNING_RATE:g}; for word meanings, "
    f"with {directions.ALONE} units and {directions.UPDATES['forward']} updates in one direction, "
    f"{directions.EACH} units each and at most {directions.UPDATES['both']} updates in two; the "
    f"language model with {directions.MODEL_EACH} units each and {directions.MODEL_UPDATES} "
    "updates."
)


@pytest.mark.learned
def test_both_directions_have_no_weak_side(result, show):
    """Two directions have no weak side. A forward network is right on more than 0.8 of the words
    decided by an earlier word, and guesses the others. A bidirectional network with at most as many
    parameters is right on more than 0.9 of each kind.
    """
    right = result.accuracy
    show("forward, told to the left", right["forward", "left"], above=0.8, limit=1)
    show("backward, told to the right", right["backward", "right"], above=0.8, limit=1)
    show("forward, told to the right", right["forward", "right"], within=(0.4, 0.6))
    show("backward, told to the left", right["backward", "left"], within=(0.4, 0.6))
    show("both directions, told to the left", right["both", "left"], above=0.9, limit=1)
    show("both directions, told to the right", right["both", "right"], above=0.9, limit=1)
    counts = directions.parameters()
    show(
        "parameters that both directions have more",
        max(0, counts["both"] - counts["forward"], counts["both"] - counts["backward"]),
        equal=0,
        over="all runs",
        untrained_too="a count of the networks compared",
    )


@pytest.mark.learned
def test_a_bidirectional_language_model_cheats(result, show):
    """A bidirectional next-token model cheats. On random tokens, its loss is less than 0.1 of the
    loss of a model that gives every token the same probability. Without the next token in its
    input, its loss is more than 0.05 above that loss.
    """
    show("loss with the next token in the input", result.shown["both"] / FLOOR, below=0.1)
    show("loss above the floor without it", result.asked["both"] - FLOOR, above=0.05)


def test_the_backward_state_that_has_read_everything_stands_first(result, show):
    """The full backward state comes first. The first step of the output holds the backward state
    that has read every input. The backward state in the last step has read only one input, starting
    from zeros.
    """
    for (state, place), difference in result.ends.items():
        show(f"{state} less {place}", difference, below=1e-6)


@pytest.mark.learned
def test_flip_costs_a_trained_network_on_average(result, show):
    """Flip can harm a trained network. Flip reverses whole batches, padding included. At the worst
    padding tried, the loss on words decided by an earlier word becomes more than 1.5 times as
    large, on average over the runs.
    """
    worst = np.max(list(result.raised.values()), axis=0)
    show("loss with flip, over that within lengths", worst, above=1.5, ratio=True, over="mean")


def test_two_layers_equal_the_builtin_one(result, show):
    """Two layers equal PyTorch's bidirectional layer. One of the two reads each sequence reversed
    within its length. Their outputs, final states and gradients differ from PyTorch's by less than
    1e-5, in padded batches too.
    """
    for (name, part), difference in result.differ.items():
        show(f"relative difference of the {part}, {name}", difference, below=1e-5)
