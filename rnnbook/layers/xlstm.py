"""Layers with exponential gates, and what keeps them from overflowing: Beck et al. (2024)."""

from __future__ import annotations

import math
import operator

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence

from rnnbook import _check
from rnnbook.layers._single import _Single
from rnnbook.layers.plain import over_time
from rnnbook.sequences import real_steps

#: The state of an sLSTM: what it gave last, the cell, the normaliser, and the stabiliser.
ScalarState = tuple[Tensor, Tensor, Tensor, Tensor]
#: The state of an mLSTM: the matrix, the normaliser, and the stabiliser.
MatrixState = tuple[Tensor, Tensor, Tensor]
#: From here on, ``exp(-m)`` is large enough to stand for infinity and small enough for a gradient.
_LEAST = -80.0


def stabilised(log_i: Tensor, log_f: Tensor, m: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return an exponential input gate and its forget gate, rescaled so that neither exceeds one.

    Parameters
    ----------
    log_i, log_f : Tensor
        The logarithms of the two gates.
    m : Tensor
        The stabiliser after the step before; minus infinity where nothing is stored yet.

    Returns
    -------
    i, f : Tensor
        The gates, between 0 and 1; the larger of the two is 1.
    m : Tensor
        The stabiliser after this step: the logarithm of what everything stored is divided by.

    Notes
    -----
    The new ``m`` is the largest logarithm of a weight that a candidate has in the state: a running
    maximum, which the forget gate shrinks as it shrinks the weights.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.layers.xlstm import stabilised
    >>> log_i, log_f, m = torch.tensor([1000.0]), torch.tensor([0.0]), torch.tensor([999.0])
    >>> i, f, m = stabilised(log_i, log_f, m)
    >>> i, f, m
    (tensor([1.]), tensor([0.3679]), tensor([1000.]))
    """
    # m_t = max(log f_t + m_{t-1}, log i_t)
    now = torch.maximum(log_f + m, log_i)
    # i'_t = exp(log i_t - m_t) and f'_t = exp(log f_t + m_{t-1} - m_t)
    return torch.exp(log_i - now), torch.exp(log_f + m - now), now


class _Exponential(_Single):
    """What the layers of this module share: a choice of forget gate."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        *,
        forget: str,
        forget_bias: float,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
    ) -> None:
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
        )
        name = type(self).__name__
        if forget not in ("sigmoid", "exp"):
            raise ValueError(
                f"{name}: forget must be 'sigmoid' or 'exp', got {forget!r}; it names the function "
                "of the forget gate, and the input gate is always exponential"
            )
        if not _check.is_number(forget_bias):
            raise TypeError(
                f"{name}: forget_bias must be a number, got {forget_bias!r}; it is what the bias "
                "begins with, not a switch"
            )
        if not math.isfinite(forget_bias):
            raise ValueError(
                f"{name}: forget_bias must be finite, got {forget_bias}; a sigmoid is as good as "
                "open at 20"
            )
        self.forget = forget

    def _log_forget(self, f: Tensor) -> Tensor:
        """Return the logarithm of the forget gate, from what the gate adds up."""
        return F.logsigmoid(f) if self.forget == "sigmoid" else f

    def _options(self) -> tuple[str, ...]:
        return () if self.forget == "sigmoid" else (f"forget={self.forget!r}",)


