"""Write a recurrent layer as a PyTorch module: its parameters, the loop, and both results.

It is checked against :class:`torch.nn.RNN` with the same weights. PyTorch adds two biases, of which
only the sum matters, so one is enough here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnnbook.exercises._ladder import Ladder, Rung, UnreadableError, Variant, numbers
from rnnbook.exercises.grade import Grade

NAMES = ("W_xh", "W_hh", "bias")


class MyRNN(nn.Module):
    """Read sequences with ``h_t = tanh(W_xh x_t + W_hh h_{t-1} + bias)``, as a module with weights.

    Called with ``x`` and, if you like, ``h_0``, it returns the tuple (outputs, h_n), as
    ``nn.RNN(input_size, hidden_size, batch_first=True)`` does.

    ========= =================================================================================
    ``x``     (batch, time, input_size)
    ``h_0``   the state before the first step, (1, batch, hidden_size); zeros if left out
    outputs   the states h_1 to h_T, (batch, time, hidden_size)
    h_n       the last state, (1, batch, hidden_size)
    ========= =================================================================================

    Its parameters are ``W_xh``, (hidden_size, input_size), ``W_hh``, (hidden_size, hidden_size),
    and ``bias``, (hidden_size,). Start them as you like: the checker writes numbers of its own into
    them.

    Parameters
    ----------
    input_size, hidden_size : int
        Numbers in an input and in a state.

    Examples
    --------
    Two sequences of five steps:

    >>> import torch
    >>> from rnnbook.exercises import my_rnn
    >>> outputs, h_n = my_rnn.solution(3, 4)(torch.zeros(2, 5, 3))
    >>> outputs.shape, h_n.shape
    (torch.Size([2, 5, 4]), torch.Size([1, 2, 4]))
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        raise NotImplementedError("write the parameters here, and the loop in forward")

    def forward(self, x: Tensor, h_0: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the outputs and the last state."""
        raise NotImplementedError("write the loop over the steps, and return outputs and h_n")


HINTS = (
    "Wrap each tensor of weights: self.W_xh = nn.Parameter(torch.empty(hidden_size, input_size)), "
    "and start it, for example with nn.init.uniform_. A plain tensor is not trained, and it is "
    "missing from state_dict().",
    "Begin with h = h_0[0], or with zeros of shape (batch, hidden_size) if h_0 is None. In each "
    "step compute a new h from x[:, t] @ self.W_xh.T and h @ self.W_hh.T, and append it to a list.",
    "outputs is torch.stack(states, dim=1), which puts time second. h_n is h[None]: its first axis "
    "counts the layers, and here there is one.",
)


class Solution(nn.Module):
    """What :class:`MyRNN` asks for."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        bound = hidden_size**-0.5  # as nn.RNN starts its weights
        self.W_xh = nn.Parameter(torch.empty(hidden_size, input_size).uniform_(-bound, bound))
        self.W_hh = nn.Parameter(torch.empty(hidden_size, hidden_size).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(hidden_size).uniform_(-bound, bound))

    def forward(self, x: Tensor, h_0: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the outputs and the last state."""
        h = x.new_zeros(len(x), len(self.bias)) if h_0 is None else h_0[0]
        states = []
        for t in range(x.shape[1]):
            # h_t = tanh(W_xh x_t + W_hh h_{t-1} + bias)
            h = torch.tanh(x[:, t] @ self.W_xh.T + h @ self.W_hh.T + self.bias)
            states.append(h)
        return torch.stack(states, dim=1), h[None]


solution = Solution


def check(fn: type[nn.Module]) -> Grade:
    """Grade your class against PyTorch's, and name the mistake in the first case that fails.

    Parameters
    ----------
    fn : type
        Your class itself, as in ``check(MyRNN)``.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> from rnnbook.exercises import my_rnn
    >>> class MyRNN(my_rnn.solution):
    ...     def forward(self, x, h_0=None):
    ...         return super().forward(x)
    >>> my_rnn.check(MyRNN).mistake
    'h_0 is ignored'
    """
    return LADDER.grade(fn)


def _runs(
    model: Any,
    x: np.ndarray,
    h_0: np.ndarray | None,
    W_xh: np.ndarray,
    W_hh: np.ndarray,
    bias: np.ndarray,
) -> tuple[object, ...]:
    """Build a class, write the weights into it, and read."""
    built = model(W_xh.shape[1], W_xh.shape[0])
    for name, value in zip(NAMES, (W_xh, W_hh, bias), strict=True):
        mine = getattr(built, name, None)
        if not isinstance(mine, Tensor):
            came = "is missing" if mine is None else f"is of type {type(mine).__name__}"
            raise UnreadableError(
                f"{name} {came}, expected an nn.Parameter of shape {value.shape}."
            )
        if name not in dict(built.named_parameters()):
            raise UnreadableError(
                f"{name} is a plain tensor: it is missing from parameters() and from state_dict()."
            )
        if mine.shape != value.shape:
            raise UnreadableError(
                f"{name} has shape {tuple(mine.shape)}, expected {value.shape}, as in nn.RNN."
            )
        mine.data = torch.tensor(value)
    given = () if h_0 is None else (torch.tensor(h_0),)
    with torch.no_grad():
        answer = built(torch.tensor(x), *given)
    if not isinstance(answer, tuple | list):
        raise UnreadableError(
            f"forward returned a {type(answer).__name__}, expected the tuple (outputs, h_n)."
        )
    return tuple(answer)


def _theirs(
    x: np.ndarray,
    h_0: np.ndarray | None,
    W_xh: np.ndarray,
    W_hh: np.ndarray,
    bias: np.ndarray,
) -> tuple[object, ...]:
    """Return what PyTorch's layer gives with the same weights, and half the bias in each of its."""
    layer = nn.RNN(W_xh.shape[1], W_xh.shape[0], batch_first=True).double()
    weights = (W_xh, W_hh, bias / 2, bias / 2)
    with torch.no_grad():
        for mine, value in zip(layer.parameters(), weights, strict=True):
            mine.copy_(torch.tensor(value))
        outputs, h_n = layer(torch.tensor(x), None if h_0 is None else torch.tensor(h_0))
    return outputs, h_n


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(4)
    x, W_xh, W_hh, bias = (numbers(rng, *shape) for shape in ((1, 4, 2), (2, 2), (2, 2), (2,)))
    h, weights = numbers(rng, 1, 1, 2), (W_xh, W_hh, bias)
    sizes = ((3, 4, 2), (1, 3, 5), (5, 2), (5, 5), (5,))
    cases: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
        ("one step", "W_xh, bias, tanh, and no h_0", (x[:, :1], None, *weights)),
        ("one step from a state", "h_0, and W_hh", (x[:, :1], h, *weights)),
        ("four steps", "the state is passed on; the order of time", (x, None, *weights)),
        (
            "two sequences of two steps",
            "batch and time, which have the same size",
            (numbers(rng, 2, 2, 2), numbers(rng, 1, 2, 2), *weights),
        ),
        (
            "batch 3, time 4, input 2, hidden 5",
            "sizes that all differ",
            tuple(numbers(rng, *shape) for shape in sizes),
        ),
    )
    return [Rung(*case, expected=_theirs) for case in cases]


# ------------------------------------------------------------------------- known wrong solutions


def _changed(x_by: Any = None, out: Any = None, weights: Any = None) -> type[nn.Module]:
    """Return the solution with other inputs, other results, or other weights."""

    class Changed(Solution):
        def forward(self, x: Tensor, h_0: Tensor | None = None) -> tuple[Tensor, Tensor]:
            if weights:
                new = weights(self.W_xh, self.W_hh, self.bias)
                for name, value in zip(NAMES, new, strict=True):
                    getattr(self, name).data = value
            x, h_0 = x_by(x, h_0) if x_by else (x, h_0)
            answer = super().forward(x, h_0)
            return out(*answer) if out else answer

    return Changed


class _Activated(Solution):
    """No tanh."""

    def forward(self, x: Tensor, h_0: Tensor | None = None) -> tuple[Tensor, Tensor]:
        h, states = x.new_zeros(len(x), len(self.bias)) if h_0 is None else h_0[0], []
        for t in range(x.shape[1]):
            h = x[:, t] @ self.W_xh.T + h @ self.W_hh.T + self.bias
            states.append(h)
        return torch.stack(states, dim=1), h[None]


class _NotCarried(Solution):
    def forward(self, x: Tensor, h_0: Tensor | None = None) -> tuple[Tensor, Tensor]:
        steps = [super(_NotCarried, self).forward(one, h_0)[0] for one in x.split(1, dim=1)]
        return torch.cat(steps, dim=1), steps[-1].transpose(0, 1)


class _TimeFirst(Solution):
    def forward(self, x: Tensor, h_0: Tensor | None = None) -> tuple[Tensor, Tensor]:
        outputs, h_n = super().forward(x.transpose(0, 1), h_0)
        return outputs.transpose(0, 1), h_n


class _Plain(Solution):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        for name in NAMES:
            value = getattr(self, name).detach()
            delattr(self, name)
            setattr(self, name, value)


class _NoZeros(Solution):
    def forward(self, x: Tensor, h_0: Tensor | None = None) -> tuple[Tensor, Tensor]:
        return super().forward(x, h_0[0][None])  # type: ignore[index]  # that is the mistake


class _LayerKept(Solution):
    def forward(self, x: Tensor, h_0: Tensor | None = None) -> tuple[Tensor, Tensor]:
        h = x.new_zeros(1, len(x), len(self.bias)) if h_0 is None else h_0
        states = []
        for t in range(x.shape[1]):
            h = torch.tanh(x[:, t] @ self.W_xh.T + h @ self.W_hh.T + self.bias)
            states.append(h)
        return torch.stack(states, dim=1), h


def _variants() -> list[Variant]:
    def reweighted(change: Any) -> type[nn.Module]:
        return _changed(weights=change)

    return [
        Variant("W_xh is transposed", reweighted(lambda W, U, b: (W.T, U, b))),
        Variant("W_hh is transposed", reweighted(lambda W, U, b: (W, U.T, b))),
        Variant("both W_xh and W_hh are transposed", reweighted(lambda W, U, b: (W.T, U.T, b))),
        Variant("bias is left out", reweighted(lambda W, U, b: (W, U, 0 * b))),
        Variant("bias is added twice", reweighted(lambda W, U, b: (W, U, 2 * b))),
        Variant("W_hh is never used", reweighted(lambda W, U, b: (W, 0 * U, b))),
        Variant("tanh is left out", _Activated),
        Variant("h_0 is ignored", _changed(x_by=lambda x, h_0: (x, None))),
        Variant("h_0 is used though it may be None", _NoZeros),
        Variant("every step starts from h_0, so that no state is passed on", _NotCarried),
        Variant("the first axis of x is taken for time", _TimeFirst),
        Variant(
            "the sequence is read from its end", _changed(x_by=lambda x, h_0: (x.flip(1), h_0))
        ),
        Variant(
            "the states are stacked with time first (torch.stack without dim=1)",
            _changed(out=lambda outputs, h_n: (outputs.transpose(0, 1), h_n)),
        ),
        Variant(
            "only the last state is returned as outputs",
            _changed(out=lambda outputs, h_n: (outputs[:, -1], h_n)),
        ),
        Variant(
            "h_n has no axis for the layers: return h[None]",
            _changed(out=lambda outputs, h_n: (outputs, h_n[0])),
        ),
        Variant(
            "h_n is (batch, 1, hidden_size): the axis of the layers comes first",
            _changed(out=lambda outputs, h_n: (outputs, h_n.transpose(0, 1))),
        ),
        Variant(
            "all states are returned as h_n",
            _changed(out=lambda outputs, h_n: (outputs, outputs)),
        ),
        Variant("h_0 keeps its axis for the layers in the loop: begin with h_0[0]", _LayerKept),
        Variant(
            "W_xh, W_hh and bias are plain tensors, which no optimizer sees: use nn.Parameter",
            _Plain,
        ),
    ]


LADDER = Ladder(
    "my_rnn",
    MyRNN,
    solution,
    _rungs,
    _variants(),
    {
        "outputs": ("example", "step", "unit"),
        "h_n": ("layer", "example", "unit"),
    },
    _runs,
)
