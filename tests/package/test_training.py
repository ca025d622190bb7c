"""The training loop: first with numbers that can be followed by hand, then with a network."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook.batch import UNASKED, Batch
from rnnbook.models import CharRNN, SimpleRNN, VanillaRNN
from rnnbook.tasks.echo import Echo
from rnnbook.training import (
    FUSED,
    History,
    adam,
    count_parameters,
    detach,
    evaluate,
    fit,
    fit_truncated,
    largest_size,
    predict,
    progress,
    step,
)


class Times(nn.Module):
    """Multiply by one learned number."""

    def __init__(self, weight: float = 0.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight))
        self.modes: list[bool] = []

    def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        self.modes.append(self.training)
        return self.weight * x


@dataclass(frozen=True)
class Answer:
    """Always the same question: what times 2 makes 8."""

    unit: str = "squared error"
    baseline: float = 64.0
    scale: float = 1.0

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        return Batch((torch.full((size,), 2.0),), torch.full((size,), 8.0))

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        return self.scale * (output - batch.target).square().mean()

    def score(self, output: Tensor, batch: Batch) -> float:
        return (output - batch.target).square().mean().item()


@dataclass(frozen=True)
class Parity:
    """Say after each bit whether the number of ones so far is odd."""

    unit: str = "accuracy"
    baseline: float = 0.5

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        bits = torch.randint(2, (size, 4), generator=generator)
        return Batch((bits.unsqueeze(-1).float(),), bits.cumsum(1) % 2)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten())

    def score(self, output: Tensor, batch: Batch) -> float:
        return (output.argmax(-1) == batch.target).float().mean().item()


def plain(model: nn.Module, steps: int, **options: object) -> History:
    usual = {"learning_rate": 0.125, "clip": None, "optimizer": torch.optim.SGD, "seed": 0}
    return fit(model, Answer(), steps=steps, **{**usual, **options})


def test_two_steps_of_gradient_descent_in_whole_numbers():
    # loss (2w - 8)^2, gradient 4(2w - 8); at w = 0: 64 and -32; a step of 1/16 leads to w = 2:
    # 16 and -16; the next to w = 3
    model = Times()
    history = plain(model, 2, learning_rate=1 / 16)
    assert history.losses == [64.0, 16.0]
    assert history.gradient_norms == [32.0, 16.0]
    assert model.weight.item() == 3.0


def test_the_right_step_size_solves_it_at_once():
    model = Times()
    assert plain(model, 3).losses == [64.0, 0.0, 0.0]
    assert model.weight.item() == 4.0


def test_clipping_shortens_the_step_and_the_norm_is_the_one_before():
    model = Times()
    history = plain(model, 1, clip=8.0)
    assert history.gradient_norms == [32.0]
    assert model.weight.item() == pytest.approx(0.125 * 8)


def test_gradients_do_not_add_up_over_steps():
    model = Times()
    plain(model, 5, learning_rate=1 / 16)
    assert model.weight.item() == 4 - 4 / 2**5


def test_training_stops_when_the_mean_of_twenty_losses_is_low_enough():
    history = plain(Times(4.0), 100, until=1e-6)
    assert (history.solved_at, len(history.losses)) == (20, 20)
    assert plain(Times(), 5, until=1e-6).solved_at is None
    assert plain(Times(4.0), 30, until=0.0).solved_at is None  # zero is not below zero
    late = plain(Times(), 100, until=1e-6)  # the first loss is 64, all others 0
    assert (late.solved_at, len(late.losses)) == (21, 21)


def test_the_recent_loss_is_a_mean_and_infinite_before_the_first_step():
    history = History(losses=[9.0, 1.0, 3.0])
    assert (history.recent(2), history.recent()) == (2.0, 13 / 3)
    assert History().recent() == float("inf")
    assert History(losses=[100.0] + [1.0] * 19).recent() == 119 / 20
    assert History(losses=[100.0] + [1.0] * 20).recent() == 1.0  # of the last twenty
    with pytest.raises(ValueError, match=r"^History.recent: window must be at least 1"):
        history.recent(0)


@pytest.mark.parametrize("mode", [True, False])
def test_the_model_trains_in_training_mode_and_is_left_as_it_was(mode):
    model = Times().train(mode)
    plain(model, 2)
    assert model.modes == [True, True]
    evaluate(model, Answer(), seed=1, size=4)
    assert model.modes == [True, True, False]
    assert model.training is mode


def test_parts_in_another_mode_stay_in_it():
    model = CharRNN(3, 2, 4, 2).train()
    model.embedding.eval()

    @dataclass(frozen=True)
    class Next(Parity):
        def batch(self, size: int, generator: torch.Generator) -> Batch:
            ids = torch.randint(3, (size, 4), generator=generator)
            return Batch((ids,), ids)

    fit(model, Next(), steps=1, seed=0)
    assert (model.training, model.embedding.training) == (True, False)


def test_the_mode_is_restored_when_training_fails():
    model = Times(float("nan")).eval()
    with pytest.raises(FloatingPointError):
        plain(model, 1)
    assert not model.training


def test_the_global_generator_is_left_alone_and_the_seed_decides():
    def run(seed: int, outside: int) -> list[float]:
        torch.manual_seed(7)
        model = CharRNN(2, 4, 8, 2)  # two layers: dropout draws numbers
        torch.manual_seed(outside)
        before = torch.get_rng_state()

        @dataclass(frozen=True)
        class Copy(Parity):
            def batch(self, size: int, generator: torch.Generator) -> Batch:
                ids = torch.randint(2, (size, 4), generator=generator)
                return Batch((ids,), ids)

        losses = fit(model, Copy(), steps=3, seed=seed, batch_size=4).losses
        evaluate(model, Copy(), seed=5)
        assert torch.equal(before, torch.get_rng_state())
        return losses

    assert run(1, outside=0) == run(1, outside=3)
    assert run(1, outside=0) != run(2, outside=0)


@pytest.mark.parametrize(("weight", "scale"), [(float("nan"), 1.0), (1e30, 1.0), (0.0, 1e38)])
def test_a_loss_that_is_not_finite_stops_the_run(weight, scale):
    model = Times(weight)
    with pytest.raises(FloatingPointError, match=r"the loss became (nan|inf) at step 0"):
        fit(model, Answer(scale=scale), steps=3, seed=0)


class Root(Times):
    """Its value is finite at 0 and its slope is not."""

    def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        return self.weight.sqrt() * x


def test_a_gradient_that_is_not_finite_stops_the_run_before_it_spoils_the_weights():
    model = Root(0.0)
    with pytest.raises(FloatingPointError, match=r"gradient became (nan|inf) at step 0"):
        plain(model, 3)
    assert model.weight.item() == 0.0


def test_a_loss_must_be_one_number():
    class Each(Answer):
        def loss(self, output: Tensor, batch: Batch) -> Tensor:
            return (output - batch.target).square()

    with pytest.raises(ValueError, match=r"^step: expected a loss .*one number, got shape \(32,\)"):
        fit(Times(), Each(), steps=1, seed=0)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"steps": 0}, ValueError, "steps must be at least 1"),
        ({"steps": 1.5}, TypeError, "steps must be a whole number"),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        ({"learning_rate": 0.0}, ValueError, "learning_rate must be positive"),
        ({"learning_rate": float("nan")}, ValueError, "learning_rate must be positive"),
        ({"clip": 0.0}, ValueError, "clip must be positive"),
        ({"clip": -1.0}, ValueError, "clip must be positive, got -1.0"),
        ({"seed": 1.5}, TypeError, "seed must be a whole number, got 1.5"),
    ],
)
def test_a_setting_out_of_range_is_refused(options, error, message):
    with pytest.raises(error, match=f"^fit: {message}"):
        fit(Times(), Answer(), **{"steps": 1, "seed": 0, **options})


def test_a_model_with_nothing_to_train_is_refused():
    with pytest.raises(ValueError, match=r"^fit: Times has no parameter that can be trained"):
        fit(Times().requires_grad_(False), Answer(), steps=1, seed=0)
    with pytest.raises(ValueError, match=r"^fit_truncated: Sum has no parameter that can be"):
        cut(Sum().requires_grad_(False), chunk=1, steps=1)


def test_frozen_parameters_stay_as_they_are():
    model = SimpleRNN(1, 4, 2)
    model.rnn.requires_grad_(False)
    before = model.rnn.weight_hh_l0.clone()
    fit(model, Parity(), steps=2, seed=0)
    assert torch.equal(before, model.rnn.weight_hh_l0)
    assert count_parameters(model) == 4 * 2 + 2


def test_a_state_beside_the_answer_is_dropped():
    model, batch = CharRNN(3, 2, 4, 1), Batch((torch.tensor([[0, 1]]),), torch.zeros(1, 2))
    assert torch.equal(predict(model, batch), model(batch.inputs[0])[0])


def test_evaluation_needs_no_parameters_and_counts_its_examples():
    class Constant(nn.Module):
        def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
            return torch.zeros_like(x)

    assert evaluate(Constant(), Answer(), seed=0) == Answer().baseline
    with pytest.raises(ValueError, match="evaluate: size must be at least 1"):
        evaluate(Constant(), Answer(), seed=0, size=0)
    with pytest.raises(TypeError, match=r"^evaluate: seed must be a whole number, got 0.5"):
        evaluate(Constant(), Answer(), seed=0.5)


def test_progress_counts_every_step_in_silence(capsys):
    assert list(progress(range(5))) == [0, 1, 2, 3, 4]
    assert capsys.readouterr() == ("", "")


def test_a_network_learns_to_count_ones_modulo_two():
    torch.manual_seed(0)
    model = SimpleRNN(1, 16, 2)
    fit(model, Parity(), steps=600, seed=0, until=0.02)
    assert evaluate(model, Parity(), seed=1) > 0.95


@pytest.mark.parametrize("device", ["cpu", *(["cuda"] if torch.cuda.is_available() else [])])
def test_training_happens_where_the_model_lives(device):
    model = SimpleRNN(1, 4, 2).to(device)
    fit(model, Parity(), steps=2, seed=0)
    assert evaluate(model, Parity(), seed=1) >= 0.0
    assert next(model.parameters()).device.type == device


class Sum(nn.Module):
    """Add up what comes in, times one learned number: h_t = h_{t-1} + w x_t, and h_t is said."""

    def __init__(self, weight: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight))
        self.began: list[float | None] = []

    def forward(
        self, x: Tensor, h_0: Tensor | None = None, *, lengths: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        self.began.append(None if h_0 is None else h_0[0].item())
        h = torch.zeros(len(x)) if h_0 is None else h_0
        output = h.unsqueeze(1) + (self.weight * x).cumsum(1)
        return output, output[:, -1]


@dataclass(frozen=True)
class Document(Answer):
    """One document of two ones; after the first say 4, after the second 8."""

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        return Batch((torch.ones(size, 2),), torch.tensor([4.0, 8.0]).repeat(size, 1))


def cut(model: nn.Module, task: object = None, **options: object) -> History:
    usual = {"learning_rate": 0.5, "clip": None, "optimizer": torch.optim.SGD, "seed": 0}
    usual |= {"batch_size": 3}
    return fit_truncated(model, task or Document(), **{**usual, **options})


def test_truncation_in_whole_numbers():
    # w = 1: says 1, loss (1 - 4)^2 = 9, gradient 2 (1 - 4) = -6, so w = 4. Goes on from the 1 that
    # was said, a constant now: says 1 + 4, loss (5 - 8)^2 = 9, gradient 2 (5 - 8) = -6 and not
    # -12, so w = 7. The next document starts from nothing: says 7, loss 9, gradient 6.
    model = Sum()
    history = cut(model, chunk=1, steps=3)
    assert history.losses == [9.0, 9.0, 9.0]
    assert history.gradient_norms == [6.0, 6.0, 6.0]
    assert model.began == [None, 1.0, None]
    assert model.weight.item() == 4.0


@pytest.mark.parametrize("chunk", [2, 3])
def test_a_chunk_as_long_as_the_document_cuts_nothing(chunk):
    # w = 1: says 1 and 2, loss (9 + 36) / 2, gradient (2 * -3 * 1 + 2 * -6 * 2) / 2 = -15
    whole, pieces = Sum(), Sum()
    options = {"learning_rate": 0.5, "clip": None, "optimizer": torch.optim.SGD, "batch_size": 3}

    class Said(nn.Module):  # fit knows no state
        def __init__(self) -> None:
            super().__init__()
            self.inner = whole

        def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
            return self.inner(x)[0]

    one = fit(Said(), Document(), steps=2, seed=0, **options)
    other = cut(pieces, chunk=chunk, steps=2)
    assert one == other
    assert (other.losses[0], other.gradient_norms[0]) == (22.5, 15.0)
    assert pieces.began == [None, None]


@dataclass(frozen=True)
class AskedAtTheEnd(Parity):
    """Read four bits; after the last, say whether the first was a one."""

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        bits = torch.randint(2, (size, 4), generator=generator)
        target = torch.full_like(bits, UNASKED)
        target[:, -1] = bits[:, 0]
        return Batch((bits.unsqueeze(-1).float(),), target)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=UNASKED)

    def score(self, output: Tensor, batch: Batch) -> float:
        return (output.argmax(-1) == batch.target)[:, -1].float().mean().item()


def test_a_chunk_that_asks_for_nothing_is_read_and_no_step_is_taken():
    model = VanillaRNN(1, 4, 2)
    given: list[int] = []
    model.register_forward_pre_hook(lambda _, args: given.append(len(args)))
    assert len(cut(model, AskedAtTheEnd(), chunk=1, steps=2).losses) == 2
    assert given == [1, 2, 2, 2] * 2  # inputs alone, then inputs and state


@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU, nn.LSTM])
def test_no_gradient_crosses_a_cut(layer):
    class Always(AskedAtTheEnd):
        def batch(self, size: int, generator: torch.Generator) -> Batch:
            inputs = super().batch(size, generator).inputs
            return Batch(inputs, inputs[0].squeeze(-1).long())

    model = VanillaRNN(1, 4, 2, layer=layer)
    met: list[object] = []
    model.register_forward_pre_hook(lambda _, args: met.append(args[1:]))
    cut(model, Always(), chunk=3, steps=2)
    (h,) = met[1]
    state = h if isinstance(h, tuple) else (h,)
    assert len(state) == (2 if layer is nn.LSTM else 1)
    assert all(part.norm() > 0 and not part.requires_grad for part in state)


def test_detaching_reaches_every_part_of_a_state():
    h = torch.ones(2, requires_grad=True)
    c = 2 * h
    assert not detach(c).requires_grad
    both = detach((c, 3 * c))
    assert isinstance(both, tuple)
    assert [part.requires_grad for part in both] == [False, False]
    assert torch.equal(both[1], 3 * c)
    assert c.requires_grad  # the state itself is not changed
    with pytest.raises(TypeError, match="detach: expected a tensor or a tuple of tensors, got"):
        detach(None)


def test_truncated_training_learns_what_fits_into_a_chunk_and_stops_when_solved():
    torch.manual_seed(0)
    model = VanillaRNN(1, 8, 2)
    history = cut(
        model,
        AskedAtTheEnd(),
        chunk=4,
        steps=400,
        learning_rate=1e-2,
        optimizer=torch.optim.Adam,
        until=0.1,
    )
    assert history.solved_at is not None
    assert evaluate(model, AskedAtTheEnd(), seed=1) > 0.95


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"chunk": 0}, ValueError, "chunk must be at least 1"),
        ({"chunk": 1.5}, TypeError, "chunk must be a whole number"),
        ({"steps": 0}, ValueError, "steps must be at least 1"),
        ({"learning_rate": -1.0}, ValueError, "learning_rate must be positive"),
        ({"clip": 0.0}, ValueError, "clip must be positive"),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        ({"seed": "0"}, TypeError, "seed must be a whole number, got '0'"),
    ],
)
def test_a_setting_of_truncation_out_of_range_is_refused(options, error, message):
    with pytest.raises(error, match=f"^fit_truncated: {message}"):
        cut(Sum(), **{"chunk": 1, "steps": 1, **options})


def test_what_cannot_be_cut_is_refused():
    class Late(Document):
        def batch(self, size: int, generator: torch.Generator) -> Batch:
            return Batch((torch.ones(size, 2),), torch.ones(size))

    class Padded(Document):
        def batch(self, size: int, generator: torch.Generator) -> Batch:
            return Batch((torch.ones(size, 2),), torch.ones(size, 2), torch.tensor([2] * size))

    class Never(AskedAtTheEnd):
        def batch(self, size: int, generator: torch.Generator) -> Batch:
            return Batch((torch.ones(size, 2, 1),), torch.full((size, 2), UNASKED))

    with pytest.raises(ValueError, match=r"a target for every step, \(3, 2, \.\.\.\), got \(3,\)"):
        cut(Sum(), Late(), chunk=1, steps=1)
    with pytest.raises(ValueError, match="got lengths"):
        cut(Sum(), Padded(), chunk=1, steps=1)
    with pytest.raises(ValueError, match="nothing is asked"):
        cut(VanillaRNN(1, 4, 2), Never(), chunk=1, steps=1)
    with pytest.raises(TypeError, match=r"\(output, state\).*SimpleRNN"):
        cut(SimpleRNN(1, 4, 2), AskedAtTheEnd(), chunk=1, steps=1)


# ------------------------------------------------------------------ what cannot train


def built(parameters, lr):
    return None


class Lookahead(nn.Module):
    """A model in an optimiser's place."""

    def __init__(self, parameters, lr):
        super().__init__()


