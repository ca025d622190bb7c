"""The door for numbers of the reader's own: one column of a CSV file."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

from rnnbook.data import read_text_file

#: What may stand between two cells. A semicolon or a tab leaves the comma to the numbers.
DELIMITERS = (";", "\t", ",")
#: How an empty cell is written, in small letters.
EMPTY = frozenset({"", "na", "n/a", "nan", "null", "none", ".", "-", "?"})
#: A number whose comma may stand before decimals or between thousands.
UNCLEAR = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")


def read_column(path: str | Path, column: str | None) -> tuple[float, ...]:
    r"""Return the numbers of one column of a CSV file, from its first row to its last.

    Cells may be separated by commas, semicolons or tabs; decimals by a point or a comma.

    Parameters
    ----------
    path : str or Path
        A text file in UTF-8 whose first line names the columns.
    column : str
        The name of the column.

    Raises
    ------
    FileNotFoundError
        If there is no file at ``path``.
    ValueError
        If the file is not text in UTF-8, has no such column or it twice, or a row has no number
        there.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from rnnbook.data.columns import read_column
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "prices.csv")
    ...     _ = path.write_text("year;price\n2024;1,5\n2025;1,75\n", encoding="utf-8")
    ...     read_column(path, "price")
    (1.5, 1.75)
    """
    where = f"read_column: {str(path)!r}"
    text = read_text_file(path)
    header = text.strip("\n").partition("\n")[0]
    # the first line decides: the delimiter is the one that it holds most often
    delimiter = max(DELIMITERS, key=header.count)
    rows = list(csv.reader(text.splitlines(), delimiter=delimiter))
    # the number of a row is that of its line, unless a cell in quotes holds a line end
    numbered = [(i, row) for i, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    names = [name.strip() for name in numbered[0][1]]
    if column is None or names.count(column) != 1:
        found = "more than once" if column in names else "nowhere"
        raise ValueError(
            f"{where}: expected the name of one column, got {column!r}, which the first line has "
            f"{found}; its columns are {', '.join(map(repr, names))}"
        )
    place = names.index(column)
    cells = [(i, row[place].strip() if place < len(row) else "") for i, row in numbered[1:]]
    missing = [i for i, cell in cells if cell.lower() in EMPTY]
    if missing:
        raise ValueError(
            f"{where}: expected a number in each row of {column!r}, got none in {len(missing)} "
            f"of {len(cells)} rows, the first in line {missing[0]}; fill the gaps yourself, since "
            "only you know why they are there, for example with pandas: frame[column].interpolate()"
        )
    strange = [(i, cell) for i, cell in cells if not NUMBER.fullmatch(cell)]
    if strange:
        raise ValueError(
            f"{where}: expected a number in each row of {column!r}, got {strange[0][1]!r} in line "
            f"{strange[0][0]}, and so in {len(strange)} of {len(cells)} rows; the usual causes are "
            "units, thousands separators or another column's name"
        )
    commas = [(i, cell) for i, cell in cells if "," in cell]
    points = [(i, cell) for i, cell in cells if "." in cell]
    if commas and points:
        raise ValueError(
            f"{where}: expected one sign before the decimals of {column!r}, got {commas[0][1]!r} "
            f"in line {commas[0][0]} and {points[0][1]!r} in line {points[0][0]}; write all with a "
            "point"
        )
    thousands = [(i, cell) for i, cell in commas if UNCLEAR.fullmatch(cell)]
    if commas and len(thousands) == len(commas) and (delimiter == "," or len(cells) > len(commas)):
        raise ValueError(
            f"{where}: expected numbers in {column!r}, got {thousands[0][1]!r} in line "
            f"{thousands[0][0]}, whose comma may stand before decimals or between thousands; write "
            "the decimals with a point, and thousands without a sign"
        )
    values = tuple(float(cell.replace(",", ".")) for _, cell in cells)
    endless = [i for (i, _), value in zip(cells, values, strict=True) if not math.isfinite(value)]
    if endless:
        raise ValueError(
            f"{where}: expected finite numbers in {column!r}, got one too large in line "
            f"{endless[0]}"
        )
    return values
