"""Where training starts: functions that change the weights of a recurrent layer in place.

They take the layers of :mod:`torch.nn` and of :mod:`rnnbook.layers` alike and, as those of
:mod:`torch.nn.init` do, end with an underscore, since they overwrite what is there. A start decides
how long a state lasts before anything has been learned: the gradient fades at the same pace.
"""

from __future__ import annotations

import math
from typing import TypeVar, cast

import torch
from torch import Tensor, nn

from rnnbook import _check
from rnnbook.sequences import directions

Layer = TypeVar("Layer", bound=nn.Module)

#: The layers by how many blocks of rows their weights hold, and the order of the blocks.
KINDS = {1: "RNN", 3: "GRU", 4: "LSTM"}
GATES = {"LSTM": ("input", "forget", "candidate", "output"), "GRU": ("reset", "update", "new")}


def orthogonal_(
    layer: Layer, gain: float = 1.0, *, generator: torch.Generator | None = None
) -> Layer:
    """Make every recurrent matrix orthogonal: it turns a state and keeps its length.

    Parameters
    ----------
    layer : nn.Module
        An RNN, a GRU or an LSTM; each block of rows of a gated layer is a matrix of its own.
    gain : float
        What all singular values become.
    generator : torch.Generator, optional
        Draws the matrices; PyTorch's global one if left out.

    Returns
    -------
    nn.Module
        ``layer``, changed.

    Raises
    ------
    TypeError, ValueError
        If ``layer`` is not a recurrent layer, a matrix of it is computed from other parameters, or
        ``gain`` is not positive and finite.

    Notes
    -----
    ``W_hh.T @ W_hh = gain**2 I``, a matrix drawn from all that fulfil it: Saxe et al. (2014).

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from rnnbook.initialisation import orthogonal_
    >>> W_hh = orthogonal_(nn.RNN(1, 3)).weight_hh_l0
    >>> torch.allclose(W_hh.T @ W_hh, torch.eye(3), atol=1e-6)
    True
    """
    kind = _kind("orthogonal_", layer)
    if not 0 < gain < float("inf"):
        raise ValueError(f"orthogonal_: gain must be positive, got {gain}; 1.0 keeps all lengths")
    for weight in _parameters("orthogonal_", layer, "weight_hh"):
        for block in weight.data.chunk(_blocks(kind)):
            nn.init.orthogonal_(block, gain, generator=generator)
    return layer


def identity_(layer: Layer) -> Layer:
    """Let a ReLU layer start by copying its state: every recurrent matrix becomes the identity.

    Parameters
    ----------
    layer : nn.Module
        An RNN with ``nonlinearity="relu"``.

    Returns
    -------
    nn.Module
        ``layer``, changed.

    Raises
    ------
    TypeError, ValueError
        If ``layer`` is not an RNN, or one that goes through tanh: tanh shrinks what it copies; or
        if a weight or a bias of it is computed from other parameters.

    Notes
    -----
    ``W_hh = I`` and ``b_h = 0``, so that ``h_t = relu(h_{t-1} + W_xh x_t)``: Le et al. (2015), who
    call it the IRNN. The input's weights stay as they are.

    Examples
    --------
    >>> from torch import nn
    >>> from rnnbook.initialisation import identity_
    >>> identity_(nn.RNN(1, 2, nonlinearity="relu")).weight_hh_l0
    Parameter containing:
    tensor([[1., 0.],
            [0., 1.]], requires_grad=True)
    """
    _kind("identity_", layer, "RNN")
    if layer.nonlinearity != "relu":
        raise ValueError(
            "identity_: expected a layer with nonlinearity='relu', got "
            f"{layer.nonlinearity!r}; tanh shrinks the state at every step, so it is not copied"
        )
    weights = _parameters("identity_", layer, "weight_hh")
    biases = [bias for pair in _biases("identity_", layer) for bias in pair] if layer.bias else []
    for weight in weights:
        weight.data.zero_().fill_diagonal_(1.0)  # nn.init.eye_ looks at the default device
    for bias in biases:
        nn.init.zeros_(bias)
    return layer


def forget_bias_(lstm: Layer, value: float = 1.0) -> Layer:
    """Open the forget gates of an LSTM: their whole bias becomes ``value``.

    Parameters
    ----------
    lstm : nn.Module
        An LSTM with biases.
    value : float
        The bias. With nothing else coming in, a cell keeps ``sigmoid(value)`` of itself a step.

    Returns
    -------
    nn.Module
        ``lstm``, changed.

    Raises
    ------
    TypeError, ValueError
        If ``lstm`` is not an LSTM or has no biases of its own, or ``value`` is not finite.

    Notes
    -----
    ``f_t = sigmoid(W_xf x_t + W_hf h_{t-1} + value)``: Gers et al. (2000), Jozefowicz et al.
    (2015). PyTorch adds two biases up, so one of them is set to zero here: setting both to one
    makes two.

    Examples
    --------
    >>> from torch import nn
    >>> from rnnbook.initialisation import forget_bias_
    >>> lstm = forget_bias_(nn.LSTM(1, 2), 1.0)
    >>> (lstm.bias_ih_l0 + lstm.bias_hh_l0)[2:4]
    tensor([1., 1.], grad_fn=<SliceBackward0>)
    """
    _kind("forget_bias_", lstm, "LSTM")
    if not math.isfinite(value):
        raise ValueError(f"forget_bias_: value must be finite, got {value}; 1.0 is the usual one")
    for biases in _biases("forget_bias_", lstm):
        _set(biases, "LSTM", "forget", torch.full_like(biases[0][: _hidden(lstm)], float(value)))
    return lstm


