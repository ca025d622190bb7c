"""Where a gradient comes from and where it goes: backpropagation through time, and Jacobians.

The recurrence is Elman's (1990), ``h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h)``. Its derivatives are
those of Werbos (1990); what becomes of their products is the subject of Bengio et al. (1994) and
of Pascanu et al. (2013).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

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
    >>> from rnnbook.gradients import run
    >>> xs, h_0 = torch.ones(1, 2, 1), torch.zeros(1, 1)
    >>> run(xs, h_0, torch.eye(1), torch.zeros(1, 1), torch.zeros(1)).flatten()
    tensor([0.7616, 0.7616])
    """
    _check.rank("run", "xs", xs, "(batch, time, input_size)")
    _check.numbers("run", "xs", xs, W_xh, "input_size")
    _square("run", W_hh)
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
    A loss that is the last state itself: its gradient is one there, and nought at other steps.

    >>> import torch
    >>> from rnnbook.gradients import run, through_time
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
    >>> from rnnbook.gradients import bptt
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
    >>> from rnnbook.gradients import run, terms, through_time
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
    >>> from rnnbook.gradients import step_jacobians
    >>> step_jacobians(torch.tensor([[0.0], [0.5]]), torch.tensor([[2.0]])).flatten()
    tensor([2.0000, 1.5000])
    """
    _square("step_jacobians", W_hh)
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
    >>> from rnnbook.gradients import chain
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
    >>> from rnnbook.gradients import norms
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
    The one stretches, but only once; its eigenvalues are both nought.

    >>> import torch
    >>> from rnnbook.gradients import norms, spectral_radius
    >>> once = torch.tensor([[0.0, 2.0], [0.0, 0.0]])
    >>> norms(once).item(), spectral_radius(once)
    (2.0, 0.0)
    """
    _square("spectral_radius", matrix)
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
    64 bits, since in 32 the smallest norms would be nought.

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
    >>> from rnnbook.gradients import analyze_gradient_flow
    >>> flow = analyze_gradient_flow(seed=0, hidden_size=20, steps=50)
    >>> flow.linear.shape, flow.linear[:, 0].tolist()
    (torch.Size([3, 51]), [1.0, 1.0, 1.0])
    """
    _check.sizes("analyze_gradient_flow", hidden_size=hidden_size, steps=steps)
    if not scales or min(scales) <= 0:
        raise ValueError(
            f"analyze_gradient_flow: expected positive scales, got {tuple(scales)}; a matrix of "
            "noughts carries nothing back"
        )
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(hidden_size, hidden_size, generator=generator, dtype=torch.float64)
    drawn /= spectral_radius(drawn)
    noise = inputs * torch.randn(steps, hidden_size, generator=generator, dtype=torch.float64)
    flows: list[list[Tensor]] = [[], []]
    for scale in scales:
        W_hh = scale * drawn
        eye = torch.eye(hidden_size, dtype=torch.float64)
        h_0 = torch.zeros(1, hidden_size, dtype=torch.float64)
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
    >>> from rnnbook.gradients import over_layers_and_time
    >>> halve = lambda x, h: 0.5 * x if h is None else 0.5 * x + 0.5 * h
    >>> over_layers_and_time([halve, halve], torch.ones(1, 3, 1), lambda top: top[:, -1].sum())
    tensor([[0.3750, 0.5000, 0.5000],
            [0.2500, 0.5000, 1.0000]])
    """
    where = "over_layers_and_time"
    _check.rank(where, "xs", xs, "(batch, time, input_size)")
    _check.not_empty(where, "xs", xs)
    if len(cells) == 0:
        raise ValueError(f"{where}: expected one cell or more, got none")
    rows: list[list[Tensor]] = [[] for _ in cells]
    with torch.enable_grad():
        for x in xs.unbind(1):
            below = x
            for row, cell in zip(rows, cells, strict=True):
                below = cell(below, row[-1] if row else None)
                if not isinstance(below, Tensor):
                    raise TypeError(
                        f"{where}: expected a cell that returns one state, got "
                        f"{type(below).__name__}; an LSTM's cell has two, and two gradients"
                    )
                # a tensor of its own for each state; where nothing is trained, autograd starts here
                alone = below.detach().requires_grad_()
                below = below.view_as(below) if below.requires_grad else alone
                row.append(below)
        total = loss(torch.stack(rows[-1], dim=1))
        if total.numel() != 1:
            raise ValueError(
                f"{where}: expected a loss that is one number, got shape {tuple(total.shape)}; the "
                "usual cause is a missing .sum() or .mean()"
            )
        states = [h for row in rows for h in row]
        found = torch.autograd.grad(total, states, allow_unused=True, materialize_grads=True)
    return torch.stack([gradient.norm() for gradient in found]).view(len(cells), -1)


def saved_bytes(compute: Callable[[], Any], *, besides: Sequence[Tensor] = ()) -> int:
    """Return how many bytes autograd keeps for the backward pass of what ``compute`` computes.

    Parameters
    ----------
    compute : callable
        Called once, without arguments.
    besides : sequence of Tensor
        Tensors that are in memory anyway, such as parameters and inputs; they are not counted.

    Returns
    -------
    int
        Bytes of all storages that were saved, each counted once.

    Examples
    --------
    The sine keeps its input for the backward pass: four numbers of four bytes.

    >>> import torch
    >>> from rnnbook.gradients import saved_bytes
    >>> x = torch.zeros(4, requires_grad=True)
    >>> saved_bytes(lambda: torch.sin(x)), saved_bytes(lambda: torch.sin(x), besides=[x])
    (16, 0)
    """
    kept: dict[int, tuple[int, Tensor]] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes(), tensor  # held, so that no address comes twice
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        result = compute()
    for tensor in besides:
        kept.pop(tensor.untyped_storage().data_ptr(), None)
    del result
    return sum(size for size, _ in kept.values())


def _square(where: str, matrix: Tensor) -> None:
    _check.rank(where, "the matrix", matrix, "(hidden_size, hidden_size)")
    _check.floating(where, "the matrix", matrix)
    if len(matrix) != matrix.shape[-1]:
        raise ValueError(
            f"{where}: expected a square matrix, got {tuple(matrix.shape)}; the usual cause is "
            "the weights of a gated layer, which have a block of rows for each gate"
        )


def _check_run(where: str, xs: Tensor, hs: Tensor, h_0: Tensor, W_hh: Tensor) -> None:
    _square(where, W_hh)
    _check.rank(where, "xs", xs, "(batch, time, input_size)")
    _check.rank(where, "hs", hs, "(batch, time, hidden_size)")
    _check.numbers(where, "hs", hs, W_hh, "hidden_size")
    _check.state(where, ("h_0",), (h_0,), (len(hs), len(W_hh)), hs)
    if xs.shape[:2] != hs.shape[:2]:
        raise ValueError(
            f"{where}: expected xs and hs of the same batch and time, got {tuple(xs.shape)} and "
            f"{tuple(hs.shape)}; the usual cause is a run in time-first layout"
        )
