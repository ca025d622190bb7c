"""The Reber grammar, plain and embedded: which symbols may come next?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.automata import NOWHERE, Machine
from rnnbook.batch import Batch
from rnnbook.text import END, PAD, START, Vocabulary, one_hot_encode

SYMBOLS = ("B", "E", "P", "S", "T", "V", "X")
#: Stands for the end of the string among the symbols that may come next.
STOP = "."

#: The arrows of the grammar, state by state (Reber, 1967, as drawn by Cleeremans et al., 1989).
PLAIN: tuple[dict[str, int], ...] = (
    {"B": 1},
    {"T": 2, "P": 3},
    {"S": 2, "X": 4},
    {"T": 3, "V": 5},
    {"X": 3, "S": 6},
    {"P": 4, "V": 6},
    {"E": 7},
    {},
)


def embedded() -> tuple[dict[str, int], ...]:
    """Return the arrows of B, T or P, a whole plain string, the same T or P again, and E."""
    inner = len(PLAIN)
    first, second = 2, 2 + inner
    arrows: list[dict[str, int]] = [{"B": 1}, {"T": first, "P": second}]
    last = second + inner
    for symbol, offset in (("T", first), ("P", second)):
        arrows += [{a: to + offset for a, to in row.items()} for row in PLAIN[:-1]]
        arrows.append({symbol: last})
    return (*arrows, {"E": last + 1}, {})


@dataclass(frozen=True)
class Reber:
    """Name every symbol that may come next, and no other, at each step of a string.

    The strings are walks along the arrows of the grammar, each arrow as likely as the others that
    leave the state. In the embedded grammar the second symbol, T or P, comes back as the second to
    last, and a whole string of the plain grammar stands between the two.

    Parameters
    ----------
    least, most : int
        Symbols in the shortest and in the longest string that is drawn.
    embedded : bool
        Whether the grammar is the embedded one.
    threshold : float
        A symbol counts as named if its probability is larger. The grammar gives each symbol that
        may come next a probability of at least one half.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.reber import Reber
    >>> task = Reber()
    >>> batch = task.batch(2, torch.Generator().manual_seed(0))
    >>> word = task.words(batch)[0]
    >>> word[1] == word[-2], len(task.machine.minimised())
    (True, 20)
    """

    least: int = 9
    most: int = 16
    embedded: bool = True
    threshold: float = 0.1

    def __post_init__(self) -> None:
        shortest = 9 if self.embedded else 5
        if not shortest <= self.least <= self.most:
            raise ValueError(
                f"Reber: expected {shortest} <= least <= most, got {self.least} and {self.most}; "
                f"the shortest string has {shortest} symbols"
            )
        if not 0 < self.threshold < 0.5:
            raise ValueError(
                f"Reber: threshold must lie between 0 and 0.5, got {self.threshold}; above one "
                "half no network could name both of two symbols"
            )

    @property
    def unit(self) -> str:
        """What the score counts."""
        return "strings with every step right"

    @property
    def baseline(self) -> float:
        """No set of symbols is right at every step of a string."""
        return 0.0

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The seven symbols."""
        return Vocabulary(SYMBOLS)

    @cached_property
    def arrows(self) -> tuple[dict[str, int], ...]:
        """Where each symbol leads from each state of the grammar."""
        return embedded() if self.embedded else PLAIN

    @cached_property
    def machine(self) -> Machine:
        """The grammar as a machine whose answer is the set of symbols that may come next."""
        table = (tuple(row.get(symbol, NOWHERE) for symbol in SYMBOLS) for row in self.arrows)
        answers = ("".join(sorted(row)) or STOP for row in self.arrows)
        return Machine(SYMBOLS, tuple(table), tuple(answers))

    @cached_property
    def _weights(self) -> Tensor:
        """How to draw the next symbol, (symbols so far, state, symbol).

        A weight is how likely the walk after the arrow is to end at a length asked for. It gives
        each string the chance it would have if strings of other lengths were thrown away, and
        throws none away.
        """
        shape = (self.most + 1, len(self.arrows), len(SYMBOLS))
        weights = torch.zeros(shape, dtype=torch.float64, device="cpu")
        final = torch.tensor([not row for row in self.arrows], device="cpu")
        table = torch.tensor(self.machine.table, device="cpu")
        hope = final.double()  # of a walk that has the most symbols, by its state
        for used in range(self.most - 1, -1, -1):
            weights[used] = torch.where(table == NOWHERE, 0.0, hope[table])
            ways = (table != NOWHERE).sum(1).clamp(min=1)
            hope = torch.where(final, float(used >= self.least), weights[used].sum(1) / ways)
        return weights

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` strings: one-hot inputs (size, time, 11), target (size, time).

        The first input is the start sign; the target holds the id of the symbol that came next,
        ``END`` after the last one, and ``PAD`` from there on.
        """
        if size < 1:
            raise ValueError(f"Reber.batch: size must be at least 1, got {size}")
        device = generator.device
        table = torch.tensor(self.machine.table, device=device)
        first = self.vocabulary.token_to_id[SYMBOLS[0]]
        state = torch.zeros(size, dtype=torch.int64, device=device)
        columns = []
        for weights in self._weights.to(device):
            heaps = weights[state].cumsum(1)
            draws = torch.rand(size, generator=generator, dtype=torch.float64, device=device)
            chosen = (heaps <= (draws * heaps[:, -1])[:, None]).sum(1).clamp(max=len(SYMBOLS) - 1)
            ended = heaps[:, -1] == 0
            columns.append(torch.where(ended, PAD, chosen + first))
            state = torch.where(ended, state, table[state, chosen])
        ids = torch.stack(columns, 1)
        return self._batch(ids, (ids != PAD).sum(1))

    def of_words(self, words: Sequence[str]) -> Batch:
        """Return given strings as a batch; they need not be strings of the grammar."""
        with torch.device("cpu"):
            return self._batch(*self.vocabulary.encode_batch(words))

    def _batch(self, ids: Tensor, lengths: Tensor) -> Batch:
        ids = ids[:, : int(lengths.max())]
        ends = lengths[:, None].to(ids.device)
        target = F.pad(ids, (0, 1), value=PAD).scatter(1, ends, END)
        xs = one_hot_encode(F.pad(ids, (1, 0), value=START), len(self.vocabulary))
        return Batch((xs,), target, lengths.cpu() + 1)

    def words(self, batch: Batch) -> list[str]:
        """Return the strings of a batch, without the start sign."""
        rows = batch.inputs[0].argmax(-1).tolist()
        lengths = (batch.target != PAD).sum(1).tolist()
        tokens = self.vocabulary.tokens
        return ["".join(tokens[i] for i in row[1:n]) for row, n in zip(rows, lengths, strict=True)]

    def answers(self, output: Tensor) -> list[list[str]]:
        """Return the symbols that logits (batch, time, 11) name at each step, as a string."""
        named = output.softmax(-1) > self.threshold
        # written as one binary number a step, so that each set of symbols is spelled once
        codes = (named * 2 ** torch.arange(named.shape[-1], device=named.device)).sum(-1).tolist()
        tokens = [STOP if i == END else t for i, t in enumerate(self.vocabulary.tokens)]
        spelled = {
            code: "".join(token for i, token in enumerate(tokens) if code >> i & 1)
            for code in {code for row in codes for code in row}
        }
        return [[spelled[code] for code in row] for row in codes]

    def right(self, output: Tensor, batch: Batch) -> list[list[bool]]:
        """Return, for each step of each string, whether exactly the right symbols are named."""
        return [
            [mine == true for mine, true in zip(row, self.machine.read(word), strict=False)]
            for row, word in zip(self.answers(output), self.words(batch), strict=True)
        ]

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy a symbol of logits (batch, time, 11)."""
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=PAD)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of strings with exactly the right symbols named at every step."""
        rows = self.right(output, batch)
        return sum(all(row) for row in rows) / len(rows)

    def perfect(self, batch: Batch) -> Tensor:
        """Return the logits of the grammar itself."""
        shape = (*batch.target.shape, len(self.vocabulary))
        logits = torch.full(shape, -30.0, device=batch.target.device)
        for row, word in zip(logits, self.words(batch), strict=True):
            for step, allowed in zip(row, self.machine.read(word), strict=False):
                for symbol in allowed:
                    step[END if symbol == STOP else self.vocabulary.token_to_id[symbol]] = 0.0
        return logits
