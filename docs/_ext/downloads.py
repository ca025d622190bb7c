"""What a reader takes away from the site: scripts, notebooks, and all of them with the package.

Everything lands in ``downloads/`` of the built site: each chapter as a script and as a notebook,
the wheel of the very package the pages were built with, the interview questions for Anki, and
``rnnbook_chapters.zip``, which holds all of it and a README with the one command that runs a
script. Each page of the gallery gets a line of links at its top and at its end; they replace those
of Sphinx-Gallery.
"""

from __future__ import annotations

import io
import os
import re
import time
import zipfile
from collections.abc import Iterator
from contextlib import chdir
from functools import partial
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import moved
import notebooks
import questions
from book import CHAPTERS, Page, metadata, scripts
from docutils import nodes
from hatchling.builders.wheel import WheelBuilder
from notebooks import NotebookError, Problem
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

FOLDER = "downloads"
ZIP = "rnnbook_chapters.zip"
DOMAINS = {"doc": "std", "ref": "std", "term": "std", "eq": "math"}  # all other roles: Python
BOOK = "Recurrent Networks, Measured"
README = Path(__file__).parents[1] / "_templates" / "downloads.txt"
CHAPTER = re.compile(rf"{CHAPTERS}/(?P<file>[^/]+/plot_[^/]+)")


# ---------------------------------------------------------------- what a script says it needs


class Project:
    """The package as its ``pyproject.toml`` declares it, and its gallery."""

    def __init__(self, root: Path):
        self.root = root
        declared = WheelBuilder(str(root)).metadata
        self.version: str = declared.version
        self.python: str = declared.core.requires_python

    @property
    def scripts(self) -> list[Page]:
        """The pages of the gallery, in the order of the book."""
        return scripts(self.root)

    def requirement(self, script: Page) -> str:
        """Return the one requirement that a script declares: the package, perhaps with its data."""
        return str(metadata(script.text)["dependencies"][0])

    def problems(self) -> list[Problem]:
        """Return all that keeps scripts from being downloaded as they should."""
        found: list[Problem] = []
        for script in self.scripts:
            found += [
                Problem(script.path, 1, f"block '# /// script': {e}") for e in self.wrong(script)
            ]
            try:
                notebooks.convert(script.path)
            except NotebookError as error:
                found += error.problems
        return found

    def wrong(self, script: Page) -> Iterator[str]:
        """Yield all that is wrong with the PEP 723 block of a script."""
        try:
            block = metadata(script.text)
        except ValueError as error:
            yield str(error)
            return
        allowed = {
            "requires-python": [self.python],
            "dependencies": [[f"rnnbook=={self.version}"], [f"rnnbook[data]=={self.version}"]],
        }
        for key, values in allowed.items():
            if block.get(key) not in values:
                yield f"expected {key} = {' or '.join(map(repr, values))}, got {block.get(key)!r}"


# ---------------------------------------------------------------- what is written


def address(baseurl: str, name: str) -> str | None:
    """Return the address of a file on the hosted site, if that of the site is known."""
    return f"{baseurl.rstrip('/')}/{name}" if baseurl else None


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
    whole = folder.resolve()
    with chdir(root):  # it would read a [ in the path as a pattern, and leave the licences out
        (built,) = WheelBuilder(".").build(directory=str(whole), versions=["standard"])
    return Path(built)


def zip_bytes(files: dict[str, bytes]) -> bytes:
    """Return a zip of ``files``, in the order of their names, the same bytes each time.

    The ``mimetype`` of an EPUB comes first, as it is.
    """
    date = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH") or 1767225600))[:6]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files, key=lambda name: (name != "mimetype", name)):
            entry = zipfile.ZipInfo(name, date)
            stored = name == "mimetype"
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def readme(project: Project, baseurl: str) -> str:
    """Return the README of the zip."""
    needs_data = any("[data]" in project.requirement(script) for script in project.scripts)
    return README.read_text(encoding="utf-8").format(
        book=BOOK,
        version=project.version,
        python=project.python,
        hosted=f"\nThe book is read at {baseurl}\n" if baseurl else "",
        first=f"{project.scripts[0].file}.py",
        requirement=f"rnnbook{'[data]' if needs_data else ''}=={project.version}",
    )


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
        If a script holds what a notebook cannot say.
    """
    written: dict[str, bytes] = {}
    for script in project.scripts:
        requirement = project.requirement(script)
        content = notebooks.notebook(
            script.path,
            install=install_line(requirement, wheel.name, baseurl),
            about=about(script, project, baseurl),
            links=links(script.docname) if links else None,
        )
        text = built_script(script, requirement, wheel.name, baseurl)
        written[f"{script.file}.py"] = text.encode()
        written[f"{script.file}.ipynb"] = notebooks.as_text(content).encode()
    if found := questions.questions(project.root):
        written[questions.ANKI] = questions.anki(found).encode()
    written[wheel.name] = wheel.read_bytes()
    packed = {**written, "README.txt": readme(project, baseurl).encode()}
    for name in ("LICENSE", "LICENSE-docs"):
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
    """What the site itself makes of references, with the whole address of what is on it."""

    def __init__(self, app: Sphinx, docname: str):
        self.app = app
        self.docname = docname

    def find(self, role: str, target: str) -> tuple[str | None, str | None]:
        """Return the title and the address of what a role refers to."""
        hosted = self.app.config.html_baseurl
        if role.startswith("cite"):
            return None, address(hosted, self.app.builder.get_target_uri("references"))
        env, builder = self.app.env, self.app.builder
        domain = DOMAINS.get(role, "py")
        target = target.lower() if role == "ref" else target
        words = nodes.inline(target, target)
        reference = addnodes.pending_xref(
            "", words, refdomain=domain, reftype=role, reftarget=target, refdoc=self.docname
        )
        reference["refexplicit"] = False
        asked = (env, self.docname, builder, role, target, reference, words)
        found = env.domains[domain].resolve_xref(*asked)
        found = found or self.app.emit_firstresult("missing-reference", env, reference, words)
        if found is None:
            return None, None
        title = None if domain == "py" else found.astext()
        here = builder.get_target_uri(self.docname)
        uri = urljoin(here, found.get("refuri") or f"#{found['refid']}")
        return title, address(hosted, uri) if found.get("internal") else uri


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
    if problems := project.problems():
        raise ExtensionError("downloads:\n" + "\n".join(map(str, problems)))


def write(app: Sphinx, exception: Exception | None, project: Project) -> None:
    """Write ``downloads/`` when the site is built."""
    if exception is not None or app.builder.name not in ("html", "dirhtml"):
        return
    wheel = build_wheel(project.root, Path(app.doctreedir).parent / "wheel")
    wanted = files(
        project, wheel, app.config.html_baseurl, links=lambda name: SphinxLinks(app, name)
    )
    home = Path(app.outdir, FOLDER)
    for path in home.rglob("*"):
        if path.is_file() and path.relative_to(home).as_posix() not in wanted:
            path.unlink()
    for name, data in wanted.items():
        path = home / name
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def setup(app: Sphinx) -> dict[str, Any]:
    """Check first, before the gallery runs; write last."""
    app.add_css_file("downloads.css")
    project = Project(Path(app.srcdir).parent)
    app.connect("builder-inited", partial(check, project=project), priority=5)
    app.connect("source-read", replace_links)
    app.connect("html-page-context", show_links)
    app.connect("build-finished", partial(write, project=project))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
