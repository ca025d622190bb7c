"""What every public function checks about its arguments, and the words it complains in.

Each function takes ``where`` (the name of the caller, as the reader typed it) and raises a
TypeError (wrong kind of thing) or a ValueError (wrong size or value) that says what was expected,
what came, and the usual cause.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import SupportsFloat, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence


def tensor(where: str, name: str, value: object) -> None:
    """Raise unless ``value`` is a tensor."""
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{where}: {name} must be a tensor, got {type(value).__name__}; wrap numbers in "
            "torch.tensor(...)"
        )


def rank(where: str, name: str, value: Tensor, *forms: str) -> None:
    """Raise unless ``value`` has the dimensions of one of ``forms``, such as "(batch, time)"."""
    tensor(where, name, value)
    if value.ndim not in [form.count(",") + (not form.endswith(",)")) for form in forms]:
        raise ValueError(
            f"{where}: expected {name} of shape {' or '.join(forms)}, got {tuple(value.shape)}; "
            "the usual cause is a missing or a surplus batch dimension: see unsqueeze and squeeze"
        )


def features(where: str, name: str, value: Tensor, size: int, meaning: str) -> None:
    """Raise unless the last dimension of ``value`` is ``size``, which is called ``meaning``."""
    if value.shape[-1] != size:
        raise ValueError(
            f"{where}: expected {name} with {meaning} = {size} numbers in its last dimension, got "
            f"shape {tuple(value.shape)}; the usual cause is a layer built for other data or two "
            "dimensions in the wrong order"
        )


def floating(where: str, name: str, value: Tensor, dtype: torch.dtype | None = None) -> None:
    """Raise unless ``value`` holds real numbers, or those of ``dtype`` where one is given."""
    tensor(where, name, value)
    wants_complex = dtype is not None and dtype.is_complex
    if not value.is_floating_point() and not (wants_complex and value.is_complex()):
        raise TypeError(
            f"{where}: expected {name} of floating-point numbers, got {value.dtype}; the usual "
            "cause is ids that were neither embedded nor one-hot encoded, or a missing .float()"
        )
    if dtype is not None and value.dtype != dtype and not _cast(value, dtype):
        raise TypeError(
            f"{where}: expected {name} of {dtype}, the type of the weights, got {value.dtype}; "
            "convert one of them with .to(dtype): NumPy arrays are float64, weights float32"
        )


def _cast(value: Tensor, dtype: torch.dtype) -> bool:
    """Say whether autocast is on and brings numbers of both types to one; float64 it leaves."""
    kind = value.device.type
    return (
        {value.dtype, dtype} <= {torch.float16, torch.bfloat16, torch.float32}
        and torch.amp.is_autocast_available(kind)  # "meta" has none that could be asked for
        and torch.is_autocast_enabled(kind)
    )


def integers(where: str, name: str, value: Tensor) -> None:
    """Raise unless ``value`` holds integers, as ids are."""
    tensor(where, name, value)
    if value.dtype not in (torch.int64, torch.int32):
        raise TypeError(
            f"{where}: expected {name} of integer ids, int64, got {value.dtype}; the usual cause "
            "is one-hot vectors or floats where ids belong: see .argmax(-1) and .long()"
        )


def tokens(where: str, name: str, value: Tensor, vocab_size: int) -> None:
    """Raise unless ``value`` holds integer ids between 0 and ``vocab_size - 1``."""
    integers(where, name, value)
    if value.device.type == "meta" or value.numel() == 0:
        return
    lowest, highest = int(value.min()), int(value.max())
    if lowest < 0 or highest >= vocab_size:
        raise ValueError(
            f"{where}: expected ids in {name} between 0 and {vocab_size - 1}, got "
            f"{lowest if lowest < 0 else highest}; the usual cause is a model built for another "
            "vocabulary"
        )


def not_empty(where: str, name: str, value: Tensor) -> None:
    """Raise when ``value`` holds no step or no sequence at all."""
    if value.numel() == 0:
        raise ValueError(
            f"{where}: {name} is empty, shape {tuple(value.shape)}; expected at least one sequence "
            "of at least one step: an empty one has no last state, drop it before batching"
        )


def whole_number(where: str, name: str, value: object) -> int:
    """Return ``value``, Python's, NumPy's or any like them, as an ``int``; raise if it is none."""
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(cast("int", value))
    except TypeError:
        raise TypeError(
            f"{where}: {name} must be a whole number, got {value!r}; a division gives a float, "
            "use // or int(...)"
        ) from None


def sizes(where: str, **named: int) -> None:
    """Raise unless every size is a whole number of at least 1."""
    for name, value in named.items():
        if whole_number(where, name, value) < 1:
            raise ValueError(
                f"{where}: {name} must be at least 1, got {value}; an empty vocabulary or data set "
                "is the usual cause"
            )


def vocabulary(where: str, special: int, **named: int) -> None:
    """Raise unless a vocabulary to write with has words beside its ``special`` ids."""
    for name, size in named.items():
        if size <= special:
            raise ValueError(
                f"{where}: expected {name} above {special}, got {size}; ids 0 to {special - 1} are "
                "PAD, START, END and UNK, and something has to be said"
            )


def builder(where: str, layer: object) -> None:
    """Raise unless ``layer`` is something that builds a recurrent layer when it is called."""
    if isinstance(layer, type) and issubclass(layer, nn.RNNCellBase):
        raise TypeError(
            f"{where}: expected layer to build a layer that reads a whole sequence, got "
            f"{layer.__name__}, which takes one step; see nn.RNN, nn.LSTM, nn.GRU"
        )
    if isinstance(layer, nn.Module) or not callable(layer):
        came = f"one that is built, {type(layer).__name__}" if callable(layer) else repr(layer)
        raise TypeError(
            f"{where}: expected layer to be a class or a function that builds a recurrent layer, "
            f"such as nn.LSTM or functools.partial(nn.LSTM, num_layers=2), got {came}"
        )


def one_layer(where: str, num_layers: int, dropout: float, bidirectional: bool) -> None:
    """Raise unless a layer is asked for that is not stacked and reads forward only."""
    if num_layers != 1 or dropout or bidirectional:
        raise ValueError(
            f"{where}: expected num_layers=1, dropout=0 and bidirectional=False, got {num_layers}, "
            f"{dropout} and {bidirectional}; this layer is a single one that reads forward: build "
            "one on the outputs of another, or two in rnnbook.models.BidirectionalRNN"
        )


def built(where: str, layer: nn.Module, names: tuple[str, ...]) -> None:
    """Raise unless what a builder built is a layer of the form that models read with."""
    missing = [name for name in names if not hasattr(layer, name)]
    if missing:
        raise TypeError(
            f"{where}: expected layer to build a recurrent layer, got a {type(layer).__name__} "
            f"without {', '.join(missing)}; rnnbook.layers.Layer says what one has"
        )
    if not layer.batch_first:
        raise ValueError(
            f"{where}: expected layer to build a layer with batch_first=True, as it was told, got "
            f"a {type(layer).__name__} without; the usual cause is a function that drops its "
            "keyword arguments: pass on **options"
        )
    if getattr(layer, "proj_size", 0):
        raise ValueError(
            f"{where}: expected a layer whose output has hidden_size numbers, got one with "
            f"proj_size={layer.proj_size}; take a smaller hidden_size, and a linear layer behind it"
        )


def batch_first(where: str, layer: nn.Module) -> None:
    """Raise unless ``layer`` reads (batch, time, …)."""
    if not getattr(layer, "batch_first", False):
        raise ValueError(
            f"{where}: expected a layer built with batch_first=True, got a {type(layer).__name__} "
            "without; it would take the first dimension, the batch, for time"
        )


def forward_only(where: str, layer: nn.Module) -> None:
    """Raise when ``layer``, which is to predict what comes next, also reads backward."""
    if layer.bidirectional:
        raise ValueError(
            f"{where}: expected a layer that reads forward only, got a bidirectional one; it would "
            "see the very symbol it should predict"
        )


def single(where: str, layer: nn.Module) -> None:
    """Raise unless ``layer`` is one layer of one direction."""
    if layer.bidirectional or layer.num_layers != 1:
        raise ValueError(
            f"{where}: expected layer to build one layer of one direction, got num_layers="
            f"{layer.num_layers}, bidirectional={layer.bidirectional}; in a stack each layer reads "
            "both directions of the one below: use nn.RNN(..., num_layers=2, bidirectional=True)"
        )


def switches(where: str, **named: bool) -> None:
    """Raise unless each value is True or False."""
    for name, value in named.items():
        if not isinstance(value, bool | np.bool_):
            raise TypeError(
                f"{where}: {name} must be True or False, got {value!r}; the usual cause is an "
                "argument in another's place: give what follows the sizes by its name"
            )


def is_number(value: object) -> bool:
    """Say whether ``value`` is one real number: Python's, NumPy's, or any that ``float`` takes."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, SupportsFloat):
        return False
    try:
        float(value)
    except (TypeError, ValueError, RuntimeError):  # an array or a tensor of several
        return False
    return True


