"""The checks of a broken training run, against cases whose answer is known."""

import math
import re
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from rnnbook import diagnosis, layers
from rnnbook.batch import Batch
from rnnbook.experiments import nan_loss
from rnnbook.initialisation import identity_
from rnnbook.models import (
    AttentionTranslator,
    AttentiveRegressor,
    SentimentClassifier,
    SequenceRegressor,
    SimpleLSTM,
    SimpleRNN,
)
from rnnbook.tasks.adding import Adding
from rnnbook.tasks.backwards import Backwards
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
    # the slope of the root is infinite, and only the factor of zero before it makes NaN of that
    assert re.match("backward: sqrt gives -?inf$", found[0])
    assert "gradient of fc.weight" in found


# ------------------------------------------------------------------ what becomes finite again


def attentive():
    """A healthy network with a mask: sequences of several lengths, attended to."""
    torch.manual_seed(0)
    xs, lengths = torch.randn(3, 6, 2), torch.tensor([6, 4, 2])
    batch = Batch((xs,), torch.randn(3, 1), lengths)
    return AttentiveRegressor(2, 8), batch, lambda output, batch: F.mse_loss(output, batch.target)


def translator():
    """A healthy network with a mask at every step of writing."""
    torch.manual_seed(0)
    task = Backwards()
    batch = task.batch(4, torch.Generator().manual_seed(0))
    size = len(task.vocabulary)
    return AttentionTranslator(size, size, 8, 16), batch, task.loss


class Reads(nn.Module):
    """Does one thing to the output of a healthy network."""

    def __init__(self, then):
        super().__init__()
        self.rnn, self.then = model(), then

    def forward(self, x, lengths=None):
        return self.then(self.rnn(x))


HIDDEN = torch.arange(6) % 3 == 0
MASK = torch.zeros(6).masked_fill(HIDDEN, -math.inf)


def written_to(scores):
    scores = scores.clone()
    scores[:, HIDDEN] = -math.inf  # an assignment returns nothing
    return scores


def written_to_a_view(scores):
    scores = scores.clone()
    scores[:, 2:].masked_fill_(HIDDEN[2:], -math.inf)
    return scores


HEALS = {
    "masked_fill": lambda x: x.masked_fill(HIDDEN, -math.inf).softmax(1),
    "assignment": lambda x: written_to(x).softmax(1),
    "a view": lambda x: written_to_a_view(x).softmax(1),
    "where": lambda x: torch.where(HIDDEN, -math.inf, x).softmax(1),
    "added": lambda x: (x + MASK).softmax(1),
    "logarithm of a mask": lambda x: (x + (~HIDDEN).float().log()).softmax(1),
    "log_softmax": lambda x: x.masked_fill(HIDDEN, -math.inf).log_softmax(1)[:, 1:3],
    "logsumexp": lambda x: x.masked_fill(HIDDEN, -math.inf).logsumexp(1),
    "largest": lambda x: x.masked_fill(HIDDEN, -math.inf).amax(1),
    "cross_entropy": lambda x: F.cross_entropy(
        x.masked_fill(HIDDEN, -math.inf), torch.ones(len(x)).long()
    ),
    "clamped": lambda x: x.masked_fill(HIDDEN, math.inf).clamp(max=10),
    "sigmoid": lambda x: x.masked_fill(HIDDEN, -math.inf).sigmoid(),
    "not looked at": lambda x: x.masked_fill(HIDDEN, math.nan)[:, 1:3],
}
heals = pytest.mark.parametrize("heal", HEALS.values(), ids=HEALS)


def squares(output, batch):
    return output.square().mean()


def log_of_zero(output, batch):
    return squares(output, batch) + (0 * output).log().mean()


@heals
def test_what_becomes_finite_again_is_not_named(heal):
    assert diagnosis.nonfinite(Reads(lambda y: heal(y.squeeze(-1))), BATCH, squares) == []


@heals
def test_what_becomes_finite_again_does_not_hide_the_cause(heal):
    found = diagnosis.nonfinite(Reads(lambda y: heal(y.squeeze(-1))), BATCH, log_of_zero)
    assert found[0] == "loss: log gives -inf"
    assert all(name.startswith("gradient of") for name in found[1:])


@pytest.mark.parametrize("build", [attentive, translator])
def test_a_healthy_mask_is_not_named_and_a_fault_beside_it_is(build):
    one, batch, loss = build()
    assert diagnosis.nonfinite(one, batch, loss) == []

    def broken(output, batch):
        return loss(output, batch) + (0 * output).log().mean()

    assert diagnosis.nonfinite(one, batch, broken)[0] == "loss: log gives -inf"
    line = str(diagnosis.diagnose(one, batch, broken)).splitlines()[1]
    assert line.startswith("finite     FAILS loss: log gives -inf, and ")

    def rooted(output, batch):
        return loss(output, batch) + (0 * output).sqrt().mean()

    assert diagnosis.nonfinite(one, batch, rooted)[0].startswith("backward: sqrt gives ")


