"""Backpropagation through time by hand: where each gradient of a recurrent layer comes from.

The recurrence is Elman's (1990), ``h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h)``; its gradient is
worked out as in Werbos (1990).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from rnnbook import _check


class LayerGradient(NamedTuple):
    """The gradient of one recurrent layer, in the letters of its equation.

    ``W_xh``, ``W_hh`` and ``b_h`` have the shapes of the weights, ``xs`` and ``h_0`` those of the
    inputs and of the first state; ``zs``, (batch, time, hidden_size), is the gradient of what goes
    into tanh at each step, from which all others follow.
    """

    W_xh: Tensor
    W_hh: Tensor
    b_h: Tensor
    xs: Tensor
    h_0: Tensor
    zs: Tensor


def run(xs: Tensor, h_0: Tensor, W_xh: Tensor, W_hh: Tensor, b_h: Tensor) -> Tensor:
    """Read ``xs`` and return the state after every step: the forward pass of one layer.

    Parameters
    ----------
    xs : Tensor
        (batch, time, input_size).
    h_0 : Tensor
        The first state, (batch, hidden_size).
    W_xh, W_hh, b_h : Tensor
        (hidden_size, input_size), (hidden_size, hidden_size), (hidden_size,).

    Returns
    -------
    Tensor
        (batch, time, hidden_size).

    Raises
    ------
    TypeError, ValueError
        If ``xs``, ``h_0`` or ``W_hh`` has the wrong rank, size, type or device.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.bptt import run
    >>> xs, h_0 = torch.ones(1, 2, 1), torch.zeros(1, 1)
    >>> run(xs, h_0, torch.eye(1), torch.zeros(1, 1), torch.zeros(1)).flatten()
    tensor([0.7616, 0.7616])
    """
    _check.rank("run", "xs", xs, "(batch, time, input_size)")
    _check.numbers("run", "xs", xs, W_xh, "input_size")
    _check.square("run", W_hh)
    _check.state("run", ("h_0",), (h_0,), (len(xs), len(W_hh)), xs)
    h, hs = h_0, []
    for x in xs.unbind(1):
        # h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h)
        h = torch.tanh(x @ W_xh.T + h @ W_hh.T + b_h)
        hs.append(h)
    return torch.stack(hs, dim=1)


def through_time(
    d_hs: Tensor, xs: Tensor, hs: Tensor, h_0: Tensor, W_xh: Tensor, W_hh: Tensor
) -> LayerGradient:
    """Carry a gradient back through one layer, from the last step to the first, by hand.

    Parameters
    ----------
    d_hs : Tensor
        What reaches each state from outside the layer, such as from an answer given at that step,
        (batch, time, hidden_size).
    xs : Tensor
        The inputs, (batch, time, input_size).
    hs : Tensor
        The states after each step, (batch, time, hidden_size).
    h_0 : Tensor
        The state before the first step, (batch, hidden_size).
    W_xh, W_hh : Tensor
        (hidden_size, input_size) and (hidden_size, hidden_size).

    Returns
    -------
    LayerGradient
        The gradient of everything that went in.

    Raises
    ------
    TypeError, ValueError
        If the tensors do not fit each other.

    Notes
    -----
    Werbos (1990), Backpropagation through time: what it does and how to do it.

    Examples
    --------
    A loss that is the last state itself: its gradient is one there, and zero at other steps.

    >>> import torch
    >>> from rnnbook.bptt import run, through_time
    >>> xs, h_0, W = torch.zeros(1, 3, 1), torch.zeros(1, 1), torch.tensor([[0.5]])
    >>> hs = run(xs, h_0, W, W, torch.zeros(1))
    >>> through_time(torch.tensor([[[0.0], [0.0], [1.0]]]), xs, hs, h_0, W, W).zs.flatten()
    tensor([0.2500, 0.5000, 1.0000])
    """
    _check_run("through_time", xs, hs, h_0, W_hh)
    if d_hs.shape != hs.shape:
        raise ValueError(
            f"through_time: expected d_hs of the shape of hs, {tuple(hs.shape)}, got "
            f"{tuple(d_hs.shape)}; a loss at the last step has zeros at all others"
        )
    d_zs = torch.empty_like(hs)
    d_h = torch.zeros_like(h_0)
    for t in reversed(range(hs.shape[1])):
        # dL/dh_t: what reaches h_t from its own step, and what comes back from the next one
        d_h = d_hs[:, t] + d_h
        # dL/dz_t = (1 - h_t^2) * dL/dh_t, since h_t = tanh(z_t)
        d_zs[:, t] = (1 - hs[:, t] ** 2) * d_h
        # z_t = W_xh x_t + W_hh h_{t-1} + b_h, so W_hh^T carries it back to h_{t-1}
        d_h = d_zs[:, t] @ W_hh
    before = torch.cat([h_0.unsqueeze(1), hs[:, :-1]], dim=1)
    return LayerGradient(
        W_xh=torch.einsum("bti,btj->ij", d_zs, xs),
        W_hh=torch.einsum("bti,btj->ij", d_zs, before),
        b_h=d_zs.sum((0, 1)),
        xs=d_zs @ W_xh,
        h_0=d_h,
        zs=d_zs,
    )


def bptt(parameters: Mapping[str, Tensor], x: Tensor, d_outputs: Tensor) -> dict[str, Tensor]:
    """Return the gradient of every parameter of a ``VanillaRNN``, without autograd.

    Parameters
    ----------
    parameters : mapping of str to Tensor
        ``dict(model.named_parameters())`` of a :class:`rnnbook.models.VanillaRNN` whose layers are
        plain and read in one direction, as by default.
    x : Tensor
        (batch, time, input_size).
    d_outputs : Tensor
        The gradient of the loss with respect to the outputs, (batch, time, output_size).

    Returns
    -------
    dict of str to Tensor
        A gradient for each parameter, under its name.

    Raises
    ------
    TypeError, ValueError
        If a parameter of ``VanillaRNN`` is missing or unknown, or a tensor does not fit.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.bptt import bptt
    >>> from rnnbook.models import VanillaRNN
    >>> model, x = VanillaRNN(3, 4, 2), torch.randn(5, 6, 3)
    >>> outputs, _ = model(x)
    >>> outputs.square().sum().backward()
    >>> by_hand = bptt(dict(model.named_parameters()), x, 2 * outputs.detach())
    >>> torch.allclose(by_hand["rnn.weight_hh_l0"], model.rnn.weight_hh_l0.grad, atol=1e-4)
    True
    """
    weights = {name: value.detach() for name, value in parameters.items()}
    layers = _layers(weights)
    inputs, runs = x.detach(), []
    for W_xh, W_hh, b_h in layers:  # forwards, from the lowest layer to the top
        h_0 = inputs.new_zeros(len(inputs), len(W_hh))
        runs.append((inputs, run(inputs, h_0, W_xh, W_hh, b_h), h_0))
        inputs = runs[-1][1]
    top, W_hy = inputs, weights["fc.weight"]
    if d_outputs.shape != (*top.shape[:2], len(W_hy)):
        raise ValueError(
            f"bptt: expected d_outputs of shape {(*top.shape[:2], len(W_hy))}, that of the "
            f"outputs, got {tuple(d_outputs.shape)}; it is dL/dy, not the loss"
        )
    # y_t = W_hy h_t + b_y
    gradients = {
        "fc.weight": torch.einsum("bti,btj->ij", d_outputs, top),
        "fc.bias": d_outputs.sum((0, 1)),
    }
    d_hs = d_outputs @ W_hy
    for layer in reversed(range(len(layers))):  # backwards, from the top layer to the lowest
        W_xh, W_hh, _ = layers[layer]
        found = through_time(d_hs, *runs[layer], W_xh, W_hh)
        gradients[f"rnn.weight_ih_l{layer}"] = found.W_xh
        gradients[f"rnn.weight_hh_l{layer}"] = found.W_hh
        # b_h is a sum of two, so both get its gradient
        gradients[f"rnn.bias_ih_l{layer}"] = gradients[f"rnn.bias_hh_l{layer}"] = found.b_h
        d_hs = found.xs
    return {name: gradients[name] for name in parameters}


def _layers(weights: Mapping[str, Tensor]) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Return ``W_xh``, ``W_hh`` and ``b_h`` of every layer, from names as VanillaRNN gives them."""
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    count = sum(name.startswith("rnn.weight_hh_l") for name in weights)
    names = {f"rnn.{kind}_l{layer}" for layer in range(count) for kind in kinds}
    wanted = names | {"fc.weight", "fc.bias"}
    if count == 0 or wanted != set(weights):
        raise ValueError(
            f"bptt: expected the parameters of a VanillaRNN, {sorted(wanted)}, got "
            f"{sorted(weights)}; pass dict(model.named_parameters()), of one direction"
        )
    found = []
    for layer in range(count):
        W_xh, W_hh, b_xh, b_hh = (weights[f"rnn.{kind}_l{layer}"] for kind in kinds)
        if len(W_xh) != W_hh.shape[-1]:
            raise ValueError(
                f"bptt: expected a plain recurrent layer, with as many rows in weight_ih as "
                f"columns in weight_hh, got {tuple(W_xh.shape)} and {tuple(W_hh.shape)}; an LSTM "
                "and a GRU have other equations"
            )
        found.append((W_xh, W_hh, b_xh + b_hh))
    return found