@pytest.mark.parametrize("loop", [fit, partial(fit_truncated, chunk=5)])
@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        (torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1), "one that is built, SGD"),
        (torch.optim.LBFGS, "got LBFGS, which asks for the loss again"),
        (built, "to build an optimiser, got NoneType"),
        (Lookahead, "to build an optimiser, got Lookahead"),
    ],
)
def test_an_optimizer_that_cannot_be_built_or_stepped_is_named(loop, optimizer, message):
    name = "fit" if loop is fit else "fit_truncated"
    with pytest.raises(TypeError, match=f"^{name}: .*{message}"):
        loop(VanillaRNN(8, 4, 8), Echo(length=10), steps=1, seed=0, optimizer=optimizer)


@pytest.mark.parametrize("loop", [fit, partial(fit_truncated, chunk=5)])
@pytest.mark.parametrize("off", [torch.no_grad, torch.inference_mode])
def test_training_without_gradients_is_an_error(loop, off):
    name = "fit" if loop is fit else "fit_truncated"
    with off(), pytest.raises(RuntimeError, match=f"^{name}: expected gradients, but they are"):
        loop(VanillaRNN(8, 4, 8), Echo(length=10), steps=1, seed=0)


def test_a_model_without_lengths_is_trained_where_nothing_is_padded():
    class Images:
        def batch(self, size, generator):
            return Batch((torch.rand(size, 3, generator=generator),), torch.zeros(size, 2))

        def loss(self, output, batch):
            return (output - batch.target).square().mean()

    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    history = fit(model, Images(), steps=30, seed=0)
    assert history.losses[-1] < history.losses[0]
    padded = Batch((torch.rand(2, 3),), torch.zeros(2, 2), torch.tensor([3, 1]))
    with pytest.raises(TypeError, match=r"^predict: .* the batch is padded, got Sequential"):
        predict(model, padded)


