"""What a list of checks came to, as a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What one check came to: ``passed`` is None where it could not be asked; ``says`` why."""

    check: str
    passed: bool | None
    says: str


@dataclass(frozen=True)
class Report:
    """What all checks came to, in the order in which they were asked; printed as a table.

    Examples
    --------
    >>> from rnnbook.diagnosis import Finding, Report
    >>> report = Report((Finding("shape", True, "(3, 5)"), Finding("values", False, "0.7 away")))
    >>> print(report)
    shape   ok    (3, 5)
    values  FAILS 0.7 away
    >>> report.failed
    ('values',)
    """

    findings: tuple[Finding, ...]

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of the checks that failed."""
        return tuple(f.check for f in self.findings if f.passed is False)

    def __str__(self) -> str:
        marks = {True: "ok", False: "FAILS", None: "-"}
        width = max((len(f.check) for f in self.findings), default=0) + 2
        return "\n".join(f"{f.check:{width}s}{marks[f.passed]:6s}{f.says}" for f in self.findings)
