"""State space layers: three forms that agree, their initialisations, what they refuse."""

import io
import math
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnbook.layers import LRU, S4D, read, s4d_inv, s4d_lin, s4d_real

KINDS = {
    "S4D-Lin": S4D,
    "S4D-Inv": partial(S4D, initial=s4d_inv),
    "S4D-Real": partial(S4D, initial=s4d_real),
    "LRU": LRU,
}
every = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
both = pytest.mark.parametrize("kind", [S4D, LRU])


def stepped(layer, xs, h=None):
    """Return the outputs of ``xs``, (batch, time, input_size), one step after another."""
    outputs = []
    for x in xs.unbind(1):
        y, h = layer.step(x, h)
        outputs.append(y)
    return torch.stack(outputs, 1), h


# ------------------------------------------------------------------ three forms


@every
@given(
    sizes=st.tuples(*[st.integers(1, 5)] * 4),
    time=st.integers(1, 60),
    seed=st.integers(0, 2**31),
)
@settings(deadline=None, max_examples=15)
def test_recurrence_scan_and_convolution_agree(kind, sizes, time, seed):
    torch.manual_seed(seed)
    features, hidden, state, batch = sizes
    layer = kind(features, hidden, state_size=state, batch_first=True).double()
    xs = torch.randn(batch, time, features, dtype=torch.float64)
    right, h = stepped(layer, xs)
    output, h_n = layer(xs)
    scale = right.abs().max().item()
    for same in (output, layer.convolve(xs)):
        torch.testing.assert_close(same, right, rtol=1e-10, atol=1e-10 * scale)
    torch.testing.assert_close(h_n[0], h, rtol=1e-10, atol=1e-10 * scale)


@every
def test_gradients_of_all_forms_agree(kind):
    torch.manual_seed(0)
    layer = kind(3, 4, state_size=5, batch_first=True).double()
    xs = torch.randn(2, 17, 3, dtype=torch.float64, requires_grad=True)
    leaves = [xs, *layer.parameters()]
    right = torch.autograd.grad(stepped(layer, xs)[0].square().sum(), leaves)
    for output in (layer(xs)[0], layer.convolve(xs)):
        ours = torch.autograd.grad(output.square().sum(), leaves)
        torch.testing.assert_close(ours, right, rtol=1e-9, atol=1e-9)


@every
def test_float32_loses_little_over_three_hundred_steps(kind):
    torch.manual_seed(0)
    layer, xs = kind(2, 4, batch_first=True), torch.randn(2, 300, 2)
    single = (layer(xs)[0], layer.convolve(xs), stepped(layer, xs)[0])
    right, _ = stepped(layer.double(), xs.double())
    for output in single:
        assert (output - right).abs().max() < 1e-4 * right.abs().max()


@every
def test_a_state_goes_on_in_scan_and_steps_alike(kind):
    layer, xs = kind(3, 4, batch_first=True).double(), torch.randn(2, 9, 3, dtype=torch.float64)
    whole, end = layer(xs)
    _, middle = layer(xs[:, :4])
    second, again = layer(xs[:, 4:], middle)
    torch.testing.assert_close(second, whole[:, 4:])
    torch.testing.assert_close(again, end)
    torch.testing.assert_close(stepped(layer, xs[:, 4:], middle[0])[0], whole[:, 4:])


@every
def test_time_first_is_the_same_with_two_dimensions_swapped(kind):
    first, second = kind(3, 4), kind(3, 4, batch_first=True)
    second.load_state_dict(first.state_dict())
    xs = torch.randn(5, 2, 3)
    right = second(xs.transpose(0, 1))[0].transpose(0, 1)
    torch.testing.assert_close(first(xs)[0], right)
    torch.testing.assert_close(first.convolve(xs), right, rtol=1e-4, atol=1e-5)


@every
@pytest.mark.parametrize("lengths", [[2, 5, 1], [5, 5, 2], [1, 2, 3]])
def test_padding_changes_nothing(kind, lengths):
    layer, xs = kind(3, 4, batch_first=True), torch.randn(3, 5, 3)
    output, h_n = read(layer, xs, lengths=torch.tensor(lengths))
    for row, length in enumerate(lengths):
        alone, end = layer(xs[row : row + 1, :length])
        torch.testing.assert_close(output[row, :length], alone[0])
        torch.testing.assert_close(h_n[0, row], end[0, 0])
        assert not output[row, length:].any()


