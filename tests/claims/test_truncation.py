"""Claims of the chapter on cutting the gradient."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook.experiments import truncation
from rnnbook.experiments.truncation import CUT, WHOLE
from rnnbook.training import detach

CHANCE = truncation.TASK.baseline
GATED = ("GRU", "LSTM, forget bias 1")

CONDITIONS = (
    f"A bit given at the first step and asked for {truncation.TASK.lag} steps later, chance "
    f"{CHANCE:g}; networks of {truncation.HIDDEN} units, Adam at learning rate "
    f"{truncation.LEARNING_RATE:g}, at most {truncation.STEPS} updates; accuracy on fresh "
    "documents."
)


@pytest.mark.learned
def test_plain_network_learns_across_the_cut(result, show, setting):
    """A plain network can learn across a cut. In chunks of 20, at least one of three tanh networks
    has an accuracy above 0.9. With the recurrent layer frozen at its default weights, every run
    stays within 0.1 of chance.
    """
    setting(truncation.CUT, 20)
    accuracy = result.accuracy["tanh RNN", CUT]
    show("accuracy in chunks of 20", accuracy, above=0.9, limit=1, over="some")
    show(
        "distance from chance with frozen recurrent weights",
        np.abs(result.carried["default"] - CHANCE),
        below=0.1,
        untrained_too="failing to learn is the point; the same network, all of it trained, learns",
    )


@pytest.mark.learned
def test_one_step_decides(result, show, setting):
    """One step of chunk length can decide. Compare GRUs, and LSTMs with forget bias 1, at learning
    rate 0.01. In chunks of 21, both median accuracies are above 0.9. In chunks of 20, both medians
    stay within 0.1 of chance.
    """
    setting(truncation.CUT, 20)
    setting(truncation.WHOLE, 21)
    for name in GATED:
        whole, cut = result.accuracy[name, WHOLE], result.accuracy[name, CUT]
        show(f"{name}: accuracy in chunks of 21", whole, above=0.9, limit=1, over="median")
        show(
            f"{name}: distance from chance in chunks of 20",
            np.abs(cut - CHANCE),
            below=0.1,
            over="median",
            untrained_too="failing to learn is the point; in chunks of 21 the same network learns",
        )


@pytest.mark.learned
def test_readout_alone_finds_the_bit(result, show):
    """The state crosses the cut. With orthogonal recurrent weights that are never trained, the
    readout has an accuracy above 0.9. If zeros replace the carried state, the accuracy stays within
    0.1 of chance.
    """
    carried, zeros = result.carried["orthogonal"], result.zeros["orthogonal"]
    show("accuracy with the carried state", carried, above=0.9, limit=1)
    show(
        "distance from chance with zeros in its place",
        np.abs(zeros - CHANCE),
        below=0.1,
        untrained_too="guessing is the point; with the carried state the same readout answers",
    )


def test_memory_depends_on_the_chunk(show, setting):
    """With a cut, memory does not grow. If you cut every 10 to 80 steps, the backward pass needs as
    many bytes for 800 steps as for 100. Without a cut, 800 steps need more than 6 times as many
    bytes as 100 steps.
    """
    setting(truncation.LENGTHS[0], 100)
    setting(truncation.LENGTHS[-1], 800)
    *cut, whole = truncation.memory().values()
    growth = [row[-1] / row[0] for row in cut]
    show("bytes for 800 steps over those for 100, cut", growth, equal=1, over="all runs")
    show("the same, uncut", whole[-1] / whole[0], above=6, ratio=True, over="all runs")


def test_half_a_cut_ends_in_an_error(seeds, show):
    """Half a cut ends in an error. Make a backward pass after each chunk. If you cut nothing, or
    only h, or only c, the second pass raises an error. If you cut both h and c, no gradient crosses
    the cut.
    """
    wrong = (
        lambda state: state,
        lambda state: (detach(state), state)[1],
        lambda state: (state[0].detach(), state[1]),
        lambda state: (state[0], state[1].detach()),
    )
    crossed = []
    for seed in seeds:
        torch.manual_seed(seed)
        xs = torch.randn(2, 12, 3)
        for kind in (nn.LSTM, nn.GRU, nn.RNN):
            layer = kind(3, 8, batch_first=True)
            for cut in wrong if kind is nn.LSTM else wrong[:2]:
                with pytest.raises(RuntimeError, match="backward through the graph a second time"):
                    truncation.backward_by_chunks(layer, xs, 4, cut)
            read = xs.clone().requires_grad_()
            truncation.backward_by_chunks(layer, read, 4, detach)
            _, state = layer(read[:, :4])
            output, _ = layer(read[:, 4:], detach(state))
            (slope,) = torch.autograd.grad(output.sum(), read)
            crossed.append(slope[:, :4].abs().max().item())
    show("gradient at inputs before the cut", np.reshape(crossed, (len(seeds), -1)), equal=0)


@pytest.mark.here
@pytest.mark.learned
def test_two_tanh_networks_learn_across_the_cut(page, show, setting):
    """In chunks of 20 two of the three tanh networks give the right answer on more than 900 of
    1,000 documents, and one guesses.
    """
    setting(truncation.CUT, 20)
    setting(truncation.JUDGED, 1000)
    right = 1000 * page.accuracy["tanh RNN", CUT]
    show("networks with more than 900 right", (right > 900).sum(), equal=2, over="all runs")
    guesses = (np.abs(right - 1000 * CHANCE) < 50).sum()
    show("networks that guess", guesses, equal=1, over="all runs")


@pytest.mark.here
@pytest.mark.learned
def test_all_grus_learn_across_the_cut_faster(page, show, setting):
    """At the larger learning rate all three GRUs answer more than 900 of 1,000 documents right."""
    setting(truncation.FASTER, 3 * truncation.LEARNING_RATE)
    setting(truncation.JUDGED, 1000)
    show("documents answered right", 1000 * page.faster, above=900, limit=1000)
