"""Sequences of unlike length, and the states that any layer passes on, ours or PyTorch's."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnbook import _check

#: What a layer passes on: one tensor, such as ``h``, or several, such as an LSTM's ``(h, c)``.
State = Tensor | tuple[Tensor, ...]


def read(
    layer: nn.Module, xs: Tensor, state: State | None = None, lengths: Tensor | None = None
) -> tuple[Tensor, State]:
    """Let ``layer`` read a padded batch so that no padding reaches a state.

    Parameters
    ----------
    layer : nn.Module
        A recurrent layer built with ``batch_first=True``: ours, PyTorch's, or one of your own that
        is a :class:`rnnbook.layers.Layer`.
    xs : Tensor
        (batch, time, input_size), padded at the end.
    state : Tensor or tuple of Tensor, optional
        The initial state, whole, as the layer returned it.
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
        If ``layer`` was built without ``batch_first=True``, or ``state`` or ``lengths`` does not
        fit ``xs``.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.layers import RNN
    >>> from rnnbook.sequences import read
    >>> layer = RNN(3, 4, batch_first=True)
    >>> output, h_n = read(layer, torch.randn(2, 5, 3), lengths=torch.tensor([2, 5]))
    >>> output[0, 2:].abs().sum().item()
    0.0
    """
    _check.rank("read", "xs", xs, "(batch, time, input_size)")
    _check.batch_first("read", layer)
    if state is not None and isinstance(layer, nn.RNNBase) and not layer.proj_size:
        _check.builtin_state("read", layer, state, xs)
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
    """Pick what is known once each whole sequence has been read: the state to classify it by.

    It is the top layer's output at each true length; of a bidirectional layer, the forward half at
    the true end joined with the backward half at the start. A state whose shape is
    (layers, batch, hidden) is never squeezed: with two layers that would do nothing at all.

    Parameters
    ----------
    output : Tensor
        (batch, time, directions * hidden_size), from a layer with ``batch_first=True``.
    h_n : Tensor or tuple of Tensor
        The state that the layer returned beside it. It says whether there are two directions; for
        that, the first tensor of a bidirectional layer's state is (2 * layers, batch, hidden_size).
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
    >>> from rnnbook.sequences import last_state
    >>> layer = nn.RNN(3, 4, num_layers=2, batch_first=True)
    >>> output, h_n = layer(torch.randn(2, 5, 3))  # read with its padding
    >>> last = last_state(output, h_n, torch.tensor([5, 2]))
    >>> torch.equal(last, torch.stack([output[0, 4], output[1, 1]]))
    True
    """
    h = h_n[0] if isinstance(h_n, tuple | list) else h_n
    _check.rank("last_state", "output", output, "(batch, time, directions * hidden_size)")
    _check.tensor("last_state", "h_n", h)
    if h.ndim < 2 or h.shape[1] != len(output):
        raise ValueError(
            f"last_state: output {tuple(output.shape)} and h_n {tuple(h.shape)} do not belong "
            "together; expected (batch, time, directions * hidden_size) and (layers * directions, "
            "batch, ...): the usual cause is a layer without batch_first=True"
        )
    if lengths is None:
        last = output[:, -1]
    else:
        _check.lengths("last_state", lengths, output.shape[0], output.shape[1])
        at = (lengths - 1).to(output.device)
        last = output[torch.arange(len(output), device=output.device), at]
    if h.ndim != 3 or len(h) % 2 or output.shape[2] != 2 * h.shape[2]:
        return last  # one direction: it ends at the last step
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
    >>> from rnnbook.sequences import reverse_within
    >>> xs = torch.tensor([[1, 2, 3], [4, 5, 0]]).unsqueeze(-1)
    >>> reverse_within(xs, torch.tensor([3, 2])).squeeze(-1)
    tensor([[3, 2, 1],
            [5, 4, 0]])
    """
    _check.rank("reverse_within", "xs", xs, "(batch, time, features)")
    if lengths is None:
        return xs.flip(1)
    _check.lengths("reverse_within", lengths, xs.shape[0], xs.shape[1])
    t, ends = torch.arange(xs.shape[1], device="cpu"), lengths.unsqueeze(1)
    at = torch.where(t < ends, ends - 1 - t, t).to(xs.device)
    return xs.gather(1, at.unsqueeze(-1).expand_as(xs))


def real_steps(lengths: Tensor, time: int) -> Tensor:
    """Return the mask of a padded batch: True at each sequence's own steps, (batch, time).

    Parameters
    ----------
    lengths : Tensor
        True lengths, (batch,), int64 on the CPU, each from 1 to ``time``.
    time : int
        Steps with the padding.

    Raises
    ------
    TypeError, ValueError
        If ``time`` is not a positive whole number or ``lengths`` does not fit it.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.sequences import real_steps
    >>> real_steps(torch.tensor([2, 3]), time=3)
    tensor([[ True,  True, False],
            [ True,  True,  True]])
    """
    _check.sizes("real_steps", time=time)
    _check.rank("real_steps", "lengths", lengths, "(batch,)")
    _check.lengths("real_steps", lengths, len(lengths), time)
    return torch.arange(time, device="cpu") < lengths.unsqueeze(1)


def directions(layer: nn.Module) -> int:
    """Return 2 for a bidirectional layer and 1 for any other.

    Examples
    --------
    >>> from torch import nn
    >>> from rnnbook.sequences import directions
    >>> directions(nn.LSTM(3, 4)), directions(nn.LSTM(3, 4, bidirectional=True))
    (1, 2)
    """
    return 2 if getattr(layer, "bidirectional", False) else 1


def map_state(change: Callable[[Tensor], Tensor], state: State) -> State:
    """Change every tensor of a state, however many a layer carries.

    Parameters
    ----------
    change : callable
        Turns a tensor into a tensor.
    state : Tensor or tuple of Tensor
        The state, whole, as the layer returned it.

    Returns
    -------
    Tensor or tuple of Tensor
        A state of the same form.

    Raises
    ------
    TypeError
        If ``state`` is neither.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.sequences import map_state
    >>> h, c = map_state(torch.zeros_like, (torch.ones(2), torch.ones(3)))
    >>> h, c
    (tensor([0., 0.]), tensor([0., 0., 0.]))
    """
    _check.whole("map_state", state)
    return change(state) if isinstance(state, Tensor) else tuple(change(part) for part in state)


def detach(state: State) -> State:
    """Return ``state`` with the same numbers and no past: no gradient goes further back.

    Parameters
    ----------
    state : Tensor or tuple of Tensor
        ``h``, or every part of a state that has several, of which all have to be cut.

    Returns
    -------
    Tensor or tuple of Tensor
        A state of the same form. The one handed in is left as it was, so assign the result.

    Raises
    ------
    TypeError
        If ``state`` is neither.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.sequences import detach
    >>> h = torch.ones(2, requires_grad=True) * 3
    >>> h.requires_grad, detach(h).requires_grad
    (True, False)
    >>> detach((h, h))
    (tensor([3., 3.]), tensor([3., 3.]))
    """
    _check.whole("detach", state)
    return map_state(Tensor.detach, state)
