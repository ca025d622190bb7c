"""Counting in place of descent: the next answer from the last few inputs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rnnbook import _check
from rnnbook.batch import Batch


class MarkovChain(nn.Module):
    """Answer as often as this answer was counted after the last ``order`` inputs.

    Where these inputs were never seen together, the count after one input fewer is taken, and so
    on: this is called backing off (Katz, 1987, without the discounts).

    Parameters
    ----------
    vocab_size : int
        How many symbols there are.
    output_size : int
        How many answers there are.
    order : int
        How many inputs it looks back on, the present one included.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``xs`` does not fit.

    Notes
    -----
    Its tables have ``vocab_size ** order`` rows, which is why ``order`` is small.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.batch import Batch
    >>> from rnnbook.models import MarkovChain
    >>> from rnnbook.text import one_hot_encode
    >>> ids = torch.tensor([[0, 1, 0, 1, 1]])
    >>> batch = Batch((one_hot_encode(ids[:, :-1], 2),), ids[:, 1:])
    >>> chain = MarkovChain(vocab_size=2, output_size=2, order=1)
    >>> chain.count(batch)
    >>> chain(batch.inputs[0]).softmax(-1)[0, :2]  # after 0 always 1, after 1 one half each
    tensor([[0.0000, 1.0000],
            [0.5000, 0.5000]])
    """

    def __init__(self, vocab_size: int, output_size: int, order: int) -> None:
        super().__init__()
        _check.sizes(
            type(self).__name__, vocab_size=vocab_size, output_size=output_size, order=order
        )
        self.vocab_size, self.order = vocab_size, order
        for k in range(order + 1):  # buffers, so that they are saved and move with the model
            self.register_buffer(f"counts_{k}", torch.zeros(vocab_size**k, output_size))

    @property
    def tables(self) -> list[Tensor]:
        """The counts after 0, 1, … ``order`` inputs, each (vocab_size ** inputs, output_size)."""
        return [self.get_buffer(f"counts_{k}") for k in range(self.order + 1)]

    def count(self, batch: Batch, ignore: int = -1) -> None:
        """Enter the steps of ``batch`` into the counts, except those whose target is ``ignore``.

        Inputs are one-hot, (batch, time, vocab_size), targets ids, (batch, time).
        """
        counts = batch.target != ignore
        for order, table in enumerate(self.tables):
            rows = self._rows(batch.inputs[0], order)[counts]
            one_each = table.new_ones(len(rows))
            table.index_put_((rows, batch.target[counts]), one_each, accumulate=True)

    def forward(self, xs: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return the logarithm of the counts, (batch, time, output_size).

        Parameters
        ----------
        xs : Tensor
            One-hot symbols, (batch, time, vocab_size).
        lengths : Tensor, optional
            Not needed, because later symbols change no answer.
        """
        _check.rank(type(self).__name__, "xs", xs, "(batch, time, vocab_size)")
        _check.features(type(self).__name__, "xs", xs, self.vocab_size, "vocab_size")
        answer = self.tables[0].new_zeros(*xs.shape[:2], self.tables[0].shape[1])
        for order, table in enumerate(self.tables):  # the longest context seen has the last word
            counts = table[self._rows(xs, order)]
            answer = torch.where(counts.sum(-1, keepdim=True) > 0, counts, answer)
        return answer.log()

    def _rows(self, xs: Tensor, order: int) -> Tensor:
        """Return the row of the table for the last ``order`` inputs; id 0 stands before the first.

        The row's number is written with the ids as its digits.
        """
        ids = xs.argmax(-1)
        rows = torch.zeros_like(ids)
        for back in range(order):
            earlier = torch.zeros_like(ids)
            earlier[:, back:] = ids[:, : ids.shape[1] - back]
            rows += earlier * self.vocab_size**back
        return rows
