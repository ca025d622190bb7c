"""Claims of the chapter on backpropagation through time."""

import numpy as np
import pytest

from rnnbook.experiments import bptt


@pytest.fixture(scope="module")
def result(seeds):
    return bptt.run(seeds)


def test_by_hand_equals_autograd(result):
    """A backward pass written by hand gives the same gradient as autograd for every parameter: to
    one part in a million in 32-bit numbers, to one in ten billion in 64-bit numbers.
    """
    single, double = result.differences[:, 0], result.differences[:, 1]
    assert single.max() < 1e-6
    assert double.max() < 1e-10


def test_gradient_is_a_sum_over_steps(result):
    """The gradient of the recurrent weights is a sum with one term for each step, and each term is
    the gradient of a copy of the weights that only this step uses; with PyTorch's default weights
    and a loss at the last of twenty steps, the first fifteen terms together make up less than a
    fifth of it.
    """
    assert result.terms.shape[1] == 20
    assert result.total.max() < 1e-10
    assert result.untied.max() < 1e-10
    assert result.oldest[:, 14].max() < 0.2


def test_product_of_jacobians_has_an_order(result):
    """The Jacobian from the first state to the last is a product with one factor fewer than there
    are states, the newest leftmost; in small networks with recurrent weights twice the default,
    reversed, transposed or shifted by a step it is wrong by more than a quarter of its size.
    """
    right, wrong = result.products[:, 0], result.products[:, 1:]
    assert right.max() < 1e-10
    assert wrong.min() > 0.25


def test_memory_grows_with_the_length(result):
    """What autograd keeps for the way back grows in proportion to the length: every further step
    costs the same number of bytes.
    """
    per_step = np.diff(result.bytes[:2], axis=1) / np.diff(result.lengths)
    assert (per_step == per_step[:, :1]).all()
    assert (per_step > 0).all()
    tenfold = result.bytes[:2, -1] / result.bytes[:2, result.lengths.index(100)]
    assert np.abs(tenfold - 10).max() < 0.5


@pytest.mark.learned
def test_training_by_hand_learns_the_same(result):
    """Trained with the gradient by hand, a network learns the same curve as with autograd, and ends
    far below the best answer that has no memory.
    """
    by_hand, autograd = result.losses[:, 0], result.losses[:, 1]
    assert np.abs(by_hand / autograd - 1).max() < 0.02
    assert result.scores[:, 0].max() < result.baseline / 5
