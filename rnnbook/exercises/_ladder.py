"""The checker that the exercises share: cases from the smallest up, and known wrong solutions.

A case separates mistakes: what it holds that no smaller case holds is what can be wrong in it. Once
a case fails, each known wrong solution is run on all cases, and the one that answers as the reader
does names the mistake.
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
import io
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnbook.exercises.grade import Grade

Function = Callable[..., Any]
PRINTED = 20  # lines of what the reader's function prints


@dataclass(frozen=True)
class Rung:
    """A case.

    Attributes
    ----------
    name, asks : str
        What the case is, and what is new in it.
    arguments : tuple
        What the function is called with.
    expected : callable, optional
        What gives the right answer from the arguments; the solution if left out.
    """

    name: str
    asks: str
    arguments: tuple[Any, ...]
    expected: Function | None = None


@dataclass(frozen=True)
class Variant:
    """A known wrong solution.

    Attributes
    ----------
    says : str
        What it does; it ends the sentence "This is what comes out if ...".
    fn : callable
        The solution, of the signature of the stub.
    convention : str
        Where others compute it so on purpose, a sentence or two that say who, and what differs.
    """

    says: str
    fn: Function
    convention: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a function gave on one case: its answer in parts, or the problem that left none."""

    parts: tuple[np.ndarray, ...] = ()
    problem: str = ""
    kind: tuple[str, ...] = ()  # what two problems have in common that are the same
    changed: tuple[str, ...] = ()  # the arguments that were changed in place
    printed: str = ""


