"""Recurrent layers that are linear in their state, and so need no loop: Feng et al. (2024)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence

from rnnbook import _check
from rnnbook.layers._scanned import _Scanned


class _Minimal(_Scanned):
    """What the layers of this module share: how they are called, and memories to begin with."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        *,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        longest: int | None,
        signed: bool,
    ) -> None:
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
        )
        name = type(self).__name__
        _check.switches(name, signed=signed)
        if longest is not None:
            _check.sizes(name, longest=longest)
            if longest < 3:
                raise ValueError(
                    f"{name}: longest must be at least 3 steps, got {longest}; memories are drawn "
                    "between 1 and longest - 1"
                )
        self.signed = bool(signed)

    def forward(
        self, xs: Tensor | PackedSequence, h_0: Tensor | None = None
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Read ``xs`` from the state ``h_0``.

        Parameters
        ----------
        xs : Tensor or PackedSequence
            (time, batch, input_size), or (batch, time, input_size) with ``batch_first``.
        h_0 : Tensor, optional
            (1, batch, hidden_size); zeros if left out.

        Returns
        -------
        output : Tensor or PackedSequence
            The state at every step, in the form of ``xs``.
        h_n : Tensor
            The last state of every sequence, (1, batch, hidden_size).
        """
        return self._scanned(xs, h_0)

    def step(self, x: Tensor, h: Tensor | None = None) -> Tensor:
        """Read one step: the second form of the layer, for answers that are wanted one at a time.

        Parameters
        ----------
        x : Tensor
            (batch, input_size).
        h : Tensor, optional
            The state before it, (batch, hidden_size); zeros if left out.

        Returns
        -------
        Tensor
            The state after it, (batch, hidden_size).
        """
        a, h, b = self._around(x, h)
        # h_t = a_t * h_{t-1} + b_t
        return a * h + b

    def _reader(self) -> Tensor:
        return next(self.parameters())

    def _output(self, h: Tensor, xs: Tensor) -> Tensor:
        return h

    def _options(self) -> tuple[str, ...]:
        return ("signed=True",) if self.signed else ()


class MinGRU(_Minimal):
    """Blend old state and candidate as a GRU does, by a gate that sees the input alone.

    What a GRU asks of its last state, this layer does not: neither its gate nor its candidate looks
    at it. So the state is only scaled and added to, and :func:`rnnbook.scan.scan` computes all
    steps at once.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the state.
    num_layers : int
        One: it is not stacked.
    batch_first : bool
        Whether ``xs`` and ``output`` are (batch, time, …) and not (time, batch, …).
    dropout : float
        None: it acts between layers.
    bidirectional : bool
        False: it reads forward only.
    longest : int, optional
        Start with memories of all lengths up to this many steps, at least 3, as
        :func:`rnnbook.initialisation.chrono_` does for a GRU.
    signed : bool
        Whether the state is multiplied by ``2 * z_t - 1``, between -1 and 1, so that a step can
        also reverse its sign.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number, ``longest`` is below 3, or a stack, dropout or a
        second direction is asked for; in a call, if ``xs`` or ``h_0`` does not fit.

    Notes
    -----
    With ``z_t = sigmoid(W_xz x_t + b_z)`` and ``n_t = W_xn x_t + b_n``, the new state is
    ``h_t = z_t * h_{t-1} + (1 - z_t) * n_t``: Feng et al. (2024), the minGRU in its first form. As
    in PyTorch's GRU, ``z`` is the share that is kept. ``signed`` changes only the factor of the old
    state, as Grazzi et al. (2025) do for other linear recurrences.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.layers import MinGRU
    >>> layer = MinGRU(3, 4, batch_first=True)
    >>> xs = torch.randn(2, 5, 3)
    >>> output, h_n = layer(xs)
    >>> output.shape, h_n.shape
    (torch.Size([2, 5, 4]), torch.Size([1, 2, 4]))
    >>> torch.equal(output[:, -1], h_n[0])
    True
    >>> torch.allclose(layer.step(xs[:, 4], output[:, 3]), output[:, 4], atol=1e-6)
    True
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        longest: int | None = None,
        signed: bool = False,
    ) -> None:
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
            longest=longest,
            signed=signed,
        )
        self.gate = nn.Linear(self.input_size, self.hidden_size)
        self.candidate = nn.Linear(self.input_size, self.hidden_size)
        if longest is not None:
            steps = torch.empty(self.hidden_size).uniform_(1, longest - 1)
            self.gate.bias.data.copy_(steps.log())

    def _step(self, xs: Tensor) -> tuple[Tensor, Tensor]:
        # z_t = sigmoid(W_xz x_t + b_z)
        z = torch.sigmoid(self.gate(xs))
        # h_t = z_t * h_{t-1} + (1 - z_t) * n_t
        return 2 * z - 1 if self.signed else z, (1 - z) * self.candidate(xs)


