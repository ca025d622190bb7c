"""A stack is its layers in a row; the budget; the task."""

from __future__ import annotations

import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from rnnbook import layers
from rnnbook.batch import UNASKED
from rnnbook.experiments import depth
from rnnbook.models import DeepRNN
from rnnbook.tasks.pairs_of_pairs import PairsOfPairs
from rnnbook.training import count_parameters, largest_size

LAYERS = [nn.RNN, nn.LSTM, nn.GRU, layers.RNN, layers.LSTM, layers.GRU]
ATOL = {torch.float32: 1e-5, torch.float64: 1e-10}


def everything(outputs: Tensor, h_n: Tensor, leaves: list[Tensor]) -> list[Tensor]:
    """What a call gives, and the gradient of all of it at every leaf."""
    generator = torch.Generator().manual_seed(0)
    total = sum(
        (t * torch.randn(t.shape, generator=generator, dtype=t.dtype)).sum() for t in (outputs, h_n)
    )
    return [outputs, h_n, *torch.autograd.grad(total, leaves)]


@settings(max_examples=20, deadline=None)
@given(
    num_layers=st.integers(1, 3),
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    batch=st.integers(1, 3),
    time=st.integers(1, 5),
    seed=st.integers(0, 2**16),
)
def test_layers_in_a_row_are_the_stack_of_pytorch(num_layers, sizes, batch, time, seed):
    for dtype, atol in ATOL.items():
        torch.manual_seed(seed)
        theirs = nn.RNN(*sizes, num_layers=num_layers, batch_first=True, dtype=dtype)
        chain = [layer.to(dtype) for layer in depth.one_by_one(theirs)]
        for k, layer in enumerate(chain):  # from float32 back to the very numbers
            for name, parameter in layer.named_parameters():
                parameter.data.copy_(theirs.get_parameter(name.replace("_l0", f"_l{k}")).data)
        xs = torch.randn(batch, time, sizes[0], dtype=dtype, requires_grad=True)
        states, ends = depth.through(chain, xs)
        mine = [p for layer in chain for p in layer.parameters()]
        found = everything(states[-1], ends, [xs, *mine])
        expected = everything(*theirs(xs), [xs, *theirs.parameters()])
        for a, b in zip(found, expected, strict=True):
            torch.testing.assert_close(a, b, atol=atol, rtol=10 * atol)


@pytest.mark.parametrize("layer", LAYERS)
def test_padding_changes_no_answer_in_any_layer(layer):
    torch.manual_seed(0)
    model, xs = DeepRNN(3, 4, 2, 5, layer=layer).eval(), torch.randn(3, 6, 3)
    lengths = torch.tensor([2, 6, 1])
    output, _ = model(xs, lengths=lengths)
    assert output.shape == (3, 6, 5)
    for row, length in enumerate(lengths.tolist()):
        torch.testing.assert_close(output[row, :length], model(xs[row : row + 1, :length])[0][0])


def test_the_last_of_h_n_is_the_top_layer():
    model, xs = DeepRNN(3, 4, 3, 2), torch.randn(2, 5, 3)
    states, ends = depth.states(model.rnn, xs)
    assert ends.shape == (3, 2, 4)
    torch.testing.assert_close(model.eval()(xs)[1], ends)
    torch.testing.assert_close(states[-1][:, -1], ends[-1])


def test_a_state_handed_back_goes_on_where_the_first_half_ended():
    model, xs = DeepRNN(3, 4, 2, 2).eval(), torch.randn(2, 6, 3)
    whole, end = model(xs)
    first, middle = model(xs[:, :2])
    second, again = model(xs[:, 2:], middle)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)
    torch.testing.assert_close(again, end)


def test_only_a_stack_has_dropout_and_a_single_layer_says_that_it_has_none():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert DeepRNN(3, 4, 1, 2).rnn.dropout == 0.0
    assert DeepRNN(3, 4, 2, 2).rnn.dropout == 0.2
    assert DeepRNN(3, 4, 2, 2, dropout=0.5).rnn.dropout == 0.5
    for layer in (nn.RNN, layers.RNN):
        with pytest.warns(UserWarning, match="dropout"):
            DeepRNN(3, 4, 1, 2, dropout=0.2, layer=layer)
    with pytest.raises(ValueError, match="DeepRNN: dropout must lie between 0 and 1"):
        DeepRNN(3, 4, 2, 2, dropout=20)


