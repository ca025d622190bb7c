"""What a reader takes away from the site: scripts, notebooks, and all of them with the package.

Everything lands in ``downloads/`` of the built site: each chapter as a script and as a notebook,
the wheel of the very package the pages were built with, and ``rnnbook_chapters.zip``, which holds
all of it and a README with the one command that runs a script. Each chapter page gets a line of
links at its top and at its end; they replace those of Sphinx-Gallery.
"""

from __future__ import annotations

import io
import os
import posixpath
import re
import time
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from html import escape
from pathlib import Path
from typing import Any

import moved
import notebooks
from book import CHAPTERS, Page, metadata, scripts
from hatchling.builders.wheel import WheelBuilder
from notebooks import NotebookError, Problem
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

FOLDER = "downloads"
ZIP = "rnnbook_chapters.zip"
BOOK = "Recurrent Networks, Measured"
CHAPTER = re.compile(rf"{CHAPTERS}/(?P<file>[^/]+/plot_[^/]+)")


# ---------------------------------------------------------------- what a script says it needs


@dataclass(frozen=True)
class Project:
    """The package as its ``pyproject.toml`` declares it."""

    root: Path

    @cached_property
    def table(self) -> dict[str, Any]:
        """The table ``project``."""
        text = (self.root / "pyproject.toml").read_text(encoding="utf-8")
        return dict(tomllib.loads(text)["project"])

    @property
    def version(self) -> str:
        """The version of the package."""
        written = (self.root / "rnnbook" / "__init__.py").read_text(encoding="utf-8")
        found = re.search(r'^__version__ = "(.+)"', written, re.MULTILINE)
        if "version" not in self.table and found is None:
            raise ValueError("expected the version in pyproject.toml or rnnbook/__init__.py")
        return str(self.table.get("version") or (found and found[1]))

    @property
    def scripts(self) -> list[Page]:
        """The pages of the gallery, in the order of the book."""
        return scripts(self.root)

    def requirement(self, script: Page) -> str:
        """Return the one requirement that a script declares: the package, perhaps with its data."""
        return str(metadata(script.text)["dependencies"][0])

    def problems(self, script: Page) -> list[Problem]:
        """Return all that is wrong with the PEP 723 block of a script."""
        try:
            block = metadata(script.text)
        except ValueError as error:
            return [Problem(script.path, 1, f"PEP 723 block: {error}")]
        if not block:
            return [Problem(script.path, 1, "no PEP 723 block ('# /// script') at the top")]
        package = f"rnnbook=={self.version}"
        allowed = {
            "requires-python": [self.table["requires-python"]],
            "dependencies": [[package], [package.replace("==", "[data]==")]],
        }
        return [
            Problem(
                script.path,
                1,
                f"PEP 723 block: expected {key} = {' or '.join(map(repr, values))}, "
                f"got {block.get(key)!r}",
            )
            for key, values in allowed.items()
            if block.get(key) not in values
        ]


# ---------------------------------------------------------------- what is written


def address(baseurl: str, name: str) -> str:
    """Return the address of a file on the hosted site."""
    return posixpath.join(baseurl.rstrip("/") + "/", name)


def install_line(requirement: str, wheel: str, baseurl: str) -> str:
    """Return the comment at the top of a notebook that says how to install the package."""
    if baseurl:
        name = requirement.partition("==")[0]
        return (
            "# Once, if the package is not installed yet, without the first # below:\n"
            f'# %pip install "{name} @ {address(baseurl, f"{FOLDER}/{wheel}")}"'
        )
    return (
        "# Once, if the package is not installed yet, without the first # below. The wheel is one\n"
        f"# folder up in the unpacked {ZIP}.\n"
        f'# %pip install --find-links .. "{requirement}"'
    )