def test_a_model_without_lengths_is_trained_by_pieces():
    class Bare(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = VanillaRNN(8, 4, 8)

        def forward(self, x, state=None):
            return self.inner(x, state)

    torch.manual_seed(0)
    history = fit_truncated(Bare(), Echo(length=10), chunk=5, steps=2, seed=0)
    torch.manual_seed(0)
    same = fit_truncated(VanillaRNN(8, 4, 8), Echo(length=10), chunk=5, steps=2, seed=0)
    assert history.losses == same.losses


# ------------------------------------------------------------------ what is left out, and where


def test_what_is_left_out_is_a_step_of_a_hundredth_down_a_gradient_of_norm_one():
    # at w = 0 the gradient is -32: clipped to 1, times a learning rate of 1 / 100
    for loop, model, task in (
        (fit, Times(), Answer()),
        (partial(fit_truncated, chunk=2), Sum(0.0), Document()),
    ):
        loop(model, task, steps=1, seed=0, optimizer=torch.optim.SGD)
        assert model.weight.item() == pytest.approx(0.01)
    model, right = Times(), Times()
    fit(model, Answer(), steps=3, seed=0, clip=None)
    fit(right, Answer(), steps=3, seed=0, clip=None, optimizer=torch.optim.Adam)
    assert model.weight.item() == pytest.approx(right.weight.item())
    model, right = Sum(), Sum()
    cut(model, chunk=1, steps=3, optimizer=adam)
    cut(right, chunk=1, steps=3, optimizer=torch.optim.Adam)
    assert model.weight.item() == pytest.approx(right.weight.item())
    model, same = Sum(), Sum()
    fit_truncated(model, Document(), chunk=1, steps=3, seed=0)
    fit_truncated(same, Document(), chunk=1, steps=3, seed=0, optimizer=adam)
    assert torch.equal(model.weight, same.weight)


def test_a_batch_has_32_examples_and_a_score_512_unless_told():
    sizes = []

    class Counted(Document):
        def batch(self, size: int, generator: torch.Generator) -> Batch:
            sizes.append(size)
            return super().batch(size, generator)

    class Said(Sum):
        def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
            return super().forward(x)[0]

    fit(Said(), Counted(), steps=1, seed=0)
    fit_truncated(Sum(), Counted(), chunk=2, steps=1, seed=0)
    evaluate(Said(), Counted(), seed=0)
    assert sizes == [32, 32, 512]


def test_clipping_of_pieces_shortens_their_step_and_none_leaves_it_alone():
    # w = 1: the gradient is -6, see above
    model = Sum()
    assert cut(model, chunk=1, steps=1, clip=2.0).gradient_norms == [6.0]
    assert model.weight.item() == pytest.approx(1 + 0.5 * 2)
    cut(model := Sum(), chunk=1, steps=1, clip=7.0)
    assert model.weight.item() == 4.0


def test_every_batch_goes_where_the_model_lives_and_without_parameters_to_the_cpu(monkeypatch):
    moved = []
    monkeypatch.setattr(Batch, "to", lambda batch, device: moved.append(device) or batch)
    fit(Times(), Answer(), steps=2, seed=0)
    cut(Sum(), chunk=1, steps=2)
    evaluate(Times(), Answer(), seed=0)
    evaluate(nn.Identity(), Answer(), seed=0)
    assert moved == [torch.device("cpu")] * 6


def test_training_stays_where_the_model_is_whatever_the_default_device(elsewhere):
    with torch.device("cpu"):
        model, pieces = VanillaRNN(8, 4, 8), VanillaRNN(8, 4, 8)
    fit(model, Echo(length=4, lag=1), steps=1, seed=0)
    fit_truncated(pieces, Echo(length=4, lag=1), chunk=2, steps=1, seed=0)
    assert evaluate(model, Echo(length=4, lag=1), seed=0) >= 0


@dataclass(frozen=True)
class Letters(Parity):
    """Say each letter that is read."""

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        ids = torch.zeros(size, 4, dtype=torch.int64)  # no draw: only dropout follows the seed
        return Batch((ids,), ids)


def test_the_seed_decides_the_dropout_of_pieces_and_the_global_generator_is_left_alone():
    def run(seed: int, outside: int) -> list[float]:
        torch.manual_seed(7)
        model = CharRNN(2, 4, 8, 2)  # two layers: dropout draws numbers
        torch.manual_seed(outside)
        before = torch.get_rng_state()
        losses = cut(model, Letters(), chunk=2, steps=3, seed=seed).losses
        assert torch.equal(before, torch.get_rng_state())
        return losses

    assert run(1, outside=0) == run(1, outside=3)
    assert run(1, outside=0) != run(2, outside=0)


@pytest.mark.parametrize("mode", [True, False])
def test_pieces_are_trained_in_training_mode_and_the_model_is_left_as_it_was(mode):
    model = VanillaRNN(1, 4, 2).train(mode)
    modes = []
    model.register_forward_pre_hook(lambda module, _: modes.append(module.training))
    cut(model, AskedAtTheEnd(), chunk=2, steps=1)
    assert modes == [True, True]
    assert model.training is mode


def test_training_by_pieces_stops_when_the_mean_of_twenty_losses_is_low_enough():
    class Easy(Document):
        def batch(self, size: int, generator: torch.Generator) -> Batch:
            return Batch((torch.ones(size, 2),), torch.tensor([1.0, 2.0]).repeat(size, 1))

    history = cut(Sum(), Easy(), chunk=2, steps=50, until=1e-6)
    assert (history.solved_at, len(history.losses)) == (20, 20)


# ------------------------------------------------------------------ the parts of the loop


def test_adam_takes_one_call_for_all_weights_where_pytorch_has_it():
    real, complex_too = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2) * 1j)
    nowhere = nn.Parameter(torch.ones(2, device="meta"))
    assert adam([real], lr=0.5).defaults["fused"] is True
    assert adam([real], lr=0.5).defaults["lr"] == 0.5
    for more in (complex_too, nowhere):
        assert adam([real, more], lr=0.5).defaults["fused"] is None
        assert adam([more, real], lr=0.5).defaults["fused"] is None
    assert {torch.device(name).type for name in FUSED} == FUSED  # PyTorch knows each of them


