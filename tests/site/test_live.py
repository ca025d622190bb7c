"""The live models: equal to PyTorch, from a folder, by keyboard, and said in words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from page_checks import Site
from playwright.sync_api import Browser, Page


@pytest.fixture
def live(browser: Browser, book: Site) -> Iterator[Page]:
    """The page, from disk, 390 px wide; an error of its script fails the test."""
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(f"{error} {error.stack}"))
    page.goto((book.root / "live.html").as_uri())
    yield page
    context.close()
    assert [words for words in complaints if "live.js" in words] == []


def drawn(*shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("rule", ["sum", "decay", "delta", "all kept"])
def test_the_memory_reads_what_pytorch_reads(live: Page, rule: str) -> None:
    keys, values, queries = drawn(7, 4), drawn(7, 3) + 1, drawn(5, 4)
    keys = keys / keys.norm(dim=1, keepdim=True)
    if rule == "all kept":
        right = torch.softmax(8 * queries @ keys.T, dim=1) @ values
    else:
        state = torch.zeros(3, 4, dtype=torch.float64)
        for k, v in zip(keys, values, strict=True):
            old = state @ k
            state = (0.9 if rule == "decay" else 1.0) * state
            state = state + torch.outer(v - old if rule == "delta" else v, k)
        right = queries @ state.T
    found = live.evaluate(
        "([rule, k, v, q]) => Live.read(rule, k, v, q)",
        [rule, keys.tolist(), values.tolist(), queries.tolist()],
    )
    torch.testing.assert_close(torch.tensor(found, dtype=torch.float64), right)


@pytest.mark.parametrize("tanh", [True, False])
def test_the_gradient_is_pytorch_s(live: Page, tanh: bool) -> None:
    weights, inputs = drawn(6, 6) / 2, drawn(9, 6)
    h = torch.zeros(6, dtype=torch.float64)
    states = []
    for u in inputs:
        h = (weights @ h + u).requires_grad_() if not states else weights @ h + u
        h = torch.tanh(h) if tanh else h
        states.append(h)
    total = states[-1].sum() / 6**0.5
    gradients = torch.autograd.grad(total, states)
    right = torch.stack([g.norm() for g in reversed(gradients)])
    found = live.evaluate(
        "([W, u, tanh]) => Live.gradient(W, u, tanh)", [weights.tolist(), inputs.tolist(), tanh]
    )
    torch.testing.assert_close(torch.tensor(found, dtype=torch.float64), right)


def test_dials_turn_by_keyboard_and_say_what_came_out(live: Page) -> None:
    dial = live.get_by_label("pairs written")
    said = live.get_by_role("status").first
    before = said.text_content()
    dial.focus()
    for _ in range(10):
        live.keyboard.press("ArrowRight")
    assert before != said.text_content()
    assert "36 pairs" in (said.text_content() or "")
    live.get_by_label("each key is written twice").press("Space")
    assert "18 keys written twice" in (said.text_content() or "")


def test_what_the_page_says_can_be_seen(live: Page) -> None:
    said = live.get_by_role("status").first.text_content() or ""
    assert "delta" in said
    live.get_by_label("each key is written twice").press("Space")
    live.get_by_label("pairs written").fill("16")
    shares = {
        words.rsplit(" ", 2)[0]: int(words.rsplit(" ", 2)[1])
        for words in (live.get_by_role("status").first.text_content() or "")
        .rpartition("right: ")[2]
        .removesuffix(".")
        .split(", ")
    }
    assert shares["delta"] > shares["sum"]
    assert shares["delta"] > shares["all kept"]
