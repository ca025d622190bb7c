"""The checks of a broken training run, against cases whose answer is known."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from rnnbook import diagnosis, layers
from rnnbook.batch import Batch
from rnnbook.experiments import nan_loss
from rnnbook.models import SentimentClassifier, SimpleLSTM, SimpleRNN
from rnnbook.tasks.moving_sum import MovingSum
from rnnbook.tasks.order import NegationOrder

TASK = MovingSum(length=6)
BATCH = TASK.batch(4, torch.Generator().manual_seed(0))


def model():
    torch.manual_seed(0)
    return SimpleRNN(1, 5, 1)


def test_nonfinite_names_data_parameters_and_nothing_else_first():
    xs = BATCH.inputs[0].clone()
    xs[0, 0] = math.inf
    assert diagnosis.nonfinite(model(), Batch((xs,), BATCH.target), TASK.loss)[0] == "inputs[0]"
    target = BATCH.target.clone()
    target[0] = math.nan
    assert diagnosis.nonfinite(model(), Batch(BATCH.inputs, target), TASK.loss)[0] == "target"
    broken = model()
    with torch.no_grad():
        broken.fc.bias[0] = math.nan
    assert diagnosis.nonfinite(broken, BATCH, TASK.loss)[0] == "parameter fc.bias"


def test_nonfinite_names_the_module_that_starts_it():
    class Divides(nn.Module):
        def forward(self, x):
            return x / (x - x)

    broken = model()
    broken.fc = nn.Sequential(broken.fc, Divides())
    found = diagnosis.nonfinite(broken, BATCH, TASK.loss)
    assert found[0].startswith("fc.1: ")
    assert "div" in found[0]


def test_nonfinite_is_silent_about_infinities_that_a_mask_means():
    def masked(output, batch):
        scores = output.squeeze(-1).masked_fill(batch.target.squeeze(-1) > 0, -math.inf)
        scores = torch.cat([scores, torch.zeros(len(scores), 1)], dim=1)
        return scores.softmax(-1)[:, 0].mean()

    assert diagnosis.nonfinite(model(), BATCH, masked) == []


def test_nonfinite_tells_the_backward_operation_when_the_loss_is_finite():
    loss = lambda output, batch: (0 * output).sqrt().mean()  # noqa: E731  # as a reader writes it
    found = diagnosis.nonfinite(model(), BATCH, loss)
    # the slope of the root is infinite; the factor of zero before it makes NaN of that
    assert found[0] == "backward: mul gives nan"
    assert "gradient of fc.weight" in found


def test_gradient_norms_are_those_of_backward_and_leave_no_trace():
    one = model()
    norms = diagnosis.gradient_norms(one, BATCH, TASK.loss)
    assert all(p.grad is None for p in one.parameters())
    TASK.loss(one(*BATCH.inputs), BATCH).backward()
    assert norms == pytest.approx({n: p.grad.norm().item() for n, p in one.named_parameters()})


@pytest.mark.parametrize("layer", [nn.RNN, nn.LSTM, nn.GRU, layers.RNN, layers.LSTM])
def test_gradient_by_step_is_the_gradient_of_the_input(layer):
    torch.manual_seed(0)
    one = SimpleRNN(1, 5, 1, layer=layer)
    xs = BATCH.inputs[0].clone().requires_grad_()
    TASK.loss(one(xs), BATCH).backward()
    norms = diagnosis.gradient_by_step(one, BATCH, TASK.loss)["rnn"]
    torch.testing.assert_close(norms, xs.grad.double().flatten(2).norm(dim=(0, 2)))


def test_gradient_by_step_sees_packed_sequences():
    xs, lengths = torch.randn(3, 6, 1), torch.tensor([6, 2, 4])
    batch = Batch((xs,), torch.randn(3, 6, 1), lengths)
    norms = diagnosis.gradient_by_step(SimpleRNN(1, 5, 1), batch, TASK.loss)["rnn"]
    assert norms.shape == (6,)
    assert (norms > 0).all()


def test_backward_error_is_none_where_nothing_is_wrong():
    assert diagnosis.backward_error(model(), BATCH, TASK.loss) is None


def test_states_count_saturated_entries_and_dead_units():
    one = model()
    with torch.no_grad():
        one.rnn.bias_ih_l0[:2] = 100.0
    found = diagnosis.states(one, BATCH)["rnn"]
    assert found.dead == pytest.approx(0.4)
    assert found.saturated >= 0.4
    relu = SimpleRNN(1, 5, 1, layer=lambda *a, **k: nn.RNN(*a, nonlinearity="relu", **k))
    assert math.isnan(diagnosis.states(relu, BATCH)["rnn"].saturated)


def test_padding_leak_tells_the_output_from_the_loss():
    phrases = NegationOrder()
    batch = phrases.batch(8, torch.Generator().manual_seed(0))
    right = SentimentClassifier(len(phrases.vocabulary), 8, 16, 2)
    assert diagnosis.padding_leak(right, batch, phrases.loss) == (0, 0)
    letters = nan_loss.letters(8, torch.Generator().manual_seed(0))
    reader = nan_loss.NextLetter()
    assert diagnosis.padding_leak(reader, letters, nan_loss.cross_entropy) == (0, 0)
    leak = diagnosis.padding_leak(reader, letters, nan_loss.padding_counts)
    assert leak.output == 0
    assert leak.loss > 0.01
    leak = diagnosis.padding_leak(nan_loss.bug("padding in the state").build(), batch, phrases.loss)
    assert leak.output > 0.01


def test_padding_leak_refuses_what_it_cannot_judge():
    with pytest.raises(ValueError, match="without padding"):
        diagnosis.padding_leak(model(), BATCH, TASK.loss)
    letters = nan_loss.letters(8, torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match="two answers"):
        diagnosis.padding_leak(nan_loss.KeptState(), letters, nan_loss.cross_entropy)


def test_copied_targets_reads_ids_and_one_hot_vectors():
    ids = torch.tensor([[1, 2, 3], [2, 2, 0]])
    lengths = torch.tensor([3, 2])
    shifted = torch.tensor([[2, 3, 1], [2, 1, 0]])
    assert diagnosis.copied_targets(Batch((ids,), ids, lengths)) == 1
    assert diagnosis.copied_targets(Batch((ids,), shifted, lengths)) == pytest.approx(0.2)
    assert diagnosis.copied_targets(Batch((F.one_hot(ids, 4).float(),), ids, lengths)) == 1
    with pytest.raises(ValueError, match="id for each step"):
        diagnosis.copied_targets(BATCH)


def test_probabilities_are_told_from_logits():
    logits = torch.randn(4, 7, 3)
    assert not diagnosis.probabilities(logits)
    assert diagnosis.probabilities((logits.softmax(-1), None))
    assert not diagnosis.probabilities(torch.ones(4, 1))


def test_step_effect_is_one_step_of_gradient_descent_and_is_undone():
    one, twin = model(), model()
    step = lambda gradient: gradient  # noqa: E731  # as a reader writes it
    before, after = diagnosis.step_effect(one, BATCH, TASK.loss, 0.1, step)
    loss = TASK.loss(twin(*BATCH.inputs), BATCH)
    loss.backward()
    torch.optim.SGD(twin.parameters(), lr=0.1).step()
    assert before == pytest.approx(loss.item())
    assert after == pytest.approx(TASK.loss(twin(*BATCH.inputs), BATCH).item())
    for p, q in zip(one.parameters(), model().parameters(), strict=True):
        assert torch.equal(p, q)
    with pytest.raises(ValueError, match="learning_rate"):
        diagnosis.step_effect(one, BATCH, TASK.loss, 0.0)


def test_report_is_a_table_of_all_checks_and_their_failures():
    report = diagnosis.diagnose(SimpleLSTM(1, 5, 1), BATCH, TASK.loss)
    assert report.failed == ()
    assert [line.split("  ")[0].strip() for line in str(report).splitlines()] == list(
        diagnosis.CHECKS
    )
    case = nan_loss.bug("changed in place")
    batch = case.batch(4, torch.Generator().manual_seed(0))
    report = diagnosis.diagnose(case.build(), batch, case.loss)
    assert report.failed == ("backward",)
    assert "not asked" in str(report)


def test_what_comes_in_is_checked():
    with pytest.raises(TypeError, match="expected a Batch"):
        diagnosis.diagnose(model(), BATCH.inputs[0], TASK.loss)
    with pytest.raises(ValueError, match="one number"):
        diagnosis.gradient_norms(model(), BATCH, lambda output, batch: output)
    with pytest.raises(ValueError, match="no recurrent layer"):
        diagnosis.states(nn.Linear(1, 1), BATCH)
    with pytest.raises(ValueError, match="no parameter"):
        diagnosis.gradient_norms(model().requires_grad_(False), BATCH, TASK.loss)
    with pytest.raises(ValueError, match="expected one of"):
        nan_loss.bug("no such bug")