def test_adam_moves_all_that_it_is_given_as_pytorchs_does():
    models = [nn.Linear(3, 2), nn.Linear(3, 2)]
    models[1].load_state_dict(models[0].state_dict())
    for model, build in zip(models, (adam, torch.optim.Adam), strict=True):
        optimizer = build(list(model.parameters()), lr=0.1)
        model(torch.ones(1, 3)).sum().backward()
        optimizer.step()
    torch.testing.assert_close(models[0].state_dict(), models[1].state_dict())


def test_a_step_down_a_slope_is_entered_with_its_number():
    x, history = nn.Parameter(torch.tensor(3.0)), History()
    sgd = torch.optim.SGD([x], lr=0.5)
    step(x**2, [x], sgd, None, history)  # the slope of x squared at 3 is 6
    assert (x.item(), history.losses, history.gradient_norms) == (0.0, [9.0], [6.0])
    with pytest.raises(FloatingPointError, match=r"^the loss became inf at step 1; "):
        step(x + torch.inf, [x], sgd, None, history)
    with pytest.raises(
        FloatingPointError, match=r"the norm of the gradient became inf at step 1; "
    ):
        step(x.sqrt(), [x], sgd, None, history)
    assert (x.item(), len(history.losses), len(history.gradient_norms)) == (0.0, 1, 1)


