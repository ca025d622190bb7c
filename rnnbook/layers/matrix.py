"""Recurrent layers whose state is a matrix: linear attention, with a decay and with the delta rule.

Katharopoulos et al. (2020), Sun et al. (2023), Dao and Gu (2024), Schlag et al. (2021), and, for
the decay and the delta rule together, Yang, Kautz and Hatamizadeh (2024).
"""

from __future__ import annotations

import math
import operator
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence

from rnnbook import _check
from rnnbook.layers._single import _Single
from rnnbook.sequences import real_steps


def matrix_step(
    S: Tensor, q: Tensor, k: Tensor, v: Tensor, log_a: Tensor, beta: Tensor, *, delta: bool
) -> tuple[Tensor, Tensor]:
    """Write one value under its key, then read with the query: the loop's step.

    Parameters
    ----------
    S : Tensor
        The state, (…, value_size, key_size).
    q, k : Tensor
        Query and key, (…, key_size).
    v : Tensor
        Value, (…, value_size).
    log_a : Tensor
        Logarithm of the share of the state that is kept, (…).
    beta : Tensor
        How much is written, (…).
    delta : bool
        Whether what the state holds under the key is taken off the value first.

    Returns
    -------
    o : Tensor
        What is read, (…, value_size).
    S : Tensor
        The state after it.

    Examples
    --------
    The second write under the same key replaces the first.

    >>> import torch
    >>> from rnnbook.layers import matrix_step
    >>> S, k, one = torch.zeros(1, 2), torch.tensor([1.0, 0.0]), torch.tensor(1.0)
    >>> for v in (5.0, 7.0):
    ...     o, S = matrix_step(S, k, k, torch.tensor([v]), 0 * one, one, delta=True)
    ...     print(o.item())
    5.0
    7.0
    """
    S = log_a.exp()[..., None, None] * S
    # u_t = beta_t (v_t - a_t S_{t-1} k_t), or beta_t v_t
    u = beta[..., None] * (v - (S @ k[..., None])[..., 0] if delta else v)
    # S_t = a_t S_{t-1} + u_t k_t^T
    S = S + u[..., :, None] * k[..., None, :]
    # o_t = S_t q_t
    return (S @ q[..., None])[..., 0], S


def masked_product(
    S: Tensor, q: Tensor, k: Tensor, v: Tensor, log_a: Tensor, beta: Tensor, *, delta: bool
) -> tuple[Tensor, Tensor]:
    """Do all steps of :func:`matrix_step` at once, by products of matrices.

    Parameters
    ----------
    S : Tensor
        The state before the first step, (…, value_size, key_size).
    q, k : Tensor
        Queries and keys, (…, time, key_size).
    v : Tensor
        Values, (…, time, value_size).
    log_a : Tensor
        Logarithms of the shares of the state that are kept, (…, time).
    beta : Tensor
        How much is written, (…, time).
    delta : bool
        Whether what the state holds under a key is taken off the value first.

    Returns
    -------
    output : Tensor
        What is read, (…, time, value_size).
    S : Tensor
        The state after the last step.

    Notes
    -----
    The delta rule's writes depend on each other, each on those before it. That is a triangular
    system, as in Yang et al. (2024), "Parallelizing linear transformers with the delta rule over
    sequence length".

    Examples
    --------
    Without decay and delta, it is attention without a softmax: the scores above the diagonal are
    left out.

    >>> import torch
    >>> from rnnbook.layers import masked_product
    >>> (q, k, v), S = torch.randn(3, 5, 2), torch.zeros(2, 2)
    >>> output, S = masked_product(S, q, k, v, torch.zeros(5), torch.ones(5), delta=False)
    >>> torch.allclose(output, (q @ k.T).tril() @ v, atol=1e-6)
    True
    """
    # c_i = a_1 ... a_i is what step i still has of the first S
    log_c = log_a.cumsum(-1)
    c, beta = log_c.exp()[..., None], beta[..., None]
    # D_ij = a_{j+1} ... a_i where j <= i, and 0 where j comes later
    between = log_c[..., :, None] - log_c[..., None, :]
    later = torch.ones_like(between, dtype=torch.bool).triu(1)
    D = between.masked_fill(later, float("-inf")).exp()
    U = beta * v
    if delta:
        # (I + tril(beta K K^T * D, -1)) U = beta (V - c K S^T)
        A = (beta * (k @ k.mT) * D).tril(-1)
        U = U - beta * c * (k @ S.mT)
        U = torch.linalg.solve_triangular(A, U, upper=False, unitriangular=True)
    # O = (Q K^T * D) U + c Q S^T
    output = ((q @ k.mT) * D) @ U + c * (q @ S.mT)
    # S_T = c_T S + sum_j D_Tj u_j k_j^T
    return output, c[..., -1:, :] * S + (D[..., -1, :, None] * U).mT @ k