def probability(where: str, name: str, value: float) -> None:
    """Raise unless ``value`` is a number from 0 to 1."""
    if not is_number(value):
        raise TypeError(
            f"{where}: {name} must be a number from 0 to 1, got {value!r}; it is the share that is "
            "set to zero, not a switch"
        )
    if not 0 <= value <= 1:
        raise ValueError(
            f"{where}: {name} must lie between 0 and 1, got {value}; a percentage is divided by 100"
        )


def penalty(where: str, length_penalty: float) -> None:
    """Raise unless ``length_penalty`` is a finite number of at least 0."""
    if not is_number(length_penalty):
        raise TypeError(f"{where}: length_penalty must be a number, got {length_penalty!r}")
    if not 0 <= length_penalty < float("inf"):
        raise ValueError(
            f"{where}: length_penalty must be at least 0 and finite, got {length_penalty}; 0 "
            "compares probabilities as they are, values up to 1 favour longer sequences"
        )


def lengths(where: str, value: Tensor, batch: int, time: int) -> None:
    """Raise unless ``value`` holds a length per sequence, int64 on the CPU, 1 to ``time``."""
    tensor(where, "lengths", value)
    if value.dtype != torch.int64 or value.device.type != "cpu":
        raise TypeError(
            f"{where}: expected lengths of int64 on the CPU, got {value.dtype} on {value.device}; "
            "packing reads lengths on the CPU, so they do not move with the batch"
        )
    if value.shape != (batch,):
        raise ValueError(
            f"{where}: expected one length per sequence, shape ({batch},), got "
            f"{tuple(value.shape)}; the usual cause is lengths of another batch"
        )
    if int(value.min()) < 1 or int(value.max()) > time:
        raise ValueError(
            f"{where}: expected lengths between 1 and {time}, the number of steps, got "
            f"{value.tolist()}; an empty sequence has no last state, and a longer one was cut"
        )