def test_the_norm_is_that_of_all_gradients_together():
    x, y, history = (*nn.Parameter(torch.zeros(2)).detach().unbind(), History())
    x, y = nn.Parameter(x), nn.Parameter(y)
    step(3 * x + 4 * y, [x, y], torch.optim.SGD([x, y], lr=1.0), 1.0, history)
    assert history.gradient_norms == [5.0]
    assert (x.item(), y.item()) == pytest.approx((-0.6, -0.8))


class Unsaid:
    """Does not say what it takes."""

    @property
    def __signature__(self):
        raise ValueError("no signature")

    def __call__(self, x: Tensor, lengths: Tensor | None) -> tuple[Tensor, str]:
        return x + len(lengths), "state"


class Silent(nn.Module):
    """A model that does not say what it takes, as a compiled one may not."""

    forward = Unsaid()


class Open(nn.Module):
    """Takes whatever it is given by name."""

    def forward(self, x: Tensor, **more: Tensor) -> Tensor:
        return x + len(more["lengths"])


class Named(nn.Module):
    """Takes lengths, and has no default for them."""

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        return x + len(lengths)


@pytest.mark.parametrize("model", [Silent(), Open(), Named()])
def test_a_model_that_may_take_lengths_is_given_them(model):
    batch = Batch((torch.zeros(2, 3),), torch.zeros(2), torch.tensor([3, 1]))
    assert predict(model, batch).tolist() == [[2.0] * 3] * 2


