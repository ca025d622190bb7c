"""A whole sequence: recurrent layers written out step by step, in the place of PyTorch's own.

:class:`RNN`, :class:`LSTM` and :class:`GRU` take the constructors, the calls and the parameter
names of their namesakes in :mod:`torch.nn` and return what they return. :func:`unroll` is the loop
over time; :func:`read`, :func:`last_state` and :func:`reverse_within` are for batches of sequences
of unlike length.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnnbook import _check
from rnnbook.cells import GRUCell, LSTMCell, SimpleRNNCell

State = Tensor | tuple[Tensor, Tensor]
Form = TypeVar("Form", Tensor, PackedSequence)
Step = Callable[[Tensor, tuple[Tensor, ...]], tuple[Tensor, ...]]


def unroll(
    step: Step, inputs: Sequence[Tensor], state: tuple[Tensor, ...], *, reverse: bool = False
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Apply ``step`` to one input after another, handing the state along: the loop of an RNN.

    Parameters
    ----------
    step : callable
        ``step(input, state) -> state``; a state is a tuple whose first tensor is the output.
    inputs : sequence of Tensor
        One tensor a step, each (rows, …). Later steps may have fewer rows, when the sequences are
        sorted by length and the short ones have ended.
    state : tuple of Tensor
        The initial state, each (batch, hidden_size).
    reverse : bool
        Read from the last step to the first.

    Returns
    -------
    output : Tensor
        What each step gave, in the order of the inputs, (all rows, hidden_size).
    state : tuple of Tensor
        The state of every sequence after its own last step, each (batch, hidden_size).

    Examples
    --------
    A step that adds counts up; the second sequence ends after one step.

    >>> import torch
    >>> from rnnbook.layers import unroll
    >>> inputs = [torch.tensor([[1.0], [10.0]]), torch.tensor([[2.0]]), torch.tensor([[3.0]])]
    >>> output, (h,) = unroll(lambda x, s: (x + s[0],), inputs, (torch.zeros(2, 1),))
    >>> output.flatten()
    tensor([ 1., 10.,  3.,  6.])
    >>> h.flatten()
    tensor([ 6., 10.])
    """
    outputs = list(inputs)
    for t in range(len(inputs))[:: -1 if reverse else 1]:
        rows = len(inputs[t])
        if rows == len(state[0]):
            state = step(inputs[t], state)
            outputs[t] = state[0]
        else:  # only the first rows still have, or already have, an input
            moved = step(inputs[t], tuple(part[:rows] for part in state))
            outputs[t] = moved[0]
            state = tuple(
                torch.cat([new, old[rows:]]) for new, old in zip(moved, state, strict=True)
            )
    return torch.cat(outputs), state


