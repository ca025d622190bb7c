"""Claims of the chapter on radius, singular value and saturation."""

import numpy as np

from rnnbook.experiments import radius

CONDITIONS = (
    f"Plain networks of {radius.SIZE} units over {radius.STEPS} steps, {radius.FLOW_SIZE} units "
    f"over {radius.FLOW_STEPS} steps, and {radius.CHAIN} in a chain; with tanh unless it says "
    "otherwise. Large weights are drawn from a normal distribution, 1.5 times as wide as the one "
    "that keeps a vector's norm on average. The inputs are noise of standard deviation "
    f"{radius.INPUTS['weak inputs']:g} where they are weak, {radius.INPUTS['strong inputs']:g} "
    "where they are strong."
)
KINDS = ("no tanh", *radius.INPUTS)


def test_above_one_does_not_mean_that_it_explodes(result, show, setting):
    """A radius above one need not mean explosion. Take 100 steps and a spectral radius of 1.5.
    Without tanh, the gradient grows more than a billionfold. With tanh and strong inputs, less than
    a thousandth of the gradient is left.
    """
    setting(radius.FLOW_STEPS, 100)
    linear, with_tanh = result.linear[1.5][:, -1], result.with_tanh[1.5][:, -1]
    show("norm after 100 steps without tanh", linear, above=1e9, ratio=True)
    show("norm after 100 steps with tanh", with_tanh, below=1e-3, ratio=True)


def test_growth_depends_on_the_inputs(result, show, setting):
    """Growth depends on the inputs too. Take large weights and the median run over 50 steps. Under
    weak inputs, the gradient grows more than tenfold. Under strong inputs and with the same
    weights, less than a tenth of it is left.
    """
    setting(radius.STEPS, 50)
    weak, strong = (result.products["large", kind][:, -1] for kind in radius.INPUTS)
    show("norm after 50 steps, weak inputs", weak, above=10, ratio=True, over="median")
    show("norm after 50 steps, strong inputs", strong, below=0.1, ratio=True, over="median")


def test_a_singular_value_above_one_promises_nothing(result, show, setting):
    """A singular value above one promises nothing. The largest singular value of default weights
    would allow more than fivefold growth in 50 steps. But less than a thousandth of the gradient is
    left, with tanh or without tanh.
    """
    setting(radius.STEPS, 50)
    allowed = result.stretch["default"] ** radius.STEPS
    ends = np.stack([result.products["default", kind][:, -1] for kind in KINDS], axis=-1)
    show("growth that the singular value would allow", allowed, above=5, ratio=True)
    show("norm after 50 steps, by tanh and inputs", ends, below=1e-3, ratio=True)


def test_a_small_radius_allows_growth_at_first(result, show):
    """A small spectral radius allows growth at first. Take a chain of units with a spectral radius
    of 0.5. Without tanh, the gradient in this chain first grows more than tenfold.
    """
    show("distance of the radius from 0.5", np.abs(result.radius["chain"] - 0.5), below=1e-6)
    most = result.products["chain", "no tanh"].max(axis=-1)
    show("largest norm without tanh", most, above=10, ratio=True)


def test_orthogonal_weights_can_lose_a_gradient(result, show, setting):
    """With orthogonal weights a gradient can vanish too. Their spectral radius and largest singular
    value are both 1. But under strong inputs, less than a millionth of the gradient is left after
    50 steps.
    """
    setting(radius.STEPS, 50)
    numbers = np.stack([result.radius["orthogonal"], result.stretch["orthogonal"]], axis=-1)
    show("distance of both numbers from 1", np.abs(numbers - 1), below=1e-6)
    end = result.products["orthogonal", "strong inputs"][:, -1]
    show("norm after 50 steps, strong inputs", end, below=1e-6, ratio=True)
