"""``.. typed-model::`` lets a page run the network of Hamlet, on weights that this build trained.

The weights are text in a script of their own, which a page loads when its reader asks for it.
"""

from __future__ import annotations

import base64
import json
import posixpath
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from numpy.typing import NDArray
from sphinx.application import Sphinx

from elements import Element

#: The bytes that a model on a page may have.
LARGEST = 150_000
#: What the numbers depend on, besides the core of the package.
MADE_BY = ("experiments/typed.py", "experiments/hamlet.py", "tasks/characters.py")
NONE = "This network was not trained in this build."


class Model(nodes.General, nodes.Element):
    """A model: its weights are the ``uri`` of the one image that it holds: Sphinx copies them."""


class TypedModel(Element):
    """Say what the network costs in bytes, and put it on the page."""

    names = ("typed-model",)

    def page(self) -> list[nodes.Node]:
        """Train the network, or take it from the store, and write its weights as a script."""
        for name in MADE_BY:
            self.env.note_dependency(str(self.root / "rnnbook" / name))
        if not self.config.sphinx_gallery_conf["plot_gallery"]:
            return [nodes.paragraph(NONE, NONE)]
        from rnnbook.experiments import typed
        from rnnbook.tasks.characters import Characters

        packed = typed.run()
        text = script(packed, Characters().vocabulary.tokens)
        if len(text) > LARGEST:
            raise self.error(f"typed-model: expected at most {LARGEST} bytes, got {len(text)}")
        path = Path(self.env.srcdir) / "_build" / "live" / "hamlet.js"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
        costs = {name: float(bits[0]) for name, bits in packed.bits.items()}
        words = (
            f"The file of {len(text) / 1000:.0f} KB has a byte for each weight and a factor for "
            "each row of a matrix. With weights so rounded, a character of the play's end costs "
            f"the network {costs['in bytes']:.4f} bits; with its weights as trained, "
            f"{costs['as trained']:.4f}."
        )
        model = Model("", nodes.image(uri="/_build/live/hamlet.js", alt=words))
        model["size"] = f"{len(text) / 1000:.0f} KB"
        self.set_source_info(model)
        return [model, nodes.paragraph(words, words)]


def script(packed: Any, letters: list[str]) -> str:
    """Return a script that sets ``Live.hamlet`` to the letters and the numbers of a network."""

    def numbers(array: NDArray[Any]) -> str:
        little = array.astype(array.dtype.newbyteorder("<"))
        return base64.b64encode(np.ascontiguousarray(little).tobytes()).decode()

    held = {
        "letters": letters,
        "matrices": {
            name: [*whole.shape[1:], numbers(whole[0]), numbers(packed.scale[name][0])]
            for name, whole in packed.whole.items()
        },
        "biases": {name: numbers(bias[0]) for name, bias in packed.bias.items()},
    }
    return f"Live.load({json.dumps(held, separators=(',', ':'))});\n"


def visit_html(self: Any, node: Model) -> None:
    """Write the place in which the script of the page puts the model."""
    uri = node[0]["uri"]
    uri = posixpath.join(self.builder.imgpath, self.builder.images[uri])
    self.body.append(
        f'<div class="live" data-live="typed" data-weights="{escape(uri)}" '
        f'data-size="{escape(node["size"])}"></div>\n'
    )
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Let pages hold the model; the folder calls it."""
    app.add_node(Model, html=(visit_html, None))
