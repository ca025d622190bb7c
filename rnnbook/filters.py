"""Filters of classical statistics as recurrences: what is known of a hidden state, step by step.

The forward algorithm of a hidden Markov model (Baum and Petrie, 1966; Rabiner, 1989) and the filter
of Kalman (1960). Both carry on what they know and mix it with what comes, as a recurrent network
does. ``LinearFilter`` is that network without a nonlinearity.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rnnbook import _check

#: How far the probabilities of a row may be from a sum of one.
ROUNDING = 1e-4


@dataclass(frozen=True, eq=False)
class HiddenMarkov:
    """A state that is not seen changes at random, and each step shows a symbol that depends on it.

    Parameters
    ----------
    start : Tensor
        The probability of each state at the first step, (states,).
    transition : Tensor
        The probability that state ``j`` follows state ``i``, (states, states), row ``i``.
    emission : Tensor
        The probability that state ``i`` shows symbol ``k``, (states, symbols), row ``i``.

    Raises
    ------
    TypeError, ValueError
        If the shapes or the types do not belong together, or the rows are not probabilities; in
        :meth:`filtered`, if the symbols have the probability zero.

    Examples
    --------
    A die is swapped for a loaded one now and then, which shows a six half of the time:

    >>> import torch
    >>> from rnnbook.filters import HiddenMarkov
    >>> fair, loaded = torch.full((6,), 1 / 6), torch.tensor([0.1] * 5 + [0.5])
    >>> swaps = torch.tensor([[0.95, 0.05], [0.1, 0.9]])
    >>> dice = HiddenMarkov(torch.tensor([0.5, 0.5]), swaps, torch.stack([fair, loaded]))
    >>> beliefs, _ = dice.filtered(torch.tensor([[5, 5, 0]]))
    >>> beliefs[0, :, 1]  # how sure it is of the loaded die after 6, 6, 1
    tensor([0.7500, 0.8684, 0.6906])
    """

    start: Tensor
    transition: Tensor
    emission: Tensor

    def __post_init__(self) -> None:
        named = {"start": self.start, "transition": self.transition, "emission": self.emission}
        _check_numbers("HiddenMarkov", named)
        states = self.start.numel()
        fits = self.start.ndim == 1 and self.transition.shape == (states, states)
        if not fits or self.emission.ndim != 2 or len(self.emission) != states:
            raise ValueError(
                "HiddenMarkov: expected start (states,), transition (states, states) and emission "
                f"(states, symbols), got {[tuple(value.shape) for value in named.values()]}"
            )
        for name, value in named.items():
            # asked this way round, a NaN is no probability
            if not ((value >= 0).all() and ((value.sum(-1) - 1).abs() <= ROUNDING).all()):
                raise ValueError(
                    f"HiddenMarkov: expected every row of {name} to be probabilities that add up "
                    "to one; the usual cause is a table with rows and columns swapped, or counts "
                    "that were not divided by their sum"
                )

    def forward(self, symbols: Tensor) -> Tensor:
        """Return the forward variables: the joint probability of the symbols so far and the state.

        Parameters
        ----------
        symbols : Tensor
            What was seen, (batch, time), int64.

        Returns
        -------
        Tensor
            (batch, time, states). They shrink with each step, and become zero in the end.
        """
        shown = self._shown(symbols)
        # alpha_1 = start * e_1
        alpha = self.start * shown[:, 0]
        alphas = [alpha]
        for e in shown[:, 1:].unbind(1):
            # alpha_t = (alpha_{t-1} A) * e_t
            alpha = (alpha @ self.transition) * e
            alphas.append(alpha)
        return torch.stack(alphas, dim=1)

    def filtered(self, symbols: Tensor) -> tuple[Tensor, Tensor]:
        """Return how probable each state is given the symbols so far, and how probable these are.

        Parameters
        ----------
        symbols : Tensor
            What was seen, (batch, time), int64.

        Returns
        -------
        Tensor
            The beliefs after each step, (batch, time, states); each adds up to one.
        Tensor
            The logarithm of the probability of all symbols, (batch,).

        Notes
        -----
        It is the recurrence of :meth:`forward`, divided by its sum at every step. The sums are
        the probabilities of each symbol after those before it, so their logarithms add up to that
        of the whole (Rabiner, 1989, section V.A).
        """
        shown = self._shown(symbols)
        belief, beliefs = self.start, []
        log_likelihood = self.start.new_zeros(len(symbols))
        for t, e in enumerate(shown.unbind(1)):
            # u_t = (p_{t-1} A) * e_t
            u = (belief @ self.transition if t else belief) * e
            total = u.sum(-1, keepdim=True)
            # p_t = u_t / sum(u_t)
            belief = u / total
            beliefs.append(belief)
            log_likelihood = log_likelihood + total.squeeze(-1).log()
        return self._possible(torch.stack(beliefs, dim=1)), log_likelihood

    def _possible(self, beliefs: Tensor) -> Tensor:
        """Return the beliefs; raise if there are none, since zero was divided by zero."""
        never = beliefs.isnan().any(-1).nonzero().tolist()
        if never:
            row, step = never[0]
            raise ValueError(
                f"HiddenMarkov.filtered: expected symbols that can follow each other, got one at "
                f"step {step} of sequence {row} that has the probability zero after those before "
                "it; the usual cause is a zero in a table that was counted from few examples"
            )
        return beliefs

    def _shown(self, symbols: Tensor) -> Tensor:
        """Return the probability of each symbol in each state, (batch, time, states)."""
        _check.rank("HiddenMarkov", "symbols", symbols, "(batch, time)")
        _check.not_empty("HiddenMarkov", "symbols", symbols)
        _check.tokens("HiddenMarkov", "symbols", symbols, self.emission.shape[1])
        return self.emission.T[symbols]


@dataclass(frozen=True, eq=False)
class Kalman:
    """A state that moves linearly with noise, and is seen through a matrix and more noise.

    ``x_t = F x_{t-1} + w_t`` and ``y_t = H x_t + v_t``. The state before the first observation has
    the mean zero.

    Parameters
    ----------
    F : Tensor
        How the state moves, (size, size).
    H : Tensor
        What is seen of it, (seen, size).
    Q : Tensor
        The covariance of ``w``, (size, size).
    R : Tensor
        The covariance of ``v``, (seen, seen).
    P_1 : Tensor
        The covariance of the state at the first step, before anything was seen, (size, size).

    Raises
    ------
    TypeError, ValueError
        If the shapes or the types do not belong together.

    Examples
    --------
    A constant, seen five times through noise of variance one, of which nothing is known before:

    >>> import torch
    >>> from rnnbook.filters import Kalman
    >>> one, none = torch.eye(1), torch.zeros(1, 1)
    >>> constant = Kalman(F=one, H=one, Q=none, R=one, P_1=1e6 * one)
    >>> constant.filtered(torch.tensor([[[3.0], [5.0], [4.0], [6.0], [2.0]]])).squeeze()
    tensor([3.0000, 4.0000, 4.0000, 4.5000, 4.0000])
    """

    F: Tensor
    H: Tensor
    Q: Tensor
    R: Tensor
    P_1: Tensor

    def __post_init__(self) -> None:
        named = {"F": self.F, "H": self.H, "Q": self.Q, "R": self.R, "P_1": self.P_1}
        for name, value in named.items():
            _check.rank("Kalman", name, value, "(rows, columns)")
        _check_numbers("Kalman", named)
        seen, size = self.H.shape
        square = {"F": size, "Q": size, "R": seen, "P_1": size}
        for name, length in square.items():
            if named[name].shape != (length, length):
                raise ValueError(
                    f"Kalman: expected {name} of shape {(length, length)}, since H is "
                    f"{tuple(self.H.shape)}, (seen, size), got {tuple(named[name].shape)}"
                )

    def gains(self, time: int) -> Tensor:
        """Return how much of a surprise goes into the state at each step, (time, size, seen).

        They depend on the model and not on what is seen, and settle after some steps.
        """
        _check.sizes("Kalman.gains", time=time)
        P, gains = self.P_1, []
        for t in range(time):
            if t:
                # P = F P F^T + Q
                P = self.F @ P @ self.F.T + self.Q
            # K = P H^T (H P H^T + R)^{-1}
            S = self.H @ P @ self.H.T + self.R
            K = torch.linalg.solve(S, self.H @ P, left=True).T
            P = P - K @ self.H @ P
            gains.append(K)
        return torch.stack(gains)

    def filtered(self, ys: Tensor, *, clip: float | None = None) -> Tensor:
        """Return the estimate of the state after each observation, (batch, time, size).

        Parameters
        ----------
        ys : Tensor
            What was seen, (batch, time, seen).
        clip : float, optional
            The most that one observation may surprise: a larger difference from what was expected
            counts as this much. That is no longer Kalman's filter.
        """
        _check.rank("Kalman.filtered", "ys", ys, "(batch, time, seen)")
        _check.numbers("Kalman.filtered", "ys", ys, self.R, "seen")
        if clip is not None and not clip > 0:
            raise ValueError(f"Kalman.filtered: clip must be above 0, got {clip}")
        m = ys.new_zeros(len(ys), len(self.F))
        means = []
        for t, (y, K) in enumerate(zip(ys.unbind(1), self.gains(ys.shape[1]), strict=True)):
            if t:
                # m = F m
                m = m @ self.F.T
            surprise = y - m @ self.H.T
            if clip is not None:
                surprise = surprise.clamp(-clip, clip)
            # m = m + K (y_t - H m)
            m = m + surprise @ K.T
            means.append(m)
        return torch.stack(means, dim=1)

    def settled(self, steps: int = 1000) -> LinearFilter:
        """Return the filter with the gain that it has after many steps, as a recurrent network.

        ``m_t = (I - K H) F m_{t-1} + K y_t``, and what is read from the state is ``H m_t``.
        """
        K = self.gains(steps)[-1]
        seen, size = self.H.shape
        model = LinearFilter(seen, size, seen).to_empty(device=K.device).to(K.dtype)
        eye = torch.eye(size, dtype=K.dtype, device=K.device)
        with torch.no_grad():
            model.A.copy_((eye - K @ self.H) @ self.F)
            model.B.copy_(K)
            model.C.copy_(self.H)
        return model


class LinearFilter(nn.Module):
    """A recurrent network without a nonlinearity, that answers at every step.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the state.
    output_size : int
        Numbers in one answer.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``x`` does not fit.

    Notes
    -----
    ``h_t = A h_{t-1} + B x_t`` and ``y_t = C h_t``, with ``h_0 = 0``. It starts by keeping half of
    each number.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.filters import LinearFilter
    >>> LinearFilter(1, 2, 1)(torch.randn(3, 20, 1)).shape
    torch.Size([3, 20, 1])
    """

    def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
        super().__init__()
        sizes = {"input_size": input_size, "hidden_size": hidden_size, "output_size": output_size}
        _check.sizes("LinearFilter", **sizes)
        self.A = nn.Parameter(
            0.5 * torch.eye(hidden_size) + 0.1 * torch.randn(hidden_size, hidden_size)
        )
        self.B = nn.Parameter(0.3 * torch.randn(hidden_size, input_size))
        self.C = nn.Parameter(0.3 * torch.randn(output_size, hidden_size))

    def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return the answers, (batch, time, output_size), for ``x``, (batch, time, input_size).

        It reads forward, so padding after the end of a sequence changes nothing before it, and
        ``lengths`` is not needed.
        """
        _check.rank("LinearFilter", "x", x, "(batch, time, input_size)")
        _check.numbers("LinearFilter", "x", x, self.B, "input_size")
        h = x.new_zeros(len(x), len(self.A))
        states = []
        for u in (x @ self.B.T).unbind(1):
            # h_t = A h_{t-1} + B x_t
            h = h @ self.A.T + u
            states.append(h)
        # y_t = C h_t
        return torch.stack(states, dim=1) @ self.C.T

    def extra_repr(self) -> str:
        """Name the sizes."""
        return f"{self.B.shape[1]}, {len(self.A)}, {len(self.C)}"


def _check_numbers(where: str, named: dict[str, Tensor]) -> None:
    """Raise unless all tables hold floating-point numbers of one type."""
    for name, value in named.items():
        _check.floating(where, name, value)
    if len({value.dtype for value in named.values()}) > 1:
        types = ", ".join(f"{name} {value.dtype}" for name, value in named.items())
        raise TypeError(
            f"{where}: expected tables of one type, got {types}; convert them with .to(dtype): "
            "NumPy arrays are float64"
        )
