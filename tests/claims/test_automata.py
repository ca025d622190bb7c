"""Claims of the chapter on networks that are machines."""

import numpy as np
import pytest

from rnnbook.experiments import automata

TRAINED, LONGEST = automata.LENGTHS[0], automata.LENGTHS[-1]
CHAINS = [f"order {order}" for order in automata.ORDERS]

CONDITIONS = (
    f"On parity, plain networks of {automata.PARITY_SIZE} units are trained for at most "
    f"{automata.PARITY_UPDATES} updates on strings of {automata.PARITY.length} bits. On the embedded "
    f"Reber grammar, plain networks of {automata.GRAMMAR_SIZE} units start from orthogonal weights "
    f"and are trained for {automata.GRAMMAR_UPDATES + automata.LAST_UPDATES} updates on strings of "
    f"at most {automata.GRAMMAR.most} letters; they meet all such strings. The learning rate is "
    f"{automata.LEARNING_RATE:g}, and a tenth of it in the last {automata.LAST_UPDATES} updates on "
    "the grammar."
)


@pytest.mark.learned
def test_parity_is_learned_from_answers_at_every_bit(result, show):
    """An answer after every bit can teach parity. With an answer after every bit, at least one run
    gets more than 0.95 of strings of 300 bits right. With an answer only at the end, every run gets
    a share between 0.4 and 0.6 right.
    """
    told = result.parity["told after every bit", 300]
    show("right on 300 bits, told after every bit", told, above=0.95, limit=1, over="some")
    show(
        "right on 300 bits, told at the end",
        result.parity["told at the end", 300],
        within=(0.4, 0.6),
        untrained_too="failing to learn is the point; told after every bit, it learns",
    )


@pytest.mark.learned
def test_network_carries_the_letter(result, show):
    """A network can carry the letter. The median run gets more than 0.95 of the embedded strings of
    at most 16 letters wholly right. In the median run, the share of accepted strings is at least
    0.9 higher for true strings than for spoiled strings.
    """
    right = result.right["network", TRAINED]
    show("strings wholly right", right, above=0.95, limit=1, over="median")
    apart = result.accepted["network", "true"] - result.accepted["network", "spoiled"]
    show("true strings accepted less spoiled ones", apart, above=0.9, limit=1, over="median")


@pytest.mark.learned
def test_machine_is_the_grammar(result, show):
    """The machine can be read back out. In at least one run of three, clustering the network's
    states gives the machine of the grammar. This machine has 20 states and is right on strings of
    any length.
    """
    same = [found.agrees_with(automata.GRAMMAR.machine) for found in result.machine]
    show("the machine is the grammar", same, equal=True, over="some")
    states = [len(found) for found in result.machine]
    show("states of the machine", states, equal=20, over="some")
    longest = result.right["machine", LONGEST]
    show("longest strings that the machine gets right", longest, equal=1, over="some")


def test_short_chains_fail(result, show, setting):
    """Short chains fail on parity and embedded strings. On parity, Markov chains of order 1 to 3
    get between 0.35 and 0.65 of the strings right. They get no embedded string wholly right, and
    they accept more than half of the spoiled strings.
    """
    setting(automata.ORDERS, (1, 2, 3))
    parity = [result.parity[chain, bits] for chain in CHAINS for bits in automata.BITS]
    show("parity right", np.stack(parity, axis=1), within=(0.35, 0.65))
    right = [result.right[chain, ends] for chain in CHAINS for ends in automata.LENGTHS]
    show("embedded strings wholly right", np.stack(right, axis=1), equal=0)
    spoiled = [result.accepted[chain, "spoiled"] for chain in CHAINS]
    show("spoiled strings accepted", np.stack(spoiled, axis=1), above=0.5, limit=1)


def test_plain_grammar_needs_two_symbols(result, show):
    """Two symbols are enough for the plain grammar. A Markov chain of order 2 gets every plain
    string right.
    """
    show("plain strings wholly right", result.chains["plain", 2], equal=1)