def test_a_mask_comes_after_what_broke_on_it():
    def nothing_left(x):
        return x.squeeze(-1).masked_fill(torch.ones(6, dtype=torch.bool), -math.inf).softmax(1)

    found = diagnosis.nonfinite(Reads(nothing_left), BATCH, squares)
    place = "Reads: "
    assert found[:2] == [place + "softmax gives nan", place + "masked_fill gives -inf"]


def test_a_target_behind_the_mask_is_the_fault_of_the_mask():
    masked = Reads(lambda y: y.squeeze(-1).masked_fill(HIDDEN, -math.inf))

    def first(output, batch):
        return F.cross_entropy(output, torch.zeros(4).long())

    assert diagnosis.nonfinite(masked, BATCH, first)[0] == "Reads: masked_fill gives -inf"


def test_zero_times_infinity_and_an_overflow_are_causes():
    times = Reads(lambda y: 0 * y.masked_fill(HIDDEN[:, None], math.inf))
    assert diagnosis.nonfinite(times, BATCH, squares)[:2] == [
        "Reads: mul gives nan",
        "Reads: masked_fill gives inf",
    ]
    overflow = Reads(lambda y: (y.abs() + 1000).exp())
    assert diagnosis.nonfinite(overflow, BATCH, squares)[0] == "Reads: exp gives inf"


def test_numbers_from_elsewhere_are_named_where_they_come_in():
    hole = torch.tensor(math.nan)  # no part of data or model
    found = diagnosis.nonfinite(model(), BATCH, lambda output, batch: output.mean() * hole)
    assert found[0] == "loss: mul is given nan"
    buffered = Reads(lambda y: y)
    buffered.register_buffer("scale", hole)
    buffered.then = lambda y: y * buffered.scale
    assert diagnosis.nonfinite(buffered, BATCH, squares)[0] == "buffer scale"


def test_holes_in_what_is_not_read_are_no_cause():
    one, batch, loss = attentive()
    batch.inputs[0][2, 4] = math.nan  # the third sequence ends before
    assert diagnosis.nonfinite(one, batch, loss) == []
    broken = lambda output, batch: (0 * output).log().mean()  # noqa: E731  # as a reader writes it
    assert diagnosis.nonfinite(one, batch, broken)[0] == "loss: log gives -inf"


# ------------------------------------------------------------------ models in good order


@pytest.mark.parametrize("seed", range(4))
def test_a_third_of_relu_units_silent_at_the_start_is_no_alarm(seed):
    torch.manual_seed(seed)
    relu = partial(nn.RNN, nonlinearity="relu")
    one = SequenceRegressor(2, 24, layer=lambda *a, **k: identity_(relu(*a, **k)))
    task = Adding(10)
    batch = task.batch(16, torch.Generator().manual_seed(seed))
    assert diagnosis.diagnose(one, batch, task.loss, learning_rate=6e-3).failed == ()


# ------------------------------------------------------------------ a reader's own model and loss

OWN = nn.Sequential(nn.Flatten(), nn.Linear(6, 2))
LABELS = Batch((torch.randn(4, 6, 1),), torch.tensor([0, 1, 1, 0]))


@pytest.mark.parametrize(
    "loss",
    [
        F.cross_entropy,
        nn.CrossEntropyLoss(),
        partial(F.cross_entropy, label_smoothing=0.1),
        lambda output, batch: F.cross_entropy(output, batch.target),
    ],
)
def test_any_model_and_loss_can_be_asked(loss):
    report = diagnosis.diagnose(OWN, LABELS, loss)
    assert report.failed == ()
    asked = [f.check for f in report.findings if f.passed]
    assert asked == ["backward", "finite", "gradients", "logits", "step size"]
    assert diagnosis.nonfinite(OWN, LABELS, loss) == []
    assert diagnosis.padding_leak(
        SimpleRNN(1, 5, 2), Batch(LABELS.inputs, LABELS.target, torch.tensor([6, 2, 3, 6])), first
    )


def first(output, target):
    return F.cross_entropy(output[:, 0], target)


def test_a_model_that_does_not_run_is_not_reported_as_well():
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        diagnosis.diagnose(nn.Linear(3, 2), LABELS, F.cross_entropy)
    padded = Batch(LABELS.inputs, LABELS.target, torch.tensor([6, 2, 3, 6]))
    with pytest.raises(TypeError, match="takes lengths, since the batch is padded, got Sequential"):
        diagnosis.diagnose(OWN, padded, F.cross_entropy)


@pytest.mark.parametrize(
    ("layer", "bounded"),
    [
        (nn.RNN, True),
        (nn.LSTM, True),
        (nn.GRU, True),
        (layers.RNN, True),
        (layers.LSTM, True),
        (layers.GRU, True),
        (layers.SkipRNN, True),
        (layers.MinGRU, False),
        (layers.MinLSTM, False),
        (layers.S4D, False),
        (layers.LRU, False),
        (layers.S6, False),
        (partial(nn.RNN, nonlinearity="relu"), False),
        (partial(layers.RNN, nonlinearity="relu"), False),
    ],
)
def test_only_a_layer_that_tanh_bounds_saturates(layer, bounded):
    found = diagnosis.states(SimpleRNN(1, 5, 1, layer=layer), BATCH)["rnn"]
    assert math.isnan(found.saturated) != bounded


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
