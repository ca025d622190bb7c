"""The reference of the package: one page a module, grouped by floor; experiments, one page a part.

The list of modules is read from the package's files, so that a new module is documented as soon as
it is written; figures, which say nothing that their pictures do not, are left out. Nothing is
imported, and autosummary is not asked, as long as every page is younger than the module it shows.
"""

from __future__ import annotations

import ast
import pkgutil
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import reach
from book import GALLERY, claims_file, part_of, scripts
from floors import FLOORS, Floor
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.ext import intersphinx, napoleon
from sphinx.ext.autosummary.generate import generate_autosummary_docs
from sphinx.util.osutil import FileAvoidWrite
from sphinx.util.template import ReSTRenderer

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "docs" / "_templates" / "api"
EXPERIMENTS = "rnnbook.experiments"


def modules() -> dict[str, Path]:
    """Return the files of all modules that have a page: public, with a docstring."""
    found = {}
    for path in (ROOT / "rnnbook").rglob("*.py"):
        words = path.relative_to(ROOT).with_suffix("").parts
        words = words[:-1] if words[-1] == "__init__" else words
        if len(words) == 1:
            continue  # the package itself, which has a page written by hand
        left_out = words[1] == "figures" or any(word.startswith("_") for word in words)
        if not left_out and (ast.get_docstring(ast.parse(path.read_bytes())) or "").strip():
            found[".".join(words)] = path
    return dict(sorted(found.items()))


def floors(names: Collection[str]) -> dict[str, tuple[Floor, list[str]]]:
    """Return each floor that has modules, and these, by the stem of its page."""
    found = {}
    for number, (stem, floor) in enumerate(FLOORS.items(), start=1):
        here = [name for name in names if name.split(".")[1] in floor.modules]
        if here:
            found[f"floor_{number}_{stem}"] = (floor, here)
    lost = set(names) - {name for _, here in found.values() for name in here}
    if lost:
        raise ExtensionError(f"floors.py has no floor for {', '.join(sorted(lost))}")
    return found


def is_experiment(name: str) -> bool:
    """Say whether a module belongs to the experiments, which share a page a part."""
    return f"{name}.".startswith(f"{EXPERIMENTS}.")