def test_every_input_of_a_document_is_cut_at_the_same_steps():
    class Both(Sum):
        def forward(
            self, x: Tensor, y: Tensor, h_0: Tensor | None = None, *, lengths: Tensor | None = None
        ) -> tuple[Tensor, Tensor]:
            assert torch.equal(y, 2 * x)
            return super().forward(y - x, h_0)

    class Pair(Document):
        def batch(self, size: int, generator: torch.Generator) -> Batch:
            batch = super().batch(size, generator)
            return Batch((*batch.inputs, 2 * batch.inputs[0]), batch.target)

    assert cut(Both(), Pair(), chunk=1, steps=3) == cut(Sum(), chunk=1, steps=3)


@pytest.mark.parametrize("count", [1, 3])
def test_an_answer_without_its_state_cannot_be_carried_over_a_cut(count):
    class Said(Sum):
        def forward(
            self, x: Tensor, h_0: Tensor | None = None, *, lengths: Tensor | None = None
        ) -> object:
            output, state = super().forward(x, h_0)
            return output if count == 1 else (output, state, state)

    with pytest.raises(
        TypeError, match=r"^fit_truncated: expected a model that returns \(output, s"
    ):
        cut(Said(), chunk=1, steps=1, batch_size=2)  # a tensor of two rows is no pair


