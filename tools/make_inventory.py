"""Write the small inventories that turn names of Python, NumPy, PyTorch and Matplotlib into links.

Run it from anywhere: ``python tools/make_inventory.py``. It needs no network; the names are
the ones this book uses, and each is checked against the installed library, so that a typing error
cannot become a dead link.

They are listed in ``docs/_inventories``, a file for each project. Of each entry: its role, the
address, what all names begin with ("." for nothing), and the names, on as many lines as it takes;
in an address ``{name}`` is the whole name, ``{word}`` its end.
"""

from __future__ import annotations

import pkgutil
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "_inventories"


def entries(listing: str) -> Iterator[tuple[str, str]]:
    """Yield the names of a listing, each with its role and address as an inventory has them."""
    for entry in re.split(r"\n(?=\S)", listing):
        role, address, prefix, *words = entry.split()
        for word in words:
            name = word if prefix == "." else prefix + word
            yield name, f"py:{role} 1 {address.format(name=name, word=word)} -"


def exists(name: str) -> bool:
    """Tell whether ``name`` can be reached in the installed libraries."""
    for full in (name, f"builtins.{name}"):
        try:
            pkgutil.resolve_name(full)
        except (AttributeError, ImportError):
            continue
        return True
    return False


def write(path: Path) -> Path:
    """Write the inventory of one listing, in Sphinx's format, and return its path.

    Raises
    ------
    LookupError
        If a name does not exist in the installed library.
    """
    title, _, listing = path.read_text(encoding="utf-8").partition("\n")
    project = title.removeprefix("# ")
    found = sorted(set(entries(listing)))
    missing = [name for name, _ in found if not exists(name)]
    if missing:
        raise LookupError(f"{project} has no {', '.join(missing)}")
    head = (
        f"# Sphinx inventory version 2\n# Project: {project}\n# Version: \n"
        "# The remainder of this file is compressed using zlib.\n"
    )
    lines = "".join(f"{name} {rest}\n" for name, rest in found)
    written = path.with_suffix(".inv")
    written.write_bytes(head.encode() + zlib.compress(lines.encode(), 9))
    return written


if __name__ == "__main__":
    for path in sorted(FOLDER.glob("*.txt")):
        print(write(path).name)
