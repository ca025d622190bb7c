"""Does an LSTM go on as if nothing had happened when only part of its state is passed on?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import Seq2SeqTranslator
from rnnbook.tasks.backwards import Backwards

#: A seed draws the initial weights and the letters.
SEEDS = (0, 1, 2)
TASK = Backwards(letters=3, least=8, most=8)
HIDDEN = 64
#: Letters read after the state was passed on.
MORE = 8


class Result(NamedTuple):
    """How far the states are from those of one pass, as a share of their norm; first the seed.

    ``off``, by what was passed on, has one number for each step after that.
    """

    off: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Read words in one pass and in two."""
    return over_seeds(one, seeds)


@torch.no_grad()
def one(seed: int) -> Result:
    """Read words in one pass and in two, on one seed.

    Examples
    --------
    >>> from rnnbook.experiments.continued import one
    >>> off = one(200).off
    >>> bool(off["h and c"][0] < 1e-6 < off["h alone"][0])
    True
    """
    torch.manual_seed(seed)
    size = len(TASK.vocabulary)
    model = Seq2SeqTranslator(size, size, 16, HIDDEN, layer=nn.LSTM)
    generator = torch.Generator().manual_seed(seed)
    first, second = (TASK.batch(100, generator).inputs[0] for _ in range(2))
    whole, _ = model.encoder(model.src_embedding(torch.cat([first, second], dim=1)))
    h, c = model.encode(first)
    states = {"h and c": (h, c), "h alone": (h, torch.zeros_like(c))}
    after = whole[:, -MORE:]
    off = {}
    for name, state in states.items():
        found, _ = model.encoder(model.src_embedding(second), state)
        off[name] = ((found - after).norm(dim=(0, 2)) / after.norm(dim=(0, 2))).numpy()
    return Result(off)
