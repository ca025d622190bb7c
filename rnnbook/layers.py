"""A whole sequence: recurrent layers written out step by step, in the place of PyTorch's own.

:class:`RNN` takes the constructor, the calls and the parameter names of :class:`torch.nn.RNN` and
returns what it returns. What the layers share follows in the order of use: unrolling one direction
(:func:`unroll`), reading a padded batch (:func:`read`), and picking the last state
(:func:`last_state`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnnbook import _check
from rnnbook.cells import SimpleRNNCell

State = Tensor | tuple[Tensor, Tensor]
Step = Callable[[Tensor, tuple[Tensor, ...]], tuple[Tensor, ...]]


class _Recurrent(nn.Module):
    """What every recurrent layer shares: the shapes, the parameters, layers and directions.

    A layer adds its constructor, ``_rows`` (blocks of rows in a weight matrix), ``_states`` (the
    tensors it carries) and ``_step``.
    """

    _rows = 1
    _states: tuple[str, ...] = ("h_0",)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        device: torch.device | str | None,
        dtype: torch.dtype | None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        _check.sizes(
            name, input_size=input_size, hidden_size=hidden_size, num_layers=num_layers
        )
        _check.probability(name, "dropout", dropout)
        if dropout and num_layers == 1:
            raise ValueError(
                f"{name}: dropout = {dropout} acts between layers, so with num_layers = 1 it would "
                "do nothing; expected 0 for a single layer"
            )
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional = bidirectional
        for layer in range(num_layers):
            width = input_size if layer == 0 else hidden_size * self._directions
            for direction in range(self._directions):
                rows = self._rows * hidden_size
                shapes = {"weight_ih": (rows, width), "weight_hh": (rows, hidden_size)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                for parameter, shape in shapes.items():
                    empty = torch.empty(shape, device=device, dtype=dtype)
                    self.register_parameter(
                        _name(parameter, layer, direction), nn.Parameter(empty)
                    )
        self.reset_parameters()

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def reset_parameters(self) -> None:
        """Draw every parameter anew, uniform within 1 / sqrt(hidden_size), as PyTorch does."""
        bound = self.hidden_size**-0.5
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def _get(self, name: str, layer: int, reverse: bool = False) -> Tensor:
        if not 0 <= layer < self.num_layers or (reverse and not self.bidirectional):
            raise ValueError(
                f"{type(self).__name__}: expected layer between 0 and {self.num_layers - 1}"
                f"{'' if self.bidirectional else ' and reverse=False'}, got layer={layer}, "
                f"reverse={reverse}; layers count from 0"
            )
        parameter: Tensor = getattr(self, _name(name, layer, int(reverse)))
        return parameter.view_as(parameter)

    def W_xh(self, layer: int = 0, reverse: bool = False) -> Tensor:
        """Return the input to hidden weights of one layer, a read-only view of ``weight_ih_l…``."""
        return self._get("weight_ih", layer, reverse)

    def W_hh(self, layer: int = 0, reverse: bool = False) -> Tensor:
        """Return the hidden to hidden weights of one layer, a read-only view of ``weight_hh_l…``."""
        return self._get("weight_hh", layer, reverse)

    def _step(
        self, from_input: Tensor, state: tuple[Tensor, ...], W_hh: Tensor, b_hh: Tensor | None
    ) -> tuple[Tensor, ...]:
        raise NotImplementedError

    def _read(
        self, xs: Tensor | PackedSequence, state: tuple[Tensor, ...] | None
    ) -> tuple[Tensor | PackedSequence, tuple[Tensor, ...]]:
        """Read ``xs`` in any of its three forms; inside, all rows of a step lie together."""
        name, where = type(self).__name__, self.weight_ih_l0
        if isinstance(xs, PackedSequence):
            _check.rank(name, "packed xs", xs.data, "(steps, input_size)")
            data, sizes, batched = xs.data, xs.batch_sizes.tolist(), True
        else:
            form = "(batch, time, input_size)" if self.batch_first else "(time, batch, input_size)"
            _check.rank(name, "xs", xs, form, "(time, input_size)")
            batched = xs.ndim == 3
            steps = (xs.transpose(0, 1) if self.batch_first else xs) if batched else xs[:, None]
            data, sizes = steps.reshape(-1, xs.shape[-1]), [steps.shape[1]] * steps.shape[0]
        _check.floating(name, "xs", data, where.dtype)
        _check.features(name, "xs", data, self.input_size, "input_size")
        _check.not_empty(name, "xs", data)
        _check.same_device(name, "xs", data, where.device)

        shape = (self.num_layers * self._directions, sizes[0], self.hidden_size)
        if state is None:
            state = tuple(data.new_zeros(shape) for _ in self._states)
        else:
            expected = shape if batched else (shape[0], shape[2])
            for label, part in zip(self._states, state, strict=True):
                _check.state(name, label, part, expected, data)
            state = state if batched else tuple(part[:, None] for part in state)
            if isinstance(xs, PackedSequence) and xs.sorted_indices is not None:
                order = xs.sorted_indices
                state = tuple(part[:, order] for part in state)

        data, state = self._stack(data, sizes, state)
        if isinstance(xs, PackedSequence):
            if xs.unsorted_indices is not None:
                order = xs.unsorted_indices
                state = tuple(part[:, order] for part in state)
            packed = PackedSequence(data, xs.batch_sizes, xs.sorted_indices, xs.unsorted_indices)
            return packed, state
        output = data.view(len(sizes), sizes[0], -1)
        if not batched:
            return output[:, 0], tuple(part[:, 0] for part in state)
        return output.transpose(0, 1) if self.batch_first else output, state

    def _stack(
        self, data: Tensor, sizes: list[int], state: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Read all steps, ``data`` (steps, input_size), with every layer in every direction."""
        final: list[tuple[Tensor, ...]] = []
        for layer in range(self.num_layers):
            if layer > 0:
                data = F.dropout(data, self.dropout, self.training)
            outputs = []
            for reverse in (False, True)[: self._directions]:
                W_xh, W_hh = self.W_xh(layer, reverse), self.W_hh(layer, reverse)
                b_xh = self._get("bias_ih", layer, reverse) if self.bias else None
                b_hh = self._get("bias_hh", layer, reverse) if self.bias else None
                from_input = F.linear(data, W_xh, b_xh).split(sizes)  # all steps in one product
                h, end = unroll(
                    lambda x, s, W=W_hh, b=b_hh: self._step(x, s, W, b),
                    from_input,
                    tuple(part[len(final)] for part in state),
                    reverse=reverse,
                )
                outputs.append(h)
                final.append(end)
            data = torch.cat(outputs, dim=-1)
        return data, tuple(torch.stack(parts) for parts in zip(*final, strict=True))

    def extra_repr(self) -> str:
        """Name the sizes, and every option that is not its default."""
        words = [f"{self.input_size}, {self.hidden_size}"]
        options = {
            "num_layers": (self.num_layers, 1),
            "bias": (self.bias, True),
            "batch_first": (self.batch_first, False),
            "dropout": (self.dropout, 0.0),
            "bidirectional": (self.bidirectional, False),
        }
        words += [f"{k}={value}" for k, (value, usual) in options.items() if value != usual]
        return ", ".join(words)


