"""The claim of the question in what sense a recurrent network is an automaton."""

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from rnnbook.experiments import automata

CONDITIONS = (
    f"Plain networks of {automata.PARITY_SIZE} units that are told the answer after every bit, at "
    f"most {automata.PARITY_UPDATES} updates, learning rate {automata.LEARNING_RATE:g}; the states "
    "are clustered, and the machine is made as small as possible."
)


class Machines(NamedTuple):
    """How many states each machine has, and whether it is parity at every length, by seed."""

    states: np.ndarray
    same: np.ndarray


@cache
def machine(seed):
    network = automata.parity_network(seed)
    found = automata.read_out(network, automata.PARITY, seed).machine.minimised()
    return len(found), found.agrees_with(automata.PARITY.machine)


@pytest.fixture(scope="module")
def result(seeds):
    return Machines(*np.array([machine(seed) for seed in seeds]).T)


def predicted(result):
    """If only the last few inputs counted, no machine read out would be parity itself."""
    return result._replace(same=np.zeros_like(result.same))


@pytest.mark.learned
def test_the_machine_is_parity(result, show, setting):
    """The machine can be parity itself. In the median run, the machine read out of a network trained
    on strings of 12 bits has 2 states and is right on strings of any length.
    """
    setting(automata.PARITY.length, 12)
    show("states of the machine", result.states, equal=2, over="median")
    show("the machine is parity", result.same, equal=1, over="median")