def by_part(names: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Return, by part of the book, the module of each experiment and the page that shows it.

    An experiment that no page has yet stands in a part of its own, ``more``.
    """
    left = {name for name in names if is_experiment(name) and name != EXPERIMENTS}
    found: dict[str, list[tuple[str, str]]] = {}
    for shown in scripts(ROOT):
        name = f"{EXPERIMENTS}.{reach.experiment_of(ROOT / claims_file(shown.topic))}"
        if name in left:
            left.remove(name)
            found.setdefault(shown.part, []).append((name, shown.docname))
    return found | ({"more": [(name, "") for name in sorted(left)]} if left else {})


def render(name: str, **context: Any) -> str:
    """Return a page from its template."""
    return ReSTRenderer(TEMPLATES).render(name, context)


def texts(names: Collection[str]) -> dict[str, str]:
    """Return the pages that list modules, by the names of their files."""
    parts = by_part(names)
    found = {
        f"{stem}.rst": render(
            "floor.rst", floor=floor, names=here, parts=parts, experiments=EXPERIMENTS
        )
        for stem, (floor, here) in floors(names).items()
    }
    for part, shown in parts.items():
        title = part_of(ROOT / GALLERY / part).title
        found[f"experiments_{part}.rst"] = render("experiments.rst", title=title, shown=shown)
    return found


def write(folder: Path, names: Collection[str]) -> list[Path]:
    """Write the pages that list modules, return their paths, remove what has gone."""
    pages = {folder / name: text for name, text in texts(names).items()}
    kept = {folder / f"{name}.rst" for name in names if not is_experiment(name)}
    folder.mkdir(parents=True, exist_ok=True)
    for old in {*folder.glob("*.rst")} - pages.keys() - kept:
        old.unlink()
    for path, text in pages.items():
        with FileAvoidWrite(path) as file:  # dates decide what is read again
            file.write(text)
    return list(pages)


def generate(app: Sphinx) -> None:
    """Write the pages that are missing, or older than their module or the template."""
    if not app.config.sphinx_gallery_conf["plot_gallery"]:
        return  # a quick look at the pages: most of the time would go into the reference
    shown = modules()
    folder = Path(app.srcdir, "api", "generated")
    pages = write(folder, shown)
    template = Path(app.srcdir, "_templates", "autosummary", "module.rst")
    old = [
        page
        for name, path in shown.items()
        if not is_experiment(name) and not younger(page := folder / f"{name}.rst", path, template)
    ]
    if old:
        listing = [str(path) for path in pages]
        generate_autosummary_docs(
            listing, suffix=".rst", base_path=app.srcdir, app=app, overwrite=True
        )
    for page in old:
        page.touch()  # also where the text is what it was


def younger(page: Path, *sources: Path) -> bool:
    """Say whether a page is there and younger than what it is made of."""
    made = page.stat().st_mtime if page.is_file() else 0.0
    return all(made >= source.stat().st_mtime for source in sources)


def overview(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put all floors on the first page of the reference, each module with its first sentence."""
    if docname == "api/index" and app.config.sphinx_gallery_conf["plot_gallery"]:
        shown = floors(modules())
        app.env.note_dependency(str(TEMPLATES / "overview.md"))
        for stem in shown:
            app.env.note_dependency(str(Path(app.srcdir, "api", "generated", f"{stem}.rst")))
        source[0] += render("overview.md", floors=shown.values())


def follow(app: Sphinx, env: BuildEnvironment, node: Any, contnode: Any) -> Any:
    """Resolve the names that a reader uses to the names under which objects are documented.

    ``rnnbook.models.VanillaRNN`` is written in a module below; a bare ``Task`` in a docstring is
    the one class of the package that has this name.
    """
    target = str(node.get("reftarget", ""))
    if node.get("refdomain") != "py":
        return None
    domain = env.domains.python_domain
    if target.startswith("nn."):
        node["reftarget"] = f"torch.{target}"
        return intersphinx.resolve_reference_detect_inventory(env, node, contnode)
    if target.startswith("rnnbook."):
        written = origin(target)
    else:
        homes = [name for name in domain.objects if name.endswith(f".{target}")]
        ours = [name for name in homes if name.startswith("rnnbook.") and "." not in target]
        written = ours[0] if len(ours) == 1 else None
    if written is None or written == target:
        return None
    return domain.resolve_xref(
        env, node["refdoc"], app.builder, node["reftype"], written, node, contnode
    )


def origin(name: str) -> str | None:
    """Return the full name under which the object called ``name`` is written, if there is one."""
    try:
        found = pkgutil.resolve_name(name)
    except (AttributeError, ImportError, ValueError):
        return None
    return f"{found.__module__}.{found.__qualname__}" if hasattr(found, "__qualname__") else None


def skip(app: Sphinx, what: str, name: str, obj: Any, skipped: bool, options: Any) -> bool | None:
    """Leave out what says nothing: the fields of named tuples, documented by their class."""
    if type(obj).__name__ == "_tuplegetter" or name in {"training", "T_destination"}:
        return True
    return None


def public_bases(app: Sphinx, name: str, obj: Any, options: Any, bases: list[Any]) -> None:
    """Name the public classes behind a private base."""
    while any(getattr(base, "__name__", "").startswith("_") for base in bases):
        bases[:] = [
            parent
            for base in bases
            for parent in (base.__bases__ if base.__name__.startswith("_") else (base,))
        ]


def numpydoc(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Read numpydoc sections, except where napoleon would take a sentence for a type.

    The docstring of a property or constant is a sentence; napoleon reads what stands before its
    first colon as a type.
    """
    if what not in {"attribute", "data", "property"}:
        napoleon._process_docstring(app, what, name, obj, options, lines)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the hooks."""
    for listener in list(app.events.listeners["autodoc-process-docstring"]):
        if listener.handler is napoleon._process_docstring:
            app.disconnect(listener.id)
    app.connect("builder-inited", generate)
    app.connect("source-read", overview)
    app.connect("autodoc-process-docstring", numpydoc)
    app.connect("autodoc-process-bases", public_bases)
    app.connect("autodoc-skip-member", skip)
    app.connect("missing-reference", follow)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
