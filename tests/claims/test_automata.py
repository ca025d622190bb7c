"""Claims of the chapter on networks that are machines."""

import numpy as np
import pytest

from rnnbook.experiments import automata

CHAINS, AT_THE_END, EVERY_BIT = slice(0, 3), 3, 4
NETWORK, MACHINE = 3, 4
TRUE, SPOILED = 0, 1


@pytest.fixture(scope="module")
def result(seeds):
    return automata.run(seeds)


@pytest.mark.learned
def test_parity_is_learned_from_answers_at_every_bit(result):
    """A plain recurrent network that is told the parity after every bit of short strings answers
    nearly without mistakes on strings twenty-five times as long; told only at the end of each
    string, it is still at chance after 250 steps of training.
    """
    assert automata.PARITY_STEPS == 250
    assert result.bits[-1] == 25 * result.bits[0]
    assert result.parity[:, EVERY_BIT].min() > 0.95
    assert np.abs(result.parity[:, AT_THE_END] - 0.5).max() < 0.12


def test_plain_grammar_needs_two_symbols(result):
    """The plain Reber grammar needs no memory beyond two symbols: a Markov chain of order two gets
    every string right.
    """
    assert result.chains[:, 0, result.orders.index(2)].min() == 1


def test_short_chains_fail(result):
    """Markov chains of order one to three stay at chance on parity and get no string of the
    embedded Reber grammar wholly right: they accept a spoiled string as readily as a true one.
    """
    assert result.orders == (1, 2, 3)
    assert np.abs(result.parity[:, CHAINS] - 0.5).max() < 0.12
    assert result.right[:, CHAINS].max() == 0
    chains = result.accepted[:, CHAINS]
    assert np.abs(chains[..., TRUE] - chains[..., SPOILED]).max() < 0.05
    assert chains[..., SPOILED].min() > 0.5


@pytest.mark.learned
def test_network_carries_the_letter(result):
    """A plain recurrent network trained on short strings of the embedded grammar gets nearly all
    strings of these lengths wholly right and rejects nearly all spoiled ones, which it has never
    met.
    """
    assert result.right[:, NETWORK, 0].min() > 0.95
    assert result.accepted[:, NETWORK, TRUE].min() > 0.95
    assert result.accepted[:, NETWORK, SPOILED].max() < 0.05


@pytest.mark.learned
def test_machine_is_the_grammar(result):
    """The machine read out of its states by clustering is the grammar itself, with twenty states,
    so it makes no mistake on strings of any length, while the networks, taken together, make many on
    strings several times as long as those they were trained on.
    """
    for machine in result.machines:
        assert len(machine) == 20
        assert machine.agrees_with(automata.GRAMMAR.machine)
    assert result.right[:, MACHINE].min() == 1
    assert result.right[:, NETWORK, -1].mean() < 0.9