class MinLSTM(_Minimal):
    """Keep and add as an LSTM's cell does, by two gates that see the input alone and sum to one.

    There is one state, and no gate between it and the output. Neither the gates nor the candidate
    look at the state, so :func:`rnnbook.scan.scan` computes all steps at once.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the state.
    num_layers : int
        One: it is not stacked.
    batch_first : bool
        Whether ``xs`` and ``output`` are (batch, time, …) and not (time, batch, …).
    dropout : float
        None: it acts between layers.
    bidirectional : bool
        False: it reads forward only.
    longest : int, optional
        Start with memories of all lengths up to this many steps, at least 3, as
        :func:`rnnbook.initialisation.chrono_` does for an LSTM.
    signed : bool
        Whether the state is multiplied by ``2 * f'_t - 1``, between -1 and 1, so that a step can
        also reverse its sign.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number, ``longest`` is below 3, or a stack, dropout or a
        second direction is asked for; in a call, if ``xs`` or ``h_0`` does not fit.

    Notes
    -----
    With ``f_t = sigmoid(W_xf x_t + b_f)``, ``i_t = sigmoid(W_xi x_t + b_i)`` and
    ``n_t = W_xn x_t + b_n``, the new state is ``h_t = f'_t * h_{t-1} + i'_t * n_t``, where
    ``f'_t = f_t / (f_t + i_t)`` and ``i'_t = i_t / (f_t + i_t)``: Feng et al. (2024), the minLSTM
    in its first form. The division is done by logarithms, as in their appendix, so that two closed
    gates are not zero divided by zero.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.layers import MinLSTM
    >>> layer = MinLSTM(3, 4, batch_first=True)
    >>> xs = torch.randn(2, 5, 3)
    >>> output, h_n = layer(xs)
    >>> output.shape, h_n.shape
    (torch.Size([2, 5, 4]), torch.Size([1, 2, 4]))
    >>> torch.allclose(layer.step(xs[:, 4], output[:, 3]), output[:, 4], atol=1e-6)
    True
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        longest: int | None = None,
        signed: bool = False,
    ) -> None:
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
            longest=longest,
            signed=signed,
        )
        self.forget_gate = nn.Linear(self.input_size, self.hidden_size)
        self.input_gate = nn.Linear(self.input_size, self.hidden_size)
        self.candidate = nn.Linear(self.input_size, self.hidden_size)
        if longest is not None:
            steps = torch.empty(self.hidden_size).uniform_(1, longest - 1)
            self.forget_gate.bias.data.copy_(steps.log())
            self.input_gate.bias.data.copy_(-steps.log())

    def _step(self, xs: Tensor) -> tuple[Tensor, Tensor]:
        # f_t = sigmoid(W_xf x_t + b_f) and i_t = sigmoid(W_xi x_t + b_i), as logarithms
        f, i = F.logsigmoid(self.forget_gate(xs)), F.logsigmoid(self.input_gate(xs))
        # f'_t = f_t / (f_t + i_t) and i'_t = i_t / (f_t + i_t)
        f, i = torch.sigmoid(f - i), torch.sigmoid(i - f)
        # h_t = f'_t * h_{t-1} + i'_t * n_t
        return 2 * f - 1 if self.signed else f, i * self.candidate(xs)