def test_a_packed_batch_comes_back_packed_and_goes_on_from_a_state():
    layer, xs = S4D(3, 4), torch.randn(5, 2, 3)
    packed = pack_padded_sequence(xs, torch.tensor([3, 5]), enforce_sorted=False)
    _, h_0 = layer(torch.randn(2, 2, 3))
    output, h_n = layer(packed, h_0)
    outputs, lengths = pad_packed_sequence(output)
    assert lengths.tolist() == [3, 5]
    for row, length in enumerate([3, 5]):
        alone, end = layer(xs[:length, [row]], h_0[:, [row]])
        torch.testing.assert_close(outputs[:length, [row]], alone)
        torch.testing.assert_close(h_n[:, [row]], end)


# ------------------------------------------------------------------ what they compute


def test_a_feature_is_the_continuous_system_with_a_zero_order_hold():
    """Against SciPy: the state space of real numbers, conjugates written out, sampled."""
    torch.manual_seed(0)
    layer = S4D(1, 1, state_size=2, batch_first=True).double()
    A = (-layer.log_decay.exp() + 1j * layer.frequency)[0].detach().numpy()
    C, D = torch.view_as_complex(layer.C)[0].detach().numpy(), layer.D.item()
    A, C = np.concatenate([A, A.conj()]), np.concatenate([C, C.conj()])
    dt = layer.log_dt.exp().item()
    system = (np.diag(A), np.ones((4, 1)), C[None], np.array([[D]]))
    xs = torch.randn(1, 30, 1, dtype=torch.float64)
    u = layer.inward(xs)[0, :, 0].detach().numpy()
    A_bar, B_bar, C, D, _ = signal.cont2discrete(system, dt, "zoh")
    h, right = np.zeros(4, complex), []
    for u_t in u:
        h = A_bar @ h + B_bar[:, 0] * u_t
        right.append((C @ h)[0] + D[0, 0] * u_t)
    np.testing.assert_allclose(layer(xs)[0][0, :, 0].detach(), np.real(right), rtol=1e-9)
    assert np.abs(np.imag(right)).max() < 1e-12


def test_a_linear_recurrent_unit_follows_its_equations():
    layer = LRU(3, 4, state_size=5, batch_first=True).double()
    xs, h = torch.randn(2, 6, 3, dtype=torch.float64), torch.zeros(2, 5, dtype=torch.complex128)
    B, C = torch.view_as_complex(layer.B), torch.view_as_complex(layer.C)
    size, phase = torch.exp(-layer.nu_log.exp()), layer.theta_log.exp()
    output, h_n = layer(xs)
    for t in range(6):
        written = layer.gamma_log.exp() * ((xs[:, t] + 0j) @ B.T)
        h = torch.polar(size, phase) * h + written
        right = (h @ C.T).real + xs[:, t] @ layer.D.T
        torch.testing.assert_close(output[:, t], right)
    torch.testing.assert_close(h_n[0], h)


@every
def test_the_kernel_is_the_response_to_one_impulse(kind):
    layer = kind(1, 4, batch_first=True).double()
    impulse = torch.zeros(1, 20, 1, dtype=torch.float64)
    rest, _ = layer(impulse)
    impulse[0, 0] = 1.0
    response = (layer(impulse)[0] - rest)[0]
    kernel = layer.kernel(20)
    if isinstance(layer, S4D):
        right = kernel * layer.inward.weight[:, 0]
        right[0] += layer.D * layer.inward.weight[:, 0]
    else:
        right = kernel[..., 0]
        right[0] += layer.D[:, 0]
    torch.testing.assert_close(response, right, rtol=1e-9, atol=1e-9)


def test_initialisations_are_those_of_the_paper():
    n = np.arange(3)
    np.testing.assert_allclose(s4d_lin(3), -0.5 + 1j * np.pi * n, rtol=1e-6)
    np.testing.assert_allclose(
        s4d_inv(3), -0.5 + 1j * 6 / np.pi * (6 / (2 * n + 1) - 1), rtol=1e-6, atol=1e-6
    )
    np.testing.assert_allclose(s4d_real(3), -(n + 1))


