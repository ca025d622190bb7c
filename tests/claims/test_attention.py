"""Claims of the chapter on attention."""

import numpy as np
import pytest

from rnnbook.experiments import attention

ATTENTION, STATE, HALF = 0, 1, 2


@pytest.fixture(scope="module")
def result(seeds):
    return attention.run(seeds)


def lengths(result, *letters):
    return [result.lengths.index(n) for n in letters]


@pytest.mark.learned
def test_attention_writes_long_words(result):
    """After the same training, and with no more weights, a decoder with attention gets on average
    over ten more of a hundred words of seven or eight letters right than one that is handed a
    single state; on words of one or two letters they are alike, and on words half as long again as
    any in training both get fewer than one in five.
    """
    longest = attention.TASK.most
    long = result.by_length[:, :, lengths(result, longest - 1, longest)].mean(axis=2)
    assert (long[:, ATTENTION] - long[:, STATE]).mean() > 0.1
    assert result.parameters[ATTENTION] <= result.parameters[STATE]
    assert result.by_length[:, :, lengths(result, 1, 2)].min() > 0.9
    beyond = result.by_length[:, :, lengths(result, longest + longest // 2)]
    assert beyond.max() < 0.2


@pytest.mark.learned
def test_attention_saves_steps(result):
    """Attention saves steps here: the median run needs fewer than four fifths of the steps to get
    nine words in ten right, and trained on, the network without it gets there too.
    """
    attentive, plain = np.median(result.reached, axis=0)
    assert attentive < 0.8 * plain
    assert np.isfinite(result.reached[:, STATE]).all()
    assert result.finally_right.min() > 0.85


@pytest.mark.learned
def test_half_a_state_is_a_bug(result):
    """An LSTM decoder that is handed h without c is far behind one that is handed both, gets next
    to no word of eight letters right, and is behind one of half its width that is handed both, as
    many numbers in all; it looks like a bottleneck and is a bug.
    """
    assert (result.overall[:, STATE] - result.overall[:, HALF]).min() > 0.15
    (eight,) = lengths(result, 8)
    assert result.by_length[:, HALF, eight].max() < 0.05
    assert result.by_length[:, STATE, eight].mean() > 0.1
    assert result.narrow_parameters < result.parameters[HALF]
    assert (result.narrow[:, 0] - result.overall[:, HALF]).min() > 0.08


@pytest.mark.learned
def test_weights_point_at_the_letter_or_beside_it(result):
    """In the median run the largest weight lies on the letter being written or beside it in more
    than five of six cases, and padding gets exactly no weight in any.
    """
    assert np.median(result.pointed[:, 1]) > 5 / 6 > result.by_chance[:, 1].max() + 0.2
    assert result.on_padding.max() == 0
    assert result.moved.max() < 1e-5


def test_a_dot_product_is_the_core_of_the_transformer(result):
    """With scores from a scaled dot product, the same weighted mean is the core of the transformer,
    equal to PyTorch's scaled dot-product attention.
    """
    assert result.kernel.max() < 1e-5
