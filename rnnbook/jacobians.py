"""Jacobians: how a state moves with the one before, and what distance does to a gradient.

The recurrence is Elman's (1990), ``h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h)``; what becomes of the
product of its Jacobians is the subject of Bengio et al. (1994) and of Pascanu et al. (2013).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rnnbook import _check
from rnnbook.bptt import run


def step_jacobians(hs: Tensor, W_hh: Tensor) -> Tensor:
    """Return how each state of a run moves with the one before it.

    Parameters
    ----------
    hs : Tensor
        The states after each step of one sequence, (time, hidden_size).
    W_hh : Tensor
        (hidden_size, hidden_size).

    Returns
    -------
    Tensor
        (time, hidden_size, hidden_size): ``dh_t / dh_{t-1} = diag(1 - h_t^2) W_hh``. Row i, column
        j says how number i of the new state moves with number j of the old one.

    Raises
    ------
    TypeError, ValueError
        If ``W_hh`` is not square, or ``hs`` is not (time, hidden_size) of the same numbers.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.jacobians import step_jacobians
    >>> step_jacobians(torch.tensor([[0.0], [0.5]]), torch.tensor([[2.0]])).flatten()
    tensor([2.0000, 1.5000])
    """
    _check.square("step_jacobians", W_hh)
    _check.rank("step_jacobians", "hs", hs, "(time, hidden_size)")
    _check.numbers("step_jacobians", "hs", hs, W_hh, "hidden_size")
    return (1 - hs**2).unsqueeze(-1) * W_hh


def chain(factors: Sequence[Tensor] | Tensor) -> Tensor:
    """Multiply the Jacobians of consecutive steps, the newest leftmost, and keep every product.

    Parameters
    ----------
    factors : Tensor
        (steps, hidden_size, hidden_size), the oldest step first. For ``dh_T / dh_1`` of a run over
        T inputs these are ``step_jacobians(hs, W_hh)[1:]``, T - 1 of them.

    Returns
    -------
    Tensor
        (steps, hidden_size, hidden_size): the product after one factor, after two, and so on.

    Raises
    ------
    ValueError
        If there is no factor.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.jacobians import chain
    >>> turn, stretch = torch.tensor([[0.0, -1.0], [1.0, 0.0]]), torch.diag(torch.tensor([3.0, 1]))
    >>> chain([turn, stretch])[-1]
    tensor([[ 0., -3.],
            [ 1.,  0.]])
    """
    if len(factors) == 0:
        raise ValueError(
            "chain: expected one factor or more, got none; from h_1 to h_T there are T - 1, so a "
            "run of a single step has no Jacobian to multiply"
        )
    products = [factors[0]]
    for factor in factors[1:]:
        # dh_t/dh_1 = dh_t/dh_{t-1} dh_{t-1}/dh_1
        products.append(factor @ products[-1])
    return torch.stack(products)


def norms(matrices: Tensor) -> Tensor:
    """Return the largest singular value of each matrix: the most it can stretch a vector.

    Parameters
    ----------
    matrices : Tensor
        (…, rows, columns).

    Returns
    -------
    Tensor
        (…).

    Raises
    ------
    RuntimeError
        By PyTorch, if there are fewer than two dimensions, or the numbers are whole or not finite.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.jacobians import norms
    >>> norms(torch.diag(torch.tensor([3.0, 0.5])))
    tensor(3.)
    """
    found: Tensor = torch.linalg.matrix_norm(matrices, ord=2)
    return found


def spectral_radius(matrix: Tensor) -> float:
    """Return the largest absolute eigenvalue: the growth per step in the long run, if linear.

    Parameters
    ----------
    matrix : Tensor
        (size, size), finite numbers.

    Raises
    ------
    TypeError, ValueError
        If ``matrix`` is not square, or does not hold finite floating-point numbers.

    Examples
    --------
    The one stretches, but only once; its eigenvalues are both zero.

    >>> import torch
    >>> from rnnbook.jacobians import norms, spectral_radius
    >>> once = torch.tensor([[0.0, 2.0], [0.0, 0.0]])
    >>> norms(once).item(), spectral_radius(once)
    (2.0, 0.0)
    """
    _check.square("spectral_radius", matrix)
    if not matrix.isfinite().all():
        raise ValueError(
            "spectral_radius: expected finite numbers, got NaN or infinity; the usual cause is a "
            "matrix of a run that broke"
        )
    return float(torch.linalg.eigvals(matrix).abs().max())


class GradientFlow(NamedTuple):
    """Norms of a gradient carried back over many steps, starting at one.

    ``linear`` and ``with_tanh`` are (scale, steps + 1): without and with the derivative of tanh.
    ``scales`` are the spectral radii of the matrices.
    """

    scales: tuple[float, ...]
    linear: Tensor
    with_tanh: Tensor


def analyze_gradient_flow(
    scales: Sequence[float] = (0.5, 1.0, 1.5),
    *,
    seed: int,
    hidden_size: int = 100,
    steps: int = 100,
    inputs: float = 1.0,
) -> GradientFlow:
    """Carry a gradient back through recurrent weights of several sizes, without tanh and with it.

    One random matrix is drawn and scaled so that its spectral radius is each of ``scales``. In
    64 bits, since in 32 the smallest norms would be zero.

    Parameters
    ----------
    scales : sequence of float
        Spectral radii.
    seed : int
        Seeds the matrix and the inputs.
    hidden_size, steps : int
        The size of the state, and the steps to go back.
    inputs : float
        Standard deviation of the noise that is added before tanh at each step.

    Returns
    -------
    GradientFlow
        Frobenius norms of the products, as a share of that of the identity they start from.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number or a scale is not positive.

    Examples
    --------
    >>> from rnnbook.jacobians import analyze_gradient_flow
    >>> flow = analyze_gradient_flow(seed=0, hidden_size=20, steps=50)
    >>> flow.linear.shape, flow.linear[:, 0].tolist()
    (torch.Size([3, 51]), [1.0, 1.0, 1.0])
    """
    _check.sizes("analyze_gradient_flow", hidden_size=hidden_size, steps=steps)
    if not scales or min(scales) <= 0:
        raise ValueError(
            f"analyze_gradient_flow: expected positive scales, got {tuple(scales)}; a matrix of "
            "zeros carries nothing back"
        )
    seed = _check.whole_number("analyze_gradient_flow", "seed", seed)
    generator = torch.Generator().manual_seed(seed)
    options: dict[str, Any] = {"dtype": torch.float64, "device": "cpu"}
    drawn = torch.randn(hidden_size, hidden_size, generator=generator, **options)
    drawn /= spectral_radius(drawn)
    noise = inputs * torch.randn(steps, hidden_size, generator=generator, **options)
    flows: list[list[Tensor]] = [[], []]
    for scale in scales:
        W_hh = scale * drawn
        eye = torch.eye(hidden_size, **options)
        h_0 = torch.zeros(1, hidden_size, **options)
        hs = run(noise.unsqueeze(0), h_0, eye, W_hh, torch.zeros_like(noise[0]))[0]
        for flow, factors in zip(
            flows, (W_hh.expand(steps, -1, -1), step_jacobians(hs, W_hh)), strict=True
        ):
            carried = [eye]
            for factor in factors.flip(0):  # backwards: the newest step is the first to be crossed
                carried.append(carried[-1] @ factor)
            flow.append(torch.stack([product.norm() for product in carried]) / eye.norm())
    return GradientFlow(tuple(scales), *(torch.stack(flow) for flow in flows))


def over_layers_and_time(
    cells: Sequence[Callable[[Tensor, Tensor | None], Tensor]],
    xs: Tensor,
    loss: Callable[[Tensor], Tensor],
) -> Tensor:
    """Return how much gradient reaches every state of a stack: each layer, each step.

    Parameters
    ----------
    cells : sequence of callable
        One a layer, the lowest first, called as ``cell(x, h) -> h`` with None for the first ``h``:
        :class:`rnnbook.cells.SimpleRNNCell`, ``nn.RNNCell``, ``nn.GRUCell``. Each reads the states
        of the one below.
    xs : Tensor
        (batch, time, input_size).
    loss : callable
        Takes the states of the top layer, (batch, time, hidden_size), and returns one number.

    Returns
    -------
    Tensor
        (layers, time): the norm of ``dL / dh_t`` of the layer, over all of the batch. What the loss
        gets from later states and from layers above is in it.

    Raises
    ------
    TypeError, ValueError
        If there is no cell, ``xs`` has the wrong rank or no step, a cell returns something other
        than one state, or ``loss`` does not return one number.

    Examples
    --------
    Two layers of one unit, nearly linear, each halving what it gets; the loss is the last state.

    >>> import torch
    >>> from rnnbook.jacobians import over_layers_and_time
    >>> halve = lambda x, h: 0.5 * x if h is None else 0.5 * x + 0.5 * h
    >>> over_layers_and_time([halve, halve], torch.ones(1, 3, 1), lambda top: top[:, -1].sum())
    tensor([[0.3750, 0.5000, 0.5000],
            [0.2500, 0.5000, 1.0000]])
    """
    _check_stack(cells, xs)
    rows: list[list[Tensor]] = [[] for _ in cells]
    with torch.enable_grad():
        for x in xs.unbind(1):
            below = x
            for row, cell in zip(rows, cells, strict=True):
                below = cell(below, row[-1] if row else None)
                _check_state(below)
                # a tensor of its own for each state; where nothing is trained, autograd starts here
                alone = below.detach().requires_grad_()
                below = below.view_as(below) if below.requires_grad else alone
                row.append(below)
        total = loss(torch.stack(rows[-1], dim=1))
        _check.one_number("over_layers_and_time", total)
        states = [h for row in rows for h in row]
        found = torch.autograd.grad(total, states, allow_unused=True, materialize_grads=True)
    return torch.stack([gradient.norm() for gradient in found]).view(len(cells), -1)


def _check_stack(cells: Sequence[object], xs: Tensor) -> None:
    """Raise unless there are cells, and steps for them to read."""
    where = "over_layers_and_time"
    _check.rank(where, "xs", xs, "(batch, time, input_size)")
    _check.not_empty(where, "xs", xs)
    if len(cells) == 0:
        raise ValueError(f"{where}: expected one cell or more, got none")


def _check_state(state: object) -> None:
    """Raise unless what a cell returned is one state."""
    if not isinstance(state, Tensor):
        raise TypeError(
            "over_layers_and_time: expected a cell that returns one state, got "
            f"{type(state).__name__}; an LSTM's cell has two, and two gradients"
        )
