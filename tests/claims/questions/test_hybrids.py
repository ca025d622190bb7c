"""The claim of the question why models mix recurrent layers with attention."""

import pytest

from rnnbook.experiments import matrix

CONDITIONS = (
    f"Two layers with values of {matrix.SIZE} numbers, at most {matrix.UPDATES} batches of "
    f"{matrix.BATCH}, learning rate {matrix.RATE}; keys that are all different."
)


@pytest.fixture(scope="module")
def result(seeds):
    return matrix.hybrids(seeds).right


def predicted(result):
    """If any second layer did as much, two sum layers would answer as many questions."""
    return result | {"sum, sum": result["sum, softmax"]}


@pytest.mark.learned
def test_attention_is_the_better_second_layer(result, show, setting):
    """Attention is the better second layer. With keys of 8 numbers, a sum and a softmax
    layer answer more than 95 % of questions about 16 pairs, over 5 points more than two sum layers.
    """
    setting(matrix.SMALL, 8)
    setting(matrix.DISTINCT.pairs, 16)
    both, sums = result["sum, softmax"], result["sum, sum"]
    show("right answers, a sum and a softmax layer", both, above=0.95, limit=1)
    show("the same, less two sum layers", both - sums, above=0.05)
