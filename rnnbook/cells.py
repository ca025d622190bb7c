"""One step of time: what a recurrent network does with one input and the state it carries.

The equations are those of Elman (1990), Hochreiter and Schmidhuber (1997) with the forget gate of
Gers, Schmidhuber and Cummins (2000), and Cho et al. (2014), in the form PyTorch computes them.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook import _check


class SimpleRNNCell(nn.Module):
    """Mix one input with the previous hidden state: the simplest memory there is.

    The parameters carry the names of :class:`torch.nn.RNNCell`, so either can load the other's
    ``state_dict``. ``W_xh``, ``W_hh`` and ``b_h`` read them in the letters of the equation.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the state.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``x`` or ``h`` has the wrong rank,
        size, type or device.

    Notes
    -----
    Elman (1990), Finding structure in time. The bias is stored in two halves, as PyTorch does.

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

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        _check.sizes("SimpleRNNCell", input_size=input_size, hidden_size=hidden_size)
        self.input_size, self.hidden_size = input_size, hidden_size
        _add_parameters(self, input_size, hidden_size, rows=1)

    def forward(self, x: Tensor, h: Tensor | None = None) -> Tensor:
        """Return the next state, (batch, hidden_size), from ``x``, (batch, input_size), and ``h``."""
        _check_input("SimpleRNNCell", x, self.weight_ih)
        if h is None:
            h = x.new_zeros(*x.shape[:-1], self.hidden_size)
        _check.state("SimpleRNNCell", "h", h, (*x.shape[:-1], self.hidden_size), x)
        from_input = F.linear(x, self.weight_ih, self.bias_ih)
        return self.step(from_input, h, self.weight_hh, self.bias_hh)

    @staticmethod
    def step(
        from_input: Tensor,
        h: Tensor,
        W_hh: Tensor,
        b_hh: Tensor | None,
        activation: Callable[[Tensor], Tensor] = torch.tanh,
    ) -> Tensor:
        """Return the next state, given ``from_input = W_xh x_t`` and its share of the bias."""
        # h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h)
        return activation(from_input + F.linear(h, W_hh, b_hh))

    @property
    def W_xh(self) -> Tensor:
        """Input to hidden, (hidden_size, input_size); a read-only view of ``weight_ih``."""
        return self.weight_ih.view_as(self.weight_ih)

    @property
    def W_hh(self) -> Tensor:
        """Hidden to hidden, (hidden_size, hidden_size); a read-only view of ``weight_hh``."""
        return self.weight_hh.view_as(self.weight_hh)

    @property
    def b_h(self) -> Tensor:
        """The bias of the equation, (hidden_size,): ``bias_ih + bias_hh``."""
        return self.bias_ih + self.bias_hh


def _add_parameters(cell: nn.Module, input_size: int, hidden_size: int, rows: int) -> None:
    """Give ``cell`` its parameters: ``rows`` blocks of ``hidden_size`` rows, drawn as PyTorch does."""
    height, bound = rows * hidden_size, hidden_size**-0.5
    shapes = {
        "weight_ih": (height, input_size),
        "weight_hh": (height, hidden_size),
        "bias_ih": (height,),
        "bias_hh": (height,),
    }
    for name, shape in shapes.items():
        parameter = nn.Parameter(torch.empty(shape))
        cell.register_parameter(name, parameter)
        nn.init.uniform_(parameter, -bound, bound)


def _check_input(where: str, x: Tensor, weight: Tensor) -> None:
    _check.rank(where, "x", x, "(batch, input_size)", "(input_size,)")
    _check.floating(where, "x", x, weight.dtype)
    _check.features(where, "x", x, weight.shape[1], "input_size")
    _check.not_empty(where, "x", x)
    _check.same_device(where, "x", x, weight.device)
