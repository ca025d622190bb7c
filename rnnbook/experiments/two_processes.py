"""One batch on two processes: what has to travel between them, and what goes wrong if it does not.

Start it as ``python -m torch.distributed.run --standalone --nproc-per-node=2 -m
rnnbook.experiments.two_processes``: then each process trains on its own rows.
"""

from __future__ import annotations

import copy
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from rnnbook.batch import UNASKED, Batch
from rnnbook.experiments._seeds import Measured, over_seeds
from rnnbook.models import VanillaRNN
from rnnbook.sequences import State, detach
from rnnbook.tasks.echo import Echo
from rnnbook.training import fit_truncated

#: A seed draws the weights and the sequences.
SEEDS = (0, 1, 2)
TASK = Echo(symbols=4, lag=3, length=40)
HIDDEN, ROWS, CHUNK = 16, 8, 10
#: The processes, and how many rows each gets where the shards are unequal.
PROCESSES, UNEQUAL = 2, (5, 3)
#: Seconds that the processes may take.
PATIENCE = 240
#: Updates of the training that a reader starts, and its learning rate.
UPDATES, LEARNING_RATE = 400, 1e-2
#: How the batch may be split. ``DDP`` is PyTorch's own, on equal shards.
WAYS = ("rows", "DDP", "unequal, weighted", "unequal, plain mean", "state left behind", "time")

Chunk = tuple[Tensor, Tensor]
Part = tuple[slice, slice]


class Result(NamedTuple):
    """How far the gradient of two processes is from that of one, the seed first.

    ``apart`` is by way to split: the norm of the difference over the norm of the gradient, the
    largest over the chunks of a batch.
    """

    apart: dict[str, Measured]


def run(seeds: Sequence[int] = SEEDS) -> Result:
    """Compare the gradients of one process and of two."""
    return over_seeds(one, seeds)


def one(seed: int) -> Result:
    """Do so on one seed, in processes that are started for it."""
    with tempfile.TemporaryDirectory() as folder:
        code = f"from {__name__} import compare; compare({{}}, {seed}, {folder!r})"
        started = [
            subprocess.Popen([sys.executable, "-c", code.format(rank)], stderr=subprocess.PIPE)
            for rank in range(PROCESSES)
        ]
        try:
            said = [process.communicate(timeout=PATIENCE)[1] for process in started]
        finally:
            for process in started:
                process.kill()  # one that waits for another that is gone
        failed = [text.decode() for p, text in zip(started, said, strict=True) if p.returncode]
        if failed:
            raise RuntimeError(f"two_processes: a process failed:\n{failed[0]}")
        apart = torch.load(Path(folder, "apart.pt"), weights_only=True)
    return Result(apart={way: apart[way] for way in WAYS})


def model_and_chunks(seed: int) -> tuple[VanillaRNN, list[Chunk]]:
    """Return a new LSTM, and a batch that is cut into chunks of steps: inputs and targets."""
    torch.manual_seed(seed)
    model = VanillaRNN(TASK.symbols, HIDDEN, TASK.symbols, layer=nn.LSTM)
    batch = TASK.batch(ROWS, torch.Generator().manual_seed(seed))
    parts = (tensor.split(CHUNK, dim=1) for tensor in (*batch.inputs, batch.target))
    return model, list(zip(*parts, strict=True))


def loss_of(output: Tensor, target: Tensor) -> Tensor:
    """Return the mean loss over the symbols that are asked."""
    return F.cross_entropy(output.flatten(0, 1), target.flatten(), ignore_index=UNASKED)


def gradient(model: nn.Module) -> Tensor:
    """Return the gradients of all parameters as one vector."""
    return torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])


def add_up(p: Tensor, share: float) -> None:
    """Replace the gradient of ``p`` by that of all processes, each times its share of the batch."""
    if p.grad is not None:
        # g = sum over processes of (n_r / N) g_r
        p.grad *= share
        dist.all_reduce(p.grad)


def alone(model: nn.Module, chunks: Sequence[Chunk]) -> Iterator[Tensor]:
    """Yield the gradient of each chunk in one process, which reads everything."""
    state: State | None = None
    for xs, targets in chunks:
        model.zero_grad()
        output, state = model(xs, state)
        loss_of(output, targets).backward()
        state = detach(state)  # the gradient stops here, the state goes on
        yield gradient(model)


def together(
    model: nn.Module, chunks: Sequence[Chunk], part: Callable[[int], Part], *, plain: bool = False
) -> Iterator[Tensor]:
    """Yield the same from one of several processes, each of which reads its part of a chunk.

    Parameters
    ----------
    model : nn.Module
        The same in every process.
    chunks : sequence of tuple
        Inputs and targets, the same in every process.
    part : callable
        The rows and the steps that this process reads, by the number of the chunk.
    plain : bool
        Whether every process counts as much as any other, however much it was asked.
    """
    state: State | None = None
    for number, (xs, targets) in enumerate(chunks):
        mine = part(number)
        model.zero_grad()
        output, state = model(xs[mine], state)
        loss_of(output, targets[mine]).backward()
        state = detach(state)
        asked, everywhere = (int((t != UNASKED).sum()) for t in (targets[mine], targets))
        share = 1 / dist.get_world_size() if plain else asked / everywhere
        for p in model.parameters():
            add_up(p, share)
        yield gradient(model)


