"""What the gates of an LSTM do while it reads, and what gradient they let through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrize import is_parametrized

from rnnbook import _check
from rnnbook.cells import LSTMCell


class Gates(NamedTuple):
    """All that happens inside an LSTM, in the letters of its equations.

    The three gates ``i``, ``f`` and ``o`` lie between 0 and 1, the candidate ``g`` between -1 and
    1; ``c`` and ``h`` are the two halves of the state after each step. In what :func:`gates`
    returns, each has the shape of the layer's output.
    """

    i: Tensor
    f: Tensor
    g: Tensor
    o: Tensor
    c: Tensor
    h: Tensor


def gates(lstm: nn.Module, xs: Tensor, state: tuple[Tensor, Tensor] | None = None) -> Gates:
    """Let an LSTM read ``xs`` and return its gates at every step, which the layer itself hides.

    Parameters
    ----------
    lstm : nn.Module
        A layer of one direction: :class:`torch.nn.LSTM` or :class:`rnnbook.layers.LSTM`. Of a
        stack, hand over the layers one by one.
    xs : Tensor
        (batch, time, input_size) if the layer was built with ``batch_first=True``, else
        (time, batch, input_size).
    state : tuple of Tensor, optional
        The first ``(h, c)``, each (1, batch, hidden_size), as the layer takes it; zeros if left
        out.

    Returns
    -------
    Gates
        Each tensor has the layout of ``xs``, with ``hidden_size`` numbers a step; gradients pass.
        ``h`` is the output of the layer.

    Raises
    ------
    TypeError, ValueError
        If ``lstm`` is not an LSTM of one layer and one direction, or one with weights that are
        current only while it runs, such as pruned ones; if ``xs`` has the wrong rank, size or
        type or no step, or ``state`` is not a pair that fits.

    Notes
    -----
    The equations of Hochreiter and Schmidhuber (1997) and, for the forget gate, of Gers et al.
    (2000), as in :class:`rnnbook.cells.LSTMCell`.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from rnnbook.gates import gates
    >>> lstm, xs = nn.LSTM(3, 2, batch_first=True), torch.randn(4, 5, 3)
    >>> inside = gates(lstm, xs)
    >>> inside.f.shape
    torch.Size([4, 5, 2])
    >>> torch.allclose(inside.h, lstm(xs)[0], atol=1e-6)
    True
    """
    time = 1 if _lstm("gates", lstm).batch_first else 0
    steps = list(_steps("gates", lstm, xs, state))
    return Gates(*(torch.stack(parts, dim=time) for parts in zip(*steps, strict=True)))


def cell_gradient(lstm: nn.Module, xs: Tensor, *, hold: bool = False) -> Tensor:
    """Return how the last cell state moves with the cell state after every step.

    Parameters
    ----------
    lstm : nn.Module
        As in :func:`gates`; it starts from a state of zeros.
    xs : Tensor
        As in :func:`gates`.
    hold : bool
        Hold the gates and the candidate constant, as if they did not depend on the state. What is
        left is the direct path, along the cell state.

    Returns
    -------
    Tensor
        In the layout of ``xs``, ``hidden_size`` numbers a step: at step ``t`` the derivative of
        the sum of ``c_T`` by ``c_t``; all ones at the last step. With ``hold`` it is the product of
        the forget gates of steps ``t + 1`` to ``T``.

    Raises
    ------
    TypeError, ValueError
        As in :func:`gates`.

    Examples
    --------
    Along the direct path a cell is scaled by one forget gate a step.

    >>> import torch
    >>> from torch import nn
    >>> from rnnbook.gates import cell_gradient, gates
    >>> lstm, xs = nn.LSTM(3, 2, batch_first=True), torch.randn(4, 5, 3)
    >>> direct = cell_gradient(lstm, xs, hold=True)
    >>> torch.allclose(direct[:, 0], gates(lstm, xs).f[:, 1:].prod(dim=1))
    True
    """
    time = 1 if _lstm("cell_gradient", lstm).batch_first else 0
    with torch.enable_grad():
        cs = [step.c for step in _steps("cell_gradient", lstm, xs, None, watch=True, hold=hold)]
        found = torch.autograd.grad(cs[-1].sum(), cs)
    return torch.stack(found, dim=time)


def _lstm(where: str, lstm: nn.Module) -> nn.Module:
    """Return ``lstm`` if it is an LSTM of one layer and one direction, else raise."""
    weight = getattr(lstm, "weight_hh_l0", None)
    size = getattr(lstm, "hidden_size", 0)
    if not isinstance(weight, Tensor) or len(weight) != 4 * size:
        raise TypeError(
            f"{where}: expected an LSTM layer, got {type(lstm).__name__}; of a model, hand over "
            "the layer inside it, often model.lstm or model.rnn"
        )
    if lstm.num_layers != 1 or lstm.bidirectional or weight.shape[1] != size:
        raise ValueError(
            f"{where}: expected an LSTM of one layer and one direction, without projection, got "
            f"num_layers={lstm.num_layers}, bidirectional={lstm.bidirectional}, "
            f"proj_size={getattr(lstm, 'proj_size', 0)}"
        )
    return lstm


def _weight(where: str, lstm: nn.Module, name: str) -> Tensor:
    """Return a weight as it is now, also where a parametrization computes it from others."""
    own = dict(lstm.named_parameters(recurse=False))
    if name not in own and not is_parametrized(lstm, name):
        raise ValueError(
            f"{where}: expected {name} to be a parameter of the {type(lstm).__name__}, got what is "
            "computed again only when the layer is called; the usual causes are pruning and "
            "torch.nn.utils.weight_norm, whose namesake in parametrizations can be read"
        )
    weight: Tensor = getattr(lstm, name)
    return weight


def _steps(
    where: str,
    lstm: nn.Module,
    xs: Tensor,
    state: tuple[Tensor, Tensor] | None,
    *,
    watch: bool = False,
    hold: bool = False,
) -> Iterator[Gates]:
    """Yield what happens at each step, every tensor (batch, hidden_size).

    With ``watch`` autograd follows the cell state, also where nothing in ``lstm`` is trained; with
    ``hold`` it follows nothing else.
    """
    W_xh, W_hh = (_weight(where, lstm, name) for name in ("weight_ih_l0", "weight_hh_l0"))
    b_xh = _weight(where, lstm, "bias_ih_l0") if lstm.bias else None
    b_hh = _weight(where, lstm, "bias_hh_l0") if lstm.bias else None
    form = "(batch, time, input_size)" if lstm.batch_first else "(time, batch, input_size)"
    _check.rank(where, "xs", xs, form)
    _check.not_empty(where, "xs", xs)
    _check.numbers(where, "xs", xs, W_xh, "input_size")
    steps = xs.unbind(1 if lstm.batch_first else 0)
    shape = (1, len(steps[0]), W_hh.shape[1])
    if state is None:
        state = (xs.new_zeros(shape), xs.new_zeros(shape))
    h, c = (part[0] for part in _check.state(where, ("h_0", "c_0"), state, shape, xs))
    c = c.detach().requires_grad_() if watch else c
    for x in steps:
        i, f, g, o = LSTMCell.gates(F.linear(x, W_xh, b_xh), h, W_hh, b_hh)
        if hold:
            i, f, g, o = i.detach(), f.detach(), g.detach(), o.detach()
        # c_t = f_t * c_{t-1} + i_t * g_t,  h_t = o_t * tanh(c_t)
        c = f * c + i * g
        h = o * torch.tanh(c)
        yield Gates(i, f, g, o, c, h)
