"""A recurrence that is linear in its state, in three orders: step by step, by chunks, by doubling.

Hillis and Steele (1986), Blelloch (1990) and, for recurrent networks, Martin and Cundy (2018).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from rnnbook import _check

#: One way to compute all states of a recurrence that starts from zero, from ``a`` and ``b``.
Order = Callable[[Tensor, Tensor], Tensor]


def scan(a: Tensor, b: Tensor, h_0: Tensor | None = None, *, by: Order | None = None) -> Tensor:
    """Return ``h_t = a_t * h_{t-1} + b_t`` for all steps, without a loop over all of them.

    Parameters
    ----------
    a : Tensor
        What each step keeps, (batch, time, …), real or complex.
    b : Tensor
        What each step adds, of the same shape and type.
    h_0 : Tensor, optional
        The state before the first step, (batch, …); zeros if left out.
    by : callable, optional
        The order to compute in, :func:`chunks` if left out; :func:`doubling` and
        :func:`step_by_step` give the same states.

    Returns
    -------
    Tensor
        Every state, (batch, time, …).

    Raises
    ------
    TypeError, ValueError
        If ``a``, ``b`` and ``h_0`` do not belong together, there is no step, or ``by`` cannot be
        called.

    Notes
    -----
    The gradient of the states is a recurrence of the same form that runs backwards, and is computed
    in the same order. It cannot be differentiated a second time.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.scan import scan
    >>> scan(torch.tensor([[1.0, 1.0, 0.5, 1.0]]), torch.tensor([[1.0, 2.0, 0.0, 4.0]]))
    tensor([[1.0000, 3.0000, 1.5000, 5.5000]])
    """
    _check.tensor("scan", "a", a)
    _check.floating("scan", "a", a, a.dtype if a.is_complex() else None)
    _check.floating("scan", "b", b, a.dtype)
    if a.ndim < 2 or a.shape != b.shape:
        raise ValueError(
            f"scan: expected a and b of one shape, (batch, time, ...), got {tuple(a.shape)} and "
            f"{tuple(b.shape)}; a decay that is the same at every step is written a.expand_as(b)"
        )
    _check.not_empty("scan", "a", a)
    if by is not None and not callable(by):
        raise TypeError(
            f"scan: by must be a function such as rnnbook.scan.doubling, got {by!r}; the usual "
            "cause is its name in quotation marks"
        )
    if h_0 is not None:
        _check.floating("scan", "h_0", h_0, a.dtype)
        if h_0.shape != a[:, 0].shape:
            raise ValueError(
                f"scan: expected h_0 of shape {tuple(a[:, 0].shape)}, (batch, ...), got "
                f"{tuple(h_0.shape)}; it is one state a sequence and has no time in it"
            )
        first = a[:, :1] * h_0.unsqueeze(1) + b[:, :1]
        b = torch.cat([first, b[:, 1:]], dim=1)
    order = by or chunks
    h: Tensor = _Scan.apply(a, b, order)  # type: ignore[no-untyped-call]  # torch gives it no types
    return h


class _Scan(torch.autograd.Function):
    """The scan from zero, and its gradient: a scan from the other end."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, order: Order) -> Tensor:
        h = order(a, b)
        ctx.order = order
        ctx.save_for_backward(a, h)
        return h

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        a, h = ctx.saved_tensors
        # dL/dh_t = grad_t + a_{t+1} dL/dh_{t+1}
        # of complex numbers the conjugates: see PyTorch's notes on complex autograd
        later = _earlier(a.conj().flip(1), 1, 0.0)
        whole = ctx.order(later, grad.flip(1)).flip(1)
        # dL/da_t = dL/dh_t h_{t-1} and dL/db_t = dL/dh_t
        return whole * _earlier(h.conj(), 1, 0.0), whole, None


