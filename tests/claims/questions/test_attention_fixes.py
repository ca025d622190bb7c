"""The claim of the question what attention fixes, and what it does not."""

import numpy as np

from rnnbook.experiments import look_back

CONDITIONS = (
    f"Untrained LSTM encoder-decoders of the chapter on attention, {look_back.LETTERS} random "
    "letters; the gradient of the first written letter with respect to a letter that was read."
)


def predicted(result):
    """If access were equal, the first letter would get as much gradient as the last."""
    return result._replace(
        share=result.share | {"attention": np.ones_like(result.share["attention"])}
    )


def test_far_letters_stay_in_reach(result, show, setting):
    """Attention reaches a distant letter, but not equally. Before training, attention gives the
    first of 50 letters less than half of the last one's gradient, but over 1,000,000 times the
    share that one state gives it.
    """
    setting(look_back.LETTERS, 50)
    first = {name: result.share[name][:, -1] for name in look_back.NETWORKS}
    show("share of the first letter, with attention", first["attention"], below=0.5)
    gained = first["attention"] / first["one state"]
    show("shares, attention over one state", gained, above=1e6, ratio=True)