class _Recurrent(nn.Module):
    """What the layers share: parameters, stacking, directions, and the three forms of an input.

    A layer says how many blocks of rows its weights have, what its state consists of, and
    ``_step``; the rest is the same for all.
    """

    weight_ih_l0: nn.Parameter
    _blocks: int
    _names: tuple[str, ...]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        where = type(self).__name__
        _check.sizes(where, input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        _check.probability(where, "dropout", dropout)
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                f"{where}: dropout={dropout} does nothing with num_layers=1, since it acts between "
                "layers only",
                stacklevel=3,
            )
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first = bias, batch_first
        self.dropout, self.bidirectional = float(dropout), bidirectional
        rows = self._blocks * hidden_size
        for layer in range(num_layers):
            width = input_size if layer == 0 else hidden_size * directions(self)
            shapes: dict[str, tuple[int, ...]]
            shapes = {"weight_ih": (rows, width), "weight_hh": (rows, hidden_size)}
            if bias:
                shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
            for reverse in (False, True)[: directions(self)]:
                for kind, shape in shapes.items():
                    values = torch.empty(shape, device=device, dtype=dtype)
                    setattr(self, _name(kind, layer, reverse), nn.Parameter(values))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw every parameter anew, uniform within 1 / sqrt(hidden_size), as PyTorch does."""
        bound = self.hidden_size**-0.5
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def W_xh(self, layer: int = 0, reverse: bool = False) -> Tensor:
        """Return a layer's input weights, a read-only view of ``weight_ih_l{layer}``.

        Parameters
        ----------
        layer : int
            Which layer, from 0, the lowest.
        reverse : bool
            Whether the weights are those that read from the end.

        Returns
        -------
        Tensor
            (hidden_size, input_size), above the lowest layer
            (hidden_size, directions * hidden_size); an LSTM has 4, a GRU 3 times as many rows, in
            the order of its cell.

        Raises
        ------
        ValueError
            If there is no such layer or direction.
        """
        return self._view("weight_ih", layer, reverse)

    def W_hh(self, layer: int = 0, reverse: bool = False) -> Tensor:
        """Return a layer's recurrent weights, a read-only view of ``weight_hh_l{layer}``.

        Parameters
        ----------
        layer : int
            Which layer, from 0, the lowest.
        reverse : bool
            Whether the weights are those that read from the end.

        Returns
        -------
        Tensor
            (hidden_size, hidden_size); an LSTM has 4, a GRU 3 times as many rows, in the order of
            its cell.

        Raises
        ------
        ValueError
            If there is no such layer or direction.
        """
        return self._view("weight_hh", layer, reverse)

    def _view(self, kind: str, layer: int, reverse: bool) -> Tensor:
        if not 0 <= layer < self.num_layers or (reverse and not self.bidirectional):
            raise ValueError(
                f"{type(self).__name__}: expected layer from 0 to {self.num_layers - 1}"
                f"{'' if self.bidirectional else ' and reverse=False'}, got layer={layer}, "
                f"reverse={reverse}; layers count from 0, and only a bidirectional layer reads back"
            )
        parameter: Tensor = getattr(self, _name(kind, layer, reverse))
        return parameter.view_as(parameter)

    def _step(
        self, from_input: Tensor, state: tuple[Tensor, ...], W_hh: Tensor, b_hh: Tensor | None
    ) -> tuple[Tensor, ...]:
        """Return the next state, a tuple; its first tensor is the output."""
        raise NotImplementedError

    def _read(
        self, xs: Tensor | PackedSequence, state: tuple[Tensor, ...] | None
    ) -> tuple[Tensor | PackedSequence, tuple[Tensor, ...]]:
        """Read ``xs`` in any of its three forms, by turning each into a packed sequence."""
        where = type(self).__name__
        if isinstance(xs, PackedSequence):
            _check.rank(where, "packed xs", xs.data, "(steps, input_size)")
            _check.numbers(where, "packed xs", xs.data, self.weight_ih_l0, "input_size")
            data, state = self._read_packed(xs, state)
            return xs._replace(data=data), state

        form = "(batch, time, input_size)" if self.batch_first else "(time, batch, input_size)"
        _check.rank(where, "xs", xs, form, "(time, input_size)")
        _check.numbers(where, "xs", xs, self.weight_ih_l0, "input_size")
        batched = xs.ndim == 3
        steps = xs if batched else xs.unsqueeze(1)
        if batched and self.batch_first:
            steps = xs.transpose(0, 1)
        if state is not None and not batched:
            shape = (self.num_layers * directions(self), self.hidden_size)
            state = tuple(
                part.unsqueeze(1) for part in _check.state(where, self._names, state, shape, xs)
            )
        time, batch, _ = steps.shape
        packed = PackedSequence(steps.flatten(0, 1), torch.full((time,), batch))
        data, state = self._read_packed(packed, state)
        output = data.unflatten(0, (time, batch))
        if not batched:
            return output.squeeze(1), tuple(part.squeeze(1) for part in state)
        return output.transpose(0, 1) if self.batch_first else output, state

    def _read_packed(
        self, xs: PackedSequence, state: tuple[Tensor, ...] | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Read a batch packed step after step, the longest sequence first, layer by layer."""
        data, sizes = xs.data, xs.batch_sizes.tolist()
        shape = (self.num_layers * directions(self), sizes[0], self.hidden_size)
        if state is None:
            state = tuple(data.new_zeros(shape) for _ in self._names)
        else:
            state = _check.state(type(self).__name__, self._names, state, shape, data)
            state = _reorder(state, xs.sorted_indices)
        ends: list[tuple[Tensor, ...]] = []
        for layer in range(self.num_layers):
            if layer > 0:
                data = F.dropout(data, self.dropout, self.training)
            outputs = []
            for reverse in (False, True)[: directions(self)]:
                b_xh = self._view("bias_ih", layer, reverse) if self.bias else None
                b_hh = self._view("bias_hh", layer, reverse) if self.bias else None
                # W_xh x_t for all t at once: it waits for no state
                from_input = F.linear(data, self.W_xh(layer, reverse), b_xh)
                step = partial(self._step, W_hh=self.W_hh(layer, reverse), b_hh=b_hh)
                start = tuple(part[len(ends)] for part in state)
                output, end = unroll(step, torch.split(from_input, sizes), start, reverse=reverse)
                outputs.append(output)
                ends.append(end)
            data = torch.cat(outputs, dim=-1)
        state = tuple(torch.stack(parts) for parts in zip(*ends, strict=True))
        return data, _reorder(state, xs.unsorted_indices)

    def extra_repr(self) -> str:
        """Name the sizes, and every option that is not its default."""
        options = {
            "num_layers": (self.num_layers, 1),
            "nonlinearity": (getattr(self, "nonlinearity", "tanh"), "tanh"),
            "bias": (self.bias, True),
            "batch_first": (self.batch_first, False),
            "dropout": (self.dropout, 0.0),
            "bidirectional": (self.bidirectional, False),
        }
        words = [f"{name}={value}" for name, (value, usual) in options.items() if value != usual]
        return ", ".join([str(self.input_size), str(self.hidden_size), *words])