def chunks(a: Tensor, b: Tensor) -> Tensor:
    """Cut time into chunks, find the state at each border, then read all chunks side by side.

    Parameters
    ----------
    a, b : Tensor
        What each step keeps and adds, (batch, time, …).

    Returns
    -------
    Tensor
        Every state, from zero, (batch, time, …).

    Notes
    -----
    A chunk of ``sqrt(time)`` steps, read from zero, keeps the product of its ``a`` of what came
    before it, and adds its last state: it is itself one step. So the borders are a recurrence of
    ``sqrt(time)`` steps. Once they are known, no chunk waits for another. The work is about
    three multiplications a step and number at any length, in about ``3 * sqrt(time)`` rounds that
    wait for each other.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.scan import chunks
    >>> chunks(torch.ones(1, 5), torch.ones(1, 5))
    tensor([[1., 2., 3., 4., 5.]])
    """
    time = a.shape[1]
    size = math.isqrt(time - 1) + 1
    kept, added = _cut(a, size), _cut(b, size)
    # each chunk from zero: (a_1, b_1) then (a_2, b_2) = (a_1 a_2, a_2 b_1 + b_2)
    whole, end = kept[0], added[0]
    for a_t, b_t in zip(kept[1:], added[1:], strict=True):
        whole, end = whole * a_t, torch.addcmul(b_t, a_t, end)
    # the state at each border: h = a h + b, a chunk a step
    h = torch.zeros_like(end[0])
    borders = [h]
    for a_t, b_t in zip(whole[:-1], end[:-1], strict=True):
        h = torch.addcmul(b_t, a_t, h)
        borders.append(h)
    # each chunk from its border: h_t = a_t h_{t-1} + b_t
    h, states = torch.stack(borders), []
    for a_t, b_t in zip(kept, added, strict=True):
        h = torch.addcmul(b_t, a_t, h)
        states.append(h)
    return torch.stack(states, dim=1).flatten(0, 1)[:time].transpose(0, 1)


def _cut(x: Tensor, size: int) -> tuple[Tensor, ...]:
    """Return ``x`` as ``size`` tensors, (chunks, batch, …), one for each step of the chunks."""
    missing = -x.shape[1] % size
    x = F.pad(x.transpose(0, 1), (*(0, 0) * (x.ndim - 1), 0, missing))
    steps: tuple[Tensor, ...] = x.contiguous().unflatten(0, (-1, size)).unbind(1)
    return steps


def doubling(a: Tensor, b: Tensor) -> Tensor:
    """Join steps, then pairs, then fours … until every step has all of its past in it.

    Parameters
    ----------
    a, b : Tensor
        What each step keeps and adds, (batch, time, …).

    Returns
    -------
    Tensor
        Every state, from zero, (batch, time, …).

    Notes
    -----
    Two steps in a row are again one step: ``(a_1, b_1)`` and then ``(a_2, b_2)`` keep ``a_1 a_2``
    and add ``a_2 b_1 + b_2``. So a pass joins each step with the one before it, the next pass each
    pair with the pair before it, then fours, and after ``log2(time)`` passes every step has all of
    its past in it. Nothing in a pass waits for anything else in it: Hillis and Steele (1986). But
    every pass goes over all steps.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.scan import doubling
    >>> doubling(torch.ones(1, 5), torch.ones(1, 5))
    tensor([[1., 2., 3., 4., 5.]])
    """
    span = 1
    while span < a.shape[1]:
        # (a_1, b_1) then (a_2, b_2) = (a_1 a_2, a_2 b_1 + b_2)
        b = a * _earlier(b, span, 0.0) + b
        a = a * _earlier(a, span, 1.0)
        span *= 2
    return b


def step_by_step(a: Tensor, b: Tensor) -> Tensor:
    """Take one step after the other, as the equation is written.

    Parameters
    ----------
    a, b : Tensor
        What each step keeps and adds, (batch, time, …).

    Returns
    -------
    Tensor
        Every state, from zero, (batch, time, …).

    Examples
    --------
    >>> import torch
    >>> from rnnbook.scan import step_by_step
    >>> step_by_step(torch.ones(1, 5), torch.ones(1, 5))
    tensor([[1., 2., 3., 4., 5.]])
    """
    h = torch.zeros_like(b[:, 0])
    states = []
    for a_t, b_t in zip(a.unbind(1), b.unbind(1), strict=True):
        # h_t = a_t h_{t-1} + b_t
        h = torch.addcmul(b_t, a_t, h)
        states.append(h)
    return torch.stack(states, dim=1)


def _earlier(x: Tensor, span: int, fill: float) -> Tensor:
    """Return ``x``, (batch, time, …), moved ``span`` steps later, with ``fill`` before it."""
    around = (0, 0) * (x.ndim - 2)
    return F.pad(x[:, :-span], (*around, span, 0), value=fill)
