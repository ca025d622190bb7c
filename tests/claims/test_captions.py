"""Claims of the chapter on captions."""

import pytest

from rnnbook.experiments import captions

CONDITIONS = (
    f"Drawn pictures, {len(captions.TASK.part.captions):,} to train on; one combination in six is "
    f"held out. The writer is a CNN and a GRU of {captions.HIDDEN} units, "
    f"{captions.UPDATES['writer']} updates and {captions.SETTLING['writer']} at a fifth of the "
    f"learning rate; the CNN with four answers gets {captions.UPDATES['four answers']} and "
    f"{captions.SETTLING['four answers']}. Batches of {captions.BATCH}; learning rate "
    f"{captions.RATES['writer']:g} for both, one of three tried."
)


def lost(result, name):
    """The share of right captions that held-out combinations cost, by seed."""
    return result.right[name, "known"] - result.right[name, "held out"]


def test_borrowed_sentences_know_nothing_new(result, show):
    """A borrowed caption cannot be a new one. For new pictures of known combinations, the nearest
    picture's caption is right over 0.9 of the time. For pictures of held-out combinations, it is
    never right.
    """
    show("nearest, known", result.right["nearest picture", "known"], above=0.9, limit=1)
    show("nearest, held out", result.right["nearest picture", "held out"], equal=0)


@pytest.mark.learned
def test_writer_puts_known_words_together(result, show):
    """The writer can describe new combinations. On held-out combinations, the number, the colour
    and the place are each right in over 0.9 of its captions. In the median seed, over 0.3 of its
    captions are right in every word.
    """
    for part in ("number", "colour", "place"):
        show(f"right {part}", result.parts["writer", part], above=0.9, limit=1)
    show("writer, held out", result.right["writer", "held out"], above=0.3, over="median", limit=1)


def test_counting_words_flatters(result, show):
    """Counting right words can mislead. On held-out combinations, the nearest picture's caption is
    never right, but over 0.6 of its words are right.
    """
    show("nearest, held out", result.right["nearest picture", "held out"], equal=0)
    show("nearest, right words", result.words["nearest picture"], above=0.6, limit=1)


@pytest.mark.here
def test_both_simple_methods_know_what_was_shown(page, show):
    """On known combinations, both methods get over 0.9 of the captions right."""
    for name in ("nearest picture", "regressions"):
        show(f"{name}, known", page.right[name, "known"], above=0.9, limit=1)


@pytest.mark.here
@pytest.mark.learned
def test_writer_loses_more(page, show):
    """The writer loses more right captions than the network with four answers does."""
    more = lost(page, "writer") - lost(page, "four answers")
    show("fall, writer less four answers", more, above=0, limit=1)


@pytest.mark.here
@pytest.mark.learned
def test_writer_is_weak_in_the_shape(page, show):
    """The writer is weak only in the shape."""
    for part in ("number", "colour", "place"):
        more = page.parts["writer", part] - page.parts["writer", "shape"]
        show(f"right {part} less right shape", more, above=0, limit=1)
        show(f"right {part}", page.parts["writer", part], above=0.95, limit=1)


@pytest.mark.here
@pytest.mark.learned
def test_writer_describes_most(page, show):
    """Yes, most of the time after this training, but it names the right shape less often than in
    known combinations.
    """
    show("writer, held out", page.right["writer", "held out"], above=0.5, limit=1)
    # where all words are right, so is the shape
    less = page.right["writer", "known"] - page.parts["writer", "shape"]
    show("all words right, known, less right shape, held out", less, above=0, limit=1)


@pytest.mark.here
def test_writer_is_behind_the_regressions(page, show):
    """On average the four regressions get more captions right than the writer, on both kinds of
    pictures.
    """
    for kind in ("known", "held out"):
        more = page.right["regressions", kind] - page.right["writer", kind]
        show(f"regressions less writer, {kind}", more, above=0, over="mean", limit=1)
