"""One step of time: what a recurrent network does with one input and the state it carries.

The equations are those of Elman (1990), of Hochreiter and Schmidhuber (1997) with the forget gate
of Gers, Schmidhuber and Cummins (2000), and of Cho et al. (2014), in the form PyTorch computes.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook import _check


def _view(parameter: str, meaning: str) -> property:
    """Make a property that reads a parameter under its letter in the equations.

    A view, not the parameter itself: gradients pass, and changing it in place is an error.
    """

    def read(cell: nn.Module) -> Tensor:
        value: Tensor = getattr(cell, parameter)
        return value.view_as(value)

    return property(read, doc=f"{meaning}; a read-only view of ``{parameter}``.")


class _Cell(nn.Module):
    """What the cells share: parameters of ``_blocks`` blocks of rows, drawn as PyTorch draws them.

    The letters of the equations are properties, ``cell.W_hh``. Those of a layer are methods,
    ``layer.W_hh(1, reverse=True)``, since a stack has one for each layer and direction.
    """

    weight_ih: nn.Parameter
    weight_hh: nn.Parameter
    bias_ih: nn.Parameter
    bias_hh: nn.Parameter
    _blocks: int

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        _check.sizes(type(self).__name__, input_size=input_size, hidden_size=hidden_size)
        self.input_size, self.hidden_size = operator.index(input_size), operator.index(hidden_size)
        rows, bound = self._blocks * self.hidden_size, self.hidden_size**-0.5
        for name, shape in (
            ("weight_ih", (rows, self.input_size)),
            ("weight_hh", (rows, self.hidden_size)),
            ("bias_ih", (rows,)),
            ("bias_hh", (rows,)),
        ):
            setattr(self, name, nn.Parameter(torch.empty(shape).uniform_(-bound, bound)))

    def _start(self, x: Tensor, state: object, *names: str) -> tuple[Tensor, ...]:
        """Check ``x``, and return the state to start from: the one given, checked, or zeros."""
        where = type(self).__name__
        _check.rank(where, "input", x, "(batch, input_size)", "(input_size,)")
        _check.numbers(where, "input", x, self.weight_ih, "input_size")
        shape = (*x.shape[:-1], self.hidden_size)
        if state is None:
            return tuple(x.new_zeros(shape) for _ in names)
        return _check.state(where, names, state, shape, x)

    def extra_repr(self) -> str:
        """Name the sizes."""
        return f"{self.input_size}, {self.hidden_size}"


class SimpleRNNCell(_Cell):
    """Mix one input with the previous hidden state: the simplest memory there is.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the state.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``input`` or ``hx`` has the wrong
        rank, size, type or device.

    Notes
    -----
    Elman (1990), Finding structure in time, with tanh for his logistic function. The parameters
    carry the names of :class:`torch.nn.RNNCell` (the bias in two halves), so either loads the
    other's state dict.

    This is what differs from PyTorch's cells, in all three. The constructors take sizes alone:
    there is no ``bias``, ``nonlinearity``, ``device`` or ``dtype``. An empty batch is refused. An
    error is a ValueError or a TypeError, where theirs is often a RuntimeError.
    :func:`torch.jit.script` does not read the cells.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.cells import SimpleRNNCell
    >>> cell = SimpleRNNCell(input_size=3, hidden_size=2)
    >>> h = torch.zeros(4, 2)
    >>> for x in torch.randn(5, 4, 3):  # five steps of a batch of four
    ...     h = cell(x, h)
    >>> h.shape
    torch.Size([4, 2])
    """

    _blocks = 1

    W_xh = _view("weight_ih", "Input to hidden, (hidden_size, input_size)")
    W_hh = _view("weight_hh", "Hidden to hidden, (hidden_size, hidden_size)")

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Return the next state.

        Parameters
        ----------
        input : Tensor
            (batch, input_size), or (input_size,) for a single example.
        hx : Tensor, optional
            The previous state, (batch, hidden_size), without batch for a single example; zeros if
            left out.
        """
        (h,) = self._start(input, None if hx is None else (hx,), "h")
        from_input = F.linear(input, self.weight_ih, self.bias_ih)
        return self.step(from_input, h, self.weight_hh, self.bias_hh)

    @staticmethod
    def step(
        from_input: Tensor,
        h: Tensor,
        W_hh: Tensor,
        b_hh: Tensor | None,
        activation: Callable[[Tensor], Tensor] = torch.tanh,
    ) -> Tensor:
        """Return the next state from ``from_input = W_xh x_t + b_xh``, (batch, hidden_size)."""
        # h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h),  b_h = b_xh + b_hh
        return activation(from_input + F.linear(h, W_hh, b_hh))

    @property
    def b_h(self) -> Tensor:
        """The bias of the equation, (hidden_size,): ``bias_ih + bias_hh``."""
        return self.bias_ih + self.bias_hh