def same_device(where: str, name: str, value: Tensor, device: torch.device) -> None:
    """Raise unless ``value`` lies on ``device``, where the weights are."""
    if value.device != device:
        raise ValueError(
            f"{where}: expected {name} on {device}, where the weights are, got {value.device}; "
            "move the data or the model with .to(device)"
        )


def numbers(where: str, name: str, value: Tensor, weight: Tensor, meaning: str) -> None:
    """Raise unless ``value`` can be multiplied by ``weight``, (…, size): type, size and device."""
    floating(where, name, value, weight.dtype)
    features(where, name, value, weight.shape[-1], meaning)
    not_empty(where, name, value)
    same_device(where, name, value, weight.device)


def vectors(where: str, name: str, value: Tensor, linear: nn.Linear, meaning: str) -> None:
    """Raise unless ``linear`` can read ``value``, one vector of numbers a row."""
    rank(where, name, value, f"(batch, {meaning})")
    numbers(where, name, value, linear.weight, meaning)


def square(where: str, matrix: Tensor) -> None:
    """Raise unless ``matrix`` is (hidden_size, hidden_size), of floating-point numbers."""
    rank(where, "the matrix", matrix, "(hidden_size, hidden_size)")
    floating(where, "the matrix", matrix)
    if len(matrix) != matrix.shape[-1]:
        raise ValueError(
            f"{where}: expected a square matrix, got {tuple(matrix.shape)}; the usual cause is "
            "the weights of a gated layer, which have a block of rows for each gate"
        )


