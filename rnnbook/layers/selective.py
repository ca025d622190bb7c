"""A state space layer that chooses by its input what to keep: S6, of Gu and Dao (2023)."""

from __future__ import annotations

import math
import operator
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence

from rnnbook import _check
from rnnbook.layers._scanned import _Scanned


class S6(_Scanned):
    """Choose from each input alone how much of a state to keep, and how to write and read it.

    Every feature has ``state_size`` numbers of state. The layer reads from its input how long a
    step lasts: a long one forgets the state and writes, and one of length zero changes nothing.

    Parameters
    ----------
    input_size : int
        Numbers in one input. If it is not ``hidden_size``, a linear map comes first.
    hidden_size : int
        Features, numbers in one output.
    num_layers : int
        One: it is not stacked.
    state_size : int
        Numbers of state that each feature has, N.
    discretisation : str
        What a step writes: ``"euler"``, as their code does, or ``"zoh"``, the zero-order hold of
        their paper.
    dt : tuple of float
        The least and the largest step that a feature begins with, drawn between them on a
        logarithmic scale.
    batch_first : bool
        Whether ``xs`` and ``output`` are (batch, time, …) and not (time, batch, …).
    dropout : float
        None: it acts between layers.
    bidirectional : bool
        False: it reads forward only.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number, ``discretisation`` is no name of a rule, ``dt`` is
        not two positive numbers in order, or a stack, dropout or a second direction is asked for;
        in a call, if ``xs`` or ``h_0`` does not fit.

    Notes
    -----
    The input gives ``Δ_t = softplus(W_Δ x_t + b_Δ)``, one number a feature, and ``B_t = W_B x_t``
    and ``C_t = W_C x_t``, N numbers for all of them. ``A`` is a parameter, and starts at
    -1, -2, …, -N. With ``u_t``, the input or a linear map of it, each feature has the state
    ``h_t = exp(Δ_t A) h_{t-1} + B̄_t u_t`` and gives ``y_t = C_t · h_t + D u_t``: Gu and Dao (2023),
    equation 2 and algorithm 2. ``B̄_t`` is ``Δ_t B_t`` by Euler's rule, and by the zero-order hold,
    their equation 4, ``(exp(Δ_t A) - 1) / A B_t``. Their code computes ``Δ_t`` by two thin matrices
    and all states in one kernel on the graphics processor; here :func:`rnnbook.scan.scan` computes
    them, in a time that is linear in the length.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.layers import S6
    >>> layer = S6(3, 4, state_size=8, batch_first=True)
    >>> xs = torch.randn(2, 5, 3)
    >>> output, h_n = layer(xs)
    >>> output.shape, h_n.shape
    (torch.Size([2, 5, 4]), torch.Size([1, 2, 4, 8]))
    >>> _, h = layer(xs[:, :4])
    >>> y, h = layer.step(xs[:, 4], h[0])
    >>> torch.allclose(y, output[:, 4], atol=1e-6)
    True
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        state_size: int = 16,
        discretisation: Literal["euler", "zoh"] = "euler",
        dt: tuple[float, float] = (1e-3, 1e-1),
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
    ) -> None:
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
        )
        _check.sizes("S6", state_size=state_size)
        _check_rule(discretisation, dt)
        self.state_size, self.discretisation = operator.index(state_size), discretisation
        D, H, N = self.input_size, self.hidden_size, self.state_size
        # u_t is the input itself where it has as many numbers as there are features
        self.inward = nn.Identity() if D == H else nn.Linear(D, H)
        self.delta = nn.Linear(D, H)
        self.B = nn.Linear(D, N, bias=False)
        self.C = nn.Linear(D, N, bias=False)
        steps = torch.empty(H).uniform_(*map(math.log, dt)).exp()
        # softplus(b) is the step
        self.delta.bias.data.copy_(steps.expm1().log())
        # A = -1, -2, …, -N, by its logarithm: however it is trained, it is negative
        self.log_A = nn.Parameter(torch.arange(1.0, N + 1).log().repeat(H, 1))
        self.D = nn.Parameter(torch.ones(H))

    def forward(
        self, xs: Tensor | PackedSequence, h_0: Tensor | None = None
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Read ``xs`` from the state ``h_0``, by a scan.

        Parameters
        ----------
        xs : Tensor or PackedSequence
            (time, batch, input_size), or (batch, time, input_size) with ``batch_first``.
        h_0 : Tensor, optional
            (1, batch, hidden_size, state_size); zeros if left out.

        Returns
        -------
        output : Tensor or PackedSequence
            ``y`` at every step, hidden_size numbers, in the form of ``xs``.
        h_n : Tensor
            The last state of every sequence, (1, batch, hidden_size, state_size).
        """
        return self._scanned(xs, h_0)

    def step(self, x: Tensor, h: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Read one step, for answers that are wanted one at a time.

        Parameters
        ----------
        x : Tensor
            (batch, input_size).
        h : Tensor, optional
            The state before it, (batch, hidden_size, state_size); zeros if left out.

        Returns
        -------
        y : Tensor
            The output, (batch, hidden_size).
        h : Tensor
            The state after it, (batch, hidden_size, state_size).
        """
        kept, h, written = self._around(x, h)
        # h_t = Ā_t h_{t-1} + B̄_t u_t
        h = kept * h + written
        return self._output(h, x), h

    def discrete(self, xs: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``Ā`` and ``B̄``, what a step keeps and how it writes.

        Parameters
        ----------
        xs : Tensor
            (…, input_size).

        Returns
        -------
        A_bar, B_bar : Tensor
            Each (…, hidden_size, state_size).
        """
        # Δ_t = softplus(W_Δ x_t + b_Δ), B_t = W_B x_t
        delta, B = F.softplus(self.delta(xs)).unsqueeze(-1), self.B(xs).unsqueeze(-2)
        # A does not see the input, Ā_t = exp(Δ_t A) does
        A = -self.log_A.exp()
        A_bar = torch.exp(delta * A)
        if self.discretisation == "euler":
            # B̄_t = Δ_t B_t
            return A_bar, delta * B
        # B̄_t = (exp(Δ_t A) - 1) / A B_t
        return A_bar, torch.expm1(delta * A) / A * B

    def _reader(self) -> Tensor:
        return self.delta.weight

    def _step(self, xs: Tensor) -> tuple[Tensor, Tensor]:
        A_bar, B_bar = self.discrete(xs)
        # autocast may have computed B̄ in fewer bits than Ā
        return A_bar, (B_bar * self.inward(xs).unsqueeze(-1)).to(A_bar.dtype)

    def _output(self, h: Tensor, xs: Tensor) -> Tensor:
        # y_t = C_t · h_t + D u_t
        y: Tensor = (self.C(xs).unsqueeze(-2) * h).sum(-1) + self.D * self.inward(xs)
        return y

    def _options(self) -> tuple[str, ...]:
        return f"state_size={self.state_size}", f"discretisation={self.discretisation!r}"


def _check_rule(discretisation: object, dt: object) -> None:
    """Raise unless ``discretisation`` names a rule, and ``dt`` is a range of steps."""
    if discretisation not in ("euler", "zoh"):
        raise ValueError(
            f"S6: expected discretisation 'euler', as in the authors' code, or 'zoh', as in their "
            f"paper, got {discretisation!r}"
        )
    if not isinstance(dt, tuple | list) or len(dt) != 2 or not all(map(_check.is_number, dt)):
        raise TypeError(f"S6: dt must be two numbers, the least and the largest step, got {dt!r}")
    if not 0 < dt[0] <= dt[1] < math.inf:
        raise ValueError(
            f"S6: expected dt with 0 < least <= largest, got {tuple(dt)}; a step of length zero "
            "would change nothing"
        )
