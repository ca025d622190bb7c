"""The experiments on state spaces: kernels, gains, digits, and a system that the input changes."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from rnnbook.experiments import state_space_convolution as question
from rnnbook.experiments import state_spaces
from rnnbook.layers import S4D, s4d_lin
from rnnbook.tasks.delay import Delay
from rnnbook.tasks.digits import Digits


def test_the_control_has_the_same_decays_and_no_frequency():
    control = state_spaces.no_turning(5)
    assert torch.equal(control, s4d_lin(5).real)
    assert not control.is_complex()


def test_a_response_is_that_of_the_trained_convolution():
    model = state_spaces.network("S4D-Lin", 0)
    layer, weight = model.layer, model.fc.weight[0]
    assert isinstance(layer, S4D)
    kernel = layer.kernel(state_spaces.LENGTH)
    kernel[0] += layer.D
    right = (kernel * layer.inward.weight[:, 0]) @ weight
    heard = torch.from_numpy(state_spaces.heard(model))
    torch.testing.assert_close(heard, right.double(), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", state_spaces.SPACES)
def test_the_gain_is_the_transform_of_the_response(name):
    model = state_spaces.network(name, 3)
    waves = np.exp(-2j * np.pi * np.outer(state_spaces.FREQUENCIES, np.arange(state_spaces.LENGTH)))
    right = np.abs(waves @ state_spaces.heard(model))
    np.testing.assert_allclose(state_spaces.gain(model), right, rtol=1e-3, atol=1e-4)


def test_a_wave_comes_out_with_the_gain_of_its_frequency():
    model, place = state_spaces.network("LRU", 3).double(), 7
    f, steps = state_spaces.FREQUENCIES[place], torch.arange(state_spaces.LENGTH).double()
    angle = 2 * torch.pi * f * steps
    with torch.no_grad():
        silence = model(torch.zeros(1, len(steps), 1).double())
        parts = [
            (model(wave.view(1, -1, 1)) - silence)[0, -1, 0].item()
            for wave in (angle.cos(), angle.sin())
        ]
    assert np.hypot(*parts) == pytest.approx(state_spaces.gain(model)[place], rel=1e-4)


@pytest.mark.parametrize("name", state_spaces.SPACES)
def test_a_formula_that_forgets_the_end_of_the_wave_is_far_off(name, monkeypatch):
    assert state_spaces.wave_apart(name, 4) < 1e-11
    right = state_spaces.passed
    monkeypatch.setattr(state_spaces, "passed", lambda layer, f, time: right(layer, f, time + 1))
    assert state_spaces.wave_apart(name, 4) > 1e-6


def test_without_relus_a_state_space_reads_digits_as_a_logistic_regression_does():
    layer = state_spaces.READERS["S4D-Lin"](1, 4, batch_first=True)
    xs = Digits().whole().inputs[0][:6]
    with torch.no_grad():
        none = layer.convolve(torch.zeros(1, 64, 1))[0, -1]
        weights = torch.stack([layer.convolve(row.view(1, -1, 1))[0, -1] for row in torch.eye(64)])
        sums = xs[..., 0] @ (weights - none) + none
        torch.testing.assert_close(layer.convolve(xs)[:, -1], sums, rtol=1e-3, atol=1e-4)


def test_digits_are_read_line_by_line_and_cut_in_their_order():
    parts = [Digits(part).whole() for part in ("training", "choosing", "held out")]
    found = load_digits()
    assert torch.cat([part.target for part in parts]).tolist() == found.target.tolist()
    points = torch.cat([part.inputs[0] for part in parts])
    np.testing.assert_allclose(points[5, :, 0], found.images[5].flatten() / 16, rtol=1e-6)
    assert (points.min(), points.max()) == (0, 1)


def test_batches_are_drawn_from_their_part():
    for part in ("training", "held out"):
        batch = Digits(part).batch(50, torch.Generator().manual_seed(0))
        known = {tuple(row.flatten().tolist()) for row in Digits(part).whole().inputs[0]}
        assert {tuple(row.flatten().tolist()) for row in batch.inputs[0]} <= known


def test_a_part_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"part must be one of .* got 'test'"):
        Digits("test")


def test_own_digits_come_in_by_a_file(tmp_path):
    path = tmp_path / "own.csv"
    rows = [",".join(map(str, [*[i] * 63, 16, i])) for i in range(10)]
    path.write_text("\n".join([*rows, "", *rows]) + "\n", encoding="utf-8")
    task = Digits(path=path)
    assert len(task.whole()) == 12
    assert task.whole().target.tolist() == [*range(10), 0, 1]
    torch.testing.assert_close(task.whole().inputs[0][8, 62:, 0], torch.tensor([0.5, 1.0]))
    assert task.commonest == 0
    assert Digits("held out", path).baseline == 0
    with pytest.raises(FileNotFoundError, match="nowhere"):
        Digits(path=tmp_path / "nowhere.csv")
    for wrong, words in (
        ("a," * 64 + "digit", "line 1"),
        ("17," + rows[0][2:], "line 1"),
        (rows[0][:-1] + "10", "line 1"),
        (rows[0] + ",0", "line 1"),
        (rows[0], "at least 10 pictures"),
    ):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(ValueError, match=words):
            Digits(path=path)


def test_a_small_run_has_every_name(monkeypatch):
    monkeypatch.setattr(state_spaces, "UPDATES", 1)
    monkeypatch.setattr(state_spaces, "DIGITS_UPDATES", 1)
    monkeypatch.setattr(state_spaces, "COMPARED", 4)
    result = state_spaces.one(0)
    assert set(result.error) == set(state_spaces.RATE)
    assert set(result.near) == set(state_spaces.GATED)
    assert set(result.digits) == {*state_spaces.READERS, "logistic regression", "commonest digit"}
    assert set(state_spaces.READERS) == set(state_spaces.DIGITS_RATE)
    assert result.digits["commonest digit"] < 0.2 < 0.8 < result.digits["logistic regression"]
    monkeypatch.setattr(state_spaces, "RATES", (1e-2,))
    monkeypatch.setattr(state_spaces, "RATE", {"LSTM": 1e-2})
    assert state_spaces.rates((0,)).keys() == {("LSTM", 1e-2)}
    monkeypatch.setattr(state_spaces, "DIGITS_RATES", (1e-2,))
    monkeypatch.setattr(state_spaces, "DIGITS_RATE", {"LSTM": 1e-2})
    monkeypatch.setattr(state_spaces, "PENALTIES", (1e-3,))
    found = state_spaces.digits_rates((0,))
    assert found.keys() == {("LSTM", 1e-2), ("logistic regression", 1e-3)}
    assert found["logistic regression", 1e-3][0] < state_spaces.regression(1.0, Digits("choosing"))


def test_a_delay_gives_back_what_was_read():
    batch = Delay(lag=3, length=8).batch(2, torch.Generator().manual_seed(0))
    (xs,) = batch.inputs
    assert torch.equal(batch.target[:, 3:], xs[:, :-3])
    assert not batch.target[:, :3].any()
    assert Delay(lag=3, length=8).loss(batch.target, batch) == 0


def test_a_fixed_system_answers_alike_everywhere_and_a_selective_one_does_not():
    result = question.one(7)
    assert max(result.padded, result.moved["fixed"]) < 1e-12
    assert result.circular > 1e-3
    assert result.moved["selective"] > 0.05


def test_the_read_out_is_the_loop_of_its_equations():
    generator = torch.Generator().manual_seed(0)
    a = torch.rand(6, 3, generator=generator)
    u, C = torch.randn(6, generator=generator), torch.randn(3, generator=generator)
    h, right = torch.zeros(3), []
    for a_t, u_t in zip(a, u, strict=True):
        h = a_t * h + u_t
        right.append((h @ C).item())
    np.testing.assert_allclose(question.read(a, u, C), right, rtol=1e-4, atol=1e-5)
