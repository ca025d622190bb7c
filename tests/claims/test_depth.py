"""Claims of the chapter on layers on top of each other."""

import numpy as np
import pytest
from torch import nn

from rnnbook.experiments import depth
from rnnbook.training import count_parameters

CONDITIONS = (
    f"Plain networks of one to three layers, all as wide as a budget allows: {depth.PAIRS}, at most "
    f"{depth.TASKS[depth.PAIRS][-1]} parameters, {depth.STEPS} updates at learning rate "
    f"{depth.LEARNING_RATE:g}; {depth.SUMS}, at most {depth.TASKS[depth.SUMS][-1]}, "
    f"{depth.STEPS_OF_SUMS} updates at {depth.LEARNING_RATE_OF_SUMS:g}. The "
    f"gradients are those of {depth.STACK} layers of {depth.HIDDEN} units."
)


@pytest.mark.learned
def test_layers_help_where_there_are_stages(result, show, setting):
    """Where there are stages, layers can help. On pairs of pairs, in the median run, two or three
    layers are over 0.04 more accurate than one layer. With triple the updates, one layer is over
    0.04 more accurate than three layers.
    """
    setting(depth.LONGER, 3)
    ahead = {
        "two layers ahead of one": result.composed[2] - result.composed[1],
        "three layers ahead of one": result.composed[3] - result.composed[1],
        "one layer with more updates ahead of three": result.longer - result.composed[3],
    }
    for label, gain in ahead.items():
        show(label, gain, above=0.04, over="median")


@pytest.mark.learned
def test_one_layer_is_enough_where_there_are_no_stages(result, show):
    """Without stages, one layer can be enough. On moving sums, every run of a single layer ends
    with less than 0.1 of the error of the best answer without memory.
    """
    share = result.summed[1] / depth.SUMS_BASELINE
    show("error over that of the best answer without memory", share, below=0.1)


@pytest.mark.learned
def test_the_answer_comes_up_through_the_layers(result, show):
    """Answers can be easier to read higher up. On pairs of pairs, a linear probe reads the answers
    from each layer of a trained stack of three layers. In the median run, its accuracy rises by
    more than 0.04 from each layer to the next.
    """
    read = [result.read[3, layer, "answer"] for layer in (1, 2, 3)]
    gained = np.diff(read, axis=0).T
    show("accuracy gained from one layer to the next", gained, above=0.04, over="median")


def test_time_costs_more_than_depth(result, show):
    """Three layers can cost less than 20 steps. In four untrained layers with default weights, on
    average 0.4 to 0.75 of the gradient is left after one layer down or one step back. After 20
    steps back, less than 0.001 is left in the median run.
    """
    passed = np.stack(list(result.passed.values()), axis=1)
    show("share that one step leaves", passed, within=(0.4, 0.75))
    far = result.far["default weights"]
    show("share left 20 steps back", far, below=1e-3, over="median")


def test_half_the_width_and_four_layers_are_not_equal(show):
    """Four half-width layers can be larger than one. With 10 inputs, one layer of 128 units has
    17,920 parameters. Four layers of 64 units have 29,824 parameters.
    """
    single, stack = nn.RNN(10, 128), nn.RNN(10, 64, num_layers=4)
    show("one layer of 128", count_parameters(single), equal=17920, over="all runs")
    show("four layers of 64", count_parameters(stack), equal=29824, over="all runs")


@pytest.mark.here
@pytest.mark.learned
def test_two_and_three_layers_are_ahead(page, show):
    """On the left the height is the accuracy: two and three layers are ahead of one layer in every
    run.
    """
    for layers in (2, 3):
        ahead = page.composed[layers] - page.composed[1]
        show(f"accuracy of {layers} layers less that of one", ahead, above=0, limit=1)


@pytest.mark.here
@pytest.mark.learned
def test_three_layers_are_behind_on_sums(page, show):
    """Three layers have a larger error than one layer in every run."""
    over_one = page.summed[3] / page.summed[1]
    show("error of three layers over that of one", over_one, above=2, ratio=True)
