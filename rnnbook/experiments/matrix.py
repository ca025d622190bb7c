"""A matrix for a state: the forms of one layer, recall by its size, overwritten keys, hybrids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.layers import LinearAttention, matrix_step
from rnnbook.tasks.keys_and_values import KeysAndValues
from rnnbook.training import evaluate, fit

#: A seed draws the initial weights and the sequences.
SEEDS = (0, 1, 2)
#: Numbers in the embedding of a key and of a value, and in what a layer of attention gives.
EMBEDDED, SIZE = (32, 16), 16
#: Numbers in a key, where recall is measured by the size of the state.
KEY_SIZES = (4, 8, 32)
#: Of them that of the hybrids, and that of the layers that meet overwritten keys.
SMALL, WIDE = 8, 16
#: Units of the LSTM, which has two numbers in its state for each.
UNITS = 64
#: Sequences of a batch, and the most updates: for recall and hybrids, and for overwritten keys.
BATCH, UPDATES, UPDATES_AGAIN = 32, 120, 300
#: Training stops once the mean loss of twenty batches is below this.
UNTIL = 0.005
#: At a lower rate, delta writes start late on some seeds.
RATE = 2e-2
#: The learning rates that were tried, for each network.
RATES = (5e-3, 1e-2, 2e-2)
#: Fresh sequences that a trained network is judged on.
JUDGED = 256

#: Sixteen keys of 64, all different; and sixteen pairs of eight keys, of which the last counts.
DISTINCT = KeysAndValues(pairs=16, keys=64)
AGAIN = KeysAndValues(pairs=16, keys=8, again=True)
#: Pairs in the sequences that follow training on overwritten keys.
PAIRS = (16, 32, 128)

#: Of what the forms are compared on: steps, and in a chunk; numbers in an input; heads.
COMPARED, CHUNK, INPUTS, HEADS = 128, 16, 8, 2
#: Keys at right angles, the first of which is written once more, and what a decay keeps a step.
ANGLED, KEPT = 4, 0.9
CORNERS: dict[str, dict[str, Any]] = {
    "linear attention": {},
    "RetNet": {"decay": "constant"},
    "Mamba-2": {"decay": "input"},
    "DeltaNet": {"write": "delta"},
    "gated DeltaNet": {"decay": "input", "write": "delta"},
}


class SoftmaxAttention(nn.Module):
    """Read a whole sequence by causal attention with a softmax and without positions.

    It has the weights of a :class:`rnnbook.layers.LinearAttention` of one head, and its call.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in a value, and in the output at a step.
    key_size : int
        Numbers in a key and in a query.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.experiments.matrix import SoftmaxAttention
    >>> SoftmaxAttention(3, 4, key_size=2)(torch.randn(1, 5, 3))[0].shape
    torch.Size([1, 5, 4])
    """

    def __init__(self, input_size: int, hidden_size: int, *, key_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.query = nn.Linear(input_size, key_size, bias=False)
        self.key = nn.Linear(input_size, key_size, bias=False)
        self.value = nn.Linear(input_size, hidden_size, bias=False)

    def forward(self, xs: Tensor) -> tuple[Tensor, None]:
        """Return the output at every step, (batch, time, hidden_size), and no state."""
        q, k, v = self.query(xs), self.key(xs), self.value(xs)
        return F.scaled_dot_product_attention(q, k, v, is_causal=True), None


class Reader(nn.Module):
    """Embed keys and values, read them with one layer or more, and answer at every step.

    Parameters
    ----------
    task : KeysAndValues
        Says how many keys and values there are.
    *layers : callable
        Each builds a layer from its input size. A layer reads the embeddings and what all layers
        below it gave; the answer comes from all of these.

    Examples
    --------
    >>> from rnnbook.experiments import matrix
    >>> batch = matrix.DISTINCT.batch(2, torch.Generator())
    >>> matrix.Reader(matrix.DISTINCT, matrix.NETWORKS["softmax"](8))(*batch.inputs).shape
    torch.Size([2, 24, 8])
    """

    def __init__(self, task: KeysAndValues, *layers: Callable[..., nn.Module]) -> None:
        super().__init__()
        self.keys = nn.Embedding(task.keys, EMBEDDED[0])
        self.values = nn.Embedding(task.values + 1, EMBEDDED[1])
        self.layers = nn.ModuleList()
        size = sum(EMBEDDED)
        for layer in layers:
            self.layers.append(layer(size))
            size += int(self.layers[-1].hidden_size)  # type: ignore[arg-type]  # each has one
        self.fc = nn.Linear(size, task.values)

    def forward(self, keys: Tensor, values: Tensor, *, lengths: None = None) -> Tensor:
        """Return logits, (batch, time, values), of ids ``keys`` and ``values``, (batch, time)."""
        xs = torch.cat([self.keys(keys), self.values(values)], dim=-1)
        for layer in self.layers:
            xs = torch.cat([xs, layer(xs)[0]], dim=-1)
        logits: Tensor = self.fc(xs)
        return logits


def _attention(key_size: int, **options: Any) -> Callable[..., nn.Module]:
    return partial(
        LinearAttention, hidden_size=SIZE, key_size=key_size, batch_first=True, **options
    )


#: By name, a layer with keys of that many numbers.
NETWORKS: dict[str, Callable[[int], Callable[..., nn.Module]]] = {
    "sum": _attention,
    "delta": partial(_attention, write="delta"),
    "softmax": lambda key_size: partial(SoftmaxAttention, hidden_size=SIZE, key_size=key_size),
    "LSTM": lambda _: partial(nn.LSTM, hidden_size=UNITS, batch_first=True),
}
#: Those that meet overwritten keys.
OVERWRITING = ("sum", "delta", "softmax")
#: Layers of one network, from the first to the last.
HYBRIDS = {"sum, sum": ("sum", "sum"), "sum, softmax": ("sum", "softmax")}


class Result(NamedTuple):
    """How the forms agree, and how well a state of each size recalls; the first axis is the seed.

    ``apart`` is by corner how far the loop of steps is from the masked product and from chunks in
    float64, and ``lost`` is by corner and form how far float32 is from the loop in float64, all
    relative to the largest output. ``descent`` is how far a delta write is from a step of gradient
    descent. ``off`` is by way to write how far what is read is from the last value of its key, as a
    share of its norm: of the key written ``again``, and the mean of the ``others``. ``right`` is
    the share of right answers by network and numbers in a key.
    """

    apart: dict[tuple[str, str], Measured]
    lost: dict[tuple[str, str], Measured]
    descent: Measured
    off: dict[tuple[str, str], Measured]
    right: dict[tuple[str, int], Measured]


class Overwritten(NamedTuple):
    """The share of right answers by network and pairs, and the updates that training took."""

    right: dict[tuple[str, int], Measured]
    updates: dict[str, Measured]


class Hybrids(NamedTuple):
    """The share of right answers of networks of two layers."""

    right: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Compare the forms, and measure recall by the size of the state."""
    return over_seeds(one, seeds)