def _name(kind: str, layer: int, reverse: bool) -> str:
    return f"{kind}_l{layer}{'_reverse' if reverse else ''}"


def _reorder(state: tuple[Tensor, ...], order: Tensor | None) -> tuple[Tensor, ...]:
    return state if order is None else tuple(part[:, order] for part in state)


class RNN(_Recurrent):
    """Read whole sequences with the simplest recurrence, as :class:`torch.nn.RNN` does.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the state of one layer and direction.
    num_layers : int
        Layers, each reading the outputs of the one below.
    nonlinearity : {"tanh", "relu"}
        What the sum goes through.
    bias : bool
        Whether there is a bias.
    batch_first : bool
        Whether ``xs`` and ``output`` are (batch, time, …) and not (time, batch, …).
    dropout : float
        The share of outputs set to zero between layers, during training only.
    bidirectional : bool
        Whether a second set of weights reads from the end to the start.
    device, dtype : optional
        Where and how the parameters are stored.

    Raises
    ------
    TypeError, ValueError
        If ``nonlinearity``, a size or ``dropout`` makes no sense; in a call, if ``xs`` or the
        initial state has the wrong rank, size, type or device, or there is no step.

    Warns
    -----
    UserWarning
        If ``dropout`` is given for a single layer, where it does nothing.

    Notes
    -----
    ``h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h)``, after Elman (1990). Parameters carry PyTorch's
    names.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from rnnbook.layers import RNN
    >>> ours, theirs = RNN(3, 4, batch_first=True), nn.RNN(3, 4, batch_first=True)
    >>> ours.load_state_dict(theirs.state_dict())
    <All keys matched successfully>
    >>> xs = torch.randn(2, 5, 3)
    >>> output, h_n = ours(xs)
    >>> output.shape, h_n.shape
    (torch.Size([2, 5, 4]), torch.Size([1, 2, 4]))
    >>> torch.allclose(output, theirs(xs)[0], atol=1e-6)
    True
    """

    _blocks = 1
    _names = ("h_0",)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(
                f"RNN: nonlinearity must be 'tanh' or 'relu', got {nonlinearity!r}; it is a word, "
                "as in nn.RNN, not a function, and stands before bias"
            )
        options = (bias, batch_first, dropout, bidirectional, device, dtype)
        super().__init__(input_size, hidden_size, num_layers, *options)
        self.nonlinearity = nonlinearity

    def forward(
        self, xs: Tensor | PackedSequence, h_0: Tensor | None = None
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Read ``xs`` from the state ``h_0``.

        Parameters
        ----------
        xs : Tensor or PackedSequence
            (time, batch, input_size), (batch, time, input_size) with ``batch_first``, or
            (time, input_size) for one sequence without a batch.
        h_0 : Tensor, optional
            (num_layers * directions, batch, hidden_size), without batch for an unbatched input;
            zeros if left out.

        Returns
        -------
        output : Tensor or PackedSequence
            The top layer's ``h`` at every step, in the form of ``xs``, directions side by side.
        h_n : Tensor
            The last state of every layer and direction, shaped as ``h_0``.
        """
        output, (h_n,) = self._read(xs, None if h_0 is None else (h_0,))
        return output, h_n

    def _step(
        self, from_input: Tensor, state: tuple[Tensor, ...], W_hh: Tensor, b_hh: Tensor | None
    ) -> tuple[Tensor, ...]:
        activation = torch.tanh if self.nonlinearity == "tanh" else torch.relu
        return (SimpleRNNCell.step(from_input, state[0], W_hh, b_hh, activation),)

    def b_h(self, layer: int = 0, reverse: bool = False) -> Tensor:
        """Return a layer's bias: ``bias_ih_l{layer} + bias_hh_l{layer}``, zeros without a bias.

        Parameters
        ----------
        layer : int
            Which layer, from 0, the lowest.
        reverse : bool
            Whether the weights are those that read from the end.

        Returns
        -------
        Tensor
            (hidden_size,).

        Raises
        ------
        ValueError
            If there is no such layer or direction.
        """
        if not self.bias:
            return torch.zeros_like(self.W_hh(layer, reverse)[:, 0])
        return self._view("bias_ih", layer, reverse) + self._view("bias_hh", layer, reverse)


class LSTM(_Recurrent):
    """Read whole sequences with a gated memory, as :class:`torch.nn.LSTM` does.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in ``h``, and in ``c``, of one layer and direction.
    num_layers : int
        Layers, each reading the outputs of the one below.
    bias : bool
        Whether there is a bias.
    batch_first : bool
        Whether ``xs`` and ``output`` are (batch, time, …) and not (time, batch, …).
    dropout : float
        The share of outputs set to zero between layers, during training only.
    bidirectional : bool
        Whether a second set of weights reads from the end to the start.
    device, dtype : optional
        Where and how the parameters are stored.

    Raises
    ------
    TypeError, ValueError
        If a size or ``dropout`` makes no sense; in a call, if ``xs`` or the initial state
        has the wrong rank, size, type or device, or there is no step.

    Warns
    -----
    UserWarning
        If ``dropout`` is given for a single layer, where it does nothing.

    Notes
    -----
    The equations stand in :class:`rnnbook.cells.LSTMCell`: Hochreiter and Schmidhuber (1997), Gers
    et al. (2000). Parameters carry PyTorch's names; there is no ``proj_size``.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from rnnbook.layers import LSTM
    >>> ours, theirs = LSTM(3, 4, batch_first=True), nn.LSTM(3, 4, batch_first=True)
    >>> ours.load_state_dict(theirs.state_dict())
    <All keys matched successfully>
    >>> xs = torch.randn(2, 5, 3)
    >>> output, (h_n, c_n) = ours(xs)
    >>> output.shape, h_n.shape
    (torch.Size([2, 5, 4]), torch.Size([1, 2, 4]))
    >>> torch.allclose(output, theirs(xs)[0], atol=1e-6)
    True
    """

    _blocks = 4
    _names = ("h_0", "c_0")

    def forward(
        self, xs: Tensor | PackedSequence, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor | PackedSequence, tuple[Tensor, Tensor]]:
        """Read ``xs`` from the state ``(h_0, c_0)``.

        Parameters
        ----------
        xs : Tensor or PackedSequence
            (time, batch, input_size), (batch, time, input_size) with ``batch_first``, or
            (time, input_size) for one sequence without a batch.
        state : tuple of Tensor, optional
            ``(h_0, c_0)``, each (num_layers * directions, batch, hidden_size), without batch for
            an unbatched input; zeros if left out.

        Returns
        -------
        output : Tensor or PackedSequence
            The top layer's ``h`` at every step, in the form of ``xs``, directions side by side.
        state : tuple of Tensor
            ``(h_n, c_n)``, the last state of every layer and direction, shaped as it came in.
        """
        output, (h_n, c_n) = self._read(xs, state)
        return output, (h_n, c_n)

    def _step(
        self, from_input: Tensor, state: tuple[Tensor, ...], W_hh: Tensor, b_hh: Tensor | None
    ) -> tuple[Tensor, ...]:
        return LSTMCell.step(from_input, (state[0], state[1]), W_hh, b_hh)

    def b_h(self, layer: int = 0, reverse: bool = False) -> Tensor:
        """Return a layer's bias: ``bias_ih_l{layer} + bias_hh_l{layer}``, zeros without a bias.

        Parameters
        ----------
        layer : int
            Which layer, from 0, the lowest.
        reverse : bool
            Whether the weights are those that read from the end.

        Returns
        -------
        Tensor
            (4 * hidden_size,): input gate, forget gate, candidate, output gate.

        Raises
        ------
        ValueError
            If there is no such layer or direction.
        """
        if not self.bias:
            return torch.zeros_like(self.W_hh(layer, reverse)[:, 0])
        return self._view("bias_ih", layer, reverse) + self._view("bias_hh", layer, reverse)


class GRU(_Recurrent):
    """Read whole sequences, blending old state and candidate, as :class:`torch.nn.GRU` does.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the state of one layer and direction.
    num_layers : int
        Layers, each reading the outputs of the one below.
    bias : bool
        Whether there is a bias.
    batch_first : bool
        Whether ``xs`` and ``output`` are (batch, time, …) and not (time, batch, …).
    dropout : float
        The share of outputs set to zero between layers, during training only.
    bidirectional : bool
        Whether a second set of weights reads from the end to the start.
    device, dtype : optional
        Where and how the parameters are stored.

    Raises
    ------
    TypeError, ValueError
        If a size or ``dropout`` makes no sense; in a call, if ``xs`` or the initial state
        has the wrong rank, size, type or device, or there is no step.

    Warns
    -----
    UserWarning
        If ``dropout`` is given for a single layer, where it does nothing.

    Notes
    -----
    The equations stand in :class:`rnnbook.cells.GRUCell`: Cho et al. (2014). Parameters carry
    PyTorch's names; the two halves of the bias cannot be added up, so there is no ``b_h``.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from rnnbook.layers import GRU
    >>> ours, theirs = GRU(3, 4, batch_first=True), nn.GRU(3, 4, batch_first=True)
    >>> ours.load_state_dict(theirs.state_dict())
    <All keys matched successfully>
    >>> xs = torch.randn(2, 5, 3)
    >>> output, h_n = ours(xs)
    >>> output.shape, h_n.shape
    (torch.Size([2, 5, 4]), torch.Size([1, 2, 4]))
    >>> torch.allclose(output, theirs(xs)[0], atol=1e-6)
    True
    """

    _blocks = 3
    _names = ("h_0",)

    def forward(
        self, xs: Tensor | PackedSequence, h_0: Tensor | None = None
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Read ``xs`` from the state ``h_0``.

        Parameters
        ----------
        xs : Tensor or PackedSequence
            (time, batch, input_size), (batch, time, input_size) with ``batch_first``, or
            (time, input_size) for one sequence without a batch.
        h_0 : Tensor, optional
            (num_layers * directions, batch, hidden_size), without batch for an unbatched input;
            zeros if left out.

        Returns
        -------
        output : Tensor or PackedSequence
            The top layer's ``h`` at every step, in the form of ``xs``, directions side by side.
        h_n : Tensor
            The last state of every layer and direction, shaped as ``h_0``.
        """
        output, (h_n,) = self._read(xs, None if h_0 is None else (h_0,))
        return output, h_n

    def _step(
        self, from_input: Tensor, state: tuple[Tensor, ...], W_hh: Tensor, b_hh: Tensor | None
    ) -> tuple[Tensor, ...]:
        return (GRUCell.step(from_input, state[0], W_hh, b_hh),)


def read(
    layer: nn.Module, xs: Tensor, state: State | None = None, lengths: Tensor | None = None
) -> tuple[Tensor, State]:
    """Let ``layer`` read a padded batch so that no padding reaches a state.

    Parameters
    ----------
    layer : nn.Module
        A recurrent layer built with ``batch_first=True``: ours or PyTorch's.
    xs : Tensor
        (batch, time, input_size), padded at the end.
    state : Tensor or tuple of Tensor, optional
        The initial state, whole: ``h``, or ``(h, c)`` for an LSTM.
    lengths : Tensor, optional
        True lengths, (batch,), int64 on the CPU, in any order; None when nothing is padded.

    Returns
    -------
    output : Tensor
        (batch, time, directions * hidden_size), zero where there was padding.
    state : Tensor or tuple of Tensor
        The state of each sequence after its own last step.

    Raises
    ------
    TypeError, ValueError
        If ``state`` or ``lengths`` does not fit ``xs``.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.layers import RNN, read
    >>> layer = RNN(3, 4, batch_first=True)
    >>> output, h_n = read(layer, torch.randn(2, 5, 3), lengths=torch.tensor([2, 5]))
    >>> output[0, 2:].abs().sum().item()
    0.0
    """
    _check.rank("read", "xs", xs, "(batch, time, input_size)")
    if state is not None and isinstance(layer, nn.RNNBase) and not layer.proj_size:
        check_state("read", layer, state, layer.num_layers * directions(layer), xs)
    if lengths is None:
        output, state = layer(xs, state)
        return output, state
    _check.lengths("read", lengths, xs.shape[0], xs.shape[1])
    packed = pack_padded_sequence(xs, lengths, batch_first=True, enforce_sorted=False)
    output, state = layer(packed, state)
    # total_length: the longest sequence here may be shorter than the padding
    output, _ = pad_packed_sequence(output, batch_first=True, total_length=xs.shape[1])
    return output, state


def in_any_form(
    where: str,
    reader: Callable[[Tensor, State | None, Tensor | None], tuple[Tensor, State]],
    xs: Form,
    state: State | None = None,
    lengths: Tensor | None = None,
) -> tuple[Form, State]:
    """Let ``reader``, which knows padded batches only, read all three forms of an input.

    Parameters
    ----------
    where : str
        The name that complaints begin with: the caller's.
    reader : callable
        ``reader(xs, state, lengths) -> (output, state)`` on a padded batch, as :func:`read` does.
    xs : Tensor or PackedSequence
        (batch, time, input_size), (time, input_size) for one sequence without a batch, or packed.
    state : Tensor or tuple of Tensor, optional
        The initial state, without its batch dimension where ``xs`` has none.
    lengths : Tensor, optional
        True lengths of a padded batch, (batch,), int64 on the CPU; the other forms know their own.

    Returns
    -------
    output : Tensor or PackedSequence
        What ``reader`` gave at every step, in the form of ``xs``.
    state : Tensor or tuple of Tensor
        The state it gave, without a batch dimension where ``xs`` has none.

    Raises
    ------
    TypeError, ValueError
        If ``xs`` has none of the three forms, or ``lengths`` comes with a form that has its own.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from functools import partial
    >>> from rnnbook.layers import in_any_form, read
    >>> reader = partial(read, nn.RNN(3, 4, batch_first=True))
    >>> output, h_n = in_any_form("example", reader, torch.randn(5, 3))
    >>> output.shape, h_n.shape
    (torch.Size([5, 4]), torch.Size([1, 4]))
    """
    if isinstance(xs, PackedSequence):
        if lengths is not None:
            raise _lengths_twice(where, "a packed batch")
        padded, lengths = pad_packed_sequence(xs, batch_first=True)
        output, state = reader(padded, state, lengths)
        if xs.sorted_indices is not None:  # back into the order in which it was packed
            output, lengths = output[xs.sorted_indices], lengths[xs.sorted_indices.cpu()]
        packed = pack_padded_sequence(output, lengths, batch_first=True)
        return xs._replace(data=packed.data), state
    _check.rank(where, "x", xs, "(batch, time, input_size)", "(time, input_size)")
    if xs.ndim == 3:
        return reader(xs, state, lengths)
    if lengths is not None:
        raise _lengths_twice(where, "a single sequence")
    batched = None if state is None else map_state(lambda part: part.unsqueeze(1), state)
    output, state = reader(xs.unsqueeze(0), batched, None)
    return output.squeeze(0), map_state(lambda part: part.squeeze(1), state)


def _lengths_twice(where: str, form: str) -> ValueError:
    return ValueError(
        f"{where}: expected lengths beside a padded batch only, got them with {form}, which has "
        "its own; leave lengths out"
    )


def at_every_step(layer: Callable[[Tensor], Tensor], xs: Form) -> Form:
    """Apply ``layer``, such as a read-out, to every step of ``xs``, padded or packed.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from torch.nn.utils.rnn import pack_sequence
    >>> from rnnbook.layers import at_every_step
    >>> at_every_step(nn.Linear(3, 2), pack_sequence([torch.randn(5, 3)])).data.shape
    torch.Size([5, 2])
    """
    return xs._replace(data=layer(xs.data)) if isinstance(xs, PackedSequence) else layer(xs)


def map_state(change: Callable[[Tensor], Tensor], state: State) -> State:
    """Change ``h``, or both parts of the ``(h, c)`` of an LSTM.

    Raises
    ------
    TypeError
        If ``state`` is neither.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.layers import map_state
    >>> h, c = map_state(torch.zeros_like, (torch.ones(2), torch.ones(3)))
    >>> h, c
    (tensor([0., 0.]), tensor([0., 0., 0.]))
    """
    if isinstance(state, Tensor):
        return change(state)
    if not isinstance(state, tuple) or len(state) != 2:
        raise TypeError(
            f"map_state: expected a tensor, or the pair (h, c) of an LSTM, got {state!r}; a state "
            "is handed on whole, as the layer returned it"
        )
    for name, part in zip("hc", state, strict=True):
        _check.tensor("map_state", name, part)
    h, c = state
    return change(h), change(c)


def check_state(where: str, layer: nn.Module, state: State, rows: int, xs: Tensor) -> None:
    """Raise unless ``state`` is one that ``layer`` can begin ``xs``, (batch, time, …), with.

    Raises
    ------
    TypeError, ValueError
        If it is not ``h``, or ``(h, c)`` for an LSTM, each (rows, batch, hidden_size), of the type
        and on the device of ``xs``.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from rnnbook.layers import check_state
    >>> check_state("example", nn.RNN(3, 4), torch.zeros(1, 2, 4), 1, torch.zeros(2, 5, 3))
    """
    shape = (rows, xs.shape[0], cast("int", layer.hidden_size))
    if isinstance(layer, LSTM | nn.LSTM):
        _check.state(where, ("h_0", "c_0"), state, shape, xs)
    else:
        _check.state(where, ("h_0",), (state,), shape, xs)


def last_state(output: Tensor, h_n: State, lengths: Tensor | None = None) -> Tensor:
    """Pick the state that has read each whole sequence: the one to classify it by.

    It is the top layer's state at each true length; of a bidirectional layer, the forward state at
    the true end joined with the backward state at the start. A state whose shape is
    (layers, batch, hidden) is never squeezed: with two layers that would do nothing at all.

    Parameters
    ----------
    output : Tensor
        (batch, time, directions * hidden_size), from a layer with ``batch_first=True``.
    h_n : Tensor or tuple of Tensor
        What the layer returned beside it; of an LSTM's ``(h, c)`` the ``h`` is read.
    lengths : Tensor, optional
        True lengths, (batch,), int64 on the CPU; None when nothing is padded.

    Returns
    -------
    Tensor
        (batch, directions * hidden_size).

    Raises
    ------
    TypeError, ValueError
        If the shapes do not belong together, or a bidirectional layer has read the padding, which
        spoils its backward half at every step: use :func:`read`.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from rnnbook.layers import last_state
    >>> layer = nn.RNN(3, 4, num_layers=2, batch_first=True)
    >>> output, h_n = layer(torch.randn(2, 5, 3))  # read with its padding
    >>> last = last_state(output, h_n, torch.tensor([5, 2]))
    >>> torch.equal(last, torch.stack([output[0, 4], output[1, 1]]))
    True
    """
    h = h_n[0] if isinstance(h_n, tuple) else h_n
    _check.rank("last_state", "output", output, "(batch, time, directions * hidden_size)")
    _check.rank("last_state", "h_n", h, "(layers * directions, batch, hidden_size)")
    ways = output.shape[2] // h.shape[2]
    if output.shape[0] != h.shape[1] or output.shape[2] not in (h.shape[2], 2 * h.shape[2]):
        raise ValueError(
            f"last_state: output {tuple(output.shape)} and h_n {tuple(h.shape)} do not belong "
            "together; expected (batch, time, directions * hidden_size) and (layers * directions, "
            "batch, hidden_size): the usual cause is a layer without batch_first=True"
        )
    if lengths is None:
        return torch.cat(tuple(h[-ways:]), dim=-1)
    _check.lengths("last_state", lengths, output.shape[0], output.shape[1])
    at = (lengths - 1).to(output.device)
    last = output[torch.arange(len(output), device=output.device), at]
    if ways == 1:
        return last
    forward, backward = last[:, : h.shape[2]], output[:, 0, h.shape[2] :]
    unlike = (forward != h[-2]) & ~forward.isnan()
    if output.device.type != "meta" and bool(unlike.any()):
        raise ValueError(
            "last_state: the layer has read the padding, so its backward half starts from padding; "
            "expected a packed batch: read it with rnnbook.layers.read(layer, xs, lengths=lengths)"
        )
    return torch.cat([forward, backward], dim=-1)


def reverse_within(xs: Tensor, lengths: Tensor | None = None) -> Tensor:
    """Turn each sequence around within its own length, and leave the padding where it is.

    A layer that reads forward, given the result, reads each sequence from its end; turned again,
    its outputs stand at the steps they belong to. ``flip`` does so only where nothing is padded.

    Parameters
    ----------
    xs : Tensor
        (batch, time, features), padded at the end.
    lengths : Tensor, optional
        True lengths, (batch,), int64 on the CPU; None when nothing is padded.

    Returns
    -------
    Tensor
        (batch, time, features).

    Raises
    ------
    TypeError, ValueError
        If ``lengths`` does not fit ``xs``.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.layers import reverse_within
    >>> xs = torch.tensor([[1, 2, 3], [4, 5, 0]]).unsqueeze(-1)
    >>> reverse_within(xs, torch.tensor([3, 2])).squeeze(-1)
    tensor([[3, 2, 1],
            [5, 4, 0]])
    """
    _check.rank("reverse_within", "xs", xs, "(batch, time, features)")
    if lengths is None:
        return xs.flip(1)
    _check.lengths("reverse_within", lengths, xs.shape[0], xs.shape[1])
    t, ends = torch.arange(xs.shape[1]), lengths.unsqueeze(1)
    at = torch.where(t < ends, ends - 1 - t, t).to(xs.device)
    return xs.gather(1, at.unsqueeze(-1).expand_as(xs))


def directions(layer: nn.Module) -> int:
    """Return 2 for a bidirectional layer and 1 for any other.

    Examples
    --------
    >>> from torch import nn
    >>> from rnnbook.layers import directions
    >>> directions(nn.LSTM(3, 4)), directions(nn.LSTM(3, 4, bidirectional=True))
    (1, 2)
    """
    return 2 if getattr(layer, "bidirectional", False) else 1
