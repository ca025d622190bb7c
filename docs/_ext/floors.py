"""The floors of the package: what stands on what. The reference and the test of imports read it."""

from __future__ import annotations

from typing import NamedTuple


class Floor(NamedTuple):
    """What stands side by side.

    Attributes
    ----------
    title, text : str
        The heading of the floor in the reference, and the sentence below it.
    modules : dict of str to set of str
        The modules of the floor, and what each may import beside itself.
    """

    title: str
    text: str
    modules: dict[str, set[str]]


GROUND = {"batch", "text", "data", "decoding", "initialisation", "automata", "gates", "attention"}
GROUND |= {"scan", "cells", "bptt", "jacobians", "memory", "gradients", "sequences", "crf"}
GROUND |= {"ctc", "sound", "filters", "_check", "_modes"}
TRAINING = {"training", "diagnosis"}

#: The floors by the name of their page, from the ground up.
FLOORS = {
    "ground": Floor(
        "The ground floor",
        "What everything else stands on: batches, text, decoding, and single steps of time.",
        dict.fromkeys(GROUND, GROUND),
    ),
    "layers": Floor(
        "Layers",
        "A whole sequence, written from scratch, with the interface of PyTorch's own layers.",
        {"layers": GROUND},
    ),
    "models": Floor(
        "Models", "One module for each shape of problem.", {"models": GROUND | {"layers"}}
    ),
    "tasks": Floor(
        "Tasks",
        "Problems to learn: each draws batches, measures the loss and knows its baseline.",
        {"tasks": {"automata", "batch", "ctc", "text", "data", "_check"}},
    ),
    "training": Floor(
        "Training",
        "The one loop of the book, and what to ask when it fails.",
        {"training": GROUND, "diagnosis": GROUND | {"layers", "training"}},
    ),
    "experiments": Floor(
        "Experiments",
        "The runs behind the chapters, repeated over seeds: numbers only.",
        {"experiments": GROUND | TRAINING | {"layers", "models", "tasks"}},
    ),
    "figures": Floor(
        "Figures", "Numbers in, pictures out; nothing is computed here.", {"figures": set()}
    ),
    "exercises": Floor(
        "Exercises",
        "Stubs for you, and the checkers that grade them.",
        {"exercises": GROUND | {"layers", "models", "diagnosis"}},
    ),
    "demos": Floor(
        "Demonstrations",
        "What tutorials on recurrent networks end with, under the names they have there.",
        {"demos": GROUND | TRAINING | {"layers", "models", "tasks", "figures"}},
    ),
}
