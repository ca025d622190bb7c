"""What a recurrent layer is: five names, and one way to be called."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from rnnbook import _check
from rnnbook.sequences import State


@runtime_checkable
class Layer(Protocol):
    """Reads whole sequences: PyTorch's three, every layer of this book, and any like them.

    A model asks a layer for these names and for nothing else: not how many parameters it has, what
    they are called, or which comes first.

    Attributes
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in what one layer and direction gives at a step.
    num_layers : int
        Layers, each reading the outputs of the one below.
    bidirectional : bool
        Whether it also reads from the end to the start.
    batch_first : bool
        Whether inputs and outputs are (batch, time, …) and not (time, batch, …).

    Notes
    -----
    A state is a tensor, or a tuple of any number of tensors, real or complex, each
    (num_layers * directions, batch, …). One that a call returned is what the next call goes on
    from. The first tensor of a bidirectional layer's state is (2 * num_layers, batch, hidden_size):
    what each direction gave last. With attention, a model also asks for it in one direction.

    Examples
    --------
    >>> from torch import nn
    >>> from rnnbook.layers import GRU, Layer
    >>> isinstance(nn.LSTM(3, 4), Layer), isinstance(GRU(3, 4), Layer)
    (True, True)
    >>> isinstance(nn.LSTMCell(3, 4), Layer)  # takes one step
    False
    """

    input_size: int
    hidden_size: int
    num_layers: int
    bidirectional: bool
    batch_first: bool

    def __call__(
        self, xs: Tensor | PackedSequence, state: State | None = None, /
    ) -> tuple[Tensor | PackedSequence, State]:
        """Return the output at every step, in the form of ``xs``, and the state after the last."""
        ...


def build(
    where: str, layer: Callable[..., nn.Module], input_size: int, hidden_size: int, **options: Any
) -> nn.Module:
    """Build the recurrent layer of a model, ``batch_first``, and look at what was built.

    Parameters
    ----------
    where : str
        The name that complaints begin with: the model's.
    layer : callable
        The class of a layer, or a function that builds one:
        ``functools.partial(nn.GRU, num_layers=2)``.
    input_size, hidden_size : int
        What it is called with.
    **options
        What else it is called with, such as ``num_layers``.

    Returns
    -------
    torch.nn.Module
        A :class:`Layer`.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number, or what ``layer`` builds is no :class:`Layer`,
        reads time first, or gives another number of features than ``hidden_size``.

    Examples
    --------
    >>> from torch import nn
    >>> from rnnbook.layers import build
    >>> build("MyModel", nn.LSTM, 3, 4, num_layers=2)
    LSTM(3, 4, num_layers=2, batch_first=True)
    """
    counted = {name: size for name, size in options.items() if name == "num_layers"}
    _check.sizes(where, input_size=input_size, hidden_size=hidden_size, **counted)
    _check.builder(where, layer)
    # PyTorch's layers want ints and nothing like them, such as NumPy's
    options |= {name: operator.index(size) for name, size in counted.items()}
    sizes = operator.index(input_size), operator.index(hidden_size)
    built = layer(*sizes, batch_first=True, **options)
    _check.built(where, built, tuple(Layer.__annotations__))
    return built
