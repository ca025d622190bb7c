"""``.. audio:: sound.wav`` is a sound that the reader can play, with words for who cannot hear it.

Do not write it by hand: a cell of a script that ends in a ``rnnbook.sound.Sound`` leaves a WAV
file and this directive. In a notebook, the cell shows the player by itself.
"""

from __future__ import annotations

import ast
import posixpath
import sys
from html import escape
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx

from elements import Element

#: The bytes that a sound may have: a page is read on a phone.
LARGEST = 150_000

RST = """
.. audio:: /{path}
   :title: {title}
   :text: {text}
   :size: {seconds:.1f} s, {size} KB
"""


def scrape(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save the sound that a gallery cell ends in, if it does, and return the reST that shows it.

    Raises
    ------
    ValueError
        If the file is too large for a page.
    """
    module = sys.modules.get("rnnbook.sound")  # without it no cell ends in a sound
    _, code, line = block
    last = ast.parse(code).body[-1:]
    sound = block_vars["example_globals"].get("___")
    if not (module and last and isinstance(last[0], ast.Expr) and isinstance(sound, module.Sound)):
        return ""
    built = Path(block_vars["target_file"])
    path = built.parent / "images" / f"sphx_glr_{built.stem}_{line:04d}.wav"
    data = sound.wav()
    if len(data) > LARGEST:
        raise ValueError(
            f"{built.name}, line {line}: expected a sound of at most {LARGEST} bytes, got "
            f"{len(data)}; make it shorter, or take fewer samples a second"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return RST.format(
        path=path.relative_to(gallery_conf["src_dir"]).as_posix(),
        title=" ".join(sound.title.split()),
        text=" ".join(sound.text.split()),
        seconds=sound.seconds,
        size=round(len(data) / 1000),
    )


class Player(nodes.General, nodes.Element):
    """A sound: its file is the ``uri`` of the one image that it holds, so that Sphinx copies it."""


class Audio(Element):
    """Let the reader play a sound; :func:`scrape` gives all options."""

    names = ("audio",)
    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = dict.fromkeys(
        ("title", "text", "size"), directives.unchanged_required
    )

    def page(self) -> list[nodes.Node]:
        """Build the player and its caption."""
        file = nodes.image(uri=self.arguments[0], alt=self.options["text"])
        player = Player("", file, **self.options)
        self.set_source_info(player)
        return [player]


def visit_html(self: Any, node: Player) -> None:
    """Write the player, what is to be heard, and the link to the file."""
    uri = node[0]["uri"]
    if uri in self.builder.images:
        uri = posixpath.join(self.builder.imgpath, quote(self.builder.images[uri]))
    title, text, size = (escape(node[name]) for name in ("title", "text", "size"))
    self.body.append(
        f'<figure class="sound"><audio controls preload="metadata" src="{escape(uri)}" '
        f'aria-label="{title}"></audio><figcaption><strong>{title}.</strong> {text} '
        f'<a href="{escape(uri)}" download>Download the sound</a> (WAV, {size})</figcaption>'
        "</figure>\n"
    )
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Let pages show players; the folder calls it."""
    app.add_node(Player, html=(visit_html, None))