class LSTMCell(_Cell):
    """Keep a second state that is added to, not overwritten, with three gates around it.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in ``h`` and in ``c``.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``input`` or the state has the
        wrong rank, size, type or device, or is not a pair.

    Notes
    -----
    Hochreiter and Schmidhuber (1997); the forget gate is from Gers et al. (2000). The rows of the
    weights are those of :class:`torch.nn.LSTMCell`: input gate, forget gate, candidate, output
    gate. What else differs from PyTorch's is said in :class:`SimpleRNNCell`.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.cells import LSTMCell
    >>> cell = LSTMCell(input_size=3, hidden_size=2)
    >>> h, c = cell(torch.randn(4, 3), (torch.zeros(4, 2), torch.zeros(4, 2)))
    >>> h.shape, c.shape
    (torch.Size([4, 2]), torch.Size([4, 2]))
    """

    _blocks = 4

    W_xh = _view("weight_ih", "Input to gates, (4 * hidden_size, input_size)")
    W_hh = _view("weight_hh", "Hidden to gates, (4 * hidden_size, hidden_size)")

    def forward(
        self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the next ``(h, c)``.

        Parameters
        ----------
        input : Tensor
            (batch, input_size), or (input_size,) for a single example.
        hx : tuple of Tensor, optional
            The previous ``(h, c)``, each (batch, hidden_size), without batch for a single example;
            zeros if left out.
        """
        h, c = self._start(input, hx, "h", "c")
        from_input = F.linear(input, self.weight_ih, self.bias_ih)
        return self.step(from_input, (h, c), self.weight_hh, self.bias_hh)

    @staticmethod
    def gates(
        from_input: Tensor, h: Tensor, W_hh: Tensor, b_hh: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return ``(i, f, g, o)``, each (batch, hidden_size), from ``W_xh x_t + b_xh``."""
        i, f, g, o = (from_input + F.linear(h, W_hh, b_hh)).chunk(4, dim=-1)
        # i_t, f_t, o_t = sigmoid(W_xh x_t + W_hh h_{t-1} + b_h), each with its own rows
        # g_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h), the candidate
        i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
        return i, f, g, o

    @staticmethod
    def step(
        from_input: Tensor, state: tuple[Tensor, Tensor], W_hh: Tensor, b_hh: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Return the next ``(h, c)`` from ``W_xh x_t + b_xh``, (batch, 4 * hidden_size)."""
        h, c = state
        i, f, g, o = LSTMCell.gates(from_input, h, W_hh, b_hh)
        # c_t = f_t * c_{t-1} + i_t * g_t
        c = f * c + i * g
        # h_t = o_t * tanh(c_t)
        h = o * torch.tanh(c)
        return h, c

    @property
    def b_h(self) -> Tensor:
        """The bias of the equations, (4 * hidden_size,): ``bias_ih + bias_hh``."""
        return self.bias_ih + self.bias_hh


class GRUCell(_Cell):
    """Blend the old state with a new candidate, in shares that the cell chooses at each step.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the state.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``input`` or ``hx`` has the wrong
        rank, size, type or device.

    Notes
    -----
    Cho et al. (2014): the update gate says how much of the old state is kept. The reset gate acts
    after the product with ``W_hh``, as in :class:`torch.nn.GRUCell`, so the two halves of the
    candidate's bias cannot be added up and there is no ``b_h``. Rows: reset, update, candidate.
    What else differs from PyTorch's is said in :class:`SimpleRNNCell`.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.cells import GRUCell
    >>> cell = GRUCell(input_size=3, hidden_size=2)
    >>> cell(torch.randn(4, 3), torch.zeros(4, 2)).shape
    torch.Size([4, 2])
    """

    _blocks = 3

    W_xh = _view("weight_ih", "Input to gates, (3 * hidden_size, input_size)")
    W_hh = _view("weight_hh", "Hidden to gates, (3 * hidden_size, hidden_size)")

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Return the next state.

        Parameters
        ----------
        input : Tensor
            (batch, input_size), or (input_size,) for a single example.
        hx : Tensor, optional
            The previous state, (batch, hidden_size), without batch for a single example; zeros if
            left out.
        """
        (h,) = self._start(input, None if hx is None else (hx,), "h")
        from_input = F.linear(input, self.weight_ih, self.bias_ih)
        return self.step(from_input, h, self.weight_hh, self.bias_hh)

    @staticmethod
    def step(from_input: Tensor, h: Tensor, W_hh: Tensor, b_hh: Tensor | None) -> Tensor:
        """Return the next state from ``W_xh x_t + b_xh``, (batch, 3 * hidden_size)."""
        x_r, x_z, x_n = from_input.chunk(3, dim=-1)
        h_r, h_z, h_n = F.linear(h, W_hh, b_hh).chunk(3, dim=-1)
        # r_t, z_t = sigmoid(W_xh x_t + b_xh + W_hh h_{t-1} + b_hh), each with its own rows
        r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
        # n_t = tanh(W_xn x_t + b_xn + r_t * (W_hn h_{t-1} + b_hn)), the candidate
        n = torch.tanh(x_n + r * h_n)
        # h_t = (1 - z_t) * n_t + z_t * h_{t-1}
        return (1 - z) * n + z * h


def step_of_cho(from_input: Tensor, h: Tensor, W_hh: Tensor, b_hh: Tensor) -> Tensor:
    """Return the next state of a GRU as Cho et al. printed it: the reset comes before the product.

    Parameters
    ----------
    from_input : Tensor
        ``W_xh x_t + b_xh``, (batch, 3 * hidden_size), with the rows of :class:`GRUCell`.
    h : Tensor
        The previous state, (batch, hidden_size).
    W_hh, b_hh : Tensor
        (3 * hidden_size, hidden_size) and (3 * hidden_size,).

    Returns
    -------
    Tensor
        The next state, (batch, hidden_size). It differs from that of :meth:`GRUCell.step`, unless
        the candidate's recurrent weights are diagonal and its recurrent bias is zero.

    Notes
    -----
    Cho et al. (2014), as published, equations 5 to 8. The first version of their preprint resets
    after the product, and PyTorch and cuDNN do as it did.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.cells import GRUCell, step_of_cho
    >>> cell, x, h = GRUCell(3, 2), torch.randn(4, 3), torch.randn(4, 2)
    >>> from_input = x @ cell.W_xh.T + cell.bias_ih
    >>> torch.allclose(step_of_cho(from_input, h, cell.W_hh, cell.bias_hh), cell(x, h))
    False
    """
    x_r, x_z, x_n = from_input.chunk(3, dim=-1)
    W_hr, W_hz, W_hn = W_hh.chunk(3)
    b_hr, b_hz, b_hn = b_hh.chunk(3)
    r = torch.sigmoid(x_r + F.linear(h, W_hr, b_hr))
    z = torch.sigmoid(x_z + F.linear(h, W_hz, b_hz))
    # n_t = tanh(W_xn x_t + W_hn (r_t * h_{t-1}) + b_n)
    n = torch.tanh(x_n + F.linear(r * h, W_hn, b_hn))
    # h_t = z_t * h_{t-1} + (1 - z_t) * n_t
    return z * h + (1 - z) * n


def step_of_chung(from_input: Tensor, h: Tensor, W_hh: Tensor, b_hh: Tensor) -> Tensor:
    """Return the next state of a GRU as Chung et al. printed it: the update gate lets the new in.

    Parameters
    ----------
    from_input, h, W_hh, b_hh : Tensor
        As in :func:`step_of_cho`.

    Returns
    -------
    Tensor
        The next state, (batch, hidden_size). It is that of :func:`step_of_cho` once the sign of
        all that belongs to the update gate is changed.

    Notes
    -----
    Chung et al. (2014), Empirical evaluation of gated recurrent neural networks on sequence
    modeling.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.cells import step_of_cho, step_of_chung
    >>> x, h, W, b = torch.zeros(1, 3), torch.ones(1, 1), torch.zeros(3, 1), torch.zeros(3)
    >>> x[:, 1] = 50.0  # an update gate of one
    >>> step_of_cho(x, h, W, b).item(), step_of_chung(x, h, W, b).item()
    (1.0, 0.0)
    """
    x_r, x_z, x_n = from_input.chunk(3, dim=-1)
    W_hr, W_hz, W_hn = W_hh.chunk(3)
    b_hr, b_hz, b_hn = b_hh.chunk(3)
    r = torch.sigmoid(x_r + F.linear(h, W_hr, b_hr))
    z = torch.sigmoid(x_z + F.linear(h, W_hz, b_hz))
    n = torch.tanh(x_n + F.linear(r * h, W_hn, b_hn))
    # h_t = (1 - z_t) * h_{t-1} + z_t * n_t
    return (1 - z) * h + z * n
