"""Every task of the book has the one form that ``rnnbook.batch.Task`` describes.

Tasks are found by walking ``rnnbook.tasks``, so none can be forgotten. What the best trivial answer
and the right answer look like follows from the targets: the commonest class or the mean, and the
target itself. A task for which that is not so says it in the methods ``trivial`` and ``perfect``.
"""

import dataclasses
import importlib
import inspect
import math
import pkgutil
import random
import statistics

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import rnnbook.tasks
from rnnbook.batch import Batch

SURE = 30.0  # a logit so large that softmax gives the class a probability of one


def modules():
    return [
        importlib.import_module(f"rnnbook.tasks.{found.name}")
        for found in pkgutil.iter_modules(rnnbook.tasks.__path__)
        if not found.name.startswith("_")
    ]


def tasks_in(module):
    return [
        thing
        for thing in vars(module).values()
        if inspect.isclass(thing)
        and thing.__module__ == module.__name__
        and hasattr(thing, "batch")
    ]


TASKS = [task for module in modules() for task in tasks_in(module)]


def draw(task, size, seed):
    return task.batch(size, torch.Generator().manual_seed(seed))


def tensors(batch):
    lengths = () if batch.lengths is None else (batch.lengths,)
    return (*batch.inputs, batch.target, *lengths)


def same(one, other):
    pairs = zip(tensors(one), tensors(other), strict=True)
    return all(a.shape == b.shape and torch.equal(a, b) for a, b in pairs)


def classes(task):
    """How many classes the integer targets of a task have."""
    return int(draw(task, 200, seed=99).target.max()) + 1


def perfect(task, batch):
    """The output of a model that has understood the task."""
    if hasattr(task, "perfect"):
        return task.perfect(batch)
    if batch.target.is_floating_point():
        return batch.target.clone()
    width = max(classes(task), int(batch.target.max()) + 1)
    return SURE * F.one_hot(batch.target.clamp(min=0), width).float()


def trivial(task, batch):
    """The output of the best answer that needs no learning."""
    if hasattr(task, "trivial"):
        return task.trivial(batch)
    seen = draw(task, 500, seed=98).target
    if seen.is_floating_point():
        return torch.full_like(batch.target, seen.mean().item())
    width = max(classes(task), int(batch.target.max()) + 1, int(seen.max()) + 1)
    counts = torch.bincount(seen[seen >= 0].flatten(), minlength=width).float()
    return (counts + 1e-3).log().expand(*batch.target.shape, width)


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.__name__.rpartition(".")[2])
def test_a_module_of_tasks_holds_a_task(module):
    assert tasks_in(module), f"{module.__name__} defines no class with a method `batch`"


@pytest.fixture(params=TASKS, ids=lambda t: f"{t.__module__.rpartition('.')[2]}.{t.__name__}")
def task(request):
    """The task under test, with its default knobs."""
    return request.param()


def test_task_is_a_frozen_dataclass(task):
    assert dataclasses.is_dataclass(task)
    assert type(task).__dataclass_params__.frozen
    assert task == type(task)()


def test_unit_and_baseline_are_told(task):
    assert isinstance(task.unit, str)
    assert task.unit.strip()
    assert math.isfinite(task.baseline)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_batch_has_the_size_asked_for(task, size):
    batch = draw(task, size, seed=0)
    assert isinstance(batch, Batch)
    assert [len(tensor) for tensor in tensors(batch)] == [size] * len(tensors(batch))


@pytest.mark.parametrize("size", [0, -1])
def test_empty_batch_is_refused(task, size):
    with pytest.raises(ValueError, match="size"):
        draw(task, size, seed=0)


def everything(task):
    """All that a task says of one batch."""
    batch = draw(task, 6, seed=0)
    outputs = [getattr(task, name)(batch) for name in ("trivial", "perfect") if hasattr(task, name)]
    loss = [task.loss(output, batch) for output in outputs]
    said = [task.baseline, *(task.score(output, batch) for output in outputs)]
    return [*tensors(batch), *outputs, *loss], said