def with_ddp(model: nn.Module, chunks: Sequence[Chunk], rows: slice) -> Iterator[Tensor]:
    """Yield the same by PyTorch's own wrapper, which averages while it goes backward."""
    wrapped, state = DistributedDataParallel(model), None
    for xs, targets in chunks:
        model.zero_grad()
        output, state = wrapped(xs[rows], state)
        loss_of(output, targets[rows]).backward()
        state = detach(state)
        yield gradient(model)


def shards(sizes: Sequence[int]) -> list[slice]:
    """Return the slices that cut a dimension into pieces of ``sizes``.

    Examples
    --------
    >>> from rnnbook.experiments.two_processes import shards
    >>> shards([5, 3])
    [slice(0, 5, None), slice(5, 8, None)]
    """
    ends = torch.tensor([0, *sizes], device="cpu").cumsum(0).tolist()
    return [slice(start, end) for start, end in pairwise(ends)]


def ways(rank: int, seed: int) -> dict[str, Iterator[Tensor]]:
    """Return the gradients of all chunks by way to split them, as process ``rank`` sees them."""
    model, chunks = model_and_chunks(seed)
    halves, unequal = shards([ROWS // 2, ROWS // 2]), shards(UNEQUAL)
    steps = shards([CHUNK // 2, CHUNK // 2])
    every = slice(None)

    def split(part: Callable[[int], Part], *, plain: bool = False) -> Iterator[Tensor]:
        return together(copy.deepcopy(model), chunks, part, plain=plain)

    return {
        "rows": split(lambda number: (halves[rank], every)),
        "DDP": with_ddp(copy.deepcopy(model), chunks, halves[rank]),
        "unequal, weighted": split(lambda number: (unequal[rank], every)),
        "unequal, plain mean": split(lambda number: (unequal[rank], every), plain=True),
        "state left behind": split(lambda number: (halves[(rank + number) % PROCESSES], every)),
        "time": split(lambda number: (every, steps[rank])),
    }


def compare(rank: int, seed: int, folder: str) -> None:
    """Compare the ways in process ``rank``; the first process writes down what it found."""
    torch.set_num_threads(1)
    place = Path(folder, "meet").as_uri()
    dist.init_process_group("gloo", init_method=place, rank=rank, world_size=PROCESSES)
    model, chunks = model_and_chunks(seed)
    right = list(alone(model, chunks))
    apart = {
        way: max(float((g - r).norm() / r.norm()) for g, r in zip(gradients, right, strict=True))
        for way, gradients in ways(rank, seed).items()
    }
    if rank == 0:
        torch.save(apart, Path(folder, "apart.pt"))
    dist.destroy_process_group()


@dataclass(frozen=True)
class Shard:
    """The rows of one process: each draws the whole batch, and keeps its part."""

    rows: slice

    unit, baseline = TASK.unit, TASK.baseline
    loss, score = staticmethod(TASK.loss), staticmethod(TASK.score)

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` sequences and return ``rows`` of them."""
        whole = TASK.batch(size, generator)
        return Batch((whole.inputs[0][self.rows],), whole.target[self.rows])


def train() -> None:
    """Train in one of the processes that ``torchrun`` started; the first prints what came out."""
    on_gpu = torch.cuda.device_count() >= int(os.environ["LOCAL_WORLD_SIZE"])  # one for each
    dist.init_process_group("nccl" if on_gpu else "gloo")
    rank, world = dist.get_rank(), dist.get_world_size()
    torch.set_num_threads(1)
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if on_gpu else torch.device("cpu")
    model = model_and_chunks(seed=0)[0].to(device)  # the same weights everywhere
    sizes = [ROWS // world + (rank < ROWS % world) for rank in range(world)]
    for p in model.parameters():  # as soon as backward has its gradient, before the optimiser
        p.register_post_accumulate_grad_hook(partial(add_up, share=sizes[rank] / ROWS))
    mine = Shard(shards(sizes)[rank])
    fit_truncated(
        model,
        mine,
        chunk=CHUNK,
        steps=UPDATES,
        seed=0,
        batch_size=ROWS,
        learning_rate=LEARNING_RATE,
    )
    weights = torch.nn.utils.parameters_to_vector(model.parameters()).detach()
    theirs = [torch.zeros_like(weights) for _ in range(world)]
    dist.all_gather(theirs, weights)
    if rank == 0:
        batch = TASK.batch(256, torch.Generator().manual_seed(1)).to(device)
        with torch.no_grad():
            right = TASK.score(model(*batch.inputs)[0], batch)
        apart = max(float((other - weights).abs().max()) for other in theirs)
        print(f"{world} processes with {' + '.join(map(str, sizes))} rows, on {device.type}")
        print(f"weights differ between them by {apart:.0e} at most")
        print(f"share right after {UPDATES} updates: {right:.2f} (guessing: {TASK.baseline:.2f})")
    dist.destroy_process_group()


if __name__ == "__main__":
    train()
