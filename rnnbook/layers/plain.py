"""Recurrent layers written out step by step, to use instead of PyTorch's own.

They take the constructors, the calls and the parameter names of their namesakes in :mod:`torch.nn`,
and return what these return. What differs all the same is said in :class:`RNN`.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence

from rnnbook import _check
from rnnbook.cells import GRUCell, LSTMCell, SimpleRNNCell
from rnnbook.sequences import directions

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


def over_time(
    step: Step,
    inputs: Tensor | PackedSequence,
    state: tuple[Tensor, ...],
    *,
    batch_first: bool = False,
) -> tuple[Tensor | PackedSequence, tuple[Tensor, ...]]:
    """Apply ``step`` to every step of a batch, each sequence of a packed one to its own end.

    Parameters
    ----------
    step : callable
        As for :func:`unroll`.
    inputs : Tensor or PackedSequence
        (time, batch, features), or (batch, time, features) with ``batch_first``.
    state : tuple of Tensor
        The initial state of one layer and direction, each (batch, …), in the order of the batch.
    batch_first : bool
        Whether ``inputs`` and ``output`` are (batch, time, …) and not (time, batch, …).

    Returns
    -------
    output : Tensor or PackedSequence
        The first tensor of the state after each step, in the form of ``inputs``.
    state : tuple of Tensor
        The state of every sequence after its own last step, each (batch, …).

    Examples
    --------
    >>> import torch
    >>> from rnnbook.layers import over_time
    >>> xs = torch.tensor([[[1.0], [2.0], [3.0]]])
    >>> output, (h,) = over_time(
    ...     lambda x, s: (x + s[0],), xs, (torch.zeros(1, 1),), batch_first=True
    ... )
    >>> output.flatten()
    tensor([1., 3., 6.])
    """
    if isinstance(inputs, PackedSequence):
        start = tuple(_ordered(part, inputs.sorted_indices) for part in state)
        data, end = unroll(step, torch.split(inputs.data, inputs.batch_sizes.tolist()), start)
        back = tuple(_ordered(part, inputs.unsorted_indices) for part in end)
        return inputs._replace(data=data), back
    steps = inputs.unbind(1 if batch_first else 0)
    data, state = unroll(step, steps, state)
    output = data.unflatten(0, (len(steps), -1))
    return output.transpose(0, 1) if batch_first else output, state


def _ordered(part: Tensor, order: Tensor | None) -> Tensor:
    return part if order is None else part[order]


class _Recurrent(nn.Module):
    """What the layers share: parameters, stacking, directions, and the three forms of an input.

    A layer says how many blocks of rows its weights have, what its state consists of, and
    ``_step``; the rest is the same for all.
    """

    weight_ih_l0: nn.Parameter
    proj_size = 0
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
        _check.switches(where, bias=bias, batch_first=batch_first, bidirectional=bidirectional)
        _check.probability(where, "dropout", dropout)
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                f"{where}: dropout={dropout} does nothing with num_layers=1, since it acts between "
                "layers only",
                # the line that builds the layer; some classes have a constructor of their own
                stacklevel=2 + (type(self).__init__ is not _Recurrent.__init__),
            )
        self.input_size, self.hidden_size = operator.index(input_size), operator.index(hidden_size)
        self.num_layers = operator.index(num_layers)
        self.bias, self.batch_first = bias, batch_first
        self.dropout, self.bidirectional = float(dropout), bidirectional
        rows = self._blocks * self.hidden_size
        for layer in range(self.num_layers):
            width = self.input_size if layer == 0 else self.hidden_size * directions(self)
            shapes: dict[str, tuple[int, ...]]
            shapes = {"weight_ih": (rows, width), "weight_hh": (rows, self.hidden_size)}
            if bias:
                shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
            for reverse in (False, True)[: directions(self)]:
                for kind, shape in shapes.items():
                    values = torch.empty(shape, device=device, dtype=dtype)
                    setattr(self, _name(kind, layer, reverse), nn.Parameter(values))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw every parameter again, uniform within 1 / sqrt(hidden_size), as PyTorch does."""
        bound = self.hidden_size**-0.5
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def flatten_parameters(self) -> None:
        """Do nothing: for the sake of code that calls it on PyTorch's layers."""

    @property
    def all_weights(self) -> list[list[nn.Parameter]]:
        """The parameters of each layer and direction, from the lowest layer, forward first."""
        kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")[: 4 if self.bias else 2]
        return [
            [getattr(self, _name(kind, layer, reverse)) for kind in kinds]
            for layer in range(self.num_layers)
            for reverse in (False, True)[: directions(self)]
        ]

    def W_xh(self, layer: int = 0, reverse: bool = False) -> Tensor:
        """Return a layer's input weights, a read-only view of ``weight_ih_l{layer}``.

        This is a method, where a cell has a property, since a stack has one for each layer and
        direction.

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
        self, inputs: Tensor | PackedSequence, state: tuple[Tensor, ...] | None
    ) -> tuple[Tensor | PackedSequence, tuple[Tensor, ...]]:
        """Read ``inputs`` in any of its three forms, by turning each into that of a packed one."""
        where = type(self).__name__
        if isinstance(inputs, PackedSequence):
            _check.rank(where, "packed input", inputs.data, "(steps, input_size)")
            _check.numbers(where, "packed input", inputs.data, self.weight_ih_l0, "input_size")
            sizes = inputs.batch_sizes.tolist()
            order = inputs.sorted_indices, inputs.unsorted_indices
            data, state = self._read_steps(inputs.data, sizes, state, *order)
            return inputs._replace(data=data), state

        form = "(batch, time, input_size)" if self.batch_first else "(time, batch, input_size)"
        _check.rank(where, "input", inputs, form, "(time, input_size)")
        _check.numbers(where, "input", inputs, self.weight_ih_l0, "input_size")
        batched = inputs.ndim == 3
        steps = inputs if batched else inputs.unsqueeze(1)
        if batched and self.batch_first:
            steps = inputs.transpose(0, 1)
        if state is not None and not batched:
            shape = (self.num_layers * directions(self), self.hidden_size)
            state = tuple(
                part.unsqueeze(1) for part in _check.state(where, self._names, state, shape, inputs)
            )
        time, batch, _ = steps.shape
        data, state = self._read_steps(steps.flatten(0, 1), [batch] * time, state)
        output = data.unflatten(0, (time, batch))
        if not batched:
            return output.squeeze(1), tuple(part.squeeze(1) for part in state)
        return output.transpose(0, 1) if self.batch_first else output, state

    def _read_steps(
        self,
        data: Tensor,
        sizes: list[int],
        state: tuple[Tensor, ...] | None,
        order: Tensor | None = None,
        back: Tensor | None = None,
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Read a batch packed step after step, the longest sequence first, layer by layer.

        Of ``data``, (all rows, input_size), each step has as many rows as ``sizes`` says. ``order``
        brings the rows of a state into that of the lengths, ``back`` into that of the batch.
        """
        shape = (self.num_layers * directions(self), sizes[0], self.hidden_size)
        if state is None:
            state = tuple(data.new_zeros(shape) for _ in self._names)
        else:
            state = _check.state(type(self).__name__, self._names, state, shape, data)
            state = _reorder(state, order)
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
        return data, _reorder(state, back)

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
        Whether ``input`` and ``output`` are (batch, time, …) and not (time, batch, …).
    dropout : float
        The share of outputs set to zero between layers, during training only.
    bidirectional : bool
        Whether a second set of weights reads from the end to the start.
    device, dtype : optional
        Where and how the parameters are stored.

    Raises
    ------
    TypeError, ValueError
        If a size or an option makes no sense; in a call, if ``input`` or the initial state has the
        wrong rank, size, type or device, or there is no step or no sequence.

    Warns
    -----
    UserWarning
        If ``dropout`` is given for a single layer, where it does nothing.

    Notes
    -----
    ``h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h)``, after Elman (1990). Parameters carry PyTorch's
    names.

    This is what differs from PyTorch's layers, here, in :class:`LSTM` and in :class:`GRU`. An error
    is a ValueError or a TypeError, where theirs is often a RuntimeError. A batch of no sequences is
    refused. The layers are no :class:`torch.nn.RNNBase` and have no ``mode``.
    :func:`torch.compile` and ``torch.export.export`` read them, :func:`torch.jit.script` does
    not.

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
        self,
        input: Tensor | PackedSequence,
        hx: Tensor | None = None,
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Read ``input`` from the state ``hx``.

        Parameters
        ----------
        input : Tensor or PackedSequence
            (time, batch, input_size), (batch, time, input_size) with ``batch_first``, or
            (time, input_size) for one sequence without a batch.
        hx : Tensor, optional
            (num_layers * directions, batch, hidden_size), without batch for an unbatched input;
            zeros if left out.

        Returns
        -------
        output : Tensor or PackedSequence
            The top layer's ``h`` at every step, in the form of ``input``, directions side by side.
        h_n : Tensor
            The last state of every layer and direction, shaped as ``hx``.
        """
        output, (h_n,) = self._read(input, None if hx is None else (hx,))
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
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional
        As in :class:`RNN`, without ``nonlinearity``.
    proj_size : int
        Zero: in its place for the sake of calls that give it. There is no projection here.
    device, dtype : optional
        As in :class:`RNN`.

    Raises
    ------
    TypeError, ValueError
        If a size or an option makes no sense; in a call, if ``input`` or the initial state
        has the wrong rank, size, type or device, or there is no step or no sequence.

    Warns
    -----
    UserWarning
        If ``dropout`` is given for a single layer, where it does nothing.

    Notes
    -----
    The equations stand in :class:`rnnbook.cells.LSTMCell`: Hochreiter and Schmidhuber (1997), Gers
    et al. (2000). Parameters carry PyTorch's names; what differs is said in :class:`RNN`. A state
    may come as a list, as PyTorch takes it. Under autocast, an input of 32 bits gives an output of
    32 bits, where PyTorch's layer may give the lower type.

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

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        if proj_size != 0:
            raise ValueError(
                f"LSTM: proj_size must be 0, got {proj_size!r}; there is no projection here: take "
                "a smaller hidden_size, or torch.nn.LSTM"
            )
        options = (bias, batch_first, dropout, bidirectional, device, dtype)
        super().__init__(input_size, hidden_size, num_layers, *options)

    def forward(
        self,
        input: Tensor | PackedSequence,
        hx: tuple[Tensor, Tensor] | None = None,
    ) -> tuple[Tensor | PackedSequence, tuple[Tensor, Tensor]]:
        """Read ``input`` from the state ``hx``, the pair ``(h_0, c_0)``.

        Parameters
        ----------
        input : Tensor or PackedSequence
            (time, batch, input_size), (batch, time, input_size) with ``batch_first``, or
            (time, input_size) for one sequence without a batch.
        hx : tuple of Tensor, optional
            ``(h_0, c_0)``, each (num_layers * directions, batch, hidden_size), without batch for
            an unbatched input; zeros if left out.

        Returns
        -------
        output : Tensor or PackedSequence
            The top layer's ``h`` at every step, in the form of ``input``, directions side by side.
        state : tuple of Tensor
            ``(h_n, c_n)``, the last state of every layer and direction, shaped as it came in.
        """
        output, (h_n, c_n) = self._read(input, hx)
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
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype
        As in :class:`RNN`, without ``nonlinearity``.

    Raises
    ------
    TypeError, ValueError
        If a size or an option makes no sense; in a call, if ``input`` or the initial state
        has the wrong rank, size, type or device, or there is no step or no sequence.

    Warns
    -----
    UserWarning
        If ``dropout`` is given for a single layer, where it does nothing.

    Notes
    -----
    The equations stand in :class:`rnnbook.cells.GRUCell`: Cho et al. (2014). Parameters carry
    PyTorch's names; the two halves of the bias cannot be added up, so there is no ``b_h``. What
    differs from PyTorch is said in :class:`RNN`.

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
        self,
        input: Tensor | PackedSequence,
        hx: Tensor | None = None,
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Read ``input`` from the state ``hx``.

        Parameters
        ----------
        input : Tensor or PackedSequence
            (time, batch, input_size), (batch, time, input_size) with ``batch_first``, or
            (time, input_size) for one sequence without a batch.
        hx : Tensor, optional
            (num_layers * directions, batch, hidden_size), without batch for an unbatched input;
            zeros if left out.

        Returns
        -------
        output : Tensor or PackedSequence
            The top layer's ``h`` at every step, in the form of ``input``, directions side by side.
        h_n : Tensor
            The last state of every layer and direction, shaped as ``hx``.
        """
        output, (h_n,) = self._read(input, None if hx is None else (hx,))
        return output, h_n

    def _step(
        self, from_input: Tensor, state: tuple[Tensor, ...], W_hh: Tensor, b_hh: Tensor | None
    ) -> tuple[Tensor, ...]:
        return (GRUCell.step(from_input, state[0], W_hh, b_hh),)
