"""The claim of the question what BLEU misses."""

import pytest

from rnnbook.experiments import translation

CONDITIONS = (
    f"The right translations of {len(translation.HELD_OUT.pairs)} sentences of the small grammar of "
    "the chapter on translation. The last word of each, an adjective, is spoiled, and sacrebleu "
    "compares with the originals; no seed has a part in it."
)


@pytest.fixture(scope="module")
def result():
    return {key: scores[-1] for key, scores in translation.cost_of_one_word().items()}


def predicted(result):
    """If BLEU weighed meanings, another adjective would cost more than a wrong ending."""
    return result | {("word", "BLEU"): result["ending", "BLEU"] - 1}


def test_another_meaning_costs_nothing_extra(result, show, setting):
    """Another meaning can cost nothing extra. With the last word of every sentence in the wrong
    gender, or replaced by another adjective, BLEU is the same and above 50, and no sentence is
    right.
    """
    setting(translation.SHARES[-1], 1.0)
    for kind in ("ending", "word"):
        show(f"sentences right, wrong {kind}", result[kind, "exact"], equal=0, over="all runs")
        show(f"BLEU, wrong {kind}", result[kind, "BLEU"], above=50, over="all runs")
    less = result["ending", "BLEU"] - result["word", "BLEU"]
    show("BLEU, wrong ending less wrong word", less, equal=0, over="all runs")
