"""Claims of the chapter on four shapes of problem."""

import pytest

from rnnbook.experiments import four_shapes

SHIFTED, UNSHIFTED = 0, 1
ENDING = 0  # of the two ways to be taught


@pytest.fixture(scope="module")
def result(seeds):
    return four_shapes.run(seeds)


@pytest.mark.learned
def test_every_shape_learns_its_toy(result):
    """Each of the four shapes learns its toy nearly without mistakes, and the two that write do as
    well on pictures and numbers that were kept out of training.
    """
    assert result.baseline.max() <= 0.5
    assert result.score.min() > 0.95
    assert result.unseen.min() > 0.95


def test_padding_changes_no_answer(result):
    """Read at the true lengths, a classifier gives a phrase in a padded batch the answer it gives
    it alone, with two layers and in two directions too.
    """
    assert result.moved.max() < 1e-5


@pytest.mark.learned
def test_captions_stop(result):
    """A captioner that is taught to write an end stops where the true caption stops, in more than
    nineteen of twenty captions.
    """
    assert result.ended[:, ENDING].min() > 0.95


@pytest.mark.learned
def test_unshifted_targets_teach_nothing(result):
    """Without the shift, a translator reaches a tiny loss in less than half of the steps and then
    translates next to nothing; with it, nearly everything.
    """
    assert (2 * result.steps[:, UNSHIFTED] < result.steps[:, SHIFTED]).all()
    assert result.translated[:, UNSHIFTED].max() < 0.05
    assert result.translated[:, SHIFTED].min() > 0.95
