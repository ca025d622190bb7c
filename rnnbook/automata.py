"""Machines with finitely many states: run them, make them as small as possible, compare them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

NOWHERE = -1


@dataclass(frozen=True)
class Machine:
    """States, an arrow for each state and symbol, and an answer in each state.

    This is a Moore machine (Moore, 1956): what it answers depends on the state alone. It starts in
    state 0.

    Parameters
    ----------
    symbols : tuple of str
        What it can read.
    table : tuple of tuple of int
        ``table[state][k]`` is where the arrow for ``symbols[k]`` leads; ``NOWHERE`` (-1) if there
        is none.
    answers : tuple of str
        What it answers in each state, such as ``"odd"``, or the symbols that may come next.

    Raises
    ------
    ValueError
        If the table is empty, or does not fit the symbols, the answers or itself.

    Examples
    --------
    >>> from rnnbook.automata import Machine
    >>> parity = Machine(("0", "1"), ((0, 1), (1, 0)), ("even", "odd"))
    >>> parity.read("1101")
    ['even', 'odd', 'even', 'even', 'odd']
    >>> clumsy = Machine(("0", "1"), ((2, 1), (1, 0), (0, 1)), ("even", "odd", "even"))
    >>> clumsy.agrees_with(parity), clumsy.minimised() == parity
    (True, True)
    """

    symbols: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    answers: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.table or len(self.table) != len(self.answers):
            raise ValueError(
                f"Machine: expected one row of the table for each answer and at least one, got "
                f"{len(self.table)} rows and {len(self.answers)} answers"
            )
        for state, row in enumerate(self.table):
            if len(row) != len(self.symbols):
                raise ValueError(
                    f"Machine: expected {len(self.symbols)} arrows in state {state}, one for each "
                    f"symbol, got {len(row)}; a symbol that leads nowhere has the arrow -1"
                )
            if not all(NOWHERE <= to < len(self.table) for to in row):
                raise ValueError(
                    f"Machine: the arrows of state {state}, {row}, leave the machine's "
                    f"{len(self.table)} states"
                )

    def __len__(self) -> int:
        return len(self.table)

    def states(self, word: Iterable[str]) -> list[int]:
        """Return the state before the first symbol and after each, ``NOWHERE`` once it is lost.

        Raises
        ------
        ValueError
            If the machine does not know a symbol.
        """
        states = [0]
        for symbol in word:
            if symbol not in self.symbols:
                raise ValueError(f"Machine: expected symbols of {self.symbols}, got {symbol!r}")
            here = states[-1]
            lost = here == NOWHERE
            states.append(NOWHERE if lost else self.table[here][self.symbols.index(symbol)])
        return states

    def read(self, word: Iterable[str]) -> list[str]:
        """Return the answer before the first symbol and after each; "" once it is lost."""
        return ["" if state == NOWHERE else self.answers[state] for state in self.states(word)]

    def minimised(self) -> Machine:
        """Return the smallest machine that gives the same answers to every word.

        States are told apart by their answers, then, again and again, by the groups their arrows
        lead to, until nothing changes (Moore, 1956). States that cannot be reached are left out;
        the others are numbered in the order in which a search from the start comes upon them.
        """
        group = _numbered(self.answers)
        while True:
            arrows = [
                tuple(NOWHERE if t == NOWHERE else group[t] for t in row) for row in self.table
            ]
            finer = _numbered(zip(group, arrows, strict=True))
            if len(set(finer)) == len(set(group)):
                break
            group = finer
        order = [0]  # one state of each group that can be reached, in order of discovery
        for state in order:
            found = {group[s] for s in order}
            for to in self.table[state]:
                if to != NOWHERE and group[to] not in found:
                    order.append(to)
                    found.add(group[to])
        place = {group[state]: i for i, state in enumerate(order)}
        table = (
            tuple(NOWHERE if t == NOWHERE else place[group[t]] for t in self.table[s])
            for s in order
        )
        return Machine(self.symbols, tuple(table), tuple(self.answers[s] for s in order))

    def agrees_with(self, other: Machine) -> bool:
        """Say whether both give the same answers to every word, however long.

        Two finite machines can be in finitely many pairs of states: all of them are looked at.
        """
        if self.symbols != other.symbols:
            return False
        pairs = [(0, 0)]
        seen = set(pairs)
        for here, there in pairs:
            if self.answers[here] != other.answers[there]:
                return False
            for pair in zip(self.table[here], other.table[there], strict=True):
                if (pair[0] == NOWHERE) != (pair[1] == NOWHERE):
                    return False
                if NOWHERE not in pair and pair not in seen:
                    seen.add(pair)
                    pairs.append(pair)
        return True


def _numbered(things: Iterable[object]) -> list[int]:
    """Replace each thing by a number, equal things by equal numbers."""
    numbers: dict[object, int] = {}
    return [numbers.setdefault(thing, len(numbers)) for thing in things]
