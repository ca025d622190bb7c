"""Claims of the chapter on clipping."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook.experiments import clipping

USUAL = 5.0  # the limit that the end of the page asks about

CONDITIONS = (
    "Trained: ReLU networks that start from the identity, on sums of three inputs, plain gradient "
    f"descent at learning rate {clipping.LEARNING_RATE:g}, {clipping.STEPS} updates, the norm "
    f"clipped at {clipping.LIMIT:g}. Measured: untrained tanh networks with PyTorch's default "
    f"initialisation, which read random numbers; the sum is that of all outputs, over 100 steps "
    f"where no length is named, clipped at {clipping.LIMIT:g}; shares are those of a loss at step "
    "50."
)


@pytest.mark.learned
def test_clipping_saves_a_run_that_breaks(result, show):
    """Clipping can save a run that would break. Without clipping, at least one run stops before
    update 20. With clipping, every run ends with less than half the loss of the best answer without
    memory.
    """
    stopped = np.where(np.isinf(result.final["SGD"]), result.updates["SGD"], np.inf)
    show("updates until a run without clipping stops", stopped, below=20, over="some")
    share = result.final["SGD, clipped"] / clipping.TASK.baseline
    show("loss with clipping over that without memory", share, below=0.5)


def test_norm_keeps_the_direction(result, show):
    """Clipping by norm keeps a gradient's direction. For the gradient of a large sum, the cosine
    between clipped and original gradient stays above 0.999. If each entry is clipped separately,
    this cosine is below 0.9.
    """
    show("cosine after clipping by norm", result.cosines["by norm"], above=0.999, limit=1)
    show("cosine after clipping each entry", result.cosines["by value"], below=0.9)


def test_shares_stay(result, show):
    """Clipping does not bring back a vanished share. The terms from at least 20 steps back make up
    less than 0.001 of the gradient. Clipping by norm does not change this share.
    """
    share = result.shares["as it is"]
    show("share of steps at least 20 back", share, below=1e-3)
    for name in ("clipped", "times 1e6"):
        show(f"relative change when {name}", np.abs(result.shares[name] / share - 1), below=1e-6)


def test_a_sum_is_no_explosion(result, show):
    """A large sum is not an explosion. Compare 10 steps with 100 steps. The gradient of a sum
    becomes 6 to 14 times as large. With recurrent weights times 6, the gradient of a mean becomes
    over 1,000 times as large.
    """
    growth = {name: norms[:, -1] / norms[:, 0] for name, norms in result.norms.items()}
    show("growth for the sum", growth["sum"], within=(6, 14))
    large = growth["mean, larger weights"]
    show("growth for larger weights", large, above=1000, ratio=True)


def test_clipping_spreads_one_nan(seeds, show):
    """One NaN spreads to the whole gradient. Clipping by norm makes every entry NaN. With
    error_if_nonfinite=True the call raises an error and leaves the gradient as it was.
    """
    spread, kept = [], []
    for seed in seeds:
        gradient = torch.randn(100, generator=torch.Generator().manual_seed(seed))
        gradient[seed % 100] = float("nan")
        spread.append(clipping.clip_tensor(gradient, 1.0).isnan().sum().item())
        weight = nn.Parameter(torch.zeros(100))
        weight.grad = gradient.clone()
        with pytest.raises(RuntimeError, match="non-finite"):
            nn.utils.clip_grad_norm_([weight], 1.0, error_if_nonfinite=True)
        kept.append(torch.equal(weight.grad.nan_to_num(), gradient.nan_to_num()))
    show("entries that are NaN after clipping, of 100", spread, equal=100)
    show("gradient is as it was after the error", kept, equal=True)


def test_a_usual_limit_may_never_act(result, show):
    """A usual limit may never act. In 30 updates of Adam at rate 0.01, without a limit, no gradient
    of a tanh network on phrases or on hello has a norm above 2.5.
    """
    for name in ("RNN, phrases", "RNN, hello"):
        show(f"{name}: largest norm", result.largest[name], below=USUAL / 2)


def test_a_plain_network_need_not_explode(result, show):
    """A plain network need not explode. In 30 updates of Adam at rate 0.01, without a limit, no
    gradient of a tanh network on sums over 50 steps has a norm above 10.
    """
    show("RNN, sums: largest norm", result.largest["RNN, sums"], below=10)


@pytest.mark.here
def test_a_usual_limit_would_never_act(page, show):
    """On the phrases and on "hello" no gradient norm comes near 5.0, so that limit would never act.
    On the sums the norm comes closer but stays below it.
    """
    for name in ("RNN, phrases", "RNN, hello"):
        show(f"{name}: largest norm over the limit", page.largest[name] / USUAL, below=0.5)
        closer = page.largest["RNN, sums"] / page.largest[name]
        show(f"largest norm of RNN, sums over that of {name}", closer, above=1)
    show("RNN, sums: largest norm over the limit", page.largest["RNN, sums"] / USUAL, below=1)


@pytest.mark.here
@pytest.mark.learned
def test_a_usual_limit_would_act_on_relu(page, show):
    """In the ReLU network that starts from the identity, the limit would shorten the largest
    gradient by orders of magnitude.
    """
    largest = page.largest["ReLU from identity, sums"]
    show("largest norm over the limit", largest / USUAL, above=100, ratio=True, over="some")


@pytest.mark.here
@pytest.mark.learned
def test_two_runs_with_adam_learn_little(page, show):
    """Two of the runs with Adam and no limit learn little: they end above three quarters of the loss
    of the best answer without memory.
    """
    little = page.final["Adam"] > 0.75 * clipping.TASK.baseline
    show("runs that end above three quarters of it", little.sum(), equal=2, over="all runs")
