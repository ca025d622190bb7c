"""What every single layer that reads forward shares: its sizes, and its forms of input."""

from __future__ import annotations

import operator
from collections.abc import Callable

from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnnbook import _check


class _Single(nn.Module):
    """One layer, one direction.

    A layer says its parameters and what it computes. It reads all steps as (batch, time, …), padded
    where they come packed, with ``_padded`` and ``_as_given``; or in the form in which they come,
    with ``_each`` and :func:`rnnbook.layers.over_time`.
    """

    num_layers, bidirectional = 1, False

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        *,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        _check.sizes(name, input_size=input_size, hidden_size=hidden_size)
        _check.one_layer(name, num_layers, dropout, bidirectional)
        _check.switches(name, batch_first=batch_first)
        self.input_size, self.hidden_size = operator.index(input_size), operator.index(hidden_size)
        self.batch_first = bool(batch_first)

    def _padded(self, xs: Tensor | PackedSequence) -> tuple[Tensor, Tensor | None]:
        """Return ``xs`` as (batch, time, …), and the lengths of its sequences if it is packed."""
        if isinstance(xs, PackedSequence):
            return pad_packed_sequence(xs, batch_first=True)
        return xs if self.batch_first else xs.transpose(0, 1), None

    def _as_given(self, output: Tensor, lengths: Tensor | None) -> Tensor | PackedSequence:
        """Return ``output``, (batch, time, …), in the form that the inputs had."""
        if lengths is not None:
            return pack_padded_sequence(output, lengths, batch_first=True, enforce_sorted=False)
        return output if self.batch_first else output.transpose(0, 1)

    def _each(
        self, function: Callable[[Tensor], Tensor], xs: Tensor | PackedSequence
    ) -> Tensor | PackedSequence:
        """Apply ``function`` to the numbers of every step, packed or not."""
        if isinstance(xs, PackedSequence):
            return xs._replace(data=function(xs.data))
        return function(xs)

    def _rows(self, xs: Tensor | PackedSequence) -> tuple[Tensor, int]:
        """Return the numbers of ``xs``, and of how many sequences they are."""
        if isinstance(xs, PackedSequence):
            return xs.data, int(xs.batch_sizes[0])
        return xs, xs.shape[0 if self.batch_first else 1]

    def _options(self) -> tuple[str, ...]:
        """Return what is to be said of a layer beside its sizes, each ``name=value``."""
        return ()

    def extra_repr(self) -> str:
        """Name the sizes, and the options."""
        first = ("batch_first=True",) if self.batch_first else ()
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *self._options(), *first])
