"""Claims of the chapter on backpropagation through time."""

import numpy as np
import pytest

from rnnbook.experiments import bptt

CONDITIONS = (
    "Plain tanh networks with PyTorch's default initialisation. Products of Jacobians: tanh bends, "
    f"with recurrent weights times {bptt.RECURRENT_GAIN}, input weights times {bptt.INPUT_GAIN} and "
    f"inputs times {bptt.INPUT_SIZE:g}; errors and shares are measured by the norm. Training: "
    f"{bptt.SIZE} units, {bptt.UPDATES} updates, learning rate "
    f"{bptt.LEARNING_RATE:g}, on sums of three inputs."
)


def test_gradient_is_a_sum_over_steps(result, show, setting):
    """The gradient is a sum over steps. Each term is the gradient of one step's copy of the
    weights. With a loss at step 20, the first 15 terms make up less than 0.25 of the gradient.
    """
    setting(bptt.STEPS, 20)
    show("sum of the terms against the gradient", result.total, below=1e-10)
    show("term against the gradient of its copy", result.untied, below=1e-10)
    show("share of the first 15 terms", result.oldest[:, :15][:, -1], below=0.25)


def test_by_hand_equals_autograd(result, show):
    """A backward pass by hand equals autograd. For every parameter, the two gradients differ by
    less than a millionth of their size in 32-bit numbers. In 64-bit numbers they differ by less
    than 1e-10 of their size.
    """
    show("difference in 32-bit numbers", result.differences["32-bit"], below=1e-6)
    show("difference in 64-bit numbers", result.differences["64-bit"], below=1e-10)


def test_product_of_jacobians_has_an_order(result, show):
    """The product of Jacobians has an order. With the newest factor on the left, the error of the
    product is below 1e-10. Where tanh bends, this error is above 0.2 if the factors are reversed,
    transposed or shifted by one step.
    """
    right = "newest factor leftmost"
    show("error of the newest leftmost", result.products[right], below=1e-10)
    wrong = [errors for name, errors in result.products.items() if name != right]
    show("error of other products", np.stack(wrong, axis=1), above=0.2)


def test_memory_grows_with_the_length(result, show):
    """Memory for the backward pass grows with length. Every further step costs the same number of
    bytes. A sequence of 1,000 steps costs 9.5 to 10.5 times as many bytes as a sequence of 100
    steps.
    """
    for name in ("autograd, our loop", "autograd, nn.RNN"):
        per_step = np.diff(result.bytes[name]) / np.diff(bptt.LENGTHS)
        show(f"{name}: spread of the bytes a step costs", np.ptp(per_step, axis=1), equal=0)
        kept = dict(zip(bptt.LENGTHS, result.bytes[name].T, strict=True))
        show(f"{name}: bytes at 1000 over 100", kept[1000] / kept[100], within=(9.5, 10.5))


@pytest.mark.learned
def test_training_by_hand_learns_the_same(result, show):
    """Training by hand gives nearly the same losses. At every update, the loss is within 2 % of the
    loss with autograd. The final error is below a fifth of the error of the best answer without
    memory.
    """
    by_hand, autograd = result.losses["by hand"], result.losses["autograd"]
    show(
        "largest relative difference of the losses",
        np.abs(by_hand / autograd - 1).max(axis=1),
        below=0.02,
        untrained_too="both gradients are the same from the first update on, learned or not",
    )
    share = result.scores["by hand"] / bptt.BASELINE
    show("error over that of the best answer without memory", share, below=0.2)
