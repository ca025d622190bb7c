"""The claim of the question why a state of fixed size loses exact recall."""

import pytest

from rnnbook.experiments import matrix

CONDITIONS = (
    f"One layer with values of {matrix.SIZE} numbers, at most {matrix.UPDATES} batches of "
    f"{matrix.BATCH}, learning rate {matrix.RATE}; keys that are all different."
)


def predicted(result):
    """If only the number of updates counted, a softmax would be no better after as many."""
    return result._replace(right=result.right | {("softmax", 8): result.right["sum", 8]})


@pytest.mark.learned
def test_the_same_keys_recall_more_with_a_softmax(result, show, setting):
    """Equally large keys recall more with a softmax. With keys of 8 numbers, a sum answers fewer
    than 85 % of questions about 16 pairs, and softmax attention more than 95 %.
    """
    setting(matrix.SMALL, 8)
    setting(matrix.DISTINCT.pairs, 16)
    show(
        "right answers, sum",
        result.right["sum", 8],
        below=0.85,
        untrained_too="that it answers fewer; a softmax with the same training answers more",
    )
    show("right answers, softmax", result.right["softmax", 8], above=0.95, limit=1)