def test_a_batch_lies_where_its_generator_does_whatever_the_default_device(task, elsewhere):
    with torch.device("cpu"):
        usual = everything(type(task)())
    found, said = everything(task)
    assert said == usual[1]
    for mine, right in zip(found, usual[0], strict=True):
        assert mine.device.type == "cpu"
        assert torch.equal(mine, right)


def test_numbers_are_of_the_default_type(task, in_64_bits):
    batch = draw(task, 6, seed=0)
    numbers = [x for x in (*batch.inputs, batch.target) if x.is_floating_point()]
    outputs = [getattr(task, name)(batch) for name in ("trivial", "perfect") if hasattr(task, name)]
    assert {x.dtype for x in numbers + outputs if x.is_floating_point()} <= {torch.float64}


def test_a_task_is_measured_under_autocast(task, autocast):
    found, said = everything(task)
    assert all(part.isfinite().all() for part in found if not part.ndim)
    assert all(math.isfinite(number) for number in said)


def test_inputs_are_finite_and_lengths_valid(task):
    batch = draw(task, 16, seed=0)
    for tensor in (*batch.inputs, batch.target):
        assert torch.isfinite(tensor).all()
    assert all((x >= 0).all() for x in batch.inputs if not x.is_floating_point())
    if batch.lengths is not None:
        assert batch.lengths.max() == batch.inputs[0].shape[1], "padded beyond the longest sequence"


def test_generator_alone_decides_the_batch(task):
    torch.manual_seed(1)
    one = draw(task, 5, seed=7)
    torch.manual_seed(2)
    assert same(one, draw(task, 5, seed=7))


def test_global_randomness_is_left_alone(task):
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()
    draw(task, 5, seed=7)
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1] == random.getstate()
    assert (before[2] == np.random.get_state()[1]).all()


def test_another_seed_and_another_draw_give_another_batch(task):
    generator = torch.Generator().manual_seed(7)
    one, later = task.batch(8, generator), task.batch(8, generator)
    other = draw(task, 8, seed=8)
    if all((tensor == tensor[:1]).all() for tensor in (*tensors(one), *tensors(other))):
        assert same(one, other), "a task of a single example has nothing to draw"
    else:
        assert not same(one, other)
        assert not same(one, later)


def test_loss_is_a_finite_scalar_with_a_gradient(task):
    batch = draw(task, 8, seed=0)
    output = torch.randn(perfect(task, batch).shape, generator=torch.Generator().manual_seed(0))
    loss = task.loss(output.requires_grad_(), batch)
    assert loss.shape == ()
    assert torch.isfinite(loss)
    loss.backward()
    assert torch.isfinite(output.grad).all()
    assert output.grad.abs().max() > 0


def test_right_answer_has_the_best_score_and_the_least_loss(task):
    batch = draw(task, 32, seed=0)
    right = perfect(task, batch)
    best = task.score(right, batch)
    assert isinstance(best, float)
    upwards = math.copysign(1.0, best - task.baseline)
    assert best != task.baseline
    generator = torch.Generator().manual_seed(0)
    others = [trivial(task, batch), torch.randn(right.shape, generator=generator), -right]
    for output in others:
        assert upwards * task.score(output, batch) < upwards * best
        assert task.loss(output, batch) > task.loss(right, batch)


def test_baseline_is_what_the_trivial_answer_scores(task):
    batches = [draw(task, 200, seed=seed) for seed in range(10)]
    scores = [task.score(trivial(task, batch), batch) for batch in batches]
    error = statistics.stdev(scores) / math.sqrt(len(scores))
    assert statistics.mean(scores) == pytest.approx(task.baseline, abs=5 * error + 1e-6), (
        "if the best trivial answer is not the commonest target or the mean, the task shows it in "
        "a method trivial(batch)"
    )
