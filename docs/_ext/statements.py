"""What a claim shows: a label, a value a seed, a bound, and how far the values stay from it.

A claim test asks for the fixture ``show`` and calls it once a statement. Nothing is raised there:
each call leaves a :class:`Statement`, from which the verdict, the proof page, the negative control
and the calibration are made.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

OVER = ("every", "median", "mean", "some", "all runs")


@dataclass(frozen=True)
class Statement:
    """One comparison that a claim test made.

    Attributes
    ----------
    label : str
        What was measured, in words.
    kind : str
        ``"below"``, ``"above"``, ``"equal"`` or ``"within"``.
    bound : tuple of float
        What the values are compared with; two numbers for ``"within"``.
    over : str
        Of which seeds it is said, one of :data:`OVER`.
    limit : float or None
        What the quantity cannot go past, if anything.
    ratio : bool
        Whether the values are ratios, whose differences are those of logarithms.
    untrained_too : str or None
        Why the statement may hold without training.
    seeds : tuple of int
        The seeds of ``values``; empty when the values have none.
    values : tuple of float
        A value a seed, in the condition that comes closest to the bound.
    decides : float
        What was compared: the value farthest from holding, the median, the mean or the best.
    conditions : int
        How many conditions had to hold.
    margin : float or None
        The room left, as a share; not positive where the statement fails; None if it is exact.
    holds : bool
        Whether it holds in every condition.
    nan : bool
        Whether a value is not a number; then nothing holds.
    clocked : bool
        Whether the values are times or made of times, which no machine repeats.
    """

    label: str
    kind: str
    bound: tuple[float, ...]
    over: str
    limit: float | None
    ratio: bool
    untrained_too: str | None
    seeds: tuple[int, ...]
    values: tuple[float, ...]
    decides: float
    conditions: int
    margin: float | None
    holds: bool
    nan: bool
    clocked: bool = False

    @property
    def asked(self) -> str:
        """The comparison in words: ``below 0.333 on every seed``."""
        bound = " and ".join(map(number, self.bound))
        word = {"equal": "exactly", "within": "between"}.get(self.kind, self.kind)
        whose = {
            "every": "on every seed",
            "median": "in the median run",
            "mean": "in the mean of the runs",
            "some": "in some run",
            "all runs": "over all runs together",
        }
        where = f" and in each of {self.conditions} conditions" if self.conditions > 1 else ""
        return f"{word} {bound} {whose[self.over]}{where}"

    @property
    def margin_text(self) -> str:
        """The margin as it is printed."""
        return "exact" if self.margin is None else number(self.margin)

    def __str__(self) -> str:
        verdict = "holds" if self.holds else "NOT A NUMBER" if self.nan else "BROKEN"
        values = ", ".join(map(number, self.values))
        return f"{verdict}: {self.label}: {self.asked}; measured {values}"

    def to_json(self) -> dict[str, Any]:
        """Return plain data that :func:`statement` reads back."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}


def statement(data: dict[str, Any]) -> Statement:
    """Return the statement that :meth:`Statement.to_json` wrote."""
    return Statement(**{k: tuple(v) if isinstance(v, list) else v for k, v in data.items()})


def number(value: float) -> str:
    """Return a number with three significant digits, as people write it.

    >>> number(0.123456), number(350.0), number(1.5e-11), number(1e6)
    ('0.123', '350', '1.5e-11', '1e+06')
    """
    return f"{value:.3g}"


