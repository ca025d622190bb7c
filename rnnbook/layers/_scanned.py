"""What every layer shares that is linear in its state: its scan, and one step."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from rnnbook import _check
from rnnbook.layers._single import _Single
from rnnbook.scan import scan


class _Scanned(_Single):
    """One state, ``h_t = a_t * h_{t-1} + b_t``, real or complex.

    A layer says in ``_step`` what each step keeps and adds, neither of which may depend on the
    state, in ``_output`` what it gives of its states, and which of its weights meet the input.
    """

    def _scanned(
        self, xs: Tensor | PackedSequence, h_0: Tensor | None
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Return the output at every step, in the form of ``xs``, and the last states."""
        if not isinstance(xs, PackedSequence):
            form = "(batch, time, input_size)" if self.batch_first else "(time, batch, input_size)"
            _check.rank(type(self).__name__, "xs", xs, form)
        steps, lengths = self._padded(xs)
        states = self._states(steps, h_0)
        if lengths is None:
            h_n = states[:, -1]
        else:
            h_n = states[torch.arange(len(lengths), device="cpu"), lengths - 1]
        return self._as_given(self._output(states, steps), lengths), h_n.unsqueeze(0)

    def _states(self, xs: Tensor, h_0: Tensor | None) -> Tensor:
        """Return all states, (batch, time, …), of ``xs``, (batch, time, input_size)."""
        a, b = self._checked("xs", xs)
        if h_0 is not None:
            shape = (1, *b[:, 0].shape)
            (h_0,) = _check.state(type(self).__name__, ("h_0",), (h_0,), shape, b)
        return scan(a, b, None if h_0 is None else h_0[0])

    def _around(self, x: Tensor, h: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Return what one step keeps, the state before it, and what it adds, each (batch, …)."""
        name = type(self).__name__
        _check.rank(name, "x", x, "(batch, input_size)")
        a, b = self._checked("x", x)
        if h is None:
            return a, torch.zeros_like(b), b
        (h,) = _check.state(name, ("h",), (h,), tuple(b.shape), b)
        return a, h, b

    def _checked(self, name: str, xs: Tensor) -> tuple[Tensor, Tensor]:
        """Return what each step keeps and adds, once ``xs`` is seen to fit the weights."""
        _check.numbers(type(self).__name__, name, xs, self._reader(), "input_size")
        return self._step(xs)

    def _reader(self) -> Tensor:
        """Return the weights that meet the input, (…, input_size)."""
        raise NotImplementedError

    def _step(self, xs: Tensor) -> tuple[Tensor, Tensor]:
        """Return what each step of ``xs``, (…, input_size), keeps and adds, both (…, state)."""
        raise NotImplementedError

    def _output(self, h: Tensor, xs: Tensor) -> Tensor:
        """Return what the layer gives, (…, hidden_size), where ``h`` is the state after ``xs``."""
        raise NotImplementedError