def one_number(where: str, loss: Tensor) -> None:
    """Raise unless ``loss`` is a single number, which alone has a gradient."""
    if loss.numel() != 1:
        raise ValueError(
            f"{where}: expected a loss that is one number, got shape {tuple(loss.shape)}; the "
            "usual cause is a missing .mean() or .sum()"
        )


def steps(where: str, value: Tensor | PackedSequence, weight: Tensor, *, batch_first: bool) -> None:
    """Raise unless ``weight``, (…, input_size), fits a batch of sequences, packed or not."""
    if isinstance(value, PackedSequence):
        rank(where, "packed xs", value.data, "(steps, input_size)")
        numbers(where, "packed xs", value.data, weight, "input_size")
    else:
        form = "(batch, time, input_size)" if batch_first else "(time, batch, input_size)"
        rank(where, "xs", value, form)
        numbers(where, "xs", value, weight, "input_size")


def reads(where: str, name: str, value: Tensor, layer: nn.Module) -> None:
    """Raise unless the recurrent ``layer`` can read ``value``, (batch, time, input_size).

    Of a layer's weights only their types and devices are asked: a layer with complex weights reads
    real numbers of the same precision.
    """
    rank(where, name, value, "(batch, time, input_size)")
    floating(where, name, value)
    weights = [p for p in layer.parameters() if p.is_floating_point() or p.is_complex()]
    if value.dtype not in {weight.dtype.to_real() for weight in weights}:
        for weight in weights:
            floating(where, name, value, weight.dtype.to_real())
    features(where, name, value, cast("int", layer.input_size), "input_size")
    not_empty(where, name, value)
    for weight in weights:
        same_device(where, name, value, weight.device)


def token_batch(where: str, name: str, value: Tensor, embedding: nn.Embedding) -> None:
    """Raise unless ``value``, (batch, time), holds ids that ``embedding`` knows."""
    rank(where, name, value, "(batch, time)")
    not_empty(where, name, value)
    tokens(where, name, value, embedding.num_embeddings)
    same_device(where, name, value, embedding.weight.device)


def characters(
    where: str,
    start_char: str,
    char_to_idx: Mapping[str, int],
    idx_to_char: Mapping[int, str] | Sequence[str],
    vocab_size: int,
) -> None:
    """Raise unless text can begin with ``start_char``, and every id be written as a character."""
    if start_char not in char_to_idx:
        raise ValueError(
            f"{where}: start_char {start_char!r} is not in char_to_idx; expected one character the "
            "model was trained on, the usual cause is more than one character"
        )
    known = range(len(idx_to_char)) if isinstance(idx_to_char, Sequence) else idx_to_char
    missing = [i for i in range(vocab_size) if i not in known]
    if missing:
        kinds = sorted({type(key).__name__ for key in known})
        usual = (
            "JSON has made strings of the ids: {int(i): c for i, c in idx_to_char.items()}"
            if "str" in kinds
            else "the usual cause is a mapping of another text"
        )
        raise ValueError(
            f"{where}: expected idx_to_char to know the model's {vocab_size} ids, got "
            f"{len(idx_to_char)} entries, none for {missing[0]}, with keys of type "
            f"{' and '.join(kinds)}; {usual}"
        )


def target(
    where: str, name: str, value: Tensor, embedding: nn.Embedding, of: str, source: Tensor
) -> None:
    """Raise unless ``value``, (batch, time), holds known ids, a row for each row of ``source``."""
    token_batch(where, name, value, embedding)
    tensor(where, of, source)
    if len(source) != len(value):
        raise ValueError(
            f"{where}: expected a row of {name} for each of {of}, got {len(value)} for "
            f"{len(source)}; the usual cause is time before batch, or batches drawn apart"
        )