def built_script(script: Page, requirement: str, wheel: str, baseurl: str) -> str:
    """Return a script as it is downloaded: with a comment that says where the package is.

    The comments that steer the gallery are left out; everything else stays as it is written.
    """
    version = requirement.partition("==")[2]
    lines = [f'# A chapter of "{BOOK}", version {version}. It needs the package of that version:']
    if baseurl:
        name = requirement.partition("==")[0]
        lines += [
            f'#     pip install "{name} @ {address(baseurl, f"{FOLDER}/{wheel}")}"',
            f"#     python {script.path.name}",
        ]
    else:
        lines += [
            f"# take {ZIP}, the download of all chapters. It holds the package, and its README",
            "# has the one command that runs this script.",
        ]
    cleaned = notebooks.remove_config_comments(notebooks.remove_ignore_blocks(script.text))
    return "\n".join(lines) + "\n#\n" + cleaned


def build_wheel(root: Path, folder: Path) -> Path:
    """Build the package's wheel into ``folder``, alone there, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.whl"):
        old.unlink()
    (built,) = WheelBuilder(str(root)).build(directory=str(folder), versions=["standard"])
    return Path(built)


def zip_bytes(files: dict[str, bytes]) -> bytes:
    """Return a zip of ``files``, in the order of their names, the same bytes each time."""
    moment = int(os.environ.get("SOURCE_DATE_EPOCH") or 1767225600)
    date = max(time.gmtime(moment)[:6], (1980, 1, 1, 0, 0, 0))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def readme(project: Project, baseurl: str) -> str:
    """Return the README of the zip."""
    first = f"{project.scripts[0].file}.py"
    needs_data = any("[data]" in project.requirement(script) for script in project.scripts)
    requirement = f"rnnbook{'[data]' if needs_data else ''}=={project.version}"
    hosted = f"\nThe book is read at {baseurl}\n" if baseurl else ""
    python = project.table["requires-python"]
    return f"""\
All chapters of "{BOOK}", version {project.version}
{hosted}
Each chapter is a script and a notebook. The package that they use lies here as a wheel, so you run
what the pages were built with: rnnbook {project.version}, for Python {python}.
All commands are typed in this folder; the first run fetches PyTorch and the other packages, later
ones need no network. On Linux, PyTorch comes with some gigabytes for graphics cards unless you
install its CPU build yourself, first; the page "Run it yourself" of the book tells how.