@dataclass
class Show:
    """The fixture ``show``: what one claim test has shown so far.

    Attributes
    ----------
    seeds : tuple of int
        The seeds the test runs on.
    """

    seeds: tuple[int, ...]
    statements: list[Statement] = field(default_factory=list)
    wrong_settings: list[str] = field(default_factory=list)

    def __call__(
        self,
        label: str,
        values: Any,
        *,
        below: float | None = None,
        above: float | None = None,
        equal: float | None = None,
        within: tuple[float, float] | None = None,
        over: str = "every",
        limit: float | None = None,
        ratio: bool = False,
        untrained_too: str | None = None,
        clocked: bool = False,
    ) -> None:
        """Compare measured values with a bound, and keep what came out.

        Parameters
        ----------
        label : str
            What was measured, in words; another one for each statement of a test.
        values : array-like
            The seed on axis 0; further axes are conditions, all of which must hold. With
            ``over="all runs"`` there is no axis of seeds.
        below, above, equal, within : float or pair
            The bound; exactly one of them.
        over : str
            Every seed must hold, or the median, the mean or some run. ``"all runs"`` is for what
            has no value a seed, such as a spread over seeds.
        limit : float, optional
            What the quantity cannot go past (1 for a share): the margin is a share of that way.
        ratio : bool
            The values are ratios: the margin is one of logarithms.
        untrained_too : str, optional
            Why the statement may hold with training switched off.
        clocked : bool
            The values are times or made of times: a calibration counts on if they move.
        """
        bounds = {"below": below, "above": above, "equal": equal, "within": within}
        given = {kind: bound for kind, bound in bounds.items() if bound is not None}
        if len(given) != 1:
            raise ValueError(f"show {label!r}: expected one of {', '.join(bounds)}, got {given}")
        if over not in OVER:
            raise ValueError(f"show {label!r}: expected over to be one of {OVER}, got {over!r}")
        if any(label == earlier.label for earlier in self.statements):
            raise ValueError(f"show: {label!r} is shown twice; give each statement its own label")
        ((kind, bound),) = given.items()
        edges = tuple(float(b) for b in bound) if isinstance(bound, tuple) else (float(bound),)
        table = np.asarray(values, dtype=float)
        if table.size == 0:
            raise ValueError(f"show {label!r}: there are no values")
        seeds: tuple[int, ...] = ()
        if over == "all runs":
            table = table.reshape(1, -1)
        else:
            seeds = self._seeds_of(label, table)
            table = table.reshape(len(seeds), -1)
        room = _Room(label, kind, edges, limit, ratio)
        nan = bool(np.isnan(table).any())
        decisive = _decisive(table, over, room)
        rooms = [room(value) for value in decisive]
        place = int(np.argmin(rooms)) if not nan else int(np.isnan(table).any(axis=0).argmax())
        exact = kind == "equal"
        self.statements.append(
            Statement(
                label=label,
                kind=kind,
                bound=edges,
                over=over,
                limit=limit,
                ratio=ratio,
                untrained_too=untrained_too,
                seeds=seeds,
                values=tuple(table[:, place].tolist()),
                decides=float(decisive[place]),
                conditions=table.shape[1],
                margin=None if exact or nan else min(float(rooms[place]), 1e6),
                holds=not nan and bool(rooms[place] >= 0 if exact else rooms[place] > 0),
                nan=nan,
                clocked=clocked,
            )
        )

    def _seeds_of(self, label: str, table: np.ndarray) -> tuple[int, ...]:
        """Return the seeds of axis 0: all, or the first three where a costly part runs on three."""
        length = table.shape[0] if table.ndim else 0
        if length == len(self.seeds):
            return self.seeds
        if length == 3 < len(self.seeds):
            return self.seeds[:3]
        raise ValueError(
            f"show {label!r}: expected the seed on axis 0, {len(self.seeds)} of them (or the first "
            f"three), got shape {table.shape}; what has no value a seed says over='all runs'"
        )

    def setting(self, constant: object, expected: object) -> None:
        """Say that a setting of the experiment is what the sentence says it is."""
        if constant != expected:
            self.wrong_settings.append(f"a setting is {constant!r}, the sentence says {expected!r}")

    def broken(self) -> list[str]:
        """Return, in words, what does not hold."""
        if not self.statements:
            return ["the claim shows nothing: call show(label, values, below=…)"]
        return [*self.wrong_settings, *(str(s) for s in self.statements if not s.holds)]

    def broken_by_the_clock(self) -> bool:
        """Say whether something does not hold, and all that does not is made of times."""
        failed = [s for s in self.statements if not s.holds]
        return bool(failed) and all(s.clocked for s in failed) and not self.wrong_settings

    def broken_untrained(self, *, learned: bool) -> list[str]:
        """Return, in words, what is wrong when training is off.

        Every statement of a claim about learning must fail by itself, unless it says why it may
        hold; a claim that is not about learning must hold as ever.
        """
        if not learned or not self.statements:
            return self.broken()
        wrong = [f"{s.label}: not a number" for s in self.statements if s.nan]
        wrong += [
            f"{s.label}: holds without training, so it says nothing about learning; measure what "
            f"training changes, or say untrained_too='why'. {s}"
            for s in self.statements
            if s.holds and s.untrained_too is None
        ]
        return [*self.wrong_settings, *wrong]


@dataclass(frozen=True)
class _Room:
    """How much of the way between a bound and the limit a value leaves: positive if it holds."""

    label: str
    kind: str
    bound: tuple[float, ...]
    limit: float | None
    ratio: bool

    def __call__(self, value: float) -> float:
        value = float(value)
        if self.kind == "equal":
            return 0.0 if value == self.bound[0] else -1.0
        if math.isnan(value):
            return -math.inf
        if self.kind == "within":
            low, high = self.bound
            return min(value - low, high - value) / ((high - low) / 2)
        (bound,) = self.bound
        sign = 1 if self.kind == "above" else -1
        if self.ratio:
            if bound <= 0 or bound == 1:
                raise ValueError(
                    f"show {self.label!r}: a ratio needs a positive bound other than 1, got {bound}"
                )
            if value <= 0:
                return -sign * math.inf
            return sign * (math.log(value) - math.log(bound)) / abs(math.log(bound))
        scale = abs(self.limit - bound) if self.limit is not None else abs(bound)
        if scale == 0:
            raise ValueError(
                f"show {self.label!r}: a bound of {bound} has no scale to measure the margin by; "
                "give limit=, or compare a ratio"
            )
        return sign * (value - bound) / scale


def _decisive(table: np.ndarray, over: str, room: _Room) -> list[float]:
    """Return, for each condition, the value that decides."""
    if over in ("median", "mean"):
        return [float(v) for v in getattr(np, over)(table, axis=0)]
    choose = max if over == "some" else min
    return [choose(map(float, column), key=room) for column in table.T]


def smallest(margins: Sequence[float | None]) -> float | None:
    """Return the smallest margin; None if all are exact."""
    found = [margin for margin in margins if margin is not None]
    return min(found) if found else None
