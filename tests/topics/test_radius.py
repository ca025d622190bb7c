"""The matrices and the networks of the experiment are what they are called."""

import numpy as np
import pytest

from rnnbook.experiments import radius


def test_without_inputs_an_orthogonal_matrix_keeps_every_length():
    one = radius.spectrum(radius.orthogonal_weights, 0)
    assert one.radius == pytest.approx(1)
    assert one.products["no tanh"] == pytest.approx(np.ones(radius.STEPS))


def test_radius_zero_grows_as_its_closed_form():
    """At rest the Jacobian has the eigenvalue 2 tanh(3)^2, once for each step."""
    zero, norm = radius.radius_zero(steps=30)
    assert zero < 1e-6
    rate = 2 * np.tanh(3.0) ** 2
    assert norm == pytest.approx(rate**29 * radius.radius_zero(steps=1)[1], rel=1e-6)
