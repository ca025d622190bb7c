"""What clipping a gradient repairs, what it leaves as it was, and where a limit acts at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook import _check
from rnnbook.batch import Batch, Task
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.initialisation import identity_
from rnnbook.models import SentimentClassifier, SimpleRNN
from rnnbook.tasks.moving_sum import MovingSum
from rnnbook.tasks.order import NegationOrder
from rnnbook.tasks.spelling import Spelling
from rnnbook.training import History, fit

#: One network, and one training run for each rule, on each seed.
SEEDS = (0, 1, 2)
LENGTHS = (10, 20, 50, 100)
GAIN = 6.0
TASK = MovingSum(length=50)
#: Updates, learning rate of plain gradient descent, and the limit, of the runs that may break.
STEPS, LEARNING_RATE, LIMIT = 90, 0.1, 1.0


class Clipped(NamedTuple):
    """The loss of the demonstration, and the norm of its gradient before and after clipping."""

    loss: float
    before: float
    after: float


def gradient_clipping_demo(
    loss: Callable[[Tensor], Tensor] = torch.sum,
    *,
    time: int = 100,
    gain: float = 1.0,
    max_norm: float = 1.0,
    seed: int = 0,
) -> Clipped:
    """Clip the gradient of an untrained RNN that has read random numbers.

    Parameters
    ----------
    loss : callable
        Makes one number of the outputs, (1, time, 32); the sum, as the demonstration is usually
        shown, or ``torch.mean``.
    time : int
        Steps in the sequence.
    gain : float
        What the recurrent weights are multiplied with.
    max_norm : float
        The limit.
    seed : int
        Seeds the weights and the sequence.

    Raises
    ------
    TypeError, ValueError
        If ``time`` is not a positive whole number, or ``gain`` or ``max_norm`` is not positive.

    Examples
    --------
    >>> from rnnbook.experiments.clipping import gradient_clipping_demo
    >>> demo = gradient_clipping_demo()
    >>> demo.before > 100, round(demo.after, 3)
    (True, 1.0)
    """
    _check.sizes("gradient_clipping_demo", time=time)
    if not max_norm > 0:
        raise ValueError(f"gradient_clipping_demo: max_norm must be positive, got {max_norm}")
    model = exploding_rnn(gain, seed)
    xs = torch.randn(1, time, 10)
    output, _ = model(xs)
    value = loss(output)
    value.backward()
    # the call that clips returns the norm from before, so there is no need to add up squares
    before = nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    after = flat_gradient(model).norm()
    return Clipped(value.item(), before.item(), after.item())


def exploding_rnn(gain: float, seed: int) -> nn.RNN:
    """Return an untrained RNN, 10 numbers in and 32 in its state, with larger recurrent weights.

    Raises
    ------
    ValueError
        If ``gain`` is not positive.
    """
    if not gain > 0:
        raise ValueError(f"exploding_rnn: gain must be positive, got {gain}; 1.0 changes nothing")
    torch.manual_seed(seed)
    model = nn.RNN(10, 32, batch_first=True)
    with torch.no_grad():
        model.get_parameter("weight_hh_l0").mul_(gain)
    return model


def flat_gradient(model: nn.Module) -> Tensor:
    """Return the gradient of all parameters as one long vector."""
    return torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])


def turned(limit: float, seed: int) -> dict[str, float]:
    """Return the cosine between a gradient and itself clipped, by norm and entry by entry."""
    model = exploding_rnn(1.0, seed)
    output, _ = model(torch.randn(1, 100, 10))
    output.sum().backward()
    raw = flat_gradient(model)
    nn.utils.clip_grad_norm_(model.parameters(), limit)
    by_norm = flat_gradient(model)
    by_value = raw.clamp(-limit, limit)  # what nn.utils.clip_grad_value_ does
    return {"by norm": cosine(raw, by_norm), "by value": cosine(raw, by_value)}


def cosine(a: Tensor, b: Tensor) -> float:
    """Return the cosine of the angle between two vectors."""
    return F.cosine_similarity(a.double(), b.double(), dim=0).item()


def terms(seed: int, time: int = 50) -> Tensor:
    """Return what each step adds to the gradient of W_hh, for a loss at the last step alone.

    Returns
    -------
    Tensor
        (time, 32, 32), float64, the oldest step first; their sum is the gradient of W_hh.
    """
    rnn = exploding_rnn(1.0, seed).double()
    W_xh, W_hh, b_xh, b_hh = rnn.parameters()
    from_input = F.linear(torch.randn(time, 10).double(), W_xh, b_xh)
    # one copy of the matrix a step, so that each step's own term can be asked for
    copies = [W_hh.detach().clone().requires_grad_() for _ in range(time)]
    h = torch.zeros(32, dtype=torch.float64)
    for x, W in zip(from_input, copies, strict=True):
        h = torch.tanh(x + W @ h + b_hh)
    return torch.stack(torch.autograd.grad(h.mean(), copies))


def distant_share(parts: Tensor, lag: int = 20) -> float:
    """Return the norm of the terms at least ``lag`` steps back, over the norm of all together."""
    share: Tensor = parts[: len(parts) - lag].sum(0).norm() / parts.sum(0).norm()
    return share.item()


def clip_tensor(values: Tensor, max_norm: float) -> Tensor:
    """Return ``values`` after ``clip_grad_norm_`` has had them as a gradient.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.clipping import clip_tensor
    >>> clip_tensor(torch.tensor([3.0, 4.0]), max_norm=1.0)
    tensor([0.6000, 0.8000])
    """
    weight = nn.Parameter(torch.zeros_like(values))
    weight.grad = values.clone()
    nn.utils.clip_grad_norm_([weight], max_norm)
    return weight.grad


def identity_rnn(input_size: int, hidden_size: int, **options: bool) -> nn.RNN:
    """Return a ReLU layer that starts by copying its state: W_hh is the identity (Le, 2015)."""
    rnn = identity_(nn.RNN(input_size, hidden_size, nonlinearity="relu", **options))
    nn.init.normal_(next(rnn.parameters()), std=0.1)  # W_xh
    return rnn


class Recorder:
    """A task that writes down each loss it hands out, also those of a run that ends in an error."""

    def __init__(self, task: MovingSum) -> None:
        self.batch, self.score = task.batch, task.score
        self.unit, self.baseline = task.unit, task.baseline
        self.task, self.losses = task, list[float]()

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the task's loss, and remember it."""
        loss = self.task.loss(output, batch)
        self.losses.append(loss.item())
        return loss