@dataclass(frozen=True)
class Ladder:
    """An exercise: what to write, how it is checked, and what is known to go wrong.

    Attributes
    ----------
    name : str
        The name of the exercise.
    stub, solution : callable
        The function or class to complete, and one that is right.
    rungs : callable
        Returns the cases, the smallest first.
    variants : sequence of Variant
        The known wrong solutions.
    parts : mapping
        The names of what is returned, each with the names of its axes.
    runs : callable, optional
        Runs an answer on a case, ``runs(fn, *arguments)``, where more than a call is to be done: a
        class is built, or a sign that is free is chosen.
    """

    name: str
    stub: Function
    solution: Function
    rungs: Callable[[], Sequence[Rung]]
    variants: Sequence[Variant]
    parts: Mapping[str, tuple[str, ...]]
    runs: Function | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of a case's arguments."""
        if self.runs is None:
            return tuple(inspect.signature(self.stub).parameters)
        return tuple(inspect.signature(self.runs).parameters)[1:]

    @property
    def signature(self) -> str:
        """How the function is called, as text."""
        return f"{self.stub.__name__}({', '.join(inspect.signature(self.stub).parameters)})"

    def grade(self, fn: object) -> Grade:
        """Run ``fn`` on all cases, and name what is wrong in the first that fails."""
        rungs = tuple(self.rungs())
        titles = tuple((rung.name, rung.asks) for rung in rungs)
        refused = self._refused(fn)
        if refused or not callable(fn):
            return Grade(self.name, titles, 0, refused)
        outcomes = []
        for number, rung in enumerate(rungs):
            outcomes.append(self._run(fn, rung))
            wrong = self._wrong(fn, rung, outcomes[-1])
            if wrong:
                outcomes += [self._run(fn, later) for later in rungs[number + 1 :]]
                named, mistake = self._named(rungs, outcomes, number)
                case = dict(zip(self.names, copy.deepcopy(rung.arguments), strict=True))
                message = "\n".join(filter(None, (wrong, named, _heard(outcomes[number]))))
                return Grade(self.name, titles, number, message, mistake, case)
        return Grade(self.name, titles)

    def _refused(self, fn: object) -> str:
        """Say why ``fn`` cannot be called at all, if so."""
        kind = "class" if isinstance(self.stub, type) else "function"
        if not callable(fn) or (kind == "class" and not isinstance(fn, type)):
            came = "None" if fn is None else f"a value of type {type(fn).__name__}"
            return (
                f"Expected a {kind}, got {came}. Pass the {kind} itself, without parentheses "
                f"after its name: check({self.stub.__name__})."
            )
        try:
            inspect.signature(fn).bind(*inspect.signature(self.stub).parameters)
        except TypeError as error:
            return f"It is called as {self.signature}, which yours does not take: {error}."
        except ValueError:  # a function written in C may have no signature
            return ""
        return ""

    def _run(self, fn: Function, rung: Rung) -> Outcome:
        """Return what a function gives, and keep for later what it prints."""
        with redirect_stdout(io.StringIO()) as printed:
            outcome = self._call(fn, rung)
        return dataclasses.replace(outcome, printed=printed.getvalue())

    def _call(self, fn: Function, rung: Rung) -> Outcome:
        """Call a function with its own copy of the arguments, and read what it returns."""
        given = copy.deepcopy(rung.arguments)
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                answer = self._answer(fn, given)
        except NotImplementedError as error:
            return Outcome(problem=f"It is not written yet: {error}.", kind=("unwritten",))
        except UnreadableError as error:
            return Outcome(problem=str(error), kind=("unreadable", str(error)))
        except (Exception, SystemExit) as error:
            kind = (type(error).__name__, str(error))
            return Outcome(problem=_raised(error, fn), kind=kind)
        changed = tuple(
            name
            for name, mine, old in zip(self.names, given, rung.arguments, strict=True)
            if not _same_argument(mine, old)
        )
        try:
            return Outcome(parts=self._read(answer), changed=changed)
        except UnreadableError as error:
            return Outcome(problem=str(error), kind=("unreadable", str(error)), changed=changed)

    def _answer(self, fn: Function, arguments: Sequence[Any]) -> Any:
        """Return what a function gives, or what is made of it."""
        return self.runs(fn, *arguments) if self.runs else fn(*arguments)

    def _read(self, answer: object) -> tuple[np.ndarray, ...]:
        """Return the answer as arrays, one for each part."""
        if answer is None:
            raise UnreadableError("It returned None. Is there a return at its end?")
        if len(self.parts) == 1:
            (name,) = self.parts
            try:
                return (_array(name, answer),)
            except UnreadableError:
                if not isinstance(answer, tuple):
                    raise
                came = f"a tuple of {len(answer)}"
                raise UnreadableError(f"It returned {came}, expected {name} alone.") from None
        wanted = f"({', '.join(self.parts)})"
        if not isinstance(answer, tuple | list) or len(answer) != len(self.parts):
            size = f" of {len(answer)}" if isinstance(answer, tuple | list) else ""
            raise UnreadableError(
                f"It returned a {type(answer).__name__}{size}, expected the tuple {wanted}."
            )
        return tuple(_array(name, part) for name, part in zip(self.parts, answer, strict=True))

    def _wrong(self, fn: Function, rung: Rung, mine: Outcome) -> str:
        """Say what is wrong with an outcome; nothing if it is right."""
        if mine.problem:
            return mine.problem
        given = copy.deepcopy(rung.arguments)
        right = self._read(
            rung.expected(*given) if rung.expected else self._answer(self.solution, given)
        )
        found = ""
        for (name, axes), have, want in zip(self.parts.items(), mine.parts, right, strict=True):
            found = found or _difference(name, axes, have, want)
        if mine.changed:
            found += (
                f" It changes {' and '.join(mine.changed)} in place: the caller still needs "
                "the old numbers. Work on a copy."
            )
        if not found and not _same(mine, self._run(fn, rung)):
            found = (
                "A second call with the same arguments gives another answer. Does it keep "
                "something between calls, such as a default argument that it changes?"
            )
        return found.strip()

    def _named(
        self, rungs: Sequence[Rung], outcomes: Sequence[Outcome], failed: int
    ) -> tuple[str, str]:
        """Name the known wrong solution that answers as the reader's does, on all cases if any."""
        best: list[Variant] = []
        most = 0
        for variant in self.variants:
            if not _same(outcomes[failed], self._run(variant.fn, rungs[failed])):
                continue
            pairs = zip(outcomes, rungs, strict=True)
            score = sum(_same(mine, self._run(variant.fn, rung), 1) for mine, rung in pairs)
            best = [variant] if score > most else [*best, variant] if score == most else best
            most = max(most, score)
        if not best or outcomes[failed].kind == ("unwritten",):
            return "", ""
        says = best[0].says
        if most < len(rungs):
            both = " or if ".join(variant.says for variant in best[:2])
            return (
                f"On this case, this is what comes out if {both}. Larger cases differ from that, "
                "so it may not be the only mistake.",
                says,
            )
        if best[0].convention:
            return best[0].convention, says
        if _same(outcomes[failed], self._run(self.solution, rungs[failed])):
            return f"In larger cases, this is what comes out if {says}.", says
        return f"This is what comes out if {says}.", says


class UnreadableError(Exception):
    """What was returned cannot be compared with numbers."""


def _array(name: str, part: object) -> np.ndarray:
    """Return a copy of one part of an answer as an array."""
    what = f"a value of type {type(part).__name__}"
    if part is None:
        raise UnreadableError(f"It returned None for {name}.")
    try:
        array = np.asarray(part).copy()
    except Exception as error:  # a ragged list, a tensor that needs a gradient ...
        raise UnreadableError(
            f"It returned {what} for {name}, which cannot be read as an array: {error}"
        ) from None
    if array.dtype.kind not in "iuf":
        raise UnreadableError(f"It returned {what} for {name}, expected real numbers.")
    return array


