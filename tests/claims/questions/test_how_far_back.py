"""The claim of the question about truncated backpropagation and the choice of k."""

import numpy as np
import pytest

from rnnbook.experiments import far_question

CONDITIONS = (
    f"A bit, faint noise, and the question {far_question.LAG} steps later, chance 0.5; "
    f"{far_question.HIDDEN} units, no bias, Adam at learning rate {far_question.LEARNING_RATE:g}, "
    f"at most {far_question.UPDATES} updates; accuracy on fresh documents."
)


def predicted(result):
    """If a cut hid the bit, the share of right answers would be one half."""
    return result._replace(carried=np.full_like(result.carried, far_question.TASK.baseline))


@pytest.mark.learned
def test_longer_than_a_chunk(result, show, setting):
    """A dependency longer than k can be learned. In chunks of 35, every tanh network that starts
    from orthogonal weights is right in over 0.9 of questions about a bit 50 steps back.
    """
    setting(far_question.CHUNK, 35)
    setting(far_question.LAG, 50)
    show("share of right answers", result.carried, above=0.9, limit=1)
