"""Claims of the chapter on four shapes of problem."""

import pytest

from rnnbook.experiments import four_shapes

BASELINES = four_shapes.BASELINES

CONDITIONS = (
    f"Toy tasks: one answer for all gets at most {max(BASELINES.values()):g}; plain layers "
    "classify and tag, LSTMs write captions and numerals, at a learning rate of "
    f"{four_shapes.LEARNING_RATE:g} and for at most {max(four_shapes.UPDATES.values())} updates."
)


@pytest.mark.learned
def test_every_shape_learns_its_toy(result, show):
    """All four shapes learn their toy tasks. In every run, each network gets more than 0.9 of its
    answers right. The networks that write captions and numerals also get more than 0.9 right on
    numbers and on kinds of picture that were kept out of training.
    """
    for shape, share in result.score.items():
        show(f"share right, {shape}", share, above=0.9, limit=1)
    for name, share in result.unseen.items():
        show(f"share right, unseen {name}", share, above=0.9, limit=1)


@pytest.mark.learned
def test_a_low_loss_may_teach_nothing(result, show):
    """A low loss may mean nothing. Every run without the shift reaches its goal for the loss in
    less than half the updates needed with the shift. But fewer than 0.1 of its numerals are right;
    with the shift, more than 0.9 are right.
    """
    updates, right = result.updates, result.translated
    ratio = updates["not shifted"] / updates["shifted"]
    show("updates not shifted, over shifted", ratio, below=0.5, ratio=True)
    show(
        "share right, not shifted",
        right["not shifted"],
        below=0.1,
        untrained_too="failing to translate is the point; with the shift the same network learns",
    )
    show("share right, shifted", right["shifted"], above=0.9, limit=1)


def test_padding_changes_no_answer(result, show, setting):
    """True lengths make padding harmless. Widen a batch by up to 60 columns, filled with padding or
    with a word. No answer of an untrained classifier changes by over 1e-5, even with two layers or
    two directions.
    """
    setting(four_shapes.EXTRA[-1], 60)
    for (name, filling), change in result.moved.items():
        show(f"largest change of an answer, {name}, {filling}", change, below=1e-5)


@pytest.mark.learned
def test_a_captioner_learns_where_to_stop(result, show):
    """A captioner learns where to stop. In every run, more than 0.9 of its captions are exactly as
    long as the true captions. If it gave all its captions one fixed length, this share would stay
    below 0.9.
    """
    show("share as long as the true caption", result.as_long, above=0.9, limit=1)
    show(
        "share of the commonest length",
        result.usual,
        below=0.9,
        untrained_too="a fact about the captions, beside which stopping right is to be read",
    )
