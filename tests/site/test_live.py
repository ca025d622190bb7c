"""The live models: equal to PyTorch, from a folder, by keyboard, and said in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from page_checks import Site, barriers
from playwright.sync_api import Browser, Locator, Page, expect


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


@pytest.fixture
def typed(live: Page) -> Page:
    """The page after its reader has loaded the network, by keyboard."""
    live.get_by_role("button", name="Load the network").focus()
    live.keyboard.press("Enter")
    live.get_by_label("Your text").wait_for()
    return live


def spoken(page: Page) -> Locator:
    return page.locator("[data-live=typed]").get_by_role("status")


def test_the_network_is_loaded_only_when_it_is_asked_for(live: Page, book: Site) -> None:
    file = live.locator("[data-live=typed]").get_attribute("data-weights")
    assert live.evaluate("Live.net") is None
    assert file not in live.content().replace(f'data-weights="{file}"', "")
    assert 90_000 < (book.root / str(file)).stat().st_size < 150_000


def test_the_network_computes_what_pytorch_computes(typed: Page) -> None:
    net = typed.evaluate("Live.net")
    text = "To be, or not to be"
    ids = [net["letters"].index(letter) for letter in text]
    found = typed.evaluate("ids => Live.readText(Live.net, ids)", ids)
    matrices = {name: torch.tensor(net[name], dtype=torch.float64) for name in net if "_" in name}
    lstm = torch.nn.LSTM(32, len(net["W_hh"][0]), batch_first=True).double()
    lstm.load_state_dict(
        {
            "weight_ih_l0": matrices["W_xh"],
            "weight_hh_l0": matrices["W_hh"],
            "bias_ih_l0": matrices["b_h"],
            "bias_hh_l0": torch.zeros_like(matrices["b_h"]),
        }
    )
    with torch.no_grad():
        hs, (_, c_n) = lstm(torch.tensor(net["E"], dtype=torch.float64)[ids])
        right = (hs @ matrices["W_y"].T + matrices["b_y"]).softmax(-1)
    shares = torch.tensor([step["p"] for step in found], dtype=torch.float64)
    torch.testing.assert_close(shares, right, rtol=0, atol=1e-5)
    torch.testing.assert_close(torch.tensor(found[-1]["c"]).double(), c_n[0], rtol=0, atol=1e-5)


def test_a_network_that_reads_is_seldom_surprised_by_words_of_its_play(typed: Page) -> None:
    box = typed.get_by_label("Your text")
    bits = {}
    expect(spoken(typed)).to_contain_text("After 42 letters")
    for text in ("the king and the queen", "kithe q nnedha uteg enk"):
        box.fill(text)
        expect(spoken(typed)).to_contain_text(f"After {len(text)} letters")
        found = re.search(r"([\d.]+) for each on average", spoken(typed).text_content() or "")
        bits[text] = float(found[1]) if found else float("nan")
    assert bits["the king and the queen"] + 1 < bits["kithe q nnedha uteg enk"]


def test_the_network_reads_on_from_what_it_has_read(typed: Page) -> None:
    same = typed.evaluate(
        """() => {
          const ids = [...Array(30)].map((_, t) => 4 + (7 * t) % 40);
          const whole = Live.readText(Live.net, ids);
          const on = Live.readText(Live.net, ids, Live.readText(Live.net, ids.slice(0, 11)));
          return JSON.stringify(whole) === JSON.stringify(on);
        }"""
    )
    assert same
    box = typed.get_by_label("Your text")
    expect(spoken(typed)).to_contain_text("After 42 letters")
    box.press("Home")
    typed.keyboard.type("Not ")
    expect(spoken(typed)).to_contain_text("After 46 letters")
    edited = spoken(typed).text_content()
    text = box.input_value()
    box.fill("")
    expect(spoken(typed)).to_contain_text("Type a letter")
    box.fill(text)
    expect(spoken(typed)).to_have_text(str(edited))


def test_the_summary_waits_for_a_pause_and_is_short(typed: Page) -> None:
    expect(spoken(typed)).to_contain_text("After 42 letters")
    typed.evaluate(
        """() => {
          window.changes = 0;
          new MutationObserver(() => { window.changes += 1; }).observe(
            document.querySelector("[data-live=typed] .live-summary"), { childList: true });
        }"""
    )
    typed.get_by_label("Your text").press("End")
    typed.keyboard.type(" Whether")
    expect(spoken(typed)).to_contain_text("After 50 letters")
    assert typed.evaluate("window.changes") < len(" Whether")
    assert len(spoken(typed).text_content() or "") < 250


def test_typing_stepping_and_units_by_keyboard(typed: Page) -> None:
    box = typed.get_by_label("Your text")
    box.fill("")
    expect(spoken(typed)).to_contain_text("Type a letter")
    box.focus()
    typed.keyboard.type("ros\u00e9 9 time")
    expect(spoken(typed)).to_contain_text("Skipped, because the play has none: \u00e9 9")
    expect(spoken(typed)).to_contain_text("After 9 letters")
    typed.get_by_label("letters read").focus()
    typed.keyboard.press("ArrowLeft")
    expect(spoken(typed)).to_contain_text("After 8 letters")
    typed.get_by_label("unit").focus()
    typed.keyboard.press("ArrowRight")
    expect(spoken(typed)).to_contain_text("Unit 2 is at")
    assert typed.locator("[data-live=typed] .live-strip span").count() == 8
    assert typed.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_models_in_use_shut_nobody_out(typed: Page, axe: Axe, scheme: str, width: int) -> None:
    typed.set_viewport_size({"width": width, "height": 800})
    typed.get_by_label("Your text").fill("To be, or not")
    expect(spoken(typed)).to_contain_text("After 13 letters")
    assert barriers(typed, axe, scheme) == []