def terms(zs: Tensor, hs: Tensor, h_0: Tensor) -> Tensor:
    """Return the share that each step has in the gradient of the recurrent weights.

    Parameters
    ----------
    zs : Tensor
        The gradient of what goes into tanh, ``through_time(...).zs``, (batch, time, hidden_size).
    hs, h_0 : Tensor
        The states after each step, (batch, time, hidden_size), and before the first,
        (batch, hidden_size).

    Returns
    -------
    Tensor
        (time, hidden_size, hidden_size): ``dL/dz_t`` times ``h_{t-1}``. Their sum over time is the
        gradient of ``W_hh``.

    Raises
    ------
    ValueError
        If ``zs`` does not have the shape of ``hs``.

    Examples
    --------
    A loss that is the last of three states itself, and a state that starts at one:

    >>> import torch
    >>> from rnnbook.bptt import run, terms, through_time
    >>> xs, h_0, W = torch.zeros(1, 3, 1), torch.ones(1, 1), torch.tensor([[0.5]])
    >>> hs = run(xs, h_0, W, W, torch.zeros(1))
    >>> found = through_time(torch.tensor([[[0.0], [0.0], [1.0]]]), xs, hs, h_0, W, W)
    >>> shares = terms(found.zs, hs, h_0)
    >>> shares.shape, torch.allclose(shares.sum(0), found.W_hh)
    (torch.Size([3, 1, 1]), True)
    """
    if zs.shape != hs.shape:
        raise ValueError(
            f"terms: expected zs of the shape of hs, {tuple(hs.shape)}, got {tuple(zs.shape)}"
        )
    before = torch.cat([h_0.unsqueeze(1), hs[:, :-1]], dim=1)
    return torch.einsum("bti,btj->tij", zs, before)


def _check_run(where: str, xs: Tensor, hs: Tensor, h_0: Tensor, W_hh: Tensor) -> None:
    _check.square(where, W_hh)
    _check.rank(where, "xs", xs, "(batch, time, input_size)")
    _check.rank(where, "hs", hs, "(batch, time, hidden_size)")
    _check.numbers(where, "hs", hs, W_hh, "hidden_size")
    _check.state(where, ("h_0",), (h_0,), (len(hs), len(W_hh)), hs)
    if xs.shape[:2] != hs.shape[:2]:
        raise ValueError(
            f"{where}: expected xs and hs of the same batch and time, got {tuple(xs.shape)} and "
            f"{tuple(hs.shape)}; the usual cause is a run in time-first layout"
        )