def test_a_real_state_is_real_and_has_half_the_numbers():
    real, pairs = S4D(3, 4, initial=s4d_real), S4D(3, 4)
    assert real(torch.randn(5, 2, 3))[1].dtype == torch.float32
    assert real.frequency is None
    assert real.C.numel() == pairs.C.numel() / 2


def test_steps_are_spread_between_the_two_given():
    torch.manual_seed(0)
    dt = S4D(1, 5000, state_size=1, dt=(0.01, 1.0)).log_dt.exp()
    assert dt.min().item() == pytest.approx(0.01, rel=1e-2)
    assert dt.max().item() == pytest.approx(1.0, rel=1e-2)
    assert dt.median().item() == pytest.approx(0.1, rel=0.1)
    assert S4D(1, 3, dt=(0.5, 0.5)).log_dt.exp().tolist() == [[pytest.approx(0.5)]] * 3


def test_eigenvalues_begin_on_the_ring_and_stay_inside_the_circle():
    torch.manual_seed(0)
    layer = LRU(1, 1, state_size=20_000, r_min=0.5, r_max=0.9, max_phase=1.0)
    eigenvalues, _ = layer.discrete()
    assert eigenvalues.abs().min().item() == pytest.approx(0.5, abs=1e-3)
    assert eigenvalues.abs().max().item() == pytest.approx(0.9, abs=1e-3)
    assert eigenvalues.abs().square().mean().item() == pytest.approx((0.25 + 0.81) / 2, abs=5e-3)
    assert eigenvalues.angle().min().item() == pytest.approx(0, abs=1e-3)
    assert eigenvalues.angle().max().item() == pytest.approx(1, abs=1e-3)
    with torch.no_grad():
        layer.nu_log.uniform_(-15, 15)
    assert (layer.discrete()[0].abs() <= 1).all()


def test_gamma_keeps_the_state_at_the_size_of_white_noise():
    torch.manual_seed(0)
    layer = LRU(4, 1, state_size=200, r_min=0.9, r_max=0.99, batch_first=True)
    _, h_n = layer(torch.randn(32, 500, 4))
    assert h_n.abs().square().mean().item() == pytest.approx(1, abs=0.1)


@both
def test_however_it_is_trained_it_cannot_grow(kind):
    layer = kind(1, 4, batch_first=True)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.uniform_(-3, 3)
    output, _ = layer(torch.ones(1, 2000, 1))
    assert output.isfinite().all()


# ------------------------------------------------------------------ a module like others


@every
def test_weights_are_saved_and_loaded_and_stay_pairs_in_float64(kind):
    layer, file = kind(3, 4), io.BytesIO()
    torch.save(layer.state_dict(), file)
    file.seek(0)
    other, xs = kind(3, 4), torch.randn(5, 2, 3)
    other.load_state_dict(torch.load(file, weights_only=True))
    assert torch.equal(other(xs)[0], layer(xs)[0])
    assert not any(parameter.is_complex() for parameter in layer.parameters())
    double = layer.double()
    assert {parameter.dtype for parameter in double.parameters()} == {torch.float64}
    assert double(xs.double())[1].dtype.to_real() == torch.float64
    torch.testing.assert_close(double(xs.double())[0].float(), other(xs)[0], rtol=1e-4, atol=1e-5)


@every
def test_it_says_what_it_is(kind):
    assert "3, 4, state_size=5" in repr(kind(3, 4, state_size=5))
    assert "state_size=32, batch_first=True" in repr(kind(3, 4, batch_first=True))


def test_a_whole_number_of_numpy_is_a_size():
    assert S4D(3, 4, state_size=np.int64(2)).C.shape == (4, 2, 2)
    assert LRU(3, 4, state_size=np.int64(2)).C.shape == (4, 2, 2)


def test_convolution_under_autocast(autocast):
    for kind in KINDS.values():
        assert kind(3, 4, batch_first=True).convolve(torch.randn(2, 5, 3)).isfinite().all()


