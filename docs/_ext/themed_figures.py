"""Every figure twice: one rendering for light pages, one for dark ones.

Chapters draw a figure once, in the colours of :mod:`rnnbook.figures.style`. This module saves it,
lets the style recolour it, and saves it again; both are transparent. Line drawings become SVG;
what is dense (images, thousands of points) becomes PNG at twice the size, lines and points among
them with 256 colours, which are enough for those. The page shows the one that suits the reader,
with or without JavaScript, and prints the light one.
"""

from __future__ import annotations

import posixpath
from html import escape
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import matplotlib as mpl
from docutils import nodes
from docutils.parsers.rst import directives
from matplotlib import collections, image, lines
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

SHORTEST_ALT = 20
PIXELS_PER_INCH = 96
#: From this many drawn points on, a PNG is smaller than an SVG.
DENSE = 4000
#: How matplotlib labels the axes of a colour bar.
COLOUR_BAR = "<colorbar>"

#: The same figure gives the same bytes in every build.
REPRODUCIBLE = {"svg.hashsalt": "rnnbook", "svg.fonttype": "path", "savefig.dpi": "figure"}


def alt_text(fig: Figure) -> str:
    """Return the sentence that stands for ``fig`` where it cannot be seen.

    Raises
    ------
    ValueError
        If the figure has none, or one that is too short to say what it shows.
    """
    alt = " ".join(str(fig.get_label()).split())
    if len(alt) < SHORTEST_ALT:
        raise ValueError(
            f"a figure needs an alt text of at least {SHORTEST_ALT} characters that says what it "
            f"shows, got {alt!r}; end its drawing function with style.describe(fig, alt)"
        )
    return alt


def is_shaded(fig: Figure) -> bool:
    """Tell whether ``fig`` holds an image, whose shades are the values that it shows.

    The mesh of a colour bar is none: it only names the colours.
    """
    meshes = fig.findobj(collections.QuadMesh)
    shown = [mesh for mesh in meshes if mesh.axes.get_label() != COLOUR_BAR]
    return bool(fig.findobj(image.AxesImage) or shown)


def is_dense(fig: Figure) -> bool:
    """Tell whether ``fig`` holds an image, or so many points that an SVG would be large."""
    if is_shaded(fig):
        return True
    points = sum(len(line.get_xydata()) for line in fig.findobj(lines.Line2D))
    for drawn in fig.findobj(collections.Collection):
        points += max(len(drawn.get_offsets()), sum(len(p.vertices) for p in drawn.get_paths()))
    return points > DENSE


def size_of(fig: Figure) -> tuple[int, int]:
    """Return the width and height of ``fig`` in CSS pixels."""
    width, height = fig.get_size_inches()
    return round(width * PIXELS_PER_INCH), round(height * PIXELS_PER_INCH)


def check_words(fig: Figure) -> None:
    """Check that the words of ``fig`` can be read on a dark page, once it is recoloured for it.

    Raises
    ------
    ValueError
        If a title, axis label or tick label is still dark: the figure was not drawn in the style
        of the book, so the style does not know its colours.
    """
    from rnnbook.figures.style import on_dark

    for ax in fig.axes:
        if not ax.axison:
            continue
        words = [ax.title, ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels()]
        for word in words:
            shown = word.get_visible() and word.get_text()
            if shown and sum(to_rgb(on_dark(word.get_color()))) < 1.2:
                raise ValueError(
                    f"{word.get_text()!r} is drawn in {word.get_color()}, which cannot be read on "
                    "a dark page; draw the figure in a function decorated with style.styled"
                )


def save(fig: Figure, to: Any, kind: str) -> None:
    """Save ``fig`` without a background and without a date."""
    with mpl.rc_context(REPRODUCIBLE):
        fig.savefig(
            to,
            format=kind,
            transparent=True,
            dpi=2 * PIXELS_PER_INCH if kind == "png" else PIXELS_PER_INCH,
            metadata={"Date": None} if kind == "svg" else {"Software": None},
        )
    if kind == "png" and isinstance(to, Path) and not is_shaded(fig):
        with Image.open(to) as drawn:
            few = drawn.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(to, optimize=True)


