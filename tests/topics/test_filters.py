"""The chapter on filters: its two worlds, the die, and what is chosen without training."""

import pytest
import torch

from rnnbook.experiments import filters
from rnnbook.tasks.tracking import Tracking


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("outliers", [0.0, 0.1, 1.0])
def test_noise_and_state_have_the_variance_that_the_task_tells(outliers):
    task = Tracking(length=60, outliers=outliers)
    batch = task.batch(4000, seeded())
    noise = batch.inputs[0] - batch.target
    assert noise.var().item() == pytest.approx(task.noise, rel=0.05)
    assert batch.target.var(dim=0).mean().item() == pytest.approx(task.variance, rel=0.05)


def test_steps_that_settle_are_not_scored():
    task = Tracking(length=12, settle=5)
    batch = task.batch(3, seeded())
    output = batch.target.clone()
    output[:, :5] += 100
    assert task.score(output, batch) == 0
    with pytest.raises(ValueError, match="nothing would be asked"):
        Tracking(length=5, settle=5)
    with pytest.raises(ValueError, match="probability"):
        Tracking(outliers=1.5)


def test_no_gain_but_kalmans_has_a_smaller_error():
    task = filters.WORLDS["even noise"]
    batch = task.batch(4000, seeded())
    exact = filters.kalman(task).settled()

    def error(factor):
        model = filters.kalman(task).settled()
        with torch.no_grad():
            # m_t = F m_{t-1} + K (y_t - H F m_{t-1}), with another K
            F, K = filters.kalman(task).F, factor * exact.B
            model.A.copy_(F - K @ exact.C @ F)
            model.B.copy_(K)
        return filters.score(model, task, batch)

    assert error(1.0) < min(error(0.7), error(1.3))


def test_smoothing_that_keeps_nothing_scales_the_observation():
    task = filters.WORLDS["even noise"]
    batch = task.batch(2000, seeded())
    told = filters.smoothed(0.0, batch.inputs[0], batch, task)(batch.inputs[0])
    scale = (told / batch.inputs[0]).mean().item()
    assert scale == pytest.approx(task.variance / (task.variance + 1), abs=0.02)


def test_die_shows_what_its_tables_say():
    states, shown = filters.rolled(20_000, seed=0)
    assert (shown[states == 1] == 5).float().mean().item() == pytest.approx(0.5, abs=0.02)
    assert (shown[states == 0] == 5).float().mean().item() == pytest.approx(1 / 6, abs=0.02)
    swaps = (states[1:] != states[:-1])[states[:-1] == 0].float().mean().item()
    assert swaps == pytest.approx(0.05, abs=0.01)
