"""Claims of the chapter on attention."""

import numpy as np
import pytest

from rnnbook.experiments import attention
from rnnbook.tasks.backwards import Backwards

HIDDEN = attention.HIDDEN

CONDITIONS = (
    f"Words of {attention.TASK.least} to {attention.TASK.most} random letters written backwards, "
    f"LSTMs of {HIDDEN['one state']} units, or {HIDDEN['attention']} with attention, learning "
    f"rate {attention.LEARNING_RATE:g}, {attention.UPDATES} updates unless more are named."
)


@pytest.mark.learned
def test_attention_writes_long_words(result, show, setting):
    """On average attention is ahead on long words. With attention and no more weights, the share of
    right words of seven or eight letters is on average more than 0.2 higher than with one state. On
    words of 12 letters, both shares stay below 0.2.
    """
    setting(attention.TASK, Backwards(letters=3, least=1, most=8))
    right = result.by_length
    ahead = [right["attention", n] - right["one state", n] for n in (7, 8)]
    show("share right, attention less one state", np.mean(ahead, axis=0), above=0.2, over="mean")
    for name in ("attention", "one state"):
        show(
            f"share right at twelve letters, {name}",
            right[name, 12],
            below=0.2,
            untrained_too="failing on longer words is the point; on shorter ones it learns",
        )
    weights = attention.parameters()
    show(
        "weights that attention has more",
        max(0, weights["attention"] - weights["one state"]),
        equal=0,
        over="all runs",
        untrained_too="a count of the networks compared",
    )


@pytest.mark.learned
def test_half_a_state_costs_words(result, show):
    """Half a state costs accuracy on average. With h alone, the share of right words is on average
    more than 0.2 lower than with h and c. It is also over 0.1 lower than in a network of half the
    width that passes on h and c.
    """
    right = result.overall
    whole = right["one state"] - right["h without c"]
    narrow = right["half as wide"] - right["h without c"]
    show("share right, h and c less h alone", whole, above=0.2, over="mean")
    show("share right, half as wide less h alone", narrow, above=0.1, over="mean")


@pytest.mark.learned
def test_attention_saves_updates(result, show, setting):
    """Attention saves updates in the median run. It gets 0.9 of the words right in fewer than 0.8
    of the updates that one state needs. In fewer than 400 updates, one state also gets 0.9 of the
    words right in every run.
    """
    setting(attention.WELL, 0.9)
    setting(attention.LONG, 400)
    taken = {name: np.minimum(at, attention.LONG) for name, at in result.reached.items()}
    ratio = taken["attention"] / taken["one state"]
    show("updates, attention over one state", ratio, below=0.8, ratio=True, over="median")
    show("updates of one state", result.reached["one state"], below=attention.LONG)


@pytest.mark.learned
def test_weights_point_near_the_letter_written(result, show):
    """Weights can point near the letter written. In the median run, the largest weight lies on this
    letter or beside it for more than 0.8 of the letters. This share is over 0.2 higher than by
    chance.
    """
    near, chance = result.pointed["or beside it"], result.by_chance["or beside it"]
    show("share of letters", near, above=0.8, limit=1, over="median")
    show("share of letters above chance", near - chance, above=0.2, over="median")


def test_a_dot_product_is_the_core_of_the_transformer(result, show):
    """The transformer uses the same weighted mean. With scaled dot products as scores, the mean
    differs from PyTorch's own attention by less than 1e-5. Padding gets a weight of exactly zero.
    """
    show("difference from PyTorch's attention", result.kernel, below=1e-5)
    show("largest weight on padding", result.on_padding, equal=0)
    show("how far more padding moves a logit", result.moved, below=1e-5)


@pytest.mark.here
@pytest.mark.learned
def test_h_alone_is_still_rising(page, show):
    """In all three runs with h alone, the share of right words is still rising at the end."""
    curves = np.nan_to_num(page.curves["h without c"])  # nothing was right where nothing was run
    gained = curves[:, attention.UPDATES - 1] - curves[:, attention.UPDATES - 31]
    show("share right that the last 30 updates have added", gained, above=0, limit=1)
