"""PyTorch's settings that hold for everything a test does: it asks for one, and finds it set."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(params=["set_default_device", "with torch.device"])
def elsewhere(request: pytest.FixtureRequest) -> Iterator[None]:
    """Put every tensor that names no device on "meta", which holds shapes and no numbers."""
    if request.param == "set_default_device":
        torch.set_default_device("meta")
        yield
        torch.set_default_device(None)
    else:
        with torch.device("meta"):
            yield


@pytest.fixture
def in_64_bits() -> Iterator[None]:
    """Make float64 the type of every number that names none."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.fixture
def autocast() -> Iterator[None]:
    """Let PyTorch compute in the lower type where it holds that this is enough."""
    with torch.autocast("cpu", torch.bfloat16):
        yield