def chrono_(layer: Layer, longest: int, *, generator: torch.Generator | None = None) -> Layer:
    """Give the units of a gated layer memories of all lengths, up to ``longest`` steps.

    Parameters
    ----------
    layer : nn.Module
        An LSTM or a GRU with biases.
    longest : int
        The longest dependency that is expected, in steps; at least 3.
    generator : torch.Generator, optional
        Draws the lengths; PyTorch's global one if left out.

    Returns
    -------
    nn.Module
        ``layer``, changed.

    Raises
    ------
    TypeError, ValueError
        If ``layer`` is neither LSTM nor GRU or has no biases of its own, or ``longest`` is not a
        whole number of at least 3.

    Notes
    -----
    A gate ``sigmoid(log(n))`` keeps ``1 - 1 / (n + 1)`` of a state, which then lasts about ``n``
    steps. So ``b_f = log(n)`` with ``n`` uniform between 1 and ``longest - 1``, and ``b_i = -b_f``:
    Tallec and Ollivier (2018). A GRU has one gate for both, its update gate, which in PyTorch is
    the share that is kept: ``b_z = log(n)``.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from rnnbook.initialisation import chrono_
    >>> gru = chrono_(nn.GRU(1, 50), longest=100)
    >>> kept = torch.sigmoid(gru.bias_ih_l0 + gru.bias_hh_l0)[50:100]
    >>> bool((kept >= 0.5).all() and (kept < 0.99).all())
    True
    """
    _check_longest(longest)
    kind = _kind("chrono_", layer, "LSTM", "GRU")
    for biases in _biases("chrono_", layer):
        steps = torch.empty(_hidden(layer), device=generator.device if generator else "cpu")
        steps.uniform_(1, longest - 1, generator=generator)
        if kind == "LSTM":
            _set(biases, kind, "forget", steps.log())
            _set(biases, kind, "input", -steps.log())
        else:
            _set(biases, kind, "update", steps.log())
    return layer


def _check_longest(longest: int) -> None:
    if _check.whole_number("chrono_", "longest", longest) < 3:
        raise ValueError(
            f"chrono_: longest must be at least 3 steps, got {longest}; memories are drawn between "
            "1 and longest - 1"
        )


def _kind(where: str, layer: nn.Module, *wanted: str) -> str:
    """Return "RNN", "GRU" or "LSTM"; raise if ``layer`` is none of those that are wanted."""
    wanted = wanted or tuple(KINDS.values())
    weight = getattr(layer, "weight_hh_l0", None)
    if not isinstance(weight, Tensor):
        raise TypeError(
            f"{where}: expected a recurrent layer ({', '.join(wanted)}), got "
            f"{type(layer).__name__}; of a model, hand over the layer inside it, often model.rnn"
        )
    kind = KINDS.get(len(weight) // _hidden(layer), type(layer).__name__)
    if kind not in wanted:
        raise TypeError(
            f"{where}: expected {' or '.join(wanted)}, got {type(layer).__name__}; it sets what "
            "the other kinds of layer do not have"
        )
    return kind


def _hidden(layer: nn.Module) -> int:
    size = layer.hidden_size
    assert isinstance(size, int)
    return size


def _blocks(kind: str) -> int:
    return next(blocks for blocks, name in KINDS.items() if name == kind)


def _parameters(where: str, layer: nn.Module, kind: str) -> list[nn.Parameter]:
    """Return a kind of parameter, such as "weight_hh", of all layers and directions."""
    ways = ("", "_reverse")[: directions(layer)]
    layers = range(cast("int", layer.num_layers))
    names = [f"{kind}_l{number}{way}" for number in layers for way in ways]
    own = dict(layer.named_parameters(recurse=False))
    for name in names:
        if name not in own:
            raise ValueError(
                f"{where}: expected {name} to be a parameter of the {type(layer).__name__}, got "
                "one that is computed from others; overwrite it first, then put weight_norm, a "
                "parametrization or pruning on it"
            )
    return [own[name] for name in names]


def _biases(where: str, layer: nn.Module) -> list[tuple[nn.Parameter, nn.Parameter]]:
    """Return the two biases of each layer and direction, the input's and the state's."""
    if not layer.bias:
        raise ValueError(
            f"{where}: the layer has no biases, and a bias is what it would set; build it without "
            "bias=False"
        )
    kinds = (_parameters(where, layer, kind) for kind in ("bias_ih", "bias_hh"))
    return list(zip(*kinds, strict=True))


def _set(biases: tuple[nn.Parameter, nn.Parameter], kind: str, gate: str, value: Tensor) -> None:
    """Write ``value`` into the rows of ``gate`` in the first bias, and zeros in the second."""
    place = GATES[kind].index(gate)
    from_input, from_state = (bias.data.chunk(_blocks(kind))[place] for bias in biases)
    from_input.copy_(value)
    from_state.zero_()