class Rule(NamedTuple):
    """How a run moves its weights: its name, the optimiser, its learning rate and the limit."""

    name: str
    optimizer: Callable[..., torch.optim.Optimizer]
    learning_rate: float
    clip: float | None


RULES = (
    Rule("SGD", torch.optim.SGD, LEARNING_RATE, None),
    Rule("SGD, clipped", torch.optim.SGD, LEARNING_RATE, LIMIT),
    Rule("Adam", torch.optim.Adam, 0.01, None),
    Rule("Adam, clipped", torch.optim.Adam, 0.01, LIMIT),
)


class Run(NamedTuple):
    """A training run: its losses, the norms of its gradients, and what stopped it, if anything."""

    losses: list[float]
    norms: list[float]
    stopped: str


def train(rule: Rule, seed: int, *, steps: int = STEPS) -> Run:
    """Train a ReLU network that starts from the identity to add up its last three inputs."""
    torch.manual_seed(seed)
    model = SimpleRNN(1, 32, 1, layer=identity_rnn)
    recorder, history, stopped = Recorder(TASK), History(), ""
    try:
        history = fit(
            model,
            recorder,
            steps=steps,
            seed=seed,
            batch_size=16,
            learning_rate=rule.learning_rate,
            clip=rule.clip,
            optimizer=rule.optimizer,
        )
    except FloatingPointError as error:
        stopped = str(error)
    return Run(recorder.losses, history.gradient_norms, stopped)


