"""Claims of the chapter on spelling a word."""

import math

import numpy as np
import pytest

from rnnbook.experiments import hello
from rnnbook.experiments._seeds import over_seeds
from rnnbook.tasks.spelling import Spelling

CONDITIONS = (
    f"Networks of {hello.HIDDEN} units are shown one word again and again, for {hello.STEPS} updates "
    f"at learning rate {hello.LEARNING_RATE:g}. The loss is in nats per letter."
)
ROUNDING = 1e-5
TASK = Spelling("hello")
AFTER_FIRST, AFTER_SECOND = (place for place, letter in enumerate("hell") if letter == "l")


@pytest.mark.learned
def test_memoryless_loss_stops_at_its_floor(result, show):
    """Without memory the loss stops at a floor. On hello, this floor is half the natural logarithm
    of 2. The loss never falls below the floor, and it ends less than 0.01 above the floor.
    """
    above = result.losses["hello", "no memory"] - math.log(2) / 2
    show(
        "lowest loss less the floor",
        above.min(axis=1),
        above=-ROUNDING,
        untrained_too="no answer without memory is below it; the other statement is what is learned",
    )
    show("loss at the end less the floor", above[:, -1], below=0.01)


@pytest.mark.learned
def test_recurrent_networks_spell(result, show):
    """A state tells the two l's apart. The RNN and the LSTM are given only the h, and then read
    their own answers. Both networks spell hello in every run.
    """
    for name in ("RNN", "LSTM"):
        right = [word == "hello" for word in result.spelled["hello", name]]
        show(f"hello spelled by the {name}", right, equal=1)


@pytest.mark.learned
def test_memoryless_network_gives_both_answers(result, show):
    """Without memory both l's get the same answer. After either l, the network gives l a
    probability within 0.05 of one half, and o too. Its probabilities are the same after both l's.
    """
    first, second = (result.probabilities["no memory"][:, k] for k in (AFTER_FIRST, AFTER_SECOND))
    letters = TASK.vocabulary.encode("lo").tolist()
    show("probability less one half", np.abs(first[:, letters] - 0.5), below=0.05)
    show(
        "difference of the two answers",
        np.abs(first - second),
        below=ROUNDING,
        untrained_too="without memory equal letters get equal answers, with training or without",
    )


@pytest.mark.learned
def test_lstm_needs_more_updates(result, show, setting):
    """The RNN learns this word before the LSTM. To reach a loss below 0.1 on hello, the LSTM needs
    more updates than the RNN in every run; the difference is more than 5 updates.
    """
    setting(hello.LEVEL, 0.1)
    # a run that never comes below it counts with all its updates
    rnn, lstm = (np.minimum(result.reached["hello", n], hello.STEPS) for n in ("RNN", "LSTM"))
    show("updates of the LSTM less those of the RNN", lstm - rnn, above=5)


@pytest.mark.learned
def test_some_words_need_no_memory(result, show):
    """Some words need no memory. In "world" no letter has two followers, and the network without
    memory spells "world" in every run.
    """
    followers = [len(counts) for counts in Spelling("world").followers().values()]
    show(
        "most followers of a letter",
        max(followers),
        equal=1,
        over="all runs",
        untrained_too="counted in the word",
    )
    right = [word == "world" for word in result.spelled["world", "no memory"]]
    show("world spelled without memory", right, equal=1)


@pytest.mark.learned
def test_a_usual_rate_can_be_too_small(seeds, show, setting):
    """A usual rate can be too small. After 100 updates on hello, the loss of every RNN is below 0.1
    at learning rate 0.01 and above 0.5 at learning rate 0.001.
    """
    setting(hello.COMPARED, 100)
    setting(hello.LEARNING_RATE, 0.01)
    setting(hello.ADVISED_RATE, 0.001)
    loss = over_seeds(hello.advised, seeds).loss
    show("loss at rate 0.01", loss[hello.LEARNING_RATE], below=0.1)
    show(
        "loss at rate 0.001",
        loss[hello.ADVISED_RATE],
        above=0.5,
        untrained_too="a small rate leaves the network near its initialisation",
    )
