"""Write a state space layer as a convolution in NumPy: its kernel, and its outputs.

Gu, Goel and Re (2022), Efficiently modeling long sequences with structured state spaces, section
2.4; with a diagonal matrix, as in Gu et al. (2022), On the parameterization and initialization of
diagonal state space models.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnnbook.exercises._ladder import Ladder, Rung, Variant, numbers
from rnnbook.exercises.grade import Grade

_Both = tuple[np.ndarray, np.ndarray]


def ssm_kernel(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, xs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the kernel of a linear recurrence, and its outputs.

    The recurrence starts at ``h_0 = 0``. Its outputs are a convolution of its inputs::

        h_t = a * h_{t-1} + b x_t          y_t = Re(sum_n c_n h_{t,n})
        y_t = K_0 x_t + K_1 x_{t-1} + ... + K_{t-1} x_1

    Parameters
    ----------
    a, b, c : ndarray
        What a step keeps, what it writes and what is read, (state_size,). They may be complex.
    xs : ndarray
        One number a step, x_1 to x_T, (time,), real.

    Returns
    -------
    K : ndarray
        K_0 to K_{T-1}, (time,), real.
    ys : ndarray
        y_1 to y_T, (time,), real.

    Examples
    --------
    A state that keeps a half of itself, and is read as it is.

    >>> import numpy as np
    >>> from rnnbook.exercises import ssm_kernel
    >>> one = np.ones(1)
    >>> K, ys = ssm_kernel.solution(0.5 * one, one, one, np.array([1.0, 0.0, 4.0]))
    >>> K.tolist(), ys.round(6).tolist()
    ([1.0, 0.5, 0.25], [1.0, 0.5, 4.25])
    """
    raise NotImplementedError("write the kernel, and the convolution of it with the inputs")


HINTS = (
    "Put in a single one, x_1 = 1, and read what comes out: y_t = Re(sum c_n a_n^(t-1) b_n). That "
    "is K_{t-1}.",
    "a ** np.arange(time)[:, None] holds all powers, (time, state_size). The first is a^0 = 1.",
    "np.convolve(K, xs)[:time] is the convolution. With np.fft, pad both to 2 * time first: "
    "otherwise the end wraps around to the beginning.",
)