def state(
    where: str, names: tuple[str, ...], parts: object, shape: tuple[int, ...], like: Tensor
) -> tuple[Tensor, ...]:
    """Return the parts of an initial state if each has ``shape`` and ``like``'s type and device."""
    if not isinstance(parts, tuple | list) or len(parts) != len(names):
        came = f"{len(parts)} tensors" if isinstance(parts, tuple | list) else type(parts).__name__
        raise TypeError(
            f"{where}: expected the state ({', '.join(names)}) as a tuple, got {came}; an LSTM "
            "carries two tensors and passes both on, and None in place of the pair means zeros"
        )
    for name, part in zip(names, parts, strict=True):
        if not isinstance(part, Tensor):
            raise TypeError(
                f"{where}: {name} must be a tensor, got {type(part).__name__}; an RNN and a GRU "
                "carry one tensor, an LSTM the pair (h, c); leave the whole state out for zeros"
            )
        if part.ndim != len(shape):
            raise ValueError(
                f"{where}: expected {name} with {len(shape)} dimensions, shape {shape}, got "
                f"{tuple(part.shape)}; a batched input wants a batched state, an unbatched one "
                "a state without batch"
            )
        if tuple(part.shape) != shape:
            raise ValueError(
                f"{where}: expected {name} of shape {shape}, got {tuple(part.shape)}; the usual "
                "cause is a state carried over from a batch of another size or from another layer"
            )
        floating(where, name, part, like.dtype)
        same_device(where, name, part, like.device)
    return tuple(parts)


def trainable(where: str, model: nn.Module) -> list[nn.Parameter]:
    """Return the parameters of ``model`` that are trained, if there is one."""
    found = [p for p in model.parameters() if p.requires_grad]
    if not found:
        raise ValueError(
            f"{where}: {type(model).__name__} has no parameter that can be trained; the usual "
            "cause is requires_grad_(False), or layers kept in a list that is not an nn.ModuleList"
        )
    return found


def whole(where: str, value: object) -> None:
    """Raise unless ``value`` is a state: a tensor, or a tuple of tensors, whichever layer's."""
    parts = value if isinstance(value, tuple | list) and value else (value,)
    if not all(isinstance(part, Tensor) for part in parts):
        came = [type(part).__name__ for part in parts] if len(parts) > 1 else type(value).__name__
        raise TypeError(
            f"{where}: expected a tensor or a tuple of tensors, got {came}; a state comes out of a "
            "layer beside its output, and is passed on whole"
        )


def asks(where: str, value: Tensor | tuple[Tensor, ...], keys: Tensor) -> None:
    """Raise unless a state begins with ``h``, (layers, batch, size), which can ask for ``keys``."""
    h = value[0] if isinstance(value, tuple) else value
    fits = h.dtype == keys.dtype or _cast(h, keys.dtype)
    if h.ndim != 3 or h.shape[-1] != keys.shape[-1] or not fits:
        raise ValueError(
            f"{where}: expected a layer whose state begins with what it gave last, h, of "
            f"{keys.shape[-1]} numbers, got {tuple(h.shape)} of {h.dtype}; let the layer return "
            "(h, and what else it carries)"
        )


def both_ways(where: str, value: Tensor | tuple[Tensor, ...], batch: int) -> None:
    """Raise unless each part of a state has a row for either direction, (2, batch, …)."""
    whole(where, value)
    for part in (value,) if isinstance(value, Tensor) else value:
        if part.ndim < 2 or part.shape[:2] != (2, batch):
            raise ValueError(
                f"{where}: expected a state of shape (2, {batch}, ...), the forward one, then the "
                f"backward one, got {tuple(part.shape)}; the usual cause is the state of a single "
                "direction, or of another batch"
            )


def builtin_state(where: str, layer: nn.RNNBase, value: object, xs: Tensor) -> None:
    """Raise unless PyTorch's ``layer`` can begin ``xs``, (batch, time, …), with this state."""
    shape = (layer.num_layers * (1 + layer.bidirectional), xs.shape[0], layer.hidden_size)
    if layer.mode == "LSTM":
        state(where, ("h_0", "c_0"), value, shape, xs)
    else:
        state(where, ("h_0",), (value,), shape, xs)
