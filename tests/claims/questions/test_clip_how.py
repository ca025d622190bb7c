"""The claim of the question whether to clip by norm or by value."""

import numpy as np
import pytest
import torch

from rnnbook.experiments import clipping

CONDITIONS = (
    "Untrained tanh networks of 32 units with PyTorch's default weights read 100 random inputs; the "
    f"loss is the sum of all outputs; the limit is {clipping.LIMIT:g}."
)


def norms(seed):
    """Return the norm of a gradient after clipping, by the way of clipping."""
    model = clipping.exploding_rnn(1.0, seed)
    model(torch.randn(1, 100, 10))[0].sum().backward()
    raw, limit = clipping.flat_gradient(model), clipping.LIMIT
    by_norm, by_value = clipping.clip_tensor(raw, limit), raw.clamp(-limit, limit)
    return by_norm.norm().item(), by_value.norm().item()


@pytest.fixture(scope="module")
def result(seeds):
    by_norm, by_value = np.array([norms(seed) for seed in seeds]).T
    return {"by norm": by_norm, "by value": by_value}


def predicted(result):
    """If no gradient could be larger than the limit, a gradient clipped by value at 1 would have a
    norm of at most 1.
    """
    return {"by norm": result["by norm"], "by value": np.minimum(result["by value"], 1.0)}


def test_many_clipped_entries(result, show, setting):
    """Many clipped entries make a large norm. The gradient of a sum over all outputs keeps a norm
    above 20 when each entry is clipped at 1, and a norm of 1 when clipped by norm.
    """
    setting(clipping.LIMIT, 1.0)
    show("norm after clipping each entry", result["by value"], above=20)
    show("distance of the norm from 1, clipped by norm", np.abs(result["by norm"] - 1), below=1e-3)