def _name(parameter: str, layer: int, direction: int) -> str:
    return f"{parameter}_l{layer}{'_reverse' if direction else ''}"


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


class RNN(_Recurrent):
    """Read whole sequences with the simplest recurrence, as :class:`torch.nn.RNN` does.

    ``h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h)``, from left to right, and with ``bidirectional``
    also from right to left.

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
        Whether there is a ``b_h``.
    batch_first : bool
        Whether ``xs`` and ``output`` are (batch, time, …) and not (time, batch, …).
    dropout : float
        The share of outputs set to zero between layers, during training only.
    bidirectional : bool
        Whether a second set of weights reads from the end.
    device, dtype : optional
        Where and how the parameters are stored.

    Raises
    ------
    TypeError, ValueError
        If a size, ``nonlinearity`` or ``dropout`` makes no sense (``dropout`` with one layer does
        nothing, so it is refused); in a call, if ``xs`` or ``h_0`` has the wrong rank, size, type
        or device, or no step.

    Notes
    -----
    Elman (1990). Parameters carry PyTorch's names, so either layer loads the other's state dict.

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
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
            device, dtype,
        )
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(
                f"RNN: nonlinearity must be 'tanh' or 'relu', got {nonlinearity!r}; it is a word, "
                "as in nn.RNN, not a function"
            )
        self.nonlinearity = nonlinearity

    def forward(
        self, xs: Tensor | PackedSequence, h_0: Tensor | None = None
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Read ``xs`` and return every state of the top layer, and the last state of each layer.

        Parameters
        ----------
        xs : Tensor or PackedSequence
            (time, batch, input_size), (batch, time, input_size) with ``batch_first``, or
            (time, input_size) for one sequence without a batch.
        h_0 : Tensor, optional
            (num_layers * directions, batch, hidden_size); zeros if left out.
        """
        output, (h_n,) = self._read(xs, None if h_0 is None else (h_0,))
        return output, h_n

    def _step(
        self, from_input: Tensor, state: tuple[Tensor, ...], W_hh: Tensor, b_hh: Tensor | None
    ) -> tuple[Tensor, ...]:
        activation = torch.tanh if self.nonlinearity == "tanh" else torch.relu
        return (SimpleRNNCell.step(from_input, state[0], W_hh, b_hh, activation),)

    def b_h(self, layer: int = 0, reverse: bool = False) -> Tensor:
        """Return the bias of the equation for one layer: ``bias_ih_l… + bias_hh_l…``."""
        if not self.bias:
            return torch.zeros_like(self.W_hh(layer, reverse)[:, 0])
        return self._get("bias_ih", layer, reverse) + self._get("bias_hh", layer, reverse)


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
        If ``lengths`` does not fit ``xs``.

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
    if lengths is None:
        output, state = layer(xs, state)
        return output, state
    _check.lengths("read", lengths, xs.shape[0], xs.shape[1])
    packed = pack_padded_sequence(xs, lengths, batch_first=True, enforce_sorted=False)
    output, state = layer(packed, state)
    # total_length: the longest sequence here may be shorter than the padding
    output, _ = pad_packed_sequence(output, batch_first=True, total_length=xs.shape[1])
    return output, state


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
    directions = output.shape[2] // h.shape[2]
    if output.shape[0] != h.shape[1] or output.shape[2] not in (h.shape[2], 2 * h.shape[2]):
        raise ValueError(
            f"last_state: output {tuple(output.shape)} and h_n {tuple(h.shape)} do not belong "
            "together; expected (batch, time, directions * hidden_size) and (layers * directions, "
            "batch, hidden_size): the usual cause is a layer without batch_first=True"
        )
    if lengths is None:
        return torch.cat(tuple(h[-directions:]), dim=-1)
    _check.lengths("last_state", lengths, output.shape[0], output.shape[1])
    at = (lengths - 1).to(output.device)
    last = output[torch.arange(len(output), device=output.device), at]
    if directions == 1:
        return last
    forward, backward = last[:, : h.shape[2]], output[:, 0, h.shape[2] :]
    if output.device.type != "meta" and not torch.equal(forward, h[-2]):
        raise ValueError(
            "last_state: the layer has read the padding, so its backward half starts from padding; "
            "expected a packed batch: read it with rnnbook.layers.read(layer, xs, lengths=lengths)"
        )
    return torch.cat([forward, backward], dim=-1)


def directions(layer: nn.Module) -> int:
    """Return 2 for a bidirectional layer and 1 for any other."""
    return 2 if getattr(layer, "bidirectional", False) else 1