def overwritten(seeds: Sequence[int] = SEEDS) -> Overwritten:
    """Train on keys that come again, and ask after longer sequences."""
    return over_seeds(one_overwritten, seeds)


def hybrids(seeds: Sequence[int] = SEEDS) -> Hybrids:
    """Train networks of two layers on keys that are all different."""
    return over_seeds(one_hybrids, seeds)


def one(seed: int) -> Result:
    """Do what :func:`run` does, on one seed."""
    right = {}
    for key_size in KEY_SIZES:
        for name in ("sum", "delta"):
            right[name, key_size] = judged(DISTINCT, (name,), key_size, seed, RATE)
    for name in ("softmax", "LSTM"):
        right[name, SMALL] = judged(DISTINCT, (name,), SMALL, seed, RATE)
    return Result(*forms(seed), descent(seed), off(seed), right)


def one_overwritten(seed: int) -> Overwritten:
    """Do what :func:`overwritten` does, on one seed."""
    right, updates = {}, {}
    for name in OVERWRITING:
        model, updates[name] = trained(AGAIN, (name,), WIDE, seed, RATE)
        for pairs in PAIRS:
            task = KeysAndValues(pairs=pairs, keys=AGAIN.keys, again=True)
            right[name, pairs] = evaluate(model, task, seed=seed + 10_000, size=JUDGED)
    return Overwritten(right, updates)


def one_hybrids(seed: int) -> Hybrids:
    """Do what :func:`hybrids` does, on one seed."""
    return Hybrids(
        {name: judged(DISTINCT, names, SMALL, seed, RATE) for name, names in HYBRIDS.items()}
    )


def rates(seeds: Sequence[int] = (200, 201)) -> dict[tuple[str, str, float], list[float]]:
    """Return the accuracies at every rate, by task and network: how ``RATE`` was chosen.

    No build calls it.
    """
    tried = {"distinct": (DISTINCT, SMALL), "again": (AGAIN, WIDE)}
    return {
        (which, name, rate): [judged(task, names, size, seed, rate) for seed in seeds]
        for which, (task, size) in tried.items()
        for name, names in ({name: (name,) for name in NETWORKS} | HYBRIDS).items()
        for rate in RATES
    }