def _same_argument(mine: object, old: object) -> bool:
    """Say whether an argument is what it was."""
    if isinstance(old, np.ndarray):
        mine = np.asarray(mine)
        return mine.shape == old.shape and np.array_equal(mine, old, equal_nan=True)
    return bool(callable(old) or mine == old)


def _close(mine: np.ndarray, right: np.ndarray) -> Any:
    """Say for each number whether it is the right one, to what 32 bits can tell."""
    return np.isclose(mine, right, rtol=1e-5, atol=1e-6, equal_nan=True)


def _same(mine: Outcome, other: Outcome, words: int = 2) -> bool:
    """Say whether two functions gave the same answer, or failed in the same way.

    Of an error that was raised, the first word is its type, the second its message.
    """
    if mine.problem or other.problem:
        return bool(mine.problem and other.problem) and mine.kind[:words] == other.kind[:words]
    return all(
        a.shape == b.shape and bool(_close(a, b).all())
        for a, b in zip(mine.parts, other.parts, strict=True)
    )


def _heard(outcome: Outcome) -> str:
    """Return what a function printed on its way, the first lines of it."""
    lines = outcome.printed.splitlines()
    more = ["..."] if len(lines) > PRINTED else []
    return "\n".join(["It printed:", *lines[:PRINTED], *more]) if lines else ""


def _raised(error: BaseException, fn: Function) -> str:
    """Say what was raised, and in which line of the reader's own file."""
    said = f"It raised {type(error).__name__}: {error}".rstrip(": .") + "."
    method = vars(fn).get("forward") if isinstance(fn, type) else fn
    code = getattr(method, "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if code and frame.filename == code.co_filename]
    if own and own[-1].line:
        said += f"\nThat was in line {own[-1].lineno}: {own[-1].line}"
    return said


def _difference(name: str, axes: tuple[str, ...], mine: np.ndarray, right: np.ndarray) -> str:
    """Say where and how a part of the answer differs; nothing if it is right."""
    if axes in {("position",)}:  # a list of ids: say it whole
        if mine.shape == right.shape and bool((mine == right).all()):
            return ""
        return f"For {name} you have {mine.tolist()}, expected {right.tolist()}."
    if mine.shape != right.shape:
        form = f" ({', '.join(_COUNTS.get(axis, axis) for axis in axes)})" if axes else ""
        wanted = f"shape {right.shape}{form}" if right.shape else "a single number"
        return f"{name} has shape {mine.shape}, expected {wanted}."
    wrong = ~_close(mine, right)
    if not wrong.any():
        return ""
    if not axes:
        return f"You have {_pair(mine, right)}."
    order = [axes.index("step")] if "step" in axes else []
    order += [axis for axis in range(len(axes)) if axis not in order]
    found = sorted(np.argwhere(wrong).tolist(), key=lambda index: [index[axis] for axis in order])
    first = tuple(found[0])
    place = ", ".join(
        f"{axes[axis]} {first[axis] + 1}"
        for axis in order
        if axes[axis] != "step" and right.shape[axis] > 1
    )
    if "step" in axes and right.shape[order[0]] > 1:
        steps = sorted({index[order[0]] for index in found})
        onward = steps == list(range(steps[0], right.shape[order[0]]))
        when = f"from step {steps[0] + 1} on" if onward and len(steps) > 1 else ""
        place = ", ".join(filter(None, (when or f"at step {steps[0] + 1}", place)))
    where = f"{name}[{', '.join(map(str, first))}]"
    place = place[:1].upper() + place[1:] if place else "The only number"
    share = f"{int(wrong.sum())} of {wrong.size} numbers of {name} are wrong."
    share = share if wrong.size > 1 else ""
    return (
        f"{place}: you have {_pair(mine[first], right[first])} (this is {where}). {share}".strip()
    )


_COUNTS = {"example": "batch", "step": "time", "unit": "hidden_size"}


def _pair(mine: Any, right: Any) -> str:
    """Return two different numbers, with as many digits as it takes to tell them apart."""
    digits = 4
    while f"{float(mine):.{digits}g}" == f"{float(right):.{digits}g}" and digits < 16:
        digits += 4
    return f"{float(mine):.{digits}g}, expected {float(right):.{digits}g}"


def numbers(rng: np.random.RandomState, *shape: int) -> np.ndarray:
    """Draw numbers between -1 and 1 with one digit, none zero, that you can check by hand.

    They are drawn in NumPy's old way, which gives the same numbers in all its versions.
    """
    out: np.ndarray = rng.randint(1, 11, shape) / 10 * rng.choice([-1, 1], shape)
    return out
