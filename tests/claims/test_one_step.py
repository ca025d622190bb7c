"""Claims of the chapter on one step of memory."""

import pytest

from rnnbook.experiments import one_step

CONDITIONS = (
    f"Plain tanh cells of {one_step.HIDDEN} units start with PyTorch's default initialisation. The "
    f"trained cells learn to recall the first of {one_step.RECALLED} inputs, in at most "
    f"{one_step.MOST_STEPS} updates at learning rate {one_step.LEARNING_RATE:g}."
)
TWENTIETH = slice(19, 20)  # the step at which the first of twenty inputs is asked for


@pytest.mark.learned
def test_trained_network_holds_the_first_input(result, show):
    """Training can make the state remember. A network is trained to recall a first input. Replacing
    the first of 20 inputs then moves the state more than half as far as replacing all 20 inputs
    does.
    """
    show("accuracy of the recall", result.accuracy, above=0.9, limit=1)
    show("share moved at step 20", result.trained[:, TWENTIETH], above=0.5, limit=1)


def test_default_weights_let_the_first_input_fade(result, show):
    """Default weights can let a first input fade. In the median run, replacing the first of 20
    inputs moves the untrained state less than a thousandth as far as replacing all 20 inputs does.
    """
    show("share moved at step 20", result.untrained[:, TWENTIETH], below=1e-3, over="median")


def test_tanh_bounds_the_state(result, show, setting):
    """The tanh is a guard rail. With tanh, no number of the state passes 1 in size. Without tanh,
    and with recurrent weights of three times the default size, some number of the state passes a
    million within 100 steps of noise.
    """
    setting(one_step.NOISE, 100)
    past = sum((result.largest[factor, "tanh"] > 1).sum(axis=1) for factor in one_step.FACTORS)
    show("steps with tanh at which a number passes 1", past, equal=0)
    grown = result.largest[3.0, "none"].max(axis=1)
    show("largest number without tanh", grown, above=1e6, ratio=True)


def test_cell_has_one_set_of_weights(show, setting):
    """A cell has one set of weights. It reads 5 steps or 500 steps with the same parameters. A
    layer with separate weights for every step needs more than 50 times as many parameters for 500
    steps as for 5 steps.
    """
    setting(one_step.LENGTHS, (5, 500))
    few, many = (one_step.parameters_to_read(length) for length in one_step.LENGTHS)
    show(
        "parameters of the cell at 500 steps less those at 5", many - few, equal=0, over="all runs"
    )
    few, many = (one_step.weights_for_every_step(length) for length in one_step.LENGTHS)
    show("weights for 500 steps, times those for 5", many / few, above=50, over="all runs")


def test_default_weights_need_no_guard(result, show, setting):
    """Default weights may need no guard rail. With default weights and without tanh, no number of
    the state passes 10 in size within 100 steps of noise.
    """
    setting(one_step.NOISE, 100)
    show("largest number without tanh", result.largest[1.0, "none"].max(axis=1), below=10)


@pytest.mark.here
def test_lines_with_default_weights_fall(page, show):
    """The lines of the untrained networks fall: after 20 inputs, the state moves less than a
    thousandth as far as when every input is replaced.
    """
    show("share moved at step 20", page.untrained[:, TWENTIETH], below=1e-3)