class SLSTM(_Exponential):
    """Read whole sequences with an LSTM whose input gate is exponential: its scalar memory.

    In the cell, c / n is a weighted mean of all candidates so far. A later one can have any
    weight, so it can replace what is stored without a forget gate that closes. The gates see the
    last output, so all steps have to be taken one after another.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the state.
    num_layers : int
        One: it is not stacked.
    forget : {"sigmoid", "exp"}
        The function of the forget gate.
    forget_bias : float
        What the bias of the forget gate begins with.
    batch_first : bool
        Whether ``xs`` and ``output`` are (batch, time, …) and not (time, batch, …).
    dropout : float
        None: it acts between layers.
    bidirectional : bool
        False: it reads forward only.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number, ``forget`` or ``forget_bias`` makes no sense, or a
        stack, dropout or a second direction is asked for; in a call, if ``xs`` or ``state`` does
        not fit.

    Notes
    -----
    With ``i_t = exp(...)``, ``f_t = sigmoid(...)`` or ``exp(...)``, ``z_t = tanh(...)`` and
    ``o_t = sigmoid(...)``, each of ``W_x x_t + W_h h_{t-1} + b``: ``c_t = f_t c_{t-1} + i_t z_t``,
    ``n_t = f_t n_{t-1} + i_t`` and ``h_t = o_t c_t / n_t``. Beck et al. (2024), the sLSTM, with
    one head. What is stored is ``c_t / exp(m_t)`` and ``n_t / exp(m_t)``; the quotient is the same.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.layers import SLSTM
    >>> layer = SLSTM(3, 4, batch_first=True)
    >>> xs = torch.randn(2, 5, 3)
    >>> output, (h, c, n, m) = layer(xs)
    >>> output.shape, h.shape, m.shape
    (torch.Size([2, 5, 4]), torch.Size([1, 2, 4]), torch.Size([1, 2, 4]))
    >>> bool((n >= 1).all())
    True
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        forget: str = "sigmoid",
        forget_bias: float = 0.0,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
    ) -> None:
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            forget=forget,
            forget_bias=forget_bias,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
        )
        # four blocks of rows: input gate, forget gate, candidate, output gate
        self.from_input = nn.Linear(self.input_size, 4 * self.hidden_size)
        self.from_state = nn.Linear(self.hidden_size, 4 * self.hidden_size, bias=False)
        with torch.no_grad():
            self.from_input.bias[self.hidden_size : 2 * self.hidden_size] = float(forget_bias)

    def forward(
        self, xs: Tensor | PackedSequence, state: ScalarState | None = None
    ) -> tuple[Tensor | PackedSequence, ScalarState]:
        """Read ``xs`` from ``state``.

        Parameters
        ----------
        xs : Tensor or PackedSequence
            (time, batch, input_size), or (batch, time, input_size) with ``batch_first``.
        state : tuple of Tensor, optional
            ``(h, c, n, m)``, each (1, batch, hidden_size); if left out, zeros, and minus infinity
            for ``m``.

        Returns
        -------
        output : Tensor or PackedSequence
            ``h`` at every step, in the form of ``xs``.
        state : tuple of Tensor
            ``(h, c, n, m)`` of every sequence after its own last step.
        """
        _check.steps("SLSTM", xs, self.from_input.weight, batch_first=self.batch_first)
        data, batch = self._rows(xs)
        if state is not None:
            shape = (1, batch, self.hidden_size)
            parts = _check.state("SLSTM", ("h", "c", "n", "m"), state, shape, data)
            state = (parts[0][0], parts[1][0], parts[2][0], parts[3][0])
        start = self._start(data, batch) if state is None else state
        # W_x x_t + b for all t at once: it waits for no state
        gates = self._each(self.from_input, xs)
        output, end = over_time(self._step, gates, start, batch_first=self.batch_first)
        h, c, n, m = (part.unsqueeze(0) for part in end)
        return output, (h, c, n, m)

    def step(self, x: Tensor, state: ScalarState | None = None) -> ScalarState:
        """Read one step.

        Parameters
        ----------
        x : Tensor
            (batch, input_size).
        state : tuple of Tensor, optional
            ``(h, c, n, m)`` before it, each (batch, hidden_size); as in a call if left out.

        Returns
        -------
        tuple of Tensor
            ``(h, c, n, m)`` after it; ``h`` is the output.
        """
        _check.rank("SLSTM", "x", x, "(batch, input_size)")
        _check.numbers("SLSTM", "x", x, self.from_input.weight, "input_size")
        if state is None:
            state = self._start(x, len(x))
        shape = (len(x), self.hidden_size)
        parts = _check.state("SLSTM", ("h", "c", "n", "m"), state, shape, x)
        h, c, n, m = self._step(self.from_input(x), parts)
        return h, c, n, m

    def _step(self, from_input: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        h, c, n, m = state
        i, f, z, o = (from_input + self.from_state(h)).chunk(4, dim=-1)
        # i_t = exp(i), f_t = sigmoid(f) or exp(f); then i / exp(m_t), f exp(m_{t-1} - m_t)
        i, f, m = stabilised(i, self._log_forget(f), m)
        # c_t = f_t c_{t-1} + i_t tanh(z)
        c = f * c + i * torch.tanh(z)
        # n_t = f_t n_{t-1} + i_t
        n = f * n + i
        # h_t = sigmoid(o) c_t / n_t
        return torch.sigmoid(o) * c / n, c, n, m

    def _start(self, data: Tensor, batch: int) -> ScalarState:
        zeros = data.new_zeros(batch, self.hidden_size)
        return zeros, zeros, zeros, torch.full_like(zeros, -torch.inf)


class MLSTM(_Exponential):
    """Read whole sequences into a matrix of keys and values, with exponential gates.

    The gates see the input alone, so training needs no loop over the steps: those of a chunk are
    computed at once, as in attention, and the matrix goes from chunk to chunk. Time and memory grow
    with the length, not with its square. In use, a step updates the matrix, and nothing grows.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in a key, a query and a value.
    num_layers, forget, forget_bias, batch_first, dropout, bidirectional
        As in :class:`SLSTM`.
    chunk : int
        Steps that are computed at once. 1 is the loop; the whole length is the parallel form.

    Raises
    ------
    TypeError, ValueError
        As in :class:`SLSTM`.

    Notes
    -----
    With ``q_t = W_q x_t + b_q``, ``k_t = (W_k x_t + b_k) / sqrt(hidden_size)`` and
    ``v_t = W_v x_t + b_v``, one number each for ``i_t = exp(...)`` and ``f_t = sigmoid(...)`` or
    ``exp(...)``, and ``o_t = sigmoid(W_o x_t + b_o)``: ``C_t = f_t C_{t-1} + i_t v_t k_t^T``,
    ``n_t = f_t n_{t-1} + i_t k_t`` and ``h_t = o_t C_t q_t / max(|n_t . q_t|, 1)``. Beck et al.
    (2024), the mLSTM, with one head. What is stored is ``C_t / exp(m_t)`` and ``n_t / exp(m_t)``,
    so that the 1 becomes ``exp(-m_t)``.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.layers import MLSTM
    >>> layer = MLSTM(3, 4, batch_first=True).double()
    >>> xs = torch.randn(2, 5, 3).double()
    >>> output, (C, n, m) = layer(xs)
    >>> output.shape, C.shape, n.shape, m.shape[1:]
    (torch.Size([2, 5, 4]), torch.Size([1, 2, 4, 4]), torch.Size([1, 2, 4]), torch.Size([2, 1]))
    >>> state = None
    >>> for x in xs.unbind(1):
    ...     h, state = layer.step(x, state)
    >>> torch.allclose(h, output[:, -1])
    True
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        forget: str = "sigmoid",
        forget_bias: float = 0.0,
        chunk: int = 64,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
    ) -> None:
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            forget=forget,
            forget_bias=forget_bias,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
        )
        _check.sizes("MLSTM", chunk=chunk)
        self.chunk = operator.index(chunk)
        # query, key, value and output gate, and one number for each of the two other gates
        self.vectors = nn.Linear(self.input_size, 4 * self.hidden_size)
        self.gates = nn.Linear(self.input_size, 2)
        with torch.no_grad():
            self.gates.bias[1] = float(forget_bias)

    def forward(
        self, xs: Tensor | PackedSequence, state: MatrixState | None = None
    ) -> tuple[Tensor | PackedSequence, MatrixState]:
        """Read ``xs`` from ``state``, a chunk at a time.

        Parameters
        ----------
        xs : Tensor or PackedSequence
            (time, batch, input_size), or (batch, time, input_size) with ``batch_first``.
        state : tuple of Tensor, optional
            ``(C, n, m)``: (1, batch, hidden_size, hidden_size), (1, batch, hidden_size) and
            (1, batch, 1); if left out, zeros, and minus infinity for ``m``.

        Returns
        -------
        output : Tensor or PackedSequence
            ``h`` at every step, in the form of ``xs``.
        state : tuple of Tensor
            ``(C, n, m)`` of every sequence after its own last step.
        """
        _check.steps("MLSTM", xs, self.gates.weight, batch_first=self.batch_first)
        steps, lengths = self._padded(xs)
        padding = None
        if lengths is not None:
            padding = ~real_steps(lengths, steps.shape[1]).to(steps.device)
        output, state = self._in_chunks(steps, state, padding)
        return self._as_given(output, lengths), state

    def step(self, x: Tensor, state: MatrixState | None = None) -> tuple[Tensor, MatrixState]:
        """Read one step: the recurrent form, for answers that are wanted one at a time.

        Parameters
        ----------
        x : Tensor
            (batch, input_size).
        state : tuple of Tensor, optional
            ``(C, n, m)`` before it: (batch, hidden_size, hidden_size), (batch, hidden_size) and
            (batch, 1); as in a call if left out.

        Returns
        -------
        h : Tensor
            The output, (batch, hidden_size).
        state : tuple of Tensor
            ``(C, n, m)`` after it.
        """
        _check.rank("MLSTM", "x", x, "(batch, input_size)")
        _check.numbers("MLSTM", "x", x, self.gates.weight, "input_size")
        C, n, m = self._state(x, len(x), state)
        q, k, v, o, i, f = self._inputs(x)
        # i_t = exp(i), f_t = sigmoid(f) or exp(f); then i / exp(m_t), f exp(m_{t-1} - m_t)
        i, f, m = stabilised(i, f, m)
        # C_t = f_t C_{t-1} + i_t v_t k_t^T
        C = f.unsqueeze(-1) * C + i.unsqueeze(-1) * v.unsqueeze(-1) * k.unsqueeze(-2)
        # n_t = f_t n_{t-1} + i_t k_t
        n = f * n + i * k
        # h_t = o_t C_t q_t / max(|n_t . q_t|, exp(-m_t))
        read, norm = (C @ q.unsqueeze(-1)).squeeze(-1), (n * q).sum(-1, keepdim=True)
        return o * read / torch.maximum(norm.abs(), torch.exp(-m.clamp(min=_LEAST))), (C, n, m)

    def _in_chunks(
        self, xs: Tensor, state: MatrixState | None, padding: Tensor | None = None
    ) -> tuple[Tensor, MatrixState]:
        """Return the outputs of ``xs``, (batch, time, input_size), and the state after it."""
        if state is not None:
            state = self._state(xs, len(xs), state, layers=(1,))
        C, n, m = self._state(xs, len(xs), None) if state is None else (part[0] for part in state)
        q, k, v, o, i, f = self._inputs(xs)
        if padding is not None:  # it writes nothing, and forgets nothing
            i = i.masked_fill(padding.unsqueeze(-1), -torch.inf)
            f = f.masked_fill(padding.unsqueeze(-1), 0.0)
        hs = []
        for part in zip(*(x.split(self.chunk, dim=1) for x in (q, k, v, o, i, f)), strict=True):
            h, (C, n, m) = self._at_once((C, n, m), *part)
            hs.append(h)
        return torch.cat(hs, dim=1), (C.unsqueeze(0), n.unsqueeze(0), m.unsqueeze(0))

    @staticmethod
    def _at_once(
        state: MatrixState, q: Tensor, k: Tensor, v: Tensor, o: Tensor, i: Tensor, f: Tensor
    ) -> tuple[Tensor, MatrixState]:
        """Return the outputs of all steps of a chunk, (batch, time, …), and the state after it."""
        C, n, m = state
        # kept_t = log f_1 + ... + log f_t
        kept = f.cumsum(1)
        # D_ts = log f_{s+1} + ... + log f_t + log i_s: the logarithm of what is left of s at t
        D = kept - kept.mT + i.mT
        later = torch.ones_like(D[0], dtype=torch.bool).triu(1)
        D = D.masked_fill(later, -torch.inf)
        # m_t = max(kept_t + m_0, max_s D_ts)
        now = torch.maximum(kept + m.unsqueeze(1), D.amax(-1, keepdim=True))
        D, old = torch.exp(D - now), torch.exp(kept + m.unsqueeze(1) - now)
        # C_t q_t = sum_s D_ts (k_s . q_t) v_s, and what is left of C_0 q_t; likewise n_t . q_t
        scores = D * (q @ k.mT)
        read = scores @ v + old * (q @ C.mT)
        norm = scores.sum(-1, keepdim=True) + old * (q @ n.unsqueeze(-1))
        # h_t = o_t C_t q_t / max(|n_t . q_t|, exp(-m_t))
        h = o * read / torch.maximum(norm.abs(), torch.exp(-now.clamp(min=_LEAST)))
        # C_T = sum_s D_Ts v_s k_s^T, and what is left of C_0; likewise n_T
        last = D[:, -1].unsqueeze(-1) * k
        C = old[:, -1:] * C + v.mT @ last
        n = old[:, -1] * n + last.sum(1)
        return h, (C, n, now[:, -1])

    def _inputs(self, xs: Tensor) -> tuple[Tensor, ...]:
        """Return q, k, v and o, (…, hidden_size), and log i and log f, (…, 1), of ``xs``."""
        q, k, v, o = self.vectors(xs).chunk(4, dim=-1)
        i, f = self.gates(xs).chunk(2, dim=-1)
        return q, k / self.hidden_size**0.5, v, torch.sigmoid(o), i, self._log_forget(f)

    def _state(
        self, xs: Tensor, batch: int, state: MatrixState | None, layers: tuple[int, ...] = ()
    ) -> MatrixState:
        """Return ``(C, n, m)`` before the first step, each (batch, …) after ``layers``."""
        size = self.hidden_size
        names, shapes = ("C", "n", "m"), ((size, size), (size,), (1,))
        if state is None:
            C, n, m = (xs.new_zeros(*layers, batch, *shape) for shape in shapes)
            return C, n, m - torch.inf
        if not isinstance(state, tuple | list) or len(state) != len(names):
            _check.state("MLSTM", names, state, (), xs)  # it says what came
        C, n, m = (
            _check.state("MLSTM", (name,), (part,), (*layers, batch, *shape), xs)[0]
            for name, part, shape in zip(names, state, shapes, strict=True)
        )
        return C, n, m