class Ordinary(NamedTuple):
    """An ordinary training run: its name, its task and its model."""

    name: str
    task: Task
    build: Callable[[], nn.Module]
    batch_size: int


PHRASES, HELLO, SUMS = NegationOrder(gap=0), Spelling("hello"), MovingSum(length=50)
ORDINARY = (
    Ordinary(
        "RNN, phrases",
        PHRASES,
        partial(SentimentClassifier, len(PHRASES.vocabulary), 16, 32, 2),
        32,
    ),
    Ordinary(
        "RNN, hello",
        HELLO,
        partial(SimpleRNN, len(HELLO.vocabulary), 16, len(HELLO.vocabulary)),
        1,
    ),
    Ordinary("RNN, sums", SUMS, partial(SimpleRNN, 1, 32, 1), 16),
    Ordinary(
        "ReLU from identity, sums", SUMS, partial(SimpleRNN, 1, 32, 1, layer=identity_rnn), 16
    ),
)


def watch(case: Ordinary, seed: int, *, steps: int = 30) -> float:
    """Return the largest norm of a gradient in a short unclipped run with Adam."""
    torch.manual_seed(seed)
    model = case.build()
    size = case.batch_size
    history = fit(model, case.task, steps=steps, seed=seed, batch_size=size, clip=None)
    return max(history.gradient_norms)


class Result(NamedTuple):
    """What was measured; the first axis of each array is the seed.

    ``norms`` is, by loss, (seed, length): norms of the demonstration's gradient for the sum of the
    outputs, their mean, and their mean with recurrent weights ``GAIN`` times as large. ``cosines``
    is, by way of clipping, that of the gradient with itself clipped. ``shares`` is the share of
    steps at least twenty back in the gradient of W_hh: as it is, made a million times as large, and
    clipped. ``losses`` is, by rule, (seed, update), NaN after the end of a run; ``updates`` is how
    many losses it saw, ``final`` the mean of the last twenty, infinite for a run that broke.
    ``largest`` is, by network, the largest norm in an ordinary run.
    """

    norms: dict[str, Measured]
    cosines: dict[str, Measured]
    shares: dict[str, Measured]
    losses: dict[str, Measured]
    updates: dict[str, Measured]
    final: dict[str, Measured]
    largest: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Measure the demonstration, directions and shares, and train with and without a limit."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do all of it on one seed."""
    runs = {rule.name: train(rule, seed) for rule in RULES}
    parts = terms(seed)
    return Result(
        norms={
            "sum": norms(torch.sum, 1.0, seed),
            "mean": norms(torch.mean, 1.0, seed),
            "mean, larger weights": norms(torch.mean, GAIN, seed),
        },
        cosines=turned(LIMIT, seed),
        shares={
            "as it is": distant_share(parts),
            "times 1e6": distant_share(1e6 * parts),
            "clipped": distant_share(clip_tensor(parts, 1e-3)),
        },
        losses={name: padded(done.losses) for name, done in runs.items()},
        updates={name: len(done.losses) for name, done in runs.items()},
        final={
            name: np.inf if done.stopped else float(np.mean(done.losses[-20:]))
            for name, done in runs.items()
        },
        largest={case.name: watch(case, seed) for case in ORDINARY},
    )


def padded(losses: list[float]) -> NDArray[np.float64]:
    """Return the losses of a run, NaN after its end."""
    whole = np.full(STEPS, np.nan)
    whole[: len(losses)] = losses
    return whole


def norms(loss: Callable[[Tensor], Tensor], gain: float, seed: int) -> NDArray[np.float64]:
    """Return the norm of the demonstration's gradient at every length."""
    demos = [gradient_clipping_demo(loss, time=time, gain=gain, seed=seed) for time in LENGTHS]
    return np.array([demo.before for demo in demos])
