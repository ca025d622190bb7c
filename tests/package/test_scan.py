"""The scan is the loop over time: its states, its gradients, at every length."""

import pytest
import torch

from rnnbook.scan import doubling, scan

F64 = torch.float64


def drawn(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    a = 2 * torch.rand(shape, generator=generator, dtype=F64) - 1  # of both signs
    b = torch.randn(shape, generator=generator, dtype=F64)
    return a.requires_grad_(), b.requires_grad_()


def loop(a, b, h_0=None):
    h = torch.zeros_like(b[:, 0]) if h_0 is None else h_0
    states = []
    for t in range(a.shape[1]):
        h = a[:, t] * h + b[:, t]
        states.append(h)
    return torch.stack(states, dim=1)


@pytest.mark.parametrize("time", [1, 2, 3, 7, 8, 9, 100, 257])
def test_states_and_gradients_are_those_of_the_loop(time):
    a, b = drawn(2, time, 3)
    h_0 = torch.randn(2, 3, dtype=F64, requires_grad=True)
    upstream = torch.randn(2, time, 3, dtype=F64)
    ours, theirs = scan(a, b, h_0), loop(a, b, h_0)
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)
    for mine, right in zip(
        torch.autograd.grad((ours * upstream).sum(), (a, b, h_0)),
        torch.autograd.grad((theirs * upstream).sum(), (a, b, h_0)),
        strict=True,
    ):
        torch.testing.assert_close(mine, right, rtol=1e-10, atol=1e-10)


def test_gradient_is_that_of_small_differences():
    assert torch.autograd.gradcheck(scan, drawn(2, 5, 2))


def test_complex_numbers_are_scanned_like_real_ones():
    a, b = (
        torch.complex(*drawn(2, 9, 3, seed=seed)).detach().requires_grad_() for seed in range(2)
    )
    h_0 = torch.randn(2, 3, dtype=torch.complex128)
    torch.testing.assert_close(scan(a, b, h_0), loop(a, b, h_0))
    assert torch.autograd.gradcheck(scan, (a, b, h_0.requires_grad_()))


def test_integers_added_up_by_hand():
    ones = torch.ones(1, 6)
    numbers = torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]])
    assert scan(ones, numbers).tolist() == [[1, 3, 6, 10, 15, 21]]
    assert scan(2 * ones, ones).tolist() == [[1, 3, 7, 15, 31, 63]]
    assert scan(0 * ones, numbers).tolist() == numbers.tolist()


@pytest.mark.parametrize("shape", [(2, 9), (2, 9, 3), (2, 9, 3, 4)])
def test_states_may_have_any_shape(shape):
    a, b = drawn(*shape)
    torch.testing.assert_close(scan(a, b), loop(a, b))
    torch.testing.assert_close(doubling(a, b), loop(a, b))


def test_it_goes_on_from_where_it_stopped():
    a, b = drawn(2, 9, 3)
    whole = scan(a, b)
    torch.testing.assert_close(scan(a[:, 4:], b[:, 4:], whole[:, 3]), whole[:, 4:])


def test_decays_near_one_over_thousands_of_steps_stay_exact():
    a = torch.full((1, 5000), 0.9999, dtype=F64)
    b = torch.ones(1, 5000, dtype=F64)
    closed = (1 - a[0, 0] ** torch.arange(1, 5001)) / (1 - a[0, 0])
    torch.testing.assert_close(scan(a, b)[0], closed)


def test_passes_are_as_many_as_the_length_has_bits(monkeypatch):
    from rnnbook import scan as module

    moved = []
    original = module._earlier
    monkeypatch.setattr(
        module, "_earlier", lambda x, span, fill: moved.append(span) or original(x, span, fill)
    )
    doubling(torch.ones(1, 1000), torch.ones(1, 1000))
    assert sorted(set(moved)) == [2**k for k in range(10)]
    moved.clear()
    doubling(torch.ones(1, 1024), torch.ones(1, 1024))
    assert sorted(set(moved)) == [2**k for k in range(10)]  # 1024 steps need no eleventh


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (
            lambda a, b: scan(a, b[:, :3]),
            ValueError,
            r".* one shape, .*\(2, 5, 3\) and \(2, 3, 3\)",
        ),
        (lambda a, b: scan(a[0, :, 0], b[0, :, 0]), ValueError, ".* one shape"),
        (lambda a, b: scan(a[:, :0], b[:, :0]), ValueError, "a is empty"),
        (lambda a, b: scan(a, b, b), ValueError, r"expected h_0 .* one state a sequence"),
        (
            lambda a, b: scan(a[:, :1], b[:, :1], b),
            ValueError,
            r"expected h_0 of shape \(2, 3\), \(batch, ...\), got \(2, 5, 3\)",
        ),
        (lambda a, b: scan(a, b.float()), TypeError, "expected b of torch.float64, .* float32"),
        (lambda a, b: scan(a, b, b[:, 0].float()), TypeError, "expected h_0 of torch.float64"),
        (lambda a, b: scan(a.long(), b), TypeError, "expected a of floating"),
        (lambda a, b: scan(a, b.long()), TypeError, "expected b of floating"),
        (lambda a, b: scan(a, b, b[:, 0].long()), TypeError, "expected h_0 of floating"),
        (lambda a, b: scan(a.tolist(), b), TypeError, "a must be a tensor"),
        (lambda a, b: scan(a, b.tolist()), TypeError, "b must be a tensor"),
    ],
)
def test_what_does_not_belong_together_is_refused(change, error, words):
    with pytest.raises(error, match=f"scan: {words}"):
        change(*drawn(2, 5, 3))
