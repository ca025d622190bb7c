"""One step of our cells is one step of PyTorch's, forwards and backwards."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook.cells import GRUCell, LSTMCell, SimpleRNNCell, step_of_cho, step_of_chung

PAIRS = [(SimpleRNNCell, nn.RNNCell), (LSTMCell, nn.LSTMCell), (GRUCell, nn.GRUCell)]
CELLS = [ours for ours, _ in PAIRS]
DEVICES = ["meta", "cuda"] if torch.cuda.is_available() else ["meta"]

pairs = pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=lambda cell: cell.__name__)
cells = pytest.mark.parametrize("cell_class", CELLS, ids=lambda cell: cell.__name__)


def whole(state: Tensor | tuple[Tensor, ...]) -> Tensor:
    """Join a state into one tensor, whatever it consists of."""
    return torch.stack(state) if isinstance(state, tuple) else state


def zeros(cell: nn.Module, *shape: int) -> Tensor | tuple[Tensor, Tensor]:
    h = torch.zeros(shape)
    return (h, h.clone()) if isinstance(cell, LSTMCell | nn.LSTMCell) else h


def test_the_plain_cell_computes_its_equation_on_a_hand_example():
    cell = SimpleRNNCell(1, 1)
    with torch.no_grad():
        for parameter, value in zip(cell.parameters(), (0.5, 2.0, 0.1, 0.2), strict=True):
            parameter.fill_(value)
    h = cell(torch.tensor([[1.0]]), torch.tensor([[0.25]]))
    assert h.item() == pytest.approx(torch.tanh(torch.tensor(0.5 + 0.5 + 0.3)).item())


def test_an_open_forget_gate_and_a_shut_input_gate_keep_the_memory():
    cell = LSTMCell(1, 1)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.bias_ih.copy_(torch.tensor([-50.0, 50.0, 0.0, 50.0]))
    h, c = cell(torch.tensor([[3.0]]), (torch.zeros(1, 1), torch.tensor([[0.7]])))
    assert c.item() == pytest.approx(0.7)
    assert h.item() == pytest.approx(torch.tanh(torch.tensor(0.7)).item())


def test_the_rows_of_an_lstm_are_input_forget_candidate_output():
    rows = torch.tensor([[-1.0, 0.0, 0.5, 2.0]])
    i, f, g, o = LSTMCell.gates(rows, torch.zeros(1, 1), torch.zeros(4, 1), None)
    expected = [torch.sigmoid(rows[0, 0]), 0.5, torch.tanh(rows[0, 2]), torch.sigmoid(rows[0, 3])]
    assert [float(part) for part in (i, f, g, o)] == pytest.approx([float(e) for e in expected])


def test_an_update_gate_of_one_keeps_the_old_state():
    cell = GRUCell(1, 1)
    with torch.no_grad():
        cell.bias_ih.copy_(torch.tensor([0.0, 50.0, 0.0]))
    assert cell(torch.tensor([[3.0]]), torch.tensor([[0.3]])).item() == pytest.approx(0.3)


@pairs
@settings(max_examples=10, deadline=None)
@given(
    batch=st.integers(1, 4),
    input_size=st.integers(1, 5),
    hidden_size=st.integers(1, 5),
    seed=st.integers(0, 2**16),
)
def test_a_step_and_its_gradients_are_those_of_pytorch(
    ours, theirs, batch, input_size, hidden_size, seed
):
    torch.manual_seed(seed)
    for dtype, atol in ((torch.float32, 1e-5), (torch.float64, 1e-10)):
        a, b = ours(input_size, hidden_size).to(dtype), theirs(input_size, hidden_size, dtype=dtype)
        a.load_state_dict(b.state_dict())
        x = torch.randn(batch, input_size, dtype=dtype, requires_grad=True)
        h = torch.randn(batch, hidden_size, dtype=dtype, requires_grad=True)
        c = torch.randn(batch, hidden_size, dtype=dtype, requires_grad=True)
        state = (h, c) if ours is LSTMCell else h
        weight = torch.randn(batch, hidden_size, dtype=dtype)
        answers = [whole(cell(x, state)) for cell in (a, b)]
        torch.testing.assert_close(*answers, atol=atol, rtol=0)
        leaves = [x, h, c] if ours is LSTMCell else [x, h]
        gradients = [
            torch.autograd.grad((answer * weight).sum(), [*leaves, *cell.parameters()])
            for answer, cell in zip(answers, (a, b), strict=True)
        ]
        for mine, expected in zip(*gradients, strict=True):
            torch.testing.assert_close(mine, expected, atol=atol, rtol=atol)


@pairs
def test_state_dicts_are_exchanged_both_ways(ours, theirs):
    a, b = ours(3, 4), theirs(3, 4)
    x = torch.randn(2, 3)
    a.load_state_dict(b.state_dict())
    torch.testing.assert_close(whole(a(x)), whole(b(x)))
    fresh = ours(3, 4)
    b.load_state_dict(fresh.state_dict())
    torch.testing.assert_close(whole(fresh(x)), whole(b(x)))


@pairs
def test_initial_weights_are_drawn_within_the_bound_of_pytorch(ours, theirs):
    for cell in (ours(8, 25), theirs(8, 25)):
        largest = max(parameter.abs().max().item() for parameter in cell.parameters())
        assert 0.9 * 0.2 < largest <= 0.2


@pairs
def test_arguments_have_the_names_of_pytorch_and_a_list_is_a_state(ours, theirs):
    a, b = ours(3, 4), theirs(3, 4)
    a.load_state_dict(b.state_dict())
    x, h = torch.randn(2, 3), torch.randn(2, 4)
    state = [h, h] if ours is LSTMCell else h
    torch.testing.assert_close(whole(a(input=x, hx=state)), whole(b(input=x, hx=state)))


@cells
def test_a_cell_prints_its_sizes_and_takes_those_of_numpy(cell_class):
    cell = cell_class(np.int64(3), np.int64(4))
    assert repr(cell) == f"{cell_class.__name__}(3, 4)"
    assert whole(cell(torch.zeros(2, 3))).shape[-2:] == (2, 4)


@cells
def test_no_state_means_zeros(cell_class):
    cell, x = cell_class(3, 4), torch.randn(2, 3)
    assert torch.equal(whole(cell(x)), whole(cell(x, zeros(cell, 2, 4))))


@cells
def test_one_example_needs_no_batch(cell_class):
    cell, x = cell_class(3, 4), torch.randn(3)
    torch.testing.assert_close(whole(cell(x)), whole(cell(x[None]))[..., 0, :])


@cells
def test_the_letters_of_the_equation_are_views_that_cannot_be_written(cell_class):
    cell = cell_class(3, 4)
    assert cell.W_xh.data_ptr() == cell.weight_ih.data_ptr()
    assert torch.equal(cell.W_hh, cell.weight_hh)
    with pytest.raises(AttributeError):
        cell.W_hh = torch.zeros(4, 4)
    with pytest.raises(RuntimeError, match="in-place"):
        cell.W_hh.zero_()


@cells
@pytest.mark.parametrize("letter", ["W_xh", "W_hh"])
def test_help_tells_whose_letter_it_is_and_its_shape(cell_class, letter):
    words, parameter = getattr(cell_class, letter).__doc__, letter.replace("W_xh", "weight_ih")
    assert f"``{parameter.replace('W_hh', 'weight_hh')}``" in words
    shape = re.search(r"\(.*\)", words).group()
    assert (
        eval(shape, {"input_size": 3, "hidden_size": 4}) == getattr(cell_class(3, 4), letter).shape
    )


@pytest.mark.parametrize("cell_class", [SimpleRNNCell, LSTMCell])
def test_the_bias_of_the_equation_is_the_sum_of_the_two_halves(cell_class):
    cell = cell_class(3, 4)
    assert torch.equal(cell.b_h, cell.bias_ih + cell.bias_hh)


@cells
@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (
            torch.zeros(2, 5, 3),
            ValueError,
            r"expected input of shape \(batch, input_size\) or \(input_s",
        ),
        (torch.zeros(()), ValueError, "expected input of shape"),
        (torch.zeros(2, 4), ValueError, "expected input with input_size = 3"),
        (torch.zeros(2, 3, dtype=torch.int64), TypeError, "expected input of floating-point"),
        (torch.zeros(2, 3, dtype=torch.float64), TypeError, "type of the weights"),
        (torch.zeros(0, 3), ValueError, "input is empty"),
        ([[1.0, 2.0, 3.0]], TypeError, "input must be a tensor, got list"),
        (torch.zeros(2, 3, device="meta"), ValueError, "where the weights are"),
    ],
)
def test_a_bad_input_gets_one_clear_error(cell_class, x, error, message):
    with pytest.raises(error, match=f"^{cell_class.__name__}: .*{message}"):
        cell_class(3, 4)(x)


@cells
@pytest.mark.parametrize(
    ("h", "error", "message"),
    [
        (torch.zeros(1, 2, 4), ValueError, "2 dimensions"),
        (torch.zeros(3, 4), ValueError, r"shape \(2, 4\)"),
        (torch.zeros(1, 4), ValueError, r"shape \(2, 4\)"),
        (torch.zeros(2, 4, dtype=torch.int64), TypeError, "floating-point"),
        (torch.zeros(2, 4, dtype=torch.float64), TypeError, "type of the weights"),
    ],
)
def test_a_bad_state_gets_one_clear_error(cell_class, h, error, message):
    state = (torch.zeros(2, 4), h) if cell_class is LSTMCell else h
    name = "c" if cell_class is LSTMCell else "h"
    with pytest.raises(error, match=f"^{cell_class.__name__}: expected {name} .*{message}"):
        cell_class(3, 4)(torch.zeros(2, 3), state)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (torch.zeros(2, 4), r"expected the state \(h, c\) as a tuple, got Tensor"),
        ((torch.zeros(2, 4),), "got 1 tensors"),
        ((torch.zeros(2, 4), None), "c must be a tensor, got NoneType"),
    ],
)
def test_the_lstm_takes_a_whole_pair_only(state, message):
    with pytest.raises(TypeError, match=message):
        LSTMCell(3, 4)(torch.zeros(2, 3), state)


@pytest.mark.parametrize("cell_class", [SimpleRNNCell, GRUCell])
def test_a_pair_is_refused_where_one_state_is_carried(cell_class):
    with pytest.raises(TypeError, match="h must be a tensor, got tuple"):
        cell_class(3, 4)(torch.zeros(2, 3), (torch.zeros(2, 4), torch.zeros(2, 4)))


@cells
@pytest.mark.parametrize(
    ("sizes", "error"), [((0, 4), ValueError), ((3, -1), ValueError), ((3.0, 4), TypeError)]
)
def test_sizes_are_positive_whole_numbers(cell_class, sizes, error):
    with pytest.raises(error, match=f"{cell_class.__name__}: .*_size must be"):
        cell_class(*sizes)


@cells
@pytest.mark.parametrize("device", DEVICES)
def test_the_state_is_made_on_the_device_of_the_input(cell_class, device):
    cell = cell_class(3, 4).to(device)
    assert whole(cell(torch.zeros(2, 3, device=device))).device.type == device


def gru_step(seed, *, diagonal=False):
    """What a GRU step needs: ``W_xh x + b_xh``, the state, the recurrent weights and their bias."""
    torch.manual_seed(seed)
    W_hh = torch.randn(15, 5, dtype=torch.float64)
    if diagonal:
        W_hh[10:] = torch.diag(torch.randn(5, dtype=torch.float64))
    b_hh = torch.randn(15, dtype=torch.float64)
    b_hh[10:] = 0  # behind the reset in one form, before it in the other
    return torch.randn(4, 15, dtype=torch.float64), torch.randn(4, 5).double(), W_hh, b_hh


@given(st.integers(0, 2**16))
@settings(max_examples=10, deadline=None)
def test_resetting_before_the_product_is_the_same_only_with_a_diagonal_matrix(seed):
    same = gru_step(seed, diagonal=True)
    torch.testing.assert_close(step_of_cho(*same), GRUCell.step(*same))
    other = gru_step(seed)
    assert not torch.allclose(step_of_cho(*other), GRUCell.step(*other))


@given(st.integers(0, 2**16))
@settings(max_examples=10, deadline=None)
def test_an_update_gate_the_other_way_round_is_one_with_other_signs(seed):
    from_input, h, W_hh, b_hh = gru_step(seed)
    wanted = step_of_cho(from_input, h, W_hh, b_hh)
    for rows in (from_input.T, W_hh, b_hh):
        rows[5:10] *= -1  # in place, the second third
    torch.testing.assert_close(step_of_chung(from_input, h, W_hh, b_hh), wanted)


def test_cho_keeps_where_the_update_gate_is_open_and_chung_replaces():
    from_input, h = torch.tensor([[0.0, 50.0, 2.0]]), torch.tensor([[0.3]])
    W_hh, b_hh = torch.zeros(3, 1), torch.zeros(3)
    assert step_of_cho(from_input, h, W_hh, b_hh).item() == pytest.approx(0.3)
    new = torch.tanh(torch.tensor(2.0)).item()
    assert step_of_chung(from_input, h, W_hh, b_hh).item() == pytest.approx(new)


@pytest.mark.parametrize("step", [step_of_cho, step_of_chung, GRUCell.step])
@given(st.integers(0, 2**16))
@settings(max_examples=5, deadline=None)
def test_a_bias_adds_to_what_comes_from_the_input_where_no_reset_stands_between(step, seed):
    from_input, h, W_hh, _ = gru_step(seed)
    b_hh = torch.randn(15, dtype=torch.float64)
    moved = b_hh.clone()
    if step is GRUCell.step:
        moved[10:] = 0  # the reset gate scales it
    at_once = step(from_input + moved, h, W_hh, b_hh - moved)
    torch.testing.assert_close(step(from_input, h, W_hh, b_hh), at_once)


def test_a_plain_step_takes_another_activation():
    ours, theirs = SimpleRNNCell(3, 4), nn.RNNCell(3, 4, nonlinearity="relu")
    theirs.load_state_dict(ours.state_dict())
    x, h = torch.randn(2, 3), torch.randn(2, 4)
    from_input = F.linear(x, ours.weight_ih, ours.bias_ih)
    step = SimpleRNNCell.step(from_input, h, ours.weight_hh, ours.bias_hh, torch.relu)
    torch.testing.assert_close(step, theirs(x, h))


@cells
def test_a_cell_stays_where_it_was_built_whatever_the_default_device(cell_class, elsewhere):
    assert whole(cell_class(3, 4)(torch.zeros(2, 3))).device.type == "meta"
    with torch.device("cpu"):
        cell, x = cell_class(3, 4), torch.randn(2, 3)
    assert whole(cell(x)).device.type == "cpu"
