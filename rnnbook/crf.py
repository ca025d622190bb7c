"""A conditional random field on a chain: one score for a whole sequence of tags.

Lafferty, McCallum and Pereira (2001), Conditional random fields. A tagger gives every tag a score
at every step; a table adds a score for each pair of neighbouring tags. Among all sequences of tags,
the best one is found by the algorithm of Viterbi (1967), and the sum over all of them by the same
recurrence, with a sum in place of the maximum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rnnbook import _check
from rnnbook.batch import UNASKED
from rnnbook.sequences import real_steps


@dataclass(frozen=True, eq=False)
class Chain:
    """What any sequence of tags scores: a tagger's scores, and a table of neighbouring tags.

    Parameters
    ----------
    emissions : Tensor
        What the tagger gives each tag at each step, (batch, time, tags).
    transitions : Tensor
        What it adds that tag ``i`` is followed by tag ``j``, (tags, tags), row ``i``, column ``j``;
        minus infinity where ``j`` must not follow ``i``.
    start : Tensor
        What it adds that a sequence begins with a tag, (tags,).

    Raises
    ------
    TypeError, ValueError
        If the shapes do not belong together, or hold no floating-point numbers.

    Examples
    --------
    Two tags, both as good at each of two steps, and a change of tags costs 1:

    >>> import torch
    >>> from rnnbook.crf import Chain
    >>> table = torch.tensor([[0.0, -1.0], [-1.0, 0.0]])
    >>> chain = Chain(torch.zeros(1, 2, 2), table, torch.zeros(2))
    >>> chain.score(torch.tensor([[0, 0], [0, 1]])[:1]), chain.score(torch.tensor([[0, 1]]))
    (tensor([0.]), tensor([-1.]))
    """

    emissions: Tensor
    transitions: Tensor
    start: Tensor

    def __post_init__(self) -> None:
        _check.rank("Chain", "emissions", self.emissions, "(batch, time, tags)")
        _check.not_empty("Chain", "emissions", self.emissions)
        tags = self.emissions.shape[-1]
        named = {"emissions": self.emissions, "transitions": self.transitions, "start": self.start}
        for name, value in named.items():
            _check.floating("Chain", name, value)
        shapes = {"transitions": (tags, tags), "start": (tags,)}
        for name, shape in shapes.items():
            if named[name].shape != shape:
                raise ValueError(
                    f"Chain: expected {name} of shape {shape}, since the emissions have {tags} "
                    f"tags, got {tuple(named[name].shape)}; the usual cause is a table for other "
                    "tags"
                )

    def masked(self, follows: Tensor, opens: Tensor) -> Chain:
        """Return the chain in which only some tags may follow, and only some may open a sequence.

        Parameters
        ----------
        follows : Tensor
            True where tag ``j`` may follow tag ``i``, (tags, tags), bool: see :func:`legal`.
        opens : Tensor
            True where a tag may come first, (tags,), bool.

        Raises
        ------
        TypeError, ValueError
            If a mask is not bool, or one for other tags.
        """
        for name, mask, scores in (
            ("follows", follows, self.transitions),
            ("opens", opens, self.start),
        ):
            _check.tensor("Chain.masked", name, mask)
            if mask.dtype != torch.bool:
                raise TypeError(
                    f"Chain.masked: expected {name} of torch.bool, True where a tag may stand, got "
                    f"{mask.dtype}; a mask of ones and zeros becomes one by .bool()"
                )
            if mask.shape != scores.shape:
                raise ValueError(
                    f"Chain.masked: expected {name} of shape {tuple(scores.shape)}, got "
                    f"{tuple(mask.shape)}; the usual cause is a mask for other tags"
                )
        never = float("-inf")
        return Chain(
            self.emissions,
            self.transitions.masked_fill(~follows.to(self.transitions.device), never),
            self.start.masked_fill(~opens.to(self.start.device), never),
        )

    def score(self, tags: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return what a sequence of tags scores, (batch,).

        Parameters
        ----------
        tags : Tensor
            Ids of tags, (batch, time), int64; what stands after the end of a sequence is ignored.
        lengths : Tensor, optional
            True lengths, (batch,), int64 on the CPU; None when nothing is padded.
        """
        real = self._real(lengths)
        if tags.shape != self.emissions.shape[:2]:
            raise ValueError(
                f"Chain.score: expected tags of shape {tuple(self.emissions.shape[:2])}, one for "
                f"each step, got {tuple(tags.shape)}; the usual cause is another batch"
            )
        tags = torch.where(real, tags, 0)
        _check.tokens("Chain.score", "tags", tags, self.emissions.shape[-1])
        # s(y) = start[y_1] + sum_t e_t[y_t] + sum_t A[y_{t-1}, y_t]
        emitted = self.emissions.gather(-1, tags[..., None])[..., 0]
        moved = self.transitions[tags[:, :-1], tags[:, 1:]]
        total = self.start[tags[:, 0]] + torch.where(real, emitted, 0).sum(1)
        return total + torch.where(real[:, 1:], moved, 0).sum(1)

    def log_partition(self, lengths: Tensor | None = None) -> Tensor:
        """Return the logarithm of the sum of ``exp(score)`` over all sequences of tags, (batch,).

        Parameters
        ----------
        lengths : Tensor, optional
            True lengths, (batch,), int64 on the CPU; None when nothing is padded.
        """
        real = self._real(lengths)
        # a_1 = start + e_1
        first, *later = self.emissions.unbind(1)
        alphas = [self.start + first]
        for e_t in later:
            # a_t[j] = e_t[j] + log sum_i exp(a_{t-1}[i] + A[i, j])
            alphas.append(e_t + (alphas[-1][:, :, None] + self.transitions).logsumexp(1))
        # log Z = log sum_j exp(a_T[j]), with T the last step of each sequence
        last = real.sum(1) - 1
        ends = torch.stack(alphas, dim=1)[torch.arange(len(last), device=last.device), last]
        return ends.logsumexp(1)

    def viterbi(self, lengths: Tensor | None = None) -> Tensor:
        """Return the sequence of tags with the highest score, (batch, time), int64.

        Parameters
        ----------
        lengths : Tensor, optional
            True lengths, (batch,), int64 on the CPU; None when nothing is padded. After the end of
            a sequence stands ``UNASKED``.

        Raises
        ------
        ValueError
            If a mask leaves a sequence no tags at all, or a score is NaN.
        """
        real = self._real(lengths)
        best = self.start + self.emissions[:, 0]
        stay = torch.arange(self.emissions.shape[-1], device=best.device).expand_as(best)
        pointers = []
        for t in range(1, self.emissions.shape[1]):
            # b_t[j] = e_t[j] + max_i (b_{t-1}[i] + A[i, j]), and the i that it came from
            reached, came_from = (best[:, :, None] + self.transitions).max(1)
            after = self.emissions[:, t] + reached
            best = torch.where(real[:, t, None], after, best)
            pointers.append(torch.where(real[:, t, None], came_from, stay))
        highest, last = best.max(1)
        if bool(highest.isnan().any()):
            raise ValueError(
                "Chain.viterbi: expected numbers as scores, got a NaN; the usual cause is a "
                "training that broke: see rnnbook.diagnosis"
            )
        if bool(highest.isinf().any()):
            raise ValueError(
                "Chain.viterbi: expected at least one sequence of tags that may be, got a batch "
                "with none for some row; the mask forbids too much"
            )
        path = [last]
        for came_from in reversed(pointers):
            path.append(came_from.gather(1, path[-1][:, None])[:, 0])
        found = torch.stack(path[::-1], dim=1)
        return torch.where(real, found, UNASKED)

    def loss(self, tags: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return minus the log-probability of the right tags, per word: a scalar to minimise.

        Parameters
        ----------
        tags : Tensor
            The right tags, (batch, time), int64.
        lengths : Tensor, optional
            True lengths, (batch,), int64 on the CPU; None when nothing is padded.
        """
        # -log p(y) = log Z - s(y)
        missing = self.log_partition(lengths) - self.score(tags, lengths)
        return missing.sum() / self._real(lengths).sum()

    def _real(self, lengths: Tensor | None) -> Tensor:
        batch, time, _ = self.emissions.shape
        device = self.emissions.device
        if lengths is None:
            return torch.ones(batch, time, dtype=torch.bool, device=device)
        _check.lengths("Chain", lengths, batch, time)
        return real_steps(lengths, time).to(device)


class CRF(nn.Module):
    """Learn the table of neighbouring tags: emissions in, a :class:`Chain` out.

    Parameters
    ----------
    tags : int
        How many tags there are. All entries of the table begin at zero.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.crf import CRF
    >>> crf = CRF(tags=3)
    >>> chain = crf(torch.tensor([[[0.0, 2.0, 1.0], [3.0, 2.0, 1.0]]]))
    >>> chain.viterbi()
    tensor([[1, 0]])
    """

    def __init__(self, tags: int) -> None:
        super().__init__()
        _check.sizes("CRF", tags=tags)
        self.transitions = nn.Parameter(torch.zeros(tags, tags))
        self.start = nn.Parameter(torch.zeros(tags))

    def forward(self, emissions: Tensor) -> Chain:
        """Return the chain of these emissions, (batch, time, tags)."""
        return Chain(emissions, self.transitions, self.start)

    def extra_repr(self) -> str:
        """Name the size."""
        return str(len(self.start))


def legal(tags: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Return which BIO tags may follow each other, and which may open a sequence.

    ``I-X`` goes on with an entity, so before it has to stand ``B-X`` or ``I-X``.

    Parameters
    ----------
    tags : sequence of str
        ``"O"``, ``"B-X"`` and ``"I-X"`` for any words X.

    Returns
    -------
    follows : Tensor
        (tags, tags), bool: True where the tag of the column may follow that of the row.
    opens : Tensor
        (tags,), bool: True where a tag may come first.

    Raises
    ------
    ValueError
        If a tag has another form.

    Examples
    --------
    >>> from rnnbook.crf import legal
    >>> follows, opens = legal(["O", "B-PER", "I-PER"])
    >>> follows.int()
    tensor([[1, 1, 0],
            [1, 1, 1],
            [1, 1, 1]], dtype=torch.int32)
    >>> opens
    tensor([ True,  True, False])
    """
    for tag in tags:
        if tag != "O" and (tag[:2] not in ("B-", "I-") or len(tag) < 3):
            raise ValueError(
                f"legal: expected the tags O, B-X and I-X, got {tag!r}; other schemes, such as "
                "BIOES, have other rules"
            )
    follows = [[after[:1] != "I" or before[1:] == after[1:] for after in tags] for before in tags]
    opens = [tag[:1] != "I" for tag in tags]
    return torch.tensor(follows, device="cpu"), torch.tensor(opens, device="cpu")
