"""Claims of the chapter on the GRU."""

import numpy as np
import pytest

from rnnbook.experiments import gru

CONDITIONS = (
    f"Recurrent layers of about {gru.BUDGET} parameters, learning rate {gru.LEARNING_RATE:g}, at "
    f"most {gru.UPDATES} updates; on a few strings learning rate {gru.FEW_RATE:g} and at most "
    f"{gru.FEW_UPDATES} updates."
)


@pytest.mark.learned
def test_a_bit_needs_a_start(result, show):
    """A plain network can beat LSTM and GRU. Each network has to keep a bit for 20 steps. In the
    median run, a plain network from orthogonal weights needs less than 0.8 of the updates that an
    LSTM or a GRU with chrono initialisation needs.
    """
    updates = result.race.updates
    for kind in ("LSTM", "GRU"):
        taken = updates["bit", kind, "chrono"]
        show(f"updates of the {kind}", taken, below=gru.UPDATES, over="median")
        share = updates["bit", "RNN", "orthogonal"] / np.minimum(taken, gru.UPDATES)
        show(f"updates over those of the {kind}", share, below=0.8, over="median", ratio=True)


@pytest.mark.learned
def test_gru_beats_plain_on_parity(result, show):
    """GRUs can beat plain networks on parity. Both start from default initialisation, with the same
    seed. In the median run, the accuracy of the GRU is more than 0.3 higher than the accuracy of
    the plain network.
    """
    score = result.race.score
    ahead = score["parity", "GRU", "default"] - score["parity", "RNN", "default"]
    show("how far the GRU is ahead", ahead, above=0.3, limit=1, over="median")


@pytest.mark.learned
def test_plain_first_on_echo(result, show):
    """A plain network can echo best. From default initialisation, it names the symbol of 3 steps
    ago with an accuracy above 0.95. The accuracies of the LSTM and of the GRU are more than 0.25
    lower.
    """
    score = result.race.score
    plain = score["echo", "RNN", "default"]
    show("accuracy of the plain network", plain, above=0.95, limit=1)
    ahead = np.stack([plain - score["echo", kind, "default"] for kind in ("LSTM", "GRU")], axis=1)
    show("how far it is ahead of LSTM and GRU", ahead, above=0.25, limit=1)


@pytest.mark.learned
def test_few_strings(result, show, setting):
    """On eight strings the mean scores are close. After training on 8 parity strings, the GRU and
    the LSTM each average more than 0.65 on fresh strings. The two means differ by less than 0.2.
    """
    setting(gru.FEW, 8)
    means = {kind: score.mean(axis=1) for kind, score in result.few.score.items()}
    for kind, score in means.items():
        show(f"accuracy of the {kind} on fresh strings", score, above=0.65, limit=1, over="mean")
    show(
        "distance of the two means",
        abs(means["GRU"].mean() - means["LSTM"].mean()),
        below=0.2,
        over="all runs",
        untrained_too="two that guess are as close; that both have learned is shown beside it",
    )


def test_not_as_printed(result, show):
    """Not every GRU has PyTorch's equations. The GRU of Cho and others resets the state before the
    state is multiplied by the weights. With the same weights, its states differ from PyTorch's
    states by over 0.1 of the size of PyTorch's states.
    """
    wrong = result.race.wrong
    show("error of the states as in PyTorch", wrong["as in PyTorch"], below=1e-5)
    for form in ("Cho et al., as published", "Chung et al."):
        show(f"error of the states, {form}", wrong[form], above=0.1)
    show("difference of our layer and PyTorch's", result.race.equal, below=1e-5)


@pytest.mark.here
@pytest.mark.learned
def test_gru_before_lstm_on_parity(page, show):
    """From PyTorch's initialisation, each GRU learns parity sooner than the LSTM of its seed: when
    the GRU is done, the LSTM's loss is more than 1.5 times the GRU's loss.
    """
    taken = page.race.updates["parity", "GRU", "default"]
    show("updates of the GRU", taken, below=gru.UPDATES)
    show("loss of the LSTM over that of the GRU", page.race.behind, above=1.5, ratio=True)
