"""The claim of the question whether gates are always better."""

import numpy as np
import pytest

from rnnbook.experiments import gru
from rnnbook.experiments._seeds import over_seeds

CONDITIONS = (
    f"Echo of 3 steps ago and parity of 12 bits; recurrent layers of about {gru.BUDGET} parameters "
    f"with default initialisation, learning rate {gru.LEARNING_RATE:g}, at most {gru.UPDATES} "
    "updates; guessing scores 0.125 and 0.5."
)


@pytest.fixture(scope="module")
def result(seeds):
    return over_seeds(gru.one, seeds).score


def predicted(result):
    """If gates never hurt, the GRU would be at least as good on both tasks."""
    plain, gated = (result["echo", kind, "default"] for kind in ("RNN", "GRU"))
    return result | {("echo", "GRU", "default"): np.maximum(plain, gated)}


@pytest.mark.learned
def test_the_task_decides(result, show, setting):
    """Either can win. In the median run (at most 100 updates, learning rate 0.01), a plain network
    is over 0.25 ahead of the GRU on an echo, over 0.2 behind on parity.
    """
    setting(gru.LEARNING_RATE, 0.01)
    ahead = {
        task: result[task, "RNN", "default"] - result[task, "GRU", "default"]
        for task in ("echo", "parity")
    }
    show("plain network ahead on the echo", ahead["echo"], above=0.25, limit=1, over="median")
    show("GRU ahead on parity", -ahead["parity"], above=0.2, limit=1, over="median")