def save_pair(fig: Figure, path: Path) -> tuple[Path, Path]:
    """Save ``fig`` beside ``path`` for light and for dark pages and return both paths.

    An SVG names its colours, so the dark one is the light one with other names: drawing takes
    longer. For a PNG the figure is recoloured, and left so.
    """
    from rnnbook.figures.style import ON_DARK, to_dark

    kind = "png" if is_dense(fig) else "svg"
    light = path.with_suffix(f".{kind}")
    dark = light.with_name(f"{light.stem}_dark.{kind}")
    save(fig, light, kind)
    check_words(fig)
    if kind == "svg":
        drawn = light.read_text(encoding="utf-8")
        for color, other in ON_DARK.items():
            drawn = drawn.replace(color, other)
        dark.write_text(drawn, encoding="utf-8")
    else:
        fig.set_layout_engine("none")  # all is in its place
        to_dark(fig)
        save(fig, dark, kind)
    return light, dark


RST = """
.. themed-figure:: /{light}
   :dark: /{dark}
   :alt: {alt}
   :width: {width}
   :height: {height}
"""


def scrape(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save the open figures of a gallery cell and return the reST that shows them."""
    import matplotlib.pyplot as plt

    root = Path(gallery_conf["src_dir"])
    shown = []
    for number in plt.get_fignums():
        fig = plt.figure(number)
        alt = alt_text(fig)
        width, height = size_of(fig)
        light, dark = save_pair(fig, Path(next(block_vars["image_path_iterator"])))
        shown.append(
            RST.format(
                light=light.relative_to(root).as_posix(),
                dark=dark.relative_to(root).as_posix(),
                alt=alt,
                width=width,
                height=height,
            )
        )
    plt.close("all")
    return "\n".join(shown)


class ThemedFigureNode(nodes.General, nodes.Element):
    """A figure in two renderings: its first image is for light pages, its second for dark."""

    @classmethod
    def of(cls, light: str, dark: str, alt: str, **more: Any) -> ThemedFigureNode:
        """Return the figure of two images; a ``lazy`` one is loaded when it comes into sight."""
        images = [nodes.image(uri=uri, alt=alt) for uri in (light, dark)]
        return cls("", *images, alt=alt, **more)


class ThemedFigure(SphinxDirective):
    """Show one image on light pages and another on dark ones; :func:`scrape` gives all options."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {
        "dark": directives.unchanged_required,
        "alt": directives.unchanged_required,
        "width": directives.positive_int,
        "height": directives.positive_int,
    }

    def run(self) -> list[nodes.Node]:
        """Build the two images."""
        figure = ThemedFigureNode.of(self.arguments[0], **self.options)
        self.set_source_info(figure)
        return [figure]


def visit_html(self: Any, node: ThemedFigureNode) -> None:
    """Write both renderings; their size is given, so that text does not jump."""
    size = f' width="{node["width"]}" height="{node["height"]}"'
    self.body.append('<div class="themed-figure">')
    for mode, rendering in zip(("light", "dark"), node.findall(nodes.image), strict=True):
        uri = rendering["uri"]
        if uri in self.builder.images:
            uri = posixpath.join(self.builder.imgpath, quote(self.builder.images[uri]))
        lazy = ' loading="lazy"' if mode == "dark" or node.get("lazy") else ""
        self.body.append(
            f'<img class="only-{mode}" src="{escape(uri)}" alt="{escape(node["alt"])}"{size}{lazy}'
            ' decoding="async">'
        )
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("themed-figure", ThemedFigure)
    app.add_node(ThemedFigureNode, html=(visit_html, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
