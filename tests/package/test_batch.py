"""A batch holds together, or says what does not."""

from __future__ import annotations

import pytest
import torch

from rnnbook.batch import Batch

XS, TARGET, LENGTHS = torch.zeros(3, 5, 2), torch.zeros(3), torch.tensor([2, 5, 1])


def test_a_batch_has_the_size_of_its_inputs():
    assert len(Batch((XS, torch.zeros(3, 7)), TARGET, LENGTHS)) == 3
    assert Batch((XS,), TARGET).lengths is None


def test_lengths_stay_on_the_cpu_when_a_batch_moves():
    moved = Batch((XS,), TARGET, LENGTHS).to("meta")
    assert (moved.inputs[0].device.type, moved.target.device.type) == ("meta", "meta")
    assert moved.lengths is LENGTHS


@pytest.mark.parametrize(
    ("inputs", "error", "message"),
    [
        (XS, TypeError, "with a comma"),
        ((), TypeError, "at least one tensor"),
        (([1.0],), TypeError, r"inputs\[0\] must be a tensor, got list"),
        ((torch.tensor(1.0),), ValueError, "in its first dimension"),
        ((XS, torch.zeros(4, 5)), ValueError, r"inputs\[1\] of shape \(4, 5\)"),
        ((XS[:0],), ValueError, "at least one example"),
    ],
)
def test_inputs_are_tensors_of_one_batch_size(inputs, error, message):
    with pytest.raises(error, match=message):
        Batch(inputs, TARGET)


def test_the_target_is_a_tensor():
    with pytest.raises(TypeError, match="target must be a tensor"):
        Batch((XS,), [0, 1, 0])


@pytest.mark.parametrize(
    ("lengths", "error", "message"),
    [
        ([2, 5, 1], TypeError, "lengths must be a tensor"),
        (LENGTHS.int(), TypeError, "int64 on the CPU"),
        (LENGTHS.to("meta"), TypeError, "int64 on the CPU"),
        (torch.tensor([2, 5]), ValueError, "one length per sequence"),
        (torch.tensor([2, 0, 1]), ValueError, "between 1 and 5"),
        (torch.tensor([2, 6, 1]), ValueError, "between 1 and 5"),
    ],
)
def test_lengths_fit_the_inputs(lengths, error, message):
    with pytest.raises(error, match=message):
        Batch((XS,), TARGET, lengths)
