"""A build does all that it promises, alone in its checkout, or ends with an error that says why.

Every chapter and every page with code has to have run; only a quick look at the pages, which
promises nothing else, leaves that out.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import running
from book import Page, book, scripts
from myst_nb.sphinx_ext import add_global_html_resources
from runtimes import time_of
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError, SphinxError

#: The builders that know the elements of its pages, and those that only check something.
BUILDERS = ("html", "dirhtml", "singlehtml", "doctest", "linkcheck", "dummy", "twins")
CELL = re.compile(r"(?m)^[`:]{3,}\{code-cell\}")


def begin(app: Sphinx) -> None:
    """Before anything is written, claim the checkout and forget what cannot be trusted.

    Sphinx-Gallery keeps what it made of a script whose text it knows. Where some of that is not
    what running the script has left, the script runs again.
    """
    if app.builder.name not in BUILDERS:
        raise ExtensionError(f"the book is not made as {app.builder.name}; its site is html")
    root = Path(app.srcdir).parent
    try:
        if running.begin(root):
            app.connect("build-finished", end, priority=999)
    except running.RefusedError as error:
        raise ExtensionError(str(error)) from error
    for page in scripts(root) if runs(app) else ():
        if time_of(page, Path(app.srcdir)) is None:
            Path(app.srcdir, f"{page.docname}.py.md5").unlink(missing_ok=True)


def end(app: Sphinx, exception: Exception | None) -> None:
    """Let others build."""
    running.end(Path(app.srcdir).parent)


def runs(app: Sphinx) -> bool:
    """Say whether the build runs the chapters, as any does but a quick look at the pages."""
    return str(app.config.plot_gallery) not in ("False", "0")  # text if given on the command line


def check(app: Sphinx, exception: Exception | None) -> None:
    """Fail a build that ran less than it promises, and name what did not run."""
    if exception is not None or not runs(app):
        return
    root = Path(app.srcdir).parent
    idle = [page.path.relative_to(root).as_posix() for page in book(root) if left_out(page, app)]
    if idle:
        raise SphinxError(
            f"{len(idle)} pages of the book did not run in this build, nor is an earlier run of "
            f"them kept: {', '.join(idle)}; the usual cause is a setting of the gallery or of the "
            "executed pages that leaves them out"
        )


def left_out(page: Page, app: Sphinx) -> bool:
    """Say whether a page that has something to run did not run."""
    if page.part:
        return time_of(page, Path(app.srcdir)) is None
    executed = getattr(app.env, "nb_metadata", {}).get(page.docname, {})
    return bool(CELL.search(page.text)) and "exec_data" not in executed


def bring_styles(app: Sphinx) -> None:
    """Let myst-nb copy its style sheet now and not at the end of the build.

    A page names the checksum of what is there: so it is the same in a first build and in a later.
    """
    Path(app.outdir, "_static").mkdir(exist_ok=True)
    add_global_html_resources(app, None)


def setup(app: Sphinx) -> dict[str, Any]:
    """Come first where the build begins, and before anything that its end brings."""
    app.connect("builder-inited", begin, priority=0)
    app.connect("builder-inited", bring_styles)
    app.connect("build-finished", check, priority=0)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