def solution(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, xs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return what :func:`ssm_kernel` asks for."""
    time = len(xs)
    # K_j = Re(sum_n c_n a_n^j b_n)
    K = (a ** np.arange(time)[:, None] @ (c * b)).real
    # y = K * x, and a convolution is a product of transforms; 2 T, so that nothing wraps around
    ys = np.fft.irfft(np.fft.rfft(K, 2 * time) * np.fft.rfft(xs, 2 * time), 2 * time)
    return K, ys[:time]


def check(fn: Callable[..., object]) -> Grade:
    """Grade ``fn`` on cases from one step up, and name the mistake in the first that fails.

    Parameters
    ----------
    fn : callable
        Your function, called as :func:`ssm_kernel` is.

    Returns
    -------
    Grade
        True if all cases are right. Print it to read it.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnbook.exercises import ssm_kernel
    >>> def mine(a, b, c, xs):
    ...     K, _ = ssm_kernel.solution(a, b, c, xs)
    ...     return K, np.fft.ifft(np.fft.fft(K) * np.fft.fft(xs)).real
    >>> ssm_kernel.check(mine).mistake
    'the convolution wraps around: the transforms are not padded'
    """
    return LADDER.grade(fn)


def _recurrent(a: np.ndarray, b: np.ndarray, c: np.ndarray, xs: np.ndarray) -> _Both:
    """Measure both by the recurrence itself."""

    def outputs(inputs: np.ndarray) -> np.ndarray:
        h, ys = 0 * a, []
        for x in inputs:
            h = a * h + b * x
            ys.append((c * h).sum().real)
        return np.array(ys)

    return outputs(np.eye(len(xs))[0]), outputs(xs)


def _rungs() -> list[Rung]:
    rng = np.random.RandomState(5)
    a, b, c, xs = (numbers(rng, *shape) for shape in ((3,), (3,), (3,), (7,)))
    one = (np.array([0.5]), np.array([2.0]), np.array([-0.7]))
    impulse = np.array([1.0, 0.0, 0.0])
    turning = (
        0.9 * np.exp(1j * np.array([0.4, 1.9])),
        np.array([1.0 + 0.5j, -0.3 + 1.0j]),
        np.array([0.8 - 0.2j, 0.6 + 0.7j]),
    )
    return [
        Rung("one step", "what is written and read at once", (*one, xs[:1])),
        Rung("a one, then zeros", "the powers of a, and where they begin", (*one, impulse)),
        Rung("three inputs", "the order of the inputs", (*one, xs[:3])),
        Rung("three states", "a sum over the states", (a, b, c, xs[:3])),
        Rung("seven steps", "a length that is no power of two", (a, b, c, xs)),
        Rung("states that turn", "complex a, b and c, the real part at the end", (*turning, xs)),
        Rung(
            "200 steps against the recurrence",
            "the whole of it",
            (*turning, numbers(rng, 200)),
            _recurrent,
        ),
    ]


# ------------------------------------------------------------------------- known wrong solutions


def _kernelled(kernel: Callable[..., np.ndarray]) -> Callable[..., _Both]:
    """Take another kernel, ``kernel(a, b, c, steps)``, for both."""

    def both(a: np.ndarray, b: np.ndarray, c: np.ndarray, xs: np.ndarray) -> _Both:
        K = kernel(a, b, c, np.arange(len(xs))[:, None])
        return K, np.convolve(K, xs)[: len(xs)]

    return both


def _convolved(convolve: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[..., _Both]:
    """Convolve in another way, ``convolve(K, xs)``."""

    def both(a: np.ndarray, b: np.ndarray, c: np.ndarray, xs: np.ndarray) -> _Both:
        K, _ = solution(a, b, c, xs)
        return K, convolve(K, xs)

    return both


def _wrapped(K: np.ndarray, xs: np.ndarray) -> np.ndarray:
    out: np.ndarray = np.fft.ifft(np.fft.fft(K) * np.fft.fft(xs)).real
    return out


def _centred(K: np.ndarray, xs: np.ndarray) -> np.ndarray:
    return np.convolve(K, xs, mode="same")


def _delayed(K: np.ndarray, xs: np.ndarray) -> np.ndarray:
    return np.convolve(K, np.concatenate([[0.0], xs[:-1]]))[: len(xs)]


def _ahead(K: np.ndarray, xs: np.ndarray) -> np.ndarray:
    """Weigh what is to come: the inputs after a step, not those before it."""
    return np.convolve(K, xs[::-1])[: len(xs)][::-1]


def _variants() -> list[Variant]:
    return [
        Variant(
            "the convolution wraps around: the transforms are not padded", _convolved(_wrapped)
        ),
        Variant(
            "the convolution runs forward in time: y_t weighs x_t, x_{t+1} and so on",
            _convolved(_ahead),
        ),
        Variant(
            "the kernel is not reversed: y_t is K_0 x_1 + ... + K_{t-1} x_t",
            _convolved(
                lambda K, xs: np.array([K[: t + 1] @ xs[: t + 1] for t in range(len(xs))]),
            ),
        ),
        Variant("the middle of the convolution is kept, not its beginning", _convolved(_centred)),
        Variant(
            "all 2 T - 1 numbers of the convolution are returned",
            _convolved(lambda K, xs: np.convolve(K, xs)),
        ),
        Variant("the outputs are one step late", _convolved(_delayed)),
        Variant("kernel and inputs are multiplied step by step", _convolved(lambda K, xs: K * xs)),
        Variant(
            "the kernel begins with a^1: y_t reads the state times a once more",
            _kernelled(lambda a, b, c, j: (a ** (j + 1) @ (b * c)).real),
        ),
        Variant(
            "the kernel begins with K_0 = 0: it is one step late",
            _kernelled(
                lambda a, b, c, j: np.where(j[:, 0] > 0, (a ** (j - 1.0) @ (b * c)).real, 0)
            ),
        ),
        Variant("b is left out", _kernelled(lambda a, b, c, j: (a**j @ c).real)),
        Variant("c is left out", _kernelled(lambda a, b, c, j: (a**j @ b).real)),
        Variant(
            "the powers grow over b too, (a b)^j",
            _kernelled(lambda a, b, c, j: ((a * b) ** j @ c).real),
        ),
        Variant(
            "a is multiplied by the step, a j, and not raised to it",
            _kernelled(lambda a, b, c, j: ((a * j) @ (b * c)).real),
        ),
        Variant(
            "exp is taken of a: a is what a step keeps already, not a rate",
            _kernelled(lambda a, b, c, j: (np.exp(a * j) @ (b * c)).real),
        ),
        Variant(
            "the states are averaged, not added up",
            _kernelled(lambda a, b, c, j: (a**j @ (b * c)).real / len(a)),
        ),
        Variant(
            "the products of sums are taken: sum(c) times sum(a^j b)",
            _kernelled(lambda a, b, c, j: ((a**j @ b) * c.sum()).real),
        ),
        Variant(
            "only the first state is read",
            _kernelled(lambda a, b, c, j: ((a**j)[:, 0] * b[0] * c[0]).real),
        ),
        Variant(
            "the real parts are taken before the products",
            _kernelled(lambda a, b, c, j: a.real**j @ (b.real * c.real)),
        ),
        Variant(
            "the size of the complex number is taken, not its real part",
            _kernelled(lambda a, b, c, j: np.abs(a**j @ (b * c))),
        ),
        Variant("c is conjugated", _kernelled(lambda a, b, c, j: (a**j @ (b * c.conj())).real)),
        Variant(
            "the real part is doubled",
            _kernelled(lambda a, b, c, j: 2 * (a**j @ (b * c)).real),
            "Right, in the convention of S4D (Gu et al., 2022), where each complex number stands "
            "for itself and its conjugate, so that y = 2 Re(c h). This exercise asks for Re(c h).",
        ),
    ]


LADDER = Ladder(
    "ssm_kernel",
    ssm_kernel,
    solution,
    _rungs,
    _variants(),
    {"K": ("lag",), "ys": ("step",)},
)