class LinearAttention(_Single):
    """Keep a matrix as state: write each value under its key, and read with a query.

    Two switches say what happens to older writes. ``decay`` lets all of them fade; ``write`` says
    whether a value is added to what its key holds or replaces it.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the output: the values of all heads, side by side.
    num_layers : int
        One: it is not stacked.
    key_size : int, optional
        Numbers in a head's key and query; as many as in its value if left out.
    heads : int
        Matrices, each with keys, values and queries of its own.
    decay : {None, "constant", "input"}
        What a step keeps of a head's matrix: all, a share that is fixed, or one that is read from
        the input.
    write : {"sum", "delta"}
        Whether a value is added, or only its difference to what the matrix holds under the key.
    signed : bool
        With ``write="delta"``, whether a write's ``beta`` lies between 0 and 2, not 0 and 1: above
        1, what is held under the key changes its sign.
    chunk : int
        Steps that are computed at once. 1 is the loop; the whole length is the masked product.
    batch_first : bool
        Whether ``xs`` and ``output`` are (batch, time, …) and not (time, batch, …).
    dropout : float
        None: it acts between layers.
    bidirectional : bool
        False: it reads forward only.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number, ``heads`` does not divide ``hidden_size``, a
        switch has another value, or a stack, dropout or a second direction is asked for; in a
        call, if ``xs`` or ``S_0`` does not fit.

    Notes
    -----
    With ``q_t = W_q x_t``, ``k_t = W_k x_t``, ``v_t = W_v x_t``, in each head
    ``S_t = a_t S_{t-1} + u_t k_t^T`` and ``o_t = S_t q_t``, where ``u_t = v_t`` for a sum and
    ``u_t = beta_t (v_t - a_t S_{t-1} k_t)`` for delta, with keys of norm 1 and
    ``beta_t = sigmoid(w_b x_t + b_b)``. The corners, with the parts that a paper adds left out:

    - no decay, sum: linear attention, Katharopoulos et al. (2020), eqs. 18 to 20, without its
      feature map and its normaliser;
    - constant, sum: RetNet, Sun et al. (2023), eq. 6, without its rotation; head i, from 0, keeps
      ``1 - 2^(-5 - i)``, their eq. 8;
    - input, sum: the recurrence of Mamba-2, Dao and Gu (2024), with
      ``a_t = sigmoid(w_a x_t + b_a)``; GLA, Yang et al. (2024), where all numbers of a key decay
      alike. At the start it keeps about what RetNet keeps;
    - no decay, delta: DeltaNet, Schlag et al. (2021), section 4.2, without its feature map;
    - input, delta: gated DeltaNet, Yang, Kautz and Hatamizadeh (2024), eq. 10.

    ``signed`` is after Grazzi et al. (2025).

    Examples
    --------
    >>> import torch
    >>> from rnnbook.layers import LinearAttention
    >>> layer = LinearAttention(3, 4, key_size=8, write="delta", batch_first=True)
    >>> xs = torch.randn(2, 5, 3)
    >>> output, S_n = layer(xs)
    >>> output.shape, S_n.shape
    (torch.Size([2, 5, 4]), torch.Size([1, 2, 1, 4, 8]))
    >>> _, S = layer(xs[:, :4])
    >>> o, S = layer.step(xs[:, 4], S[0])
    >>> torch.allclose(o, output[:, 4], atol=1e-6), torch.allclose(S, S_n[0], atol=1e-6)
    (True, True)
    """

    log_kept: Tensor

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        key_size: int | None = None,
        heads: int = 1,
        decay: Literal["constant", "input"] | None = None,
        write: Literal["sum", "delta"] = "sum",
        signed: bool = False,
        chunk: int = 64,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
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
        _check.sizes(name, heads=heads, chunk=chunk)
        _check.switches(name, signed=signed)
        if hidden_size % heads:
            raise ValueError(
                f"{name}: expected heads to divide hidden_size = {hidden_size}, got {heads}; each "
                "head gives an equal share of the output"
            )
        key_size = hidden_size // heads if key_size is None else key_size
        _check.sizes(name, key_size=key_size)
        if decay not in (None, "constant", "input"):
            raise ValueError(f"{name}: decay must be None, 'constant' or 'input', got {decay!r}")
        if write not in ("sum", "delta"):
            raise ValueError(f"{name}: write must be 'sum' or 'delta', got {write!r}")
        if signed and write == "sum":
            raise ValueError(
                f"{name}: expected write='delta' with signed=True, got 'sum', which takes nothing "
                "off and so reverses nothing"
            )
        self.key_size, self.heads = operator.index(key_size), operator.index(heads)
        self.chunk = operator.index(chunk)
        self.decay, self.write = decay, write
        self.signed = bool(signed)
        self.query = nn.Linear(self.input_size, self.heads * self.key_size, bias=False)
        self.key = nn.Linear(self.input_size, self.heads * self.key_size, bias=False)
        self.value = nn.Linear(self.input_size, self.hidden_size, bias=False)
        # head i keeps 1 - 2^(-5 - i): its logarithm
        log_kept = torch.log1p(-(2.0 ** (-5.0 - torch.arange(self.heads))))
        if decay == "constant":
            self.register_buffer("log_kept", log_kept)
        if decay == "input":
            self.keep = nn.Linear(self.input_size, self.heads)
            # sigmoid of it is the same: log a - log(1 - a)
            self.keep.bias.data.copy_(log_kept + (5 + torch.arange(self.heads)) * math.log(2))
        if write == "delta":
            self.beta = nn.Linear(self.input_size, self.heads)

    def forward(
        self, xs: Tensor | PackedSequence, S_0: Tensor | None = None
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Read ``xs`` from the state ``S_0``, a chunk at a time.

        Parameters
        ----------
        xs : Tensor or PackedSequence
            (time, batch, input_size), or (batch, time, input_size) with ``batch_first``.
        S_0 : Tensor, optional
            (1, batch, heads, hidden_size / heads, key_size); zeros if left out.

        Returns
        -------
        output : Tensor or PackedSequence
            What is read at every step, hidden_size numbers, in the form of ``xs``.
        S_n : Tensor
            The last state of every sequence, of the shape of ``S_0``.
        """
        _check.steps(type(self).__name__, xs, self.query.weight, batch_first=self.batch_first)
        steps, lengths = self._padded(xs)
        S = self._start(steps, S_0, "S_0", (1,))[0]
        q, k, v, log_a, beta = self._written(steps)
        if lengths is not None:  # padding keeps all of the state and writes nothing
            real = real_steps(lengths, steps.shape[1]).to(steps.device).unsqueeze(1)
            log_a, beta = log_a * real, beta * real
        parts = [x.split(self.chunk, dim=2) for x in (q, k, v, log_a, beta)]
        read = []
        for part in zip(*parts, strict=True):
            o, S = masked_product(S, *part, delta=self.write == "delta")
            read.append(o)
        output = torch.cat(read, dim=2).transpose(1, 2).flatten(2)
        return self._as_given(output, lengths), S.unsqueeze(0)

    def step(self, x: Tensor, S: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Read one step: the loop, for answers that are wanted one at a time.

        Parameters
        ----------
        x : Tensor
            (batch, input_size).
        S : Tensor, optional
            The state before it, (batch, heads, hidden_size / heads, key_size); zeros if left out.

        Returns
        -------
        o : Tensor
            What is read, (batch, hidden_size).
        S : Tensor
            The state after it.
        """
        name = type(self).__name__
        _check.rank(name, "x", x, "(batch, input_size)")
        _check.numbers(name, "x", x, self.query.weight, "input_size")
        S = self._start(x, S, "S")
        q, k, v, log_a, beta = (part[:, :, 0] for part in self._written(x.unsqueeze(1)))
        o, S = matrix_step(S, q, k, v, log_a, beta, delta=self.write == "delta")
        return o.flatten(1), S

    def _start(
        self, x: Tensor, S: Tensor | None, name: str, before: tuple[int, ...] = ()
    ) -> Tensor:
        """Return the state to start from, (…, batch, heads, value_size, key_size)."""
        shape = (*before, len(x), self.heads, self.hidden_size // self.heads, self.key_size)
        if S is None:
            return torch.zeros(shape, dtype=self.query.weight.dtype, device=x.device)
        return _check.state(type(self).__name__, (name,), (S,), shape, self.query.weight)[0]

    def _written(self, xs: Tensor) -> tuple[Tensor, ...]:
        """Return q, k, v, log_a and beta of ``xs``, each (batch, heads, time, …)."""

        def by_head(x: Tensor) -> Tensor:
            # the state stays in the weights' type, also where autocast computes in a lower one
            x = x.to(self.query.weight.dtype).unflatten(2, (self.heads, -1))
            return x.transpose(1, 2)

        q, k, v = (by_head(linear(xs)) for linear in (self.query, self.key, self.value))
        beta = torch.ones_like(k[..., 0])
        log_a = torch.zeros_like(beta)
        if self.decay == "constant":
            log_a = log_a + self.log_kept[:, None]
        if self.decay == "input":
            # a_t = sigmoid(w_a x_t + b_a)
            log_a = F.logsigmoid(by_head(self.keep(xs))[..., 0])
        if self.write == "delta":
            k = F.normalize(k, dim=-1)
            # beta_t = sigmoid(w_b x_t + b_b), twice that if it may reflect
            beta = torch.sigmoid(by_head(self.beta(xs))[..., 0]) * (2 if self.signed else 1)
        return q, k, v, log_a, beta

    def _options(self) -> tuple[str, ...]:
        named = {name: getattr(self, name) for name in ("key_size", "heads", "decay", "write")}
        signed = ("signed=True",) if self.signed else ()
        return *(f"{name}={value!r}" for name, value in named.items()), *signed
