"""The experiment on one harness: what is counted, what is equal, and what a look changes."""

import pytest
import torch
from torch import nn

from rnnbook.experiments import battery
from rnnbook.experiments.bill import multiplied
from rnnbook.layers import LinearAttention, MinGRU
from rnnbook.training import count_parameters, evaluate, fit

EVERY = [(name, cell) for name in battery.PROBLEMS for cell in battery.CELLS]


@pytest.mark.parametrize("name", battery.PROBLEMS)
def test_problems_say_what_their_tasks_draw(name):
    problem = battery.PROBLEMS[name]
    batch = problem.task.batch(3, torch.Generator().manual_seed(0))
    model = battery.network(name, "S4D", 4)
    assert batch.inputs[0].shape[1] == problem.time
    assert model.reader.rnn.input_size == (sum(problem.ids) or batch.inputs[0].shape[2])
    assert model(*batch.inputs).shape == (3, problem.time, problem.outputs)


@pytest.mark.parametrize(("name", "cell"), EVERY)
def test_each_network_is_the_widest_that_fits(name, cell):
    width = battery.width(name, cell)
    sizes = [count_parameters(battery.network(name, cell, width + more)) for more in (0, 1)]
    assert sizes[0] <= battery.PARAMETERS < sizes[1]


def test_products_of_matrices_are_counted_as_pytorch_counts_them():
    problem = battery.PROBLEMS["copy"]
    D = problem.inputs
    # what is left are products of single numbers: three a unit, say
    single = {
        "RNN": lambda H: 0,
        "LSTM": lambda H: 3 * H,
        "GRU": lambda H: 3 * H,
        "minGRU": lambda H: 2 * H,
        "delta rule": lambda H: H * H + 3 * H,
    }
    steps = {
        "RNN": lambda H: nn.RNNCell(D, H),
        "LSTM": lambda H: nn.LSTMCell(D, H),
        "GRU": lambda H: nn.GRUCell(D, H),
        "minGRU": lambda H: MinGRU(D, H).step,
        "delta rule": lambda H: LinearAttention(D, H, write="delta").step,
    }
    x = torch.randn(1, D)
    for cell, build in steps.items():
        H = battery.width("copy", cell)
        reader = battery.network("copy", cell, H).reader
        step = build(H)

        def products(step=step, reader=reader, H=H):
            step(x)
            reader.fc(reader.widen(torch.randn(1, H)))

        counted = multiplied(products) + single[cell](H)
        assert battery.multiplications("copy", cell) == problem.time * counted, cell


def test_a_state_space_multiplies_complex_numbers():
    D, H, N = 2, battery.width("keep", "S4D"), battery.STATE
    # four real products for a complex one, two for a complex number by a real one
    a_step = H * D + H * N * (4 + 2 + 2) + H
    assert battery.multiplications("keep", "S4D") == 100 * (a_step + 2 * H * H + 2 * H * 2)


@pytest.mark.parametrize("name", battery.PROBLEMS)
def test_equal_work_is_that_of_the_cheapest(name):
    few = {cell: battery.updates_at_equal_work(name, cell) for cell in battery.CELLS}
    work = {cell: n * battery.multiplications(name, cell) for cell, n in few.items()}
    assert max(few.values()) == battery.UPDATES
    cheapest = max(few, key=few.get)
    for cell in battery.CELLS:
        assert work[cell] <= work[cheapest] < work[cell] + battery.multiplications(name, cell)


def test_looking_does_not_change_a_training():
    found, taken = battery.trained("copy", "GRU", 3, 1e-2, (5, 8))
    task = battery.PROBLEMS["copy"].task
    for updates, right in zip((5, 8), found, strict=True):
        torch.manual_seed(3)
        model = battery.network("copy", "GRU", battery.width("copy", "GRU"))
        fit(model, task, steps=updates, seed=3, batch_size=battery.BATCH, learning_rate=1e-2)
        assert evaluate(model, task, seed=10_003, size=battery.JUDGED) == right
    assert taken == 8


def test_a_solved_task_is_not_trained_further(monkeypatch):
    monkeypatch.setattr(battery, "UNTIL", 10.0)
    found, taken = battery.trained("parity", "RNN", 0, 1e-2, (5, 30))
    assert taken == 20
    assert len(found) == 2


def test_every_cell_meets_every_task(monkeypatch):
    monkeypatch.setattr(battery, "UPDATES", 2)
    monkeypatch.setattr(battery, "JUDGED", 4)
    result = battery.one(0)
    assert list(result.updates) == list(result.work) == list(result.taken) == EVERY
    assert set(result.taken.values()) == {2}
    monkeypatch.setattr(battery, "RATES", (1e-2,))
    assert battery.rates((0,)).keys() == {(name, cell, 1e-2) for name, cell in EVERY}


def test_a_convolution_goes_on_from_no_state():
    layer, xs = battery.Convolved(3, 4, batch_first=True), torch.randn(2, 5, 3)
    with pytest.raises(ValueError, match="expected a padded batch and no state"):
        layer(xs, torch.zeros(1, 2, 4, 32))
