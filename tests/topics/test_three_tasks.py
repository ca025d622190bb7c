"""The table of three tasks: what its rows share with the battery, and what a chapter gets of it."""

import pytest
import torch

from rnnbook.experiments import battery, three_tasks
from rnnbook.training import count_parameters

EVERY = [(name, task) for name in three_tasks.LAYERS for task in three_tasks.PROBLEMS]


@pytest.mark.parametrize(("name", "task"), EVERY)
def test_each_network_is_the_widest_that_fits(name, task):
    width = three_tasks.width(name, task)
    wider = three_tasks.HEADS if name == "transformer" else 1
    models = [three_tasks.network(name, task, size) for size in (width, width + wider)]
    sizes = [count_parameters(model) for model in models]
    assert sizes[0] <= three_tasks.PARAMETERS < sizes[1]


@pytest.mark.parametrize("task", three_tasks.PROBLEMS)
def test_problems_say_what_their_tasks_draw(task):
    problem = three_tasks.PROBLEMS[task]
    batch = problem.task.batch(3, torch.Generator().manual_seed(0))
    answers = three_tasks.network("GRU", task, 4)(*batch.inputs)
    assert answers.shape == (3, problem.time, problem.outputs)


@pytest.mark.parametrize("task", ["copy", "parity"])
@pytest.mark.parametrize("name", [name for name in three_tasks.LAYERS if name in battery.CELLS])
def test_copy_and_parity_are_those_of_the_battery(name, task, monkeypatch):
    rate = three_tasks.RATE[task][name]
    assert rate == battery.RATE[task][name]
    monkeypatch.setattr(three_tasks, "UPDATES", 4)
    battery.width(task, name)  # as there, before weights are drawn: the search for it draws some
    (there,), _ = battery.trained(task, name, 3, rate, (4,))
    assert three_tasks.trained(name, task, 3, rate) == there


def test_a_first_training_is_as_a_second(monkeypatch):
    monkeypatch.setattr(three_tasks, "UPDATES", 1)
    three_tasks.width.cache_clear()
    first, second = (three_tasks.trained("LSTM", "copy", 3, 1e-2) for _ in range(2))
    assert first == second


def test_a_chapter_gets_the_rows_that_it_names(monkeypatch):
    monkeypatch.setattr(three_tasks, "UPDATES", 2)
    monkeypatch.setattr(three_tasks, "JUDGED", 4)
    assert three_tasks.ROWS.keys() == three_tasks.LAYERS.keys()
    table = three_tasks.table(seeds=(0,))
    assert list(table) == ["no memory", *three_tasks.ROWS]
    result = three_tasks.run((0,))
    assert result.right.keys() == set(EVERY)
    for name, shares in list(table.items())[1:]:
        assert shares == {task: result.right[name, task][0] for task in three_tasks.PROBLEMS}
    two = three_tasks.table("minGRU", "GRU", seeds=(0,))
    assert list(two) == ["no memory", "minGRU", "GRU"]
    with pytest.raises(ValueError, match="expected some of LSTM, GRU"):
        three_tasks.table("minLSTM")


def test_each_row_is_of_the_layer_that_it_is_named_for(monkeypatch):
    monkeypatch.setattr(three_tasks, "row", lambda name, seed: (name, seed))
    assert [one(5) for one in three_tasks.ROWS.values()] == [(n, 5) for n in three_tasks.LAYERS]


def test_rates_are_tried_for_each_layer_on_each_task(monkeypatch):
    monkeypatch.setattr(three_tasks, "trained", lambda name, task, seed, rate: 0.5)
    tried = {(name, task, rate) for name, task in EVERY for rate in three_tasks.RATES}
    assert three_tasks.rates().keys() == tried
    for name, task in EVERY:
        assert three_tasks.RATE[task][name] in three_tasks.RATES


def test_the_transformer_looks_only_back():
    layer, xs = three_tasks.Attends(3, 8), torch.randn(2, 5, 3)
    later = torch.cat([xs[:, :3], torch.randn(2, 2, 3)], dim=1)
    assert torch.equal(layer(xs)[0][:, :3], layer(later)[0][:, :3])
    with pytest.raises(ValueError, match="num_layers=1"):
        three_tasks.Attends(3, 8, 2)