@pytest.mark.parametrize("place", range(4))
def test_sizes_are_positive_whole_numbers(place):
    sizes: list[object] = [3, 4, 2, 2]
    for wrong, error in ((0, ValueError), (2.0, TypeError)):
        sizes[place] = wrong
        with pytest.raises(error, match=r"DeepRNN: .* must be"):
            DeepRNN(*sizes)


@pytest.mark.parametrize(
    ("x", "lengths", "error", "message"),
    [
        (torch.zeros(2, 5, 4), None, ValueError, "input_size = 3"),
        (torch.zeros(2, 5, 3).long(), None, TypeError, "floating-point"),
        (torch.zeros(2, 5, 3), torch.tensor([0, 5]), ValueError, "between 1 and 5"),
    ],
)
def test_bad_calls_get_one_clear_error(x, lengths, error, message):
    with pytest.raises(error, match=message):
        DeepRNN(3, 4, 2, 2)(x, lengths=lengths)


# ------------------------------------------------------------------ an equal budget


@settings(max_examples=20, deadline=None)
@given(parameters=st.integers(40, 3000), num_layers=st.integers(1, 3))
def test_one_size_more_would_break_the_budget(parameters, num_layers):
    def build(size: int) -> nn.Module:
        return nn.RNN(3, size, num_layers=num_layers)

    size = largest_size(build, parameters)
    assert count_parameters(build(size)) <= parameters < count_parameters(build(size + 1))


@pytest.mark.parametrize(
    ("parameters", "error"), [(2, ValueError), (0, ValueError), (9.5, TypeError)]
)
def test_a_budget_that_makes_no_sense_is_refused(parameters, error):
    with pytest.raises(error, match="largest_size"):
        largest_size(lambda size: nn.Linear(3, size), parameters)


# ------------------------------------------------------------------ the task


def test_the_answer_is_looked_up_twice():
    task = PairsOfPairs(symbols=5, length=7, tables=3)
    batch = task.batch(20, torch.Generator().manual_seed(0))
    first, second = task.lookup.tolist()
    for symbols, target in zip(
        batch.inputs[0].argmax(-1).tolist(), batch.target.tolist(), strict=True
    ):
        assert target[:3] == [UNASKED] * 3
        for t in range(3, 7):
            before = first[symbols[t - 3]][symbols[t - 2]]
            now = first[symbols[t - 1]][symbols[t]]
            assert target[t] == second[before][now]


def test_tables_belong_to_their_seed():
    assert torch.equal(PairsOfPairs(tables=1).lookup, PairsOfPairs(tables=1).lookup)
    assert not torch.equal(PairsOfPairs(tables=1).lookup, PairsOfPairs(tables=2).lookup)


def test_frequencies_are_those_of_all_four_symbols():
    task = PairsOfPairs(symbols=4, length=4)
    ids = torch.cartesian_prod(*[torch.arange(4)] * 4)
    names = task.names(ids)
    answers = task.lookup[1][names[:, 1], names[:, 3]]
    counted = torch.bincount(answers, minlength=4) / len(ids)
    torch.testing.assert_close(task.frequencies.float(), counted)
    assert task.frequencies.sum().item() == pytest.approx(1)


@pytest.mark.parametrize("options", [{"symbols": 1}, {"length": 3}])
def test_a_task_without_two_pairs_is_refused(options):
    with pytest.raises(ValueError, match="at least two symbols and a length of at least four"):
        PairsOfPairs(**options)


def test_a_probe_reads_what_lies_open_and_no_more():
    generator = torch.Generator().manual_seed(0)
    told, right = (torch.randint(3, (400,), generator=generator) for _ in range(2))
    known, asked = (nn.functional.one_hot(t, 3).float() for t in (told, right))
    assert depth.probe(known, asked, told, right, 3) == 1.0
    noise = [torch.randn(400, 3, generator=generator) for _ in range(2)]
    assert depth.probe(noise[0], noise[1], told, right, 3) < 0.5
