"""Machines against a hand example and against each other; chains against counts by hand."""

import random
from itertools import product

import pytest
import torch

from rnnbook.automata import NOWHERE, Machine
from rnnbook.batch import Batch
from rnnbook.experiments.automata import machine_of, spoil
from rnnbook.models import MarkovChain
from rnnbook.tasks.parity import Parity
from rnnbook.tasks.reber import Reber
from rnnbook.text import one_hot_encode

PARITY = Parity().machine


def random_machine(seed, states=7):
    chance = random.Random(seed)
    table = [tuple(chance.randrange(NOWHERE, states) for _ in "ab") for _ in range(states)]
    return Machine(("a", "b"), tuple(table), tuple(chance.choice("xy") for _ in range(states)))


def test_parity_machine_counts_ones():
    for bits in product("01", repeat=6):
        expected = [("even", "odd")[bits[:t].count("1") % 2] for t in range(7)]
        assert PARITY.read(bits) == expected


@pytest.mark.parametrize("seed", range(20))
def test_minimised_machine_gives_the_same_answers(seed):
    machine = random_machine(seed)
    small = machine.minimised()
    assert len(small) <= len(machine)
    assert machine.agrees_with(small)
    for word in product("ab", repeat=8):
        assert machine.read(word) == small.read(word)
    assert small.minimised() == small


def test_minimised_machine_has_no_two_alike():
    small = random_machine(3).minimised()
    copies = [
        Machine(
            small.symbols,
            # the start is state 0: let state k and state 0 change places
            tuple(
                tuple({0: k, k: 0}.get(t, t) for t in small.table[{0: k, k: 0}.get(s, s)])
                for s in range(len(small))
            ),
            tuple(small.answers[{0: k, k: 0}.get(s, s)] for s in range(len(small))),
        )
        for k in range(1, len(small))
    ]
    assert not any(copy.agrees_with(small) for copy in copies)


def test_machines_that_differ_only_far_away_disagree():
    chain = [(i + 1,) for i in range(30)]
    one = Machine(("a",), (*chain, (30,)), ("x",) * 31)
    other = Machine(("a",), (*chain, (30,)), (*("x",) * 30, "y"))
    assert not one.agrees_with(other)


def test_lost_machine_stays_lost():
    assert Reber().machine.read("BBT") == ["B", "PT", "", ""]


@pytest.mark.parametrize(
    ("table", "answers", "message"),
    [
        ((), (), "at least one"),
        (((0,),), ("x",), "arrows in state 0"),
        (((0, 2),), ("x",), "leave the machine"),
    ],
)
def test_wrong_machines_are_refused(table, answers, message):
    with pytest.raises(ValueError, match=message):
        Machine(("a", "b"), table, answers)


def test_unknown_symbol_is_refused():
    with pytest.raises(ValueError, match="got '2'"):
        PARITY.read("012")


def test_chain_backs_off_to_what_it_has_seen():
    ids = torch.tensor([[1, 2, 1, 2, 2]])
    chain = MarkovChain(vocab_size=4, output_size=4, order=2)
    chain.count(Batch((one_hot_encode(ids[:, :-1], 4),), ids[:, 1:]))
    after = chain(one_hot_encode(torch.tensor([[1, 2], [3, 2], [3, 3]]), 4))[:, -1].softmax(-1)
    assert after[0].tolist() == [0, 0.5, 0.5, 0]  # 1 2 was followed by 1 and by 2
    assert after[1].tolist() == [0, 0.5, 0.5, 0]  # 3 2 never came: as after 2
    assert torch.allclose(after[2], torch.tensor([0, 1 / 4, 3 / 4, 0]))  # 3 never came: as always


def test_chain_does_not_count_what_is_ignored():
    chain = MarkovChain(vocab_size=2, output_size=2, order=1)
    chain.count(Batch((one_hot_encode(torch.tensor([[0, 0]]), 2),), torch.tensor([[1, -1]])))
    assert chain.tables[1].tolist() == [[0, 1], [0, 0]]


@pytest.mark.parametrize("embedded", [True, False])
def test_strings_are_drawn_as_if_others_were_thrown_away(embedded):
    task = Reber(least=9, most=11, embedded=embedded)
    words = task.words(task.batch(4000, torch.Generator().manual_seed(0)))
    machine = task.machine
    assert {len(word) for word in words} <= {9, 10, 11}
    weight = {}  # of every string of these lengths, by walking all arrows
    todo = [("", 0, 1.0)]
    for word, state, chance in todo:
        ways = [
            (s, t) for s, t in zip(machine.symbols, machine.table[state], strict=True) if t >= 0
        ]
        if not ways and len(word) >= task.least:
            weight[word] = chance
        if len(word) < task.most:
            todo += [(word + s, t, chance / len(ways)) for s, t in ways]
    total = sum(weight.values())
    for word, chance in weight.items():
        assert words.count(word) / len(words) == pytest.approx(chance / total, abs=0.03)


def test_spoiled_strings_leave_the_grammar_at_the_last_letter_but_one():
    task = Reber()
    for word in task.words(task.batch(20, torch.Generator().manual_seed(0))):
        assert task.machine.read(word)[-1] == "."
        assert task.machine.read(spoil(word))[-2:] == ["", ""]


@pytest.mark.parametrize("knobs", [{"least": 8}, {"least": 12, "most": 11}, {"threshold": 0.5}])
def test_wrong_knobs_are_refused(knobs):
    with pytest.raises(ValueError, match="Reber: "):
        Reber(**knobs)


def test_machine_is_read_out_of_states_that_are_one():
    words = ["0110", "1011", "0001"]
    answers = [PARITY.read(word) for word in words]
    states = [torch.tensor([[float(a == "odd")] for a in row]) for row in answers]
    assert machine_of(states, answers, words, ("0", "1"), 2) == PARITY
