"""The network of Hamlet with a byte for each weight: small enough to run on a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.experiments.hamlet import surprise, trained
from rnnbook.models import CharRNN
from rnnbook.tasks.characters import Characters

#: One network is enough to read along.
SEEDS = (0,)
#: The largest whole number that a weight becomes.
LARGEST = 127
#: What is rounded, by the letters of the equations.
MATRICES = {"E": "embedding.weight", "W_xh": "rnn.weight_ih_l0", "W_hh": "rnn.weight_hh_l0"}
READOUT = "fc.weight"


class Packed(NamedTuple):
    """A trained network in whole numbers; the first axis is the seed.

    ``whole`` holds the matrices ``E``, ``W_xh``, ``W_hh`` and ``W_y`` as numbers from -127 to 127,
    ``scale`` what each of their rows has to be multiplied by, and ``bias`` the biases ``b_h`` (both
    of PyTorch's, added) and ``b_y``. ``bits`` is what a character of the play's end costs the
    network ``"as trained"`` and ``"in bytes"``.
    """

    whole: dict[str, NDArray[np.int8]]
    scale: dict[str, NDArray[np.float32]]
    bias: dict[str, NDArray[np.float32]]
    bits: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Packed:
    """Train, round and measure a network on each seed."""
    return over_seeds(one, seeds)


def one(seed: int) -> Packed:
    """Run :func:`run` on a single seed."""
    task = Characters()
    model = trained(task, seed)
    before = surprise(model, task).mean()
    weights = model.state_dict()
    matrices = {letter: weights[name] for letter, name in MATRICES.items()}
    rounded = {n: in_bytes(m) for n, m in (matrices | {"W_y": weights[READOUT]}).items()}
    bias = {"b_h": weights["rnn.bias_ih_l0"] + weights["rnn.bias_hh_l0"], "b_y": weights["fc.bias"]}
    packed = Packed(
        whole={name: whole.numpy().astype(np.int8) for name, (whole, _) in rounded.items()},
        scale={name: scale.numpy().astype(np.float32) for name, (_, scale) in rounded.items()},
        bias={name: b.numpy().astype(np.float32) for name, b in bias.items()},
        bits={},
    )
    after = surprise(unpacked(packed, len(task.vocabulary)), task).mean()
    return packed._replace(bits={"as trained": float(before), "in bytes": float(after)})


def in_bytes(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Return whole numbers from -127 to 127 and, for each row, the factor that undoes the rounding.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.typed import in_bytes
    >>> whole, scale = in_bytes(torch.tensor([[0.5, -1.0, 0.0]]))
    >>> whole.int().tolist()
    [[64, -127, 0]]
    >>> float(scale[0] * whole[0, 1])
    -1.0
    """
    scale = matrix.abs().amax(dim=1).clamp(min=torch.finfo(matrix.dtype).tiny) / LARGEST
    return (matrix / scale[:, None]).round(), scale


def unpacked(packed: Packed, size: int) -> CharRNN:
    """Return the network that a :class:`Packed` of one seed, without its first axis, stands for."""
    matrices = {
        name: torch.tensor(whole * packed.scale[name][:, None])
        for name, whole in packed.whole.items()
    }
    embed, hidden = matrices["E"].shape[1], matrices["W_hh"].shape[1]
    model = CharRNN(size, embed, hidden, 1, layer=nn.LSTM)
    bias = {name: torch.tensor(b) for name, b in packed.bias.items()}
    model.load_state_dict(
        {name: matrices[letter] for letter, name in MATRICES.items()}
        | {READOUT: matrices["W_y"], "fc.bias": bias["b_y"]}
        | {"rnn.bias_ih_l0": bias["b_h"], "rnn.bias_hh_l0": torch.zeros_like(bias["b_h"])}
    )
    return model
