"""Claims of the chapter on where the gradient goes."""

import numpy as np
import pytest

from rnnbook.experiments import gradient_flow
from rnnbook.experiments.gradient_flow import FAR, NEAR, UPDATES

LOW, HIGH = gradient_flow.LOW, gradient_flow.HIGH
COIN = 0.5

CONDITIONS = (
    f"Plain networks of {gradient_flow.HIDDEN} units and random inputs. Where one learns, the first "
    f"input says which of two answers is right, and a coin scores {COIN:g}; at most {UPDATES[NEAR]} "
    f"updates at learning rate {gradient_flow.HIGH:g} across {NEAR} steps, at most {UPDATES[FAR]} "
    f"across {FAR}; orthogonal recurrent weights come with small input weights and biases of zero. "
    f"Shares are those of a loss at step {gradient_flow.STEPS}; losses under Adam are those of "
    f"{gradient_flow.SHORT} updates at learning rate {gradient_flow.SHORT_RATE:g}."
)


def test_default_weights_lose_the_gradient_where_tanh_is_steep(result, show):
    """The gradient vanishes although tanh is steep. With PyTorch's default weights, less than a
    millionth of the gradient reaches an input 49 steps back. Yet the mean derivative of tanh is
    above 0.8.
    """
    share = result.flow.tracked[:, 49] / result.flow.tracked[:, 0]
    show("share of the gradient 49 steps back", share, below=1e-6, ratio=True)
    show("mean derivative of tanh", result.flow.tracked_slope, above=0.8, limit=1)


def test_latching_remembers_without_a_gradient(result, show, setting):
    """A vanished gradient need not mean forgetting. In every trial, a unit that latches still has
    its first sign after 1,000 noisy steps. After 100 steps, its gradient is below a billionth.
    """
    setting(gradient_flow.HELD, 1000)
    show("share of trials in which the sign is held", result.flow.latch.held, equal=1)
    gradient = result.flow.latch.gradient
    show("gradient, the largest of all trials", gradient, below=1e-9, ratio=True)


def test_it_is_the_share_that_vanishes(result, show, setting):
    """What vanishes is the share of distant steps. With default weights, the terms from 20 or more
    steps back make up less than a thousandth of the gradient. If the whole gradient is multiplied
    by a million, the losses with Adam change by less than 0.1 %.
    """
    setting(gradient_flow.OLD, 20)
    setting(gradient_flow.FACTORS[1], 1e6)
    show("share of the gradient 20 or more steps old", result.flow.old, below=1e-3)
    changed = np.abs(result.flow.losses[1e6] / result.flow.losses[1.0] - 1)
    show("change of a loss, relative", changed.max(axis=-1), below=1e-3)


@pytest.mark.learned
def test_default_weights_can_learn_across_twenty_steps(result, show, setting):
    """A plain network can learn across 20 steps. From default weights, at least one of five runs
    recalls its first input with an accuracy above 0.95.
    """
    setting(gradient_flow.NEAR, 20)
    setting(gradient_flow.SEEDS, (0, 1, 2, 3, 4))
    accuracy = result.flow.recall.accuracy
    show("accuracy across 20 steps", accuracy, above=0.95, limit=1, over="some")


@pytest.mark.learned
def test_the_start_decides_at_a_low_rate(result, show, setting):
    """At a low rate the initialisation decides. Compare runs across 50 steps at a learning rate of
    0.002. With orthogonal weights, every run has an accuracy above 0.9. With default weights, every
    run has an accuracy within 0.1 of a coin's accuracy.
    """
    setting(gradient_flow.FAR, 50)
    setting(gradient_flow.LOW, 0.002)
    accuracy = result.far.accuracy
    show("accuracy with orthogonal weights", accuracy["orthogonal", LOW], above=0.9, limit=1)
    show(
        "distance from a coin with default weights",
        np.abs(accuracy["default", LOW] - COIN),
        below=0.1,
        untrained_too="failing to learn is the point; with orthogonal weights it learns",
    )


@pytest.mark.here
@pytest.mark.learned
def test_smaller_slopes_and_a_larger_product(page, show):
    """In every run the mean slope after training is less than a third of the mean slope before
    training. Yet in four of the five runs training makes the product more than a million times as
    large.
    """
    recall = page.flow.recall
    slope = {when: found.mean(axis=-1) for when, found in recall.slopes.items()}
    ratio = slope["after training"] / slope["before training"]
    show("mean slope, after over before", ratio, below=1 / 3, ratio=True)
    larger = recall.kept["after training"] / recall.kept["before training"] > 1e6
    show("runs whose product is larger", larger.sum(), equal=4, over="all runs")


@pytest.mark.here
@pytest.mark.learned
def test_default_weights_fail_at_either_rate(page, show):
    """On these seeds networks with default weights fail across 50 steps at both rates, and networks
    with orthogonal weights learn at the lower rate.
    """
    accuracy = page.far.accuracy
    default = np.stack([accuracy["default", rate] for rate in (LOW, HIGH)], axis=-1)
    show("accuracy with orthogonal weights", accuracy["orthogonal", LOW], above=0.9, limit=1)
    show(
        "distance from a coin with default weights",
        np.abs(default - COIN),
        below=0.1,
        untrained_too="failing to learn is the point; with orthogonal weights it learns",
    )
