"""The plain layer with a gradient by hand: it is nn.RNN, and so is its gradient."""

import pytest
import torch
from torch import nn

from rnnbook.bptt import through_time
from rnnbook.layers import FastRNN, read
from rnnbook.layers.fast import gradients, states


def both(batch_first: bool = False) -> tuple[FastRNN, nn.RNN]:
    torch.manual_seed(0)
    theirs = nn.RNN(3, 4, batch_first=batch_first).double()
    ours = FastRNN(3, 4, batch_first=batch_first).double()
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("steps", [1, 2, 9])
def test_states_and_all_gradients_are_those_of_pytorch(batch_first, steps):
    ours, theirs = both(batch_first)
    shape = (5, steps, 3) if batch_first else (steps, 5, 3)
    xs = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    h_0 = torch.randn(1, 5, 4, dtype=torch.float64, requires_grad=True)
    found = []
    for layer in (ours, theirs):
        output, h_n = layer(xs, h_0)
        loss = output.square().sum() + h_n.sum()
        found.append((output, h_n, *torch.autograd.grad(loss, [xs, h_0, *layer.parameters()])))
    for mine, right in zip(*found, strict=True):
        torch.testing.assert_close(mine, right, rtol=1e-12, atol=1e-12)


def test_the_gradient_is_that_of_finite_differences():
    ours, _ = both()
    xs = torch.randn(4, 2, 3, dtype=torch.float64, requires_grad=True)
    h_0 = torch.randn(1, 2, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda xs, h_0: ours(xs, h_0)[0], (xs, h_0))


def test_equations_are_those_of_backpropagation_by_hand():
    torch.manual_seed(1)
    zs, d_hs = torch.randn(2, 6, 3, 4, dtype=torch.float64)
    h_0, W_hh = torch.randn(3, 4).double(), torch.randn(4, 4).double()
    hs = states(zs, h_0, W_hh)
    d_zs, d_h_0, d_W_hh = gradients(d_hs, hs, h_0, W_hh)
    first = (part.transpose(0, 1) for part in (d_hs, zs, hs))
    right = through_time(*first, h_0, torch.eye(4).double(), W_hh)
    torch.testing.assert_close(d_zs.transpose(0, 1), right.zs)
    torch.testing.assert_close(d_h_0, right.h_0)
    torch.testing.assert_close(d_W_hh, right.W_hh)


def test_autograd_records_one_entry_for_all_steps():
    ours, theirs = both()

    def entries(output: torch.Tensor) -> int:
        seen, left = set(), [output.grad_fn]
        while left:
            node = left.pop()
            if node is not None and node not in seen:
                seen.add(node)
                left += [below for below, _ in node.next_functions]
        return len(seen)

    few = [entries(ours(torch.zeros(steps, 2, 3).double())[0]) for steps in (5, 50)]
    many = [entries(theirs(torch.zeros(steps, 2, 3).double())[0]) for steps in (5, 50)]
    assert few[0] == few[1] < many[0] < many[1]


def test_it_is_not_differentiated_twice():
    ours, _ = both()
    output, _ = ours(torch.ones(3, 2, 3).double())
    (gradient,) = torch.autograd.grad(output.square().sum(), ours.weight_hh_l0, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


def test_it_starts_as_pytorch_does():
    torch.manual_seed(0)
    ours = FastRNN(3, 400)
    for parameter in ours.parameters():
        assert parameter.abs().max() <= 400**-0.5
        assert parameter.max() > 0.9 * 400**-0.5
        assert parameter.min() < -0.9 * 400**-0.5


def test_padding_changes_nothing():
    ours, _ = both(batch_first=True)
    xs, lengths = torch.randn(3, 5, 3, dtype=torch.float64), torch.tensor([2, 5, 1])
    output, h_n = read(ours, xs, lengths=lengths)
    assert h_n.shape == (1, 3, 4)
    for row, length in enumerate(lengths.tolist()):
        alone, end = ours(xs[[row], :length])
        torch.testing.assert_close(output[row, :length], alone[0])
        torch.testing.assert_close(h_n[:, row], end[:, 0])


def test_under_autocast_the_gradient_reaches_the_weights(autocast):
    layer = FastRNN(3, 4, batch_first=True)
    output, _ = read(layer, torch.randn(2, 5, 3), lengths=torch.tensor([5, 2]))
    output.float().sum().backward()
    assert all(p.grad is not None and p.grad.dtype == torch.float32 for p in layer.parameters())


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda: FastRNN(0, 4), ValueError, "input_size must be at least 1"),
        (lambda: FastRNN(3, 4, batch_first=1), TypeError, "batch_first must be True or False"),
        (lambda: FastRNN(3, 4)(torch.zeros(5, 3)), ValueError, r"xs of shape \(time, batch"),
        (lambda: FastRNN(3, 4)(torch.zeros(5, 2, 4)), ValueError, "xs with input_size = 3"),
        (
            lambda: FastRNN(3, 4)(torch.zeros(5, 2, 3), torch.zeros(1, 3, 4)),
            ValueError,
            r"h_0 of shape \(1, 2, 4\)",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(change, error, words):
    with pytest.raises(error, match=f"FastRNN: .*{words}"):
        change()