def test_a_model_read_by_pieces_is_told_that_nothing_is_padded():
    class Told(Sum):
        def forward(
            self, x: Tensor, h_0: Tensor | None = None, *, lengths: Tensor | None
        ) -> tuple[Tensor, Tensor]:
            assert lengths is None
            return super().forward(x, h_0)

    assert len(cut(Told(), chunk=1, steps=2).losses) == 2


def test_parameters_are_counted_where_they_are_trained():
    model = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
    assert count_parameters(model) == 8 + 3
    model[0].bias.requires_grad_(False)
    assert count_parameters(model) == 6 + 3


def test_the_largest_size_just_fits_the_budget():
    def build(size: int) -> nn.Module:
        assert size >= 1
        return nn.Linear(size, 2)  # 2 * size + 2 numbers

    assert [largest_size(build, n) for n in (4, 5, 6, 20)] == [1, 1, 2, 9]
    with pytest.raises(ValueError, match=r"^largest_size: .* got 3 parameters .* that has 4"):
        largest_size(build, 3)
    with pytest.raises(ValueError, match="largest_size: parameters must be at least 1"):
        largest_size(build, 0)


class Terminal(io.StringIO):
    """A screen that somebody watches."""

    def isatty(self) -> bool:
        return True


def test_a_person_who_watches_sees_steps_counted_and_a_clean_line_afterwards(monkeypatch):
    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    assert list(progress(range(3))) == [0, 1, 2]
    assert "0/3" in screen.getvalue()
    assert "step/s" in screen.getvalue()
    assert screen.getvalue().endswith("\r")
    assert not screen.getvalue().split("\r")[-2].strip()