@both
@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda kind: kind(0, 4), ValueError, "input_size must be at least 1"),
        (lambda kind: kind(3, 4, 2), ValueError, "expected num_layers=1, .* got 2, 0.0 and False"),
        (lambda kind: kind(3, 4, state_size=0), ValueError, "state_size must be at least 1"),
        (lambda kind: kind(3, 4, state_size=2.0), TypeError, "state_size must be a whole number"),
        (lambda kind: kind(3, 4)(torch.randn(5, 3)), ValueError, r"xs of shape \(time, batch, inp"),
        (lambda kind: kind(3, 4).convolve(torch.randn(5, 3)), ValueError, "xs of shape"),
        (lambda kind: kind(3, 4).convolve(torch.randn(5, 2, 4)), ValueError, "input_size = 3"),
        (lambda kind: kind(3, 4).convolve([1.0]), TypeError, "xs must be a tensor"),
        (lambda kind: kind(3, 4).convolve(torch.zeros(5, 2, 3).double()), TypeError, "float64"),
        (lambda kind: kind(3, 4)(torch.randn(0, 2, 3)), ValueError, "xs is empty"),
        (lambda kind: kind(3, 4).kernel(0), ValueError, "time must be at least 1"),
        (
            lambda kind: kind(3, 4)(torch.randn(5, 2, 3), torch.zeros(1, 2, 4)),
            ValueError,
            "h_0 (with 4 dimensions|of shape)",
        ),
        (
            lambda kind: kind(3, 4)(torch.randn(5, 2, 3), kind(3, 4)(torch.randn(5, 2, 3))[1].real),
            TypeError,
            "h_0 of torch.complex64",
        ),
        (lambda kind: kind(3, 4).step(torch.randn(1, 2, 3)), ValueError, "x of shape"),
        (lambda kind: kind(3, 4).step(torch.randn(2, 3), torch.zeros(2)), ValueError, "h with"),
    ],
)
def test_what_makes_no_sense_is_refused(kind, change, error, words):
    with pytest.raises(error, match=rf"{kind.__name__}(\.kernel)?: .*{words}"):
        change(kind)


@pytest.mark.parametrize(
    ("kind", "options", "error", "words"),
    [
        (S4D, {"dt": 0.1}, TypeError, "dt must be two numbers"),
        (S4D, {"dt": (0.1,)}, TypeError, "dt must be two numbers"),
        (S4D, {"dt": (0.1, "1")}, TypeError, "dt must be two numbers"),
        (S4D, {"dt": (0.1, 0.01)}, ValueError, "0 < least <= largest"),
        (S4D, {"dt": (0.0, 0.1)}, ValueError, "0 < least <= largest"),
        (S4D, {"dt": (0.1, math.inf)}, ValueError, "0 < least <= largest"),
        (S4D, {"dt": (math.nan, 1.0)}, ValueError, "0 < least <= largest"),
        (S4D, {"initial": "lin"}, TypeError, "initial must be a function"),
        (S4D, {"initial": lambda n: [-1.0] * n}, TypeError, "A from initial must be a tensor"),
        (S4D, {"initial": lambda n: -torch.ones(n).long()}, TypeError, "A from initial"),
        (S4D, {"initial": lambda n: -torch.ones(n + 1)}, ValueError, r"shape \(32,\)"),
        (S4D, {"initial": torch.zeros}, ValueError, "negative real parts, got one of 0"),
        (LRU, {"r_min": "0"}, TypeError, "r_min must be a number"),
        (LRU, {"r_min": -0.1}, ValueError, "0 <= r_min < r_max < 1"),
        (LRU, {"r_max": 1.0}, ValueError, "0 <= r_min < r_max < 1"),
        (LRU, {"r_min": 0.9, "r_max": 0.9}, ValueError, "0 <= r_min < r_max < 1"),
        (LRU, {"max_phase": 0.0}, ValueError, "max_phase above 0"),
        (LRU, {"max_phase": 180}, ValueError, "radians, not in degrees"),
    ],
)
def test_an_initialisation_that_makes_no_sense_is_refused(kind, options, error, words):
    with pytest.raises(error, match=f"{kind.__name__}: .*{words}"):
        kind(3, 4, **options)
