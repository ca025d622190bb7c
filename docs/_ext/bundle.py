"""One style sheet and one script a page in place of those of each extension.

On a phone each file costs a round trip before anything shows. Pages that ask for the same files
share a bundle, which is named by their names. The book's own scripts, which wait for the page, stay
by themselves.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from zlib import crc32

from sphinx.application import Sphinx

#: Furo writes the dark colours of code into it when all pages are done.
LATE = "_static/pygments.css"


def bundle(site: Path, names: list[str], ending: str) -> str:
    """Write the files of the site that are named into one; return its name."""
    name = f"_static/bundle-{crc32(' '.join(names).encode()):08x}.{ending}"
    between = ";\n" if ending == "js" else "\n"
    text = between.join((site / one).read_text(encoding="utf-8") for one in names).encode()
    path = site / name
    if not path.is_file() or path.read_bytes() != text:
        part = path.with_suffix(f".{os.getpid()}")  # pages are laid out two at a time
        part.write_bytes(text)
        part.replace(path)
    return name


def join(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Let a page name its bundles."""
    for key, ending in (("css_files", "css"), ("script_files", "js")):
        files = sorted(context.get(key) or [], key=lambda one: one.priority)  # as Sphinx will
        first = [one for one in files if str(one.filename) == LATE]
        last = [one for one in files if "defer" in one.attributes]
        joined = [one for one in files if one not in (*first, *last)]
        if joined:
            name = bundle(Path(app.outdir), [str(one.filename) for one in joined], ending)
            context[key] = [*first, type(joined[0])(name), *last]


def setup(app: Sphinx) -> dict[str, Any]:
    """Come after all extensions that ask for files."""
    app.connect("html-page-context", join, priority=950)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
