"""Claims of the chapter on keypad tones."""

import pytest

from rnnbook.experiments import speech

CONDITIONS = (
    f"Five digits with noise, echo and variable speed, {speech.JUDGED} recordings of strings that "
    f"training never draws. Networks of {speech.HIDDEN} GRU units each way, {speech.UPDATES} "
    f"updates of {speech.BATCH} recordings at learning rate {speech.LEARNING_RATE:g}, a quarter of "
    "it in the last third; a Goertzel filter that knows the tones."
)


@pytest.mark.learned
def test_digits_are_learned_without_times(result, show):
    """Digits can be learned without their times. At 10 dB, each network gets less than 0.06 of the
    digits wrong.
    """
    show("digit error rate at 10 dB", result.error["network", 10], below=0.06)


@pytest.mark.learned
def test_times_come_out_too(result, show):
    """The times of the digits come out too. At 10 dB, each network says over 0.75 of the digits in
    a frame that overlaps the sound of their key. All digits of a string with an error count as
    missed.
    """
    show("share said while the key is held", result.placed, above=0.75, limit=1)


def test_filter_wins_in_loud_noise(result, show):
    """A tuned filter wins in loud noise. At -8 dB, the share of wrong digits is over 0.04 higher
    for the best path of each network than for Goertzel's filter.
    """
    more = result.error["network", -8] - result.error["Goertzel", -8]
    show("digit error rate at -8 dB, network less filter", more, above=0.04)


@pytest.mark.learned
def test_network_comes_close_in_less_noise(result, show):
    """In less noise, a network comes close. At 0 dB, the share of wrong digits of the best path of
    each network is less than 0.02 from that of Goertzel's filter.
    """
    more = result.error["network", 0] - result.error["Goertzel", 0]
    show("digit error rate at 0 dB, network less filter", more, within=(-0.02, 0.02))


@pytest.mark.here
@pytest.mark.learned
def test_each_network_is_right_in_little_noise(page, show):
    """At 0 and 10 dB, each network gets less than 0.05 of the digits wrong."""
    for ratio in (0, 10):
        show(f"digit error rate at {ratio} dB", page.error["network", ratio], below=0.05)


@pytest.mark.here
def test_filter_is_ahead_at_both_ends(page, show):
    """At -8 and 10 dB, the filter makes fewer errors than the best path of each network."""
    for ratio in (-8, 10):
        more = page.error["network", ratio] - page.error["Goertzel", ratio]
        show(f"digit error rate at {ratio} dB, network less filter", more, above=0, limit=1)


@pytest.mark.here
@pytest.mark.learned
def test_network_and_filter_are_close_between(page, show):
    """At -4 and 0 dB, the shares of filter and best path are less than 0.03 apart."""
    for ratio in (-4, 0):
        more = page.error["network", ratio] - page.error["Goertzel", ratio]
        show(f"digit error rate at {ratio} dB, network less filter", more, within=(-0.03, 0.03))


@pytest.mark.here
def test_search_makes_fewer_errors_in_loud_noise(page, show):
    """At -8 dB, the search makes fewer errors than the best path in every run."""
    fewer = page.error["network", -8] - page.error["search", -8]
    show("digit error rate at -8 dB, best path less search", fewer, above=0, limit=1)


@pytest.mark.here
@pytest.mark.learned
def test_most_errors_are_repeats(page, show):
    """In most strings that this network gets wrong, only a repeat is wrong: a digit was dialled
    twice in a row and heard once, or dialled once and heard twice.
    """
    digits = (speech.judged(10)[0].digits + 1).tolist()
    pairs = list(zip(map(tuple, digits), page.said["network", 10][0], strict=True))
    wrong = [(right, said) for right, said in pairs if right != said]
    repeats = [merges(right, said) or merges(said, right) for right, said in wrong]
    show(
        "share of wrong strings in which a repeat is wrong",
        sum(repeats) / len(repeats),
        above=0.5,
        over="all runs",
        limit=1,
    )


def merges(right, said):
    """Whether leaving out the second of two equal neighbours makes the one string the other."""
    shorter = (right[:i] + right[i + 1 :] for i in range(1, len(right)) if right[i] == right[i - 1])
    return said in shorter