def trained(
    task: KeysAndValues, names: Sequence[str], key_size: int, seed: int, rate: float
) -> tuple[Reader, int]:
    """Return a network with the layers of ``names`` after training, and the updates it took."""
    torch.manual_seed(seed)
    model = Reader(task, *(NETWORKS[name](key_size) for name in names))
    history = fit(
        model,
        task,
        steps=UPDATES_AGAIN if task.again else UPDATES,
        seed=seed,
        batch_size=BATCH,
        learning_rate=rate,
        clip=1.0,
        until=UNTIL,
    )
    return model, len(history.losses)


def judged(
    task: KeysAndValues, names: Sequence[str], key_size: int, seed: int, rate: float
) -> float:
    """Train a network, and return its share of right answers on fresh sequences."""
    model, _ = trained(task, names, key_size, seed, rate)
    return evaluate(model, task, seed=seed + 10_000, size=JUDGED)


@torch.no_grad()
def forms(seed: int) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], float]]:
    """Return how far the forms are apart in float64, and what each loses in float32."""
    apart, lost = {}, {}
    for name, options in CORNERS.items():
        torch.manual_seed(seed)
        build = partial(LinearAttention, INPUTS, SIZE, heads=HEADS, batch_first=True, **options)
        forms = {"masked": build(chunk=COMPARED).double(), "chunks": build(chunk=CHUNK).double()}
        forms["chunks"].load_state_dict(forms["masked"].state_dict())
        xs = torch.randn(2, COMPARED, INPUTS, dtype=torch.float64)
        right = looped(forms["chunks"], xs)
        for form, layer in forms.items():
            apart[name, form] = far(layer(xs)[0], right)
        lost[name, "loop"] = far(looped(forms["chunks"].float(), xs.float()), right)
        for form, layer in forms.items():
            lost[name, form] = far(layer.float()(xs.float())[0], right)
    return apart, lost


def looped(layer: LinearAttention, xs: Tensor) -> Tensor:
    """Return the output at every step of ``xs``, (batch, time, input_size), one step at a time."""
    S, outputs = None, []
    for x in xs.unbind(1):
        o, S = layer.step(x, S)
        outputs.append(o)
    return torch.stack(outputs, 1)


def far(found: Tensor, right: Tensor) -> float:
    """Return the largest difference, relative to the largest number of ``right``."""
    return float((found - right).abs().max() / right.abs().max())


def descent(seed: int) -> float:
    """Return how far a delta write is from a step of gradient descent on the value of its key."""
    torch.manual_seed(seed)
    S, k, v = (torch.randn(*shape, dtype=torch.float64) for shape in ((4, 3), (3,), (4,)))
    k, beta = F.normalize(k, dim=0), torch.tensor(0.3, dtype=torch.float64)
    S.requires_grad_()
    # L = |S k - v|^2 / 2
    (slope,) = torch.autograd.grad((S @ k - v).square().sum() / 2, S)
    with torch.no_grad():
        _, written = matrix_step(S, k, k, v, torch.zeros_like(beta), beta, delta=True)
        return far(written, S - beta * slope)


@torch.no_grad()
def off(seed: int) -> dict[tuple[str, str], float]:
    """Write keys at right angles, then the first again, and return how far each is then off."""
    torch.manual_seed(seed)
    keys = torch.linalg.qr(torch.randn(ANGLED, ANGLED, dtype=torch.float64)).Q
    keys = torch.cat([keys, keys[:1]])
    values = torch.randn(ANGLED + 1, SIZE, dtype=torch.float64)
    right = torch.cat([values[-1:], values[1:-1]])
    one, found = torch.ones(ANGLED + 1, dtype=torch.float64), {}
    for name, kept, delta in (("sum", 1.0, False), ("decay", KEPT, False), ("delta", 1.0, True)):
        S = torch.zeros(SIZE, ANGLED, dtype=torch.float64)
        log_a = (kept * one).log()
        for k, v, log_a_t, beta in zip(keys, values, log_a, one, strict=True):
            _, S = matrix_step(S, k, k, v, log_a_t, beta, delta=delta)
        read = keys[:-1] @ S.T
        apart = (read - right).norm(dim=1) / right.norm(dim=1)
        found[name, "again"], found[name, "others"] = float(apart[0]), float(apart[1:].mean())
    return found