With uv (https://docs.astral.sh/uv), one command runs a chapter:

    uv run --find-links . {first}

With pipx (https://pipx.pypa.io), likewise:

    pipx run --pip-args="--find-links ." {first}

With nothing but Python, make an environment once:

    python -m venv .venv
    .venv/bin/python -m pip install --find-links . "{requirement}"

and then run any chapter (on Windows, write .venv\\Scripts\\python):

    .venv/bin/python {first}

For the notebooks, also install JupyterLab into that environment:

    .venv/bin/python -m pip install jupyterlab
    .venv/bin/jupyter lab

Code: MIT (LICENSE). Text and figures: CC BY 4.0 (LICENSE-docs).
"""


def colab(file: str) -> str | None:
    """Return the address that opens a notebook in Colab, or None where there is none.

    Colab reads notebooks from a branch of a GitHub repository. Both are taken from the
    environment: ``GITHUB_REPOSITORY`` (``owner/name``) and ``RNNBOOK_NOTEBOOK_BRANCH``, the branch
    that the built site is published to.
    """
    repository = os.environ.get("GITHUB_REPOSITORY", "")
    branch = os.environ.get("RNNBOOK_NOTEBOOK_BRANCH", "")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository) or not re.fullmatch(r"[\w./-]+", branch):
        return None
    path = f"{repository}/blob/{branch}/{FOLDER}/{file}.ipynb"
    return f"https://colab.research.google.com/github/{path}"


def files(project: Project, wheel: Path, baseurl: str, links: Any = None) -> dict[str, bytes]:
    """Return everything that goes into ``downloads/``, by its name there.

    Parameters
    ----------
    project : Project
        The package and its gallery.
    wheel : Path
        The built wheel.
    baseurl : str
        The address of the hosted site; empty where it is not known.
    links : callable, optional
        Makes the `notebooks.Links` of a chapter from its docname.

    Raises
    ------
    notebooks.NotebookError
        If a script holds what a notebook cannot say, or its PEP 723 block is wrong.
    """
    written: dict[str, bytes] = {}
    problems: list[Problem] = []
    for script in project.scripts:
        wrong = project.problems(script)
        problems += wrong
        requirement = "" if wrong else project.requirement(script)
        try:
            content = notebooks.notebook(
                script.path,
                install=install_line(requirement, wheel.name, baseurl),
                about=about(script, project, baseurl),
                links=links(script.docname) if links else None,
            )
        except NotebookError as error:
            problems += error.problems
            continue
        text = built_script(script, requirement, wheel.name, baseurl)
        written[f"{script.file}.py"] = text.encode()
        written[f"{script.file}.ipynb"] = notebooks.as_text(content).encode()
    if problems:
        raise NotebookError(problems)
    written[wheel.name] = wheel.read_bytes()
    packed = dict(written)
    if project.scripts:
        packed["README.txt"] = readme(project, baseurl).encode()
        for name in ("LICENSE", "LICENSE-docs"):
            if (project.root / name).is_file():
                packed[name] = (project.root / name).read_bytes()
        folder = Path(ZIP).stem
        written[ZIP] = zip_bytes({f"{folder}/{name}": data for name, data in packed.items()})
    for before, now in moved.downloads().items():
        for suffix in (".py", ".ipynb"):
            if f"{now}{suffix}" in written:
                written[f"{before}{suffix}"] = written[f"{now}{suffix}"]
    return written


def about(script: Page, project: Project, baseurl: str) -> str:
    """Return the line of a notebook that says where it comes from."""
    page = address(baseurl, f"{script.docname}.html")
    title = f"[{BOOK}]({page})" if baseurl else f"*{BOOK}*"
    return f"A chapter of {title}, version {project.version}."


# ---------------------------------------------------------------- the Sphinx side


class SphinxLinks(notebooks.Links):
    """Addresses on the hosted site and in the documentation of other packages."""

    def __init__(self, app: Sphinx, docname: str):
        self.app = app
        self.docname = docname

    def page(self, docname: str, anchor: str = "") -> str | None:
        """Return the address of a page, if that of the site is known."""
        if not self.app.config.html_baseurl:
            return None
        uri = self.app.builder.get_target_uri(docname)
        return address(self.app.config.html_baseurl, uri) + (f"#{anchor}" if anchor else "")

    def find(self, role: str, target: str) -> tuple[str | None, str | None]:
        """Return the title and the address of what a role refers to."""
        env = self.app.env
        if role == "doc":
            name = posixpath.normpath(posixpath.join("/", posixpath.dirname(self.docname), target))
            name = name.lstrip("/")
            title = env.titles.get(name)
            return (title.astext(), self.page(name)) if title else (None, None)
        standard = env.domains.standard_domain
        if role == "ref":
            page, anchor, title = standard.labels.get(target.lower(), ("", "", ""))
            if not page:
                page, anchor = standard.anonlabels.get(target.lower(), ("", ""))
            return (str(title) or None, self.page(page, anchor)) if page else (None, None)
        if role == "term":
            for (kind, name), (page, anchor) in standard.objects.items():
                if kind == "term" and name.lower() == target.lower():
                    return target, self.page(page, anchor)
            return None, None
        if role == "eq":
            page, number = env.domains.math_domain.equations.get(target, ("", 0))
            return (f"({number})", self.page(page, f"equation-{target}")) if page else (None, None)
        if role.startswith("cite"):
            return None, self.page("references") if "references" in env.all_docs else None
        return None, self.object(target)

    def object(self, target: str) -> str | None:
        """Return the address of a Python object, here or in another package's documentation."""
        objects = self.app.env.domains.python_domain.objects
        if target in objects:
            return self.page(objects[target].docname, objects[target].node_id)
        inventory = getattr(self.app.env, "intersphinx_inventory", {})
        for kind, entries in inventory.items():
            if kind.startswith("py:") and target in entries:
                item = entries[target]
                return str(getattr(item, "uri", None) or item[2])
        return None


GALLERY_NOTE = re.compile(
    r"\.\. only:: html\n\n    \.\. note::\n        :class: sphx-glr-download-link-note\n\n"
    r"(?:        .*\n)+"
)
GALLERY_FOOTER = re.compile(r"\.\. _sphx_glr_download_\S+:\n(?:.|\n)*\Z")


def without_gallery_links(text: str) -> str:
    """Take Sphinx-Gallery's own download links out of a chapter's page; lines keep their numbers.

    Raises
    ------
    ValueError
        If they are not where they used to be: then this version of Sphinx-Gallery is another one.
    """
    for pattern in (GALLERY_NOTE, GALLERY_FOOTER):
        text, count = pattern.subn(lambda match: "\n" * match.group().count("\n"), text)
        if count != 1:
            raise ValueError("the download links of Sphinx-Gallery are not where they used to be")
    return text


def replace_links(app: Sphinx, docname: str, source: list[str]) -> None:
    """Take the gallery's links out of each chapter as it is read."""
    if CHAPTER.fullmatch(docname):
        source[0] = without_gallery_links(source[0])


def bar(file: str, path_to: Any) -> str:
    """Return the line of links of a script, named by folder and stem."""
    links = [
        ("Python script", path_to(f"{FOLDER}/{file}.py"), True),
        ("Notebook", path_to(f"{FOLDER}/{file}.ipynb"), True),
        ("All chapters, zip", path_to(f"{FOLDER}/{ZIP}"), True),
    ]
    hosted = colab(file)
    if hosted:
        links.append(("Open in Colab", hosted, False))
    items = "".join(
        f'<li><a href="{escape(uri)}"{" download" if here else ""}>{escape(name)}</a></li>'
        for name, uri, here in links
    )
    return f'<div class="chapter-downloads"><p>Run it yourself:</p><ul>{items}</ul></div>\n'


def show_links(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Put the links below the title and at the end of each chapter."""
    chapter = CHAPTER.fullmatch(pagename)
    if not chapter or app.builder.name not in ("html", "dirhtml") or "body" not in context:
        return
    links = bar(chapter["file"], lambda name: context["pathto"](name, 1))
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{links}", 1) + links


def check(app: Sphinx, project: Project) -> None:
    """Stop the build before anything runs if a script cannot be downloaded as it should."""
    problems: list[Problem] = []
    for script in project.scripts:
        problems += project.problems(script)
        try:
            notebooks.convert(script.path)
        except NotebookError as error:
            problems += error.problems
    if problems:
        raise ExtensionError("downloads:\n" + "\n".join(str(problem) for problem in problems))


def write(app: Sphinx, exception: Exception | None, project: Project) -> None:
    """Write ``downloads/`` when the site is built."""
    if exception is not None or app.builder.name not in ("html", "dirhtml"):
        return
    wheel = build_wheel(project.root, Path(app.doctreedir).parent / "wheel")
    wanted = files(
        project, wheel, app.config.html_baseurl, links=lambda name: SphinxLinks(app, name)
    )
    home = Path(app.outdir, FOLDER)
    for path in _present(home):
        if path.relative_to(home).as_posix() not in wanted:
            path.unlink()
    for name, data in wanted.items():
        path = home / name
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _present(home: Path) -> Iterator[Path]:
    return (path for path in [*home.rglob("*")] if path.is_file())


def setup(app: Sphinx) -> dict[str, Any]:
    """Check first, before the gallery runs; write last."""
    app.add_css_file("downloads.css")
    project = Project(Path(app.srcdir).parent)
    app.connect("builder-inited", partial(check, project=project), priority=5)
    app.connect("source-read", replace_links)
    app.connect("html-page-context", show_links)
    app.connect("build-finished", partial(write, project=project))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
