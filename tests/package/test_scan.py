"""The scan is the loop over time: its states, its gradients, at every length."""

import pytest
import torch

from rnnbook.scan import chunks, doubling, scan, step_by_step

F64 = torch.float64
ORDERS = pytest.mark.parametrize("by", [None, chunks, doubling, step_by_step])


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


@ORDERS
@pytest.mark.parametrize("time", [*range(1, 28), 99, 100, 101, 257])
def test_states_and_gradients_are_those_of_the_loop(by, time):
    a, b = drawn(2, time, 3)
    h_0 = torch.randn(2, 3, dtype=F64, requires_grad=True)
    upstream = torch.randn(2, time, 3, dtype=F64)
    ours, theirs = scan(a, b, h_0, by=by), loop(a, b, h_0)
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)
    for mine, right in zip(
        torch.autograd.grad((ours * upstream).sum(), (a, b, h_0)),
        torch.autograd.grad((theirs * upstream).sum(), (a, b, h_0)),
        strict=True,
    ):
        torch.testing.assert_close(mine, right, rtol=1e-10, atol=1e-10)


@ORDERS
def test_gradient_is_that_of_small_differences(by):
    assert torch.autograd.gradcheck(lambda a, b: scan(a, b, by=by), drawn(2, 5, 2))


@ORDERS
@pytest.mark.parametrize("smallest", [0.0, 0.5, 0.99])
def test_in_32_bits_the_error_is_that_of_the_loop(by, smallest):
    generator = torch.Generator().manual_seed(0)
    a = 1 - (1 - smallest) * torch.rand(4, 2000, 8, generator=generator)
    b = torch.randn(4, 2000, 8, generator=generator)
    exact = loop(a.double(), b.double())
    ours, theirs = ((h - exact).abs().max() for h in (scan(a, b, by=by), loop(a, b)))
    assert ours <= 4 * theirs


@ORDERS
def test_a_state_that_is_forgotten_whole_is_no_trouble(by):
    a, b = (x.detach() for x in drawn(2, 50, 3))
    a[:, ::7], b[:, ::5] = 0.0, 0.0
    torch.testing.assert_close(scan(a, b, by=by), loop(a, b))
    a[:, 20:] = 1e-30  # products of these are zero in float32, and no state needs them
    torch.testing.assert_close(
        scan(a.float(), b.float(), by=by), loop(a, b).float(), rtol=1e-5, atol=1e-5
    )


def test_chunks_take_steps_as_many_as_the_root_of_the_length(monkeypatch):
    taken = []
    original = torch.addcmul
    monkeypatch.setattr(
        torch, "addcmul", lambda *given: taken.append(given[0].numel()) or original(*given)
    )
    for time in (100, 10_000):
        taken.clear()
        chunks(torch.ones(1, time), torch.ones(1, time))
        assert len(taken) <= 3 * time**0.5
        assert sum(taken) <= 2 * time + time**0.5  # and the work is linear


def test_order_is_a_function():
    with pytest.raises(TypeError, match=r"scan: by must be a function .* got 'doubling'"):
        scan(*drawn(2, 5, 3), by="doubling")
    seen = []
    scan(*drawn(2, 5, 3), by=lambda a, b: seen.append(a.shape) or loop(a, b)).sum().backward()
    assert seen == [(2, 5, 3), (2, 5, 3)]


@ORDERS
def test_complex_numbers_are_scanned_like_real_ones(by):
    a, b = (
        torch.complex(*drawn(2, 9, 3, seed=seed)).detach().requires_grad_() for seed in range(2)
    )
    h_0 = torch.randn(2, 3, dtype=torch.complex128)
    torch.testing.assert_close(scan(a, b, h_0, by=by), loop(a, b, h_0))
    given = (a, b, h_0.requires_grad_())
    assert torch.autograd.gradcheck(lambda a, b, h_0: scan(a, b, h_0, by=by), given)


def test_integers_added_up_by_hand():
    ones = torch.ones(1, 6)
    numbers = torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]])
    assert scan(ones, numbers).tolist() == [[1, 3, 6, 10, 15, 21]]
    assert scan(2 * ones, ones).tolist() == [[1, 3, 7, 15, 31, 63]]
    assert scan(0 * ones, numbers).tolist() == numbers.tolist()


@pytest.mark.parametrize("shape", [(2, 9), (2, 9, 3), (2, 9, 3, 4)])
def test_states_may_have_any_shape(shape):
    a, b = drawn(*shape)
    for order in (chunks, doubling, step_by_step):
        torch.testing.assert_close(scan(a, b, by=order), loop(a, b))
        torch.testing.assert_close(order(a, b), loop(a, b))


def test_it_goes_on_from_where_it_stopped():
    a, b = drawn(2, 9, 3)
    whole = scan(a, b)
    torch.testing.assert_close(scan(a[:, 4:], b[:, 4:], whole[:, 3]), whole[:, 4:])


@ORDERS
def test_decays_near_one_over_thousands_of_steps_stay_exact(by):
    a = torch.full((1, 5000), 0.9999, dtype=F64)
    b = torch.ones(1, 5000, dtype=F64)
    closed = (1 - a[0, 0] ** torch.arange(1, 5001)) / (1 - a[0, 0])
    torch.testing.assert_close(scan(a, b, by=by)[0], closed)


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
