"""State space layers with fixed decays: S4D, Gu et al. (2022), and LRU, Orvieto et al. (2023).

Neither what a step keeps nor how it writes depends on the input, so each layer is a recurrence, a
scan and a convolution in one.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence

from rnnbook import _check
from rnnbook.layers._scanned import _Scanned


class _StateSpace(_Scanned):
    """What the layers of this module share: how they are called, in each of their forms."""

    def forward(
        self, xs: Tensor | PackedSequence, h_0: Tensor | None = None
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Read ``xs`` from the state ``h_0``, by a scan.

        Parameters
        ----------
        xs : Tensor or PackedSequence
            (time, batch, input_size), or (batch, time, input_size) with ``batch_first``.
        h_0 : Tensor, optional
            (1, batch, …), with the numbers of a state, complex where the layer's are; zeros if left
            out.

        Returns
        -------
        output : Tensor or PackedSequence
            What is read off the state at every step, real, hidden_size numbers a step, in the form
            of ``xs``.
        h_n : Tensor
            The last state of every sequence, shaped as ``h_0``.
        """
        return self._scanned(xs, h_0)

    def step(self, x: Tensor, h: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Read one step, for answers that are wanted one at a time.

        Parameters
        ----------
        x : Tensor
            (batch, input_size).
        h : Tensor, optional
            The state before it, (batch, …); zeros if left out.

        Returns
        -------
        y : Tensor
            The output, (batch, hidden_size).
        h : Tensor
            The state after it, (batch, …).
        """
        a, h, b = self._around(x, h)
        # h_t = a * h_{t-1} + b_t
        h = a * h + b
        return self._output(h, x), h

    def convolve(self, xs: Tensor) -> Tensor:
        """Read ``xs`` from a state of zeros, by a convolution with the kernel.

        The Fourier transform is circular: without padding, the end of a sequence would come back
        at its beginning. So both are padded with zeros to twice their length.

        Parameters
        ----------
        xs : Tensor
            (time, batch, input_size), or (batch, time, input_size) with ``batch_first``.

        Returns
        -------
        Tensor
            The output at every step, in the form of ``xs``; the last state is not computed.
        """
        name = type(self).__name__
        form = "(batch, time, input_size)" if self.batch_first else "(time, batch, input_size)"
        _check.rank(name, "xs", xs, form)
        _check.numbers(name, "xs", xs, self._reader(), "input_size")
        output = self._convolved(xs if self.batch_first else xs.transpose(0, 1))
        return output if self.batch_first else output.transpose(0, 1)

    def _convolved(self, xs: Tensor) -> Tensor:
        """Return the output, (batch, time, hidden_size), of ``xs``, (batch, time, input_size)."""
        raise NotImplementedError

    def _options(self) -> tuple[str, ...]:
        return (f"state_size={self.state_size}",)


def s4d_lin(state_size: int) -> Tensor:
    """Return ``A_n = -1/2 + i pi n``, n from 0: all decay alike, frequencies evenly spaced.

    S4D-Lin, an initialisation of :class:`S4D`: Gu et al. (2022), section 4.

    Parameters
    ----------
    state_size : int
        Complex numbers in a feature's state.

    Examples
    --------
    >>> from rnnbook.layers import s4d_lin
    >>> s4d_lin(2)
    tensor([-0.5000+0.0000j, -0.5000+3.1416j])
    """
    n = torch.arange(state_size)
    return torch.complex(torch.full(n.shape, -0.5), math.pi * n)


def s4d_inv(state_size: int) -> Tensor:
    """Return ``A_n = -1/2 + i N/pi (N/(2n+1) - 1)``, n from 0, where ``N = 2 * state_size``.

    S4D-Inv, an initialisation of :class:`S4D`: Gu et al. (2022), section 4. N counts conjugates,
    too.

    Parameters
    ----------
    state_size : int
        Complex numbers in a feature's state.

    Examples
    --------
    >>> from rnnbook.layers import s4d_inv
    >>> s4d_inv(2)
    tensor([-0.5000+3.8197j, -0.5000+0.4244j])
    """
    n, N = torch.arange(state_size), 2 * state_size
    return torch.complex(torch.full(n.shape, -0.5), N / math.pi * (N / (2 * n + 1) - 1))


def s4d_real(state_size: int) -> Tensor:
    """Return ``A_n = -(n + 1)``, n from 0: real, so that every part of a state only decays.

    S4D-Real, an initialisation of :class:`S4D`: Gu et al. (2022).

    Parameters
    ----------
    state_size : int
        Real numbers in a feature's state.

    Examples
    --------
    >>> from rnnbook.layers import s4d_real
    >>> s4d_real(2)
    tensor([-1., -2.])
    """
    return -torch.arange(1, state_size + 1).to(torch.get_default_dtype())


class S4D(_StateSpace):
    """Keep, for every feature, a state that decays and turns in continuous time, sampled at steps.

    The input passes a linear map to ``hidden_size`` features. Each has a state of its own, and no
    number of a state meets another.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Features, and numbers in the output.
    num_layers : int
        One: it is not stacked.
    state_size : int
        Numbers in a feature's state. A complex one stands for itself and its conjugate.
    initial : callable, optional
        Called with ``state_size``, returns the ``A`` of every feature at the start:
        :func:`s4d_lin`, :func:`s4d_inv` or, for a state that is real and remains so,
        :func:`s4d_real`.
    dt : tuple of float
        The least and the largest step that a feature begins with, drawn between them on a
        logarithmic scale. Where A has the real part -1/2, a step of ``dt`` makes a memory of about
        ``2 / dt`` steps.
    batch_first : bool
        Whether ``xs`` and ``output`` are (batch, time, …) and not (time, batch, …).
    dropout : float
        None: it acts between layers.
    bidirectional : bool
        False: it reads forward only.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number, ``dt`` is not two positive numbers in order,
        ``initial`` gives no ``A`` with negative real parts, or a stack, dropout or a second
        direction is asked for; in a call, if ``xs`` or ``h_0`` does not fit.

    Notes
    -----
    With ``u = W x + b`` a feature follows ``dh/dt = A h + u`` and ``y = 2 Re(C h) + D u``, A a
    diagonal of ``state_size`` numbers, sampled with a zero-order hold, u constant during a step:
    ``h_t = Ā h_{t-1} + B̄ u_t``, ``Ā = exp(dt A)``, ``B̄ = (Ā - 1) / A``. That is Gu et al. (2022),
    with their B fixed to ones, because only the product of B and C matters. A real state stands for
    no conjugates, and y is then ``C h + D u``. The output is not mixed between features, and no
    nonlinearity follows: both are up to the model.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.layers import S4D
    >>> layer = S4D(3, 4, state_size=8, batch_first=True)
    >>> xs = torch.randn(2, 5, 3)
    >>> output, h_n = layer(xs)
    >>> output.shape, h_n.shape, h_n.dtype
    (torch.Size([2, 5, 4]), torch.Size([1, 2, 4, 8]), torch.complex64)
    >>> torch.allclose(layer.convolve(xs), output, atol=1e-5)
    True
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        state_size: int = 32,
        initial: Callable[[int], Tensor] = s4d_lin,
        dt: tuple[float, float] = (0.001, 0.1),
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
        _check.sizes("S4D", state_size=state_size)
        _check_steps(dt)
        self.state_size = operator.index(state_size)
        H, N = self.hidden_size, self.state_size
        self.inward = nn.Linear(self.input_size, H)
        self.log_dt = nn.Parameter(torch.empty(H, 1).uniform_(*map(math.log, dt)))
        # complex numbers are kept as pairs of real ones: .double() passes complex parameters by
        A = _decaying(initial, N).expand(H, N)
        self.log_decay = nn.Parameter((-A.real).log())
        self.frequency = nn.Parameter(A.imag.clone()) if A.is_complex() else None
        pairs = (2,) if A.is_complex() else ()
        self.C = nn.Parameter(torch.randn(H, N, *pairs) / math.sqrt(math.prod(pairs)))
        self.D = nn.Parameter(torch.randn(H))

    def discrete(self) -> tuple[Tensor, Tensor]:
        """Return ``Ā`` and ``B̄``, what a step keeps and writes, each (hidden_size, state_size)."""
        A, dt = self._continuous()
        # Ā = exp(dt A), B̄ = (Ā - 1) / A
        A_bar = torch.exp(dt * A)
        return A_bar, (A_bar - 1) / A

    def kernel(self, time: int) -> Tensor:
        """Return the response to a one at the first step, without D, (time, hidden_size)."""
        _check.sizes("S4D.kernel", time=time)
        (A, dt), (_, B_bar) = self._continuous(), self.discrete()
        t = torch.arange(time, device=A.device).view(-1, 1, 1)
        # K_t = 2 Re(C Ā^t B̄)
        return self._readout(torch.exp(t * (dt * A)) * B_bar)

    def _continuous(self) -> tuple[Tensor, Tensor]:
        """Return A, (hidden_size, state_size), and the step dt, (hidden_size, 1)."""
        # A = -exp(log_decay) + i frequency: however it is trained, its real part is negative
        A = -self.log_decay.exp()
        if self.frequency is not None:
            A = torch.complex(A, self.frequency)
        return A, self.log_dt.exp()

    def _readout(self, h: Tensor) -> Tensor:
        """Return 2 Re(C h), (…, hidden_size), of states, (…, hidden_size, state_size)."""
        if self.frequency is None:
            return torch.einsum("...hn,hn->...h", h, self.C)
        return 2 * torch.einsum("...hn,hn->...h", h, torch.view_as_complex(self.C)).real

    def _reader(self) -> Tensor:
        return self.inward.weight

    def _step(self, xs: Tensor) -> tuple[Tensor, Tensor]:
        A_bar, B_bar = self.discrete()
        # h_t = Ā h_{t-1} + B̄ u_t
        b = B_bar * self.inward(xs).unsqueeze(-1)
        return A_bar.expand_as(b), b

    def _output(self, h: Tensor, xs: Tensor) -> Tensor:
        # y_t = 2 Re(C h_t) + D u_t
        y: Tensor = self._readout(h) + self.D * self.inward(xs)
        return y

    def _convolved(self, xs: Tensor) -> Tensor:
        time, u = xs.shape[1], self.inward(xs).to(self.D.dtype)
        # y = K * u + D u, and a convolution is a product of transforms
        kernel = torch.fft.rfft(self.kernel(time), 2 * time, dim=0)
        product = torch.fft.rfft(u, 2 * time, dim=1) * kernel
        y: Tensor = torch.fft.irfft(product, 2 * time, dim=1)[:, :time] + self.D * u
        return y


class LRU(_StateSpace):
    """Keep one state of complex numbers that decay and turn, each at its own pace: a linear RNN.

    Every number of the state reads the whole input, and every output the whole state.

    Parameters
    ----------
    input_size : int
        Numbers in one input.
    hidden_size : int
        Numbers in the output.
    num_layers : int
        One: it is not stacked.
    state_size : int
        Complex numbers in the state.
    r_min, r_max : float
        At the start, the shares that a step keeps lie between them, 0 <= r_min < r_max < 1.
    max_phase : float
        The largest angle by which a step turns a number at the start, above 0, at most 2 pi.
    batch_first : bool
        Whether ``xs`` and ``output`` are (batch, time, …) and not (time, batch, …).
    dropout : float
        None: it acts between layers.
    bidirectional : bool
        False: it reads forward only.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number, the ring is not one, or a stack, dropout or a
        second direction is asked for; in a call, if ``xs`` or ``h_0`` does not fit.

    Notes
    -----
    ``h_t = lambda * h_{t-1} + gamma * (B x_t)`` and ``y_t = Re(C h_t) + D x_t``, where
    ``lambda = exp(-exp(nu_log) + i exp(theta_log))`` cannot grow, however it is trained. The
    squares of ``|lambda|`` begin evenly spread on the ring, and ``gamma = sqrt(1 - |lambda|^2)``
    keeps a state that reads white noise at the size of its input: Orvieto et al. (2023), section 3.
    After that, ``gamma_log`` is trained like the others.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.layers import LRU
    >>> layer = LRU(3, 4, state_size=8, batch_first=True)
    >>> xs = torch.randn(2, 5, 3)
    >>> output, h_n = layer(xs)
    >>> output.shape, h_n.shape, h_n.dtype
    (torch.Size([2, 5, 4]), torch.Size([1, 2, 8]), torch.complex64)
    >>> torch.allclose(layer.convolve(xs), output, atol=1e-5)
    True
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        state_size: int = 32,
        r_min: float = 0.0,
        r_max: float = 0.99,
        max_phase: float = 2 * math.pi,
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
        _check.sizes("LRU", state_size=state_size)
        _check_ring(r_min, r_max, max_phase)
        self.state_size = operator.index(state_size)
        D, H, N = self.input_size, self.hidden_size, self.state_size
        # |lambda|^2 evenly between r_min^2 and r_max^2, and the phase between 0 and max_phase; both
        # are drawn from (0, 1], of which each number has a logarithm
        squared = r_min**2 + (r_max**2 - r_min**2) * (1 - torch.rand(N))
        self.nu_log = nn.Parameter((-0.5 * squared.log()).log())
        self.theta_log = nn.Parameter((max_phase * (1 - torch.rand(N))).log())
        self.gamma_log = nn.Parameter(0.5 * (1 - squared).log())
        # complex numbers are kept as pairs of real ones: .double() passes complex parameters by
        self.B = nn.Parameter(torch.randn(N, D, 2) / math.sqrt(2 * D))
        self.C = nn.Parameter(torch.randn(H, N, 2) / math.sqrt(N))
        self.D = nn.Parameter(torch.randn(H, D) / math.sqrt(D))

    def discrete(self) -> tuple[Tensor, Tensor]:
        """Return lambda, (state_size,), and gamma * B, (state_size, input_size)."""
        # lambda = exp(-exp(nu_log) + i exp(theta_log))
        eigenvalues = self._log_eigenvalues().exp()
        return eigenvalues, self.gamma_log.exp().unsqueeze(-1) * torch.view_as_complex(self.B)

    def kernel(self, time: int) -> Tensor:
        """Return the responses to a one at the first step, without D.

        They are (time, hidden_size, input_size): of every output to every input.
        """
        _check.sizes("LRU.kernel", time=time)
        _, B = self.discrete()
        t = torch.arange(time, device=B.device).view(-1, 1, 1)
        # K_t = Re(C lambda^t gamma B)
        powers = torch.exp(t * self._log_eigenvalues())
        return (torch.view_as_complex(self.C) * powers @ B).real

    def _log_eigenvalues(self) -> Tensor:
        """Return the logarithm of lambda, (state_size,): its real part is negative."""
        return torch.complex(-self.nu_log.exp(), self.theta_log.exp())

    def _reader(self) -> Tensor:
        return self.D

    def _step(self, xs: Tensor) -> tuple[Tensor, Tensor]:
        eigenvalues, B = self.discrete()
        # h_t = lambda * h_{t-1} + gamma * (B x_t)
        b = F.linear(xs.to(B.dtype), B)
        return eigenvalues.expand_as(b), b

    def _output(self, h: Tensor, xs: Tensor) -> Tensor:
        # y_t = Re(C h_t) + D x_t
        return F.linear(h, torch.view_as_complex(self.C)).real + F.linear(xs, self.D)

    def _convolved(self, xs: Tensor) -> Tensor:
        time = xs.shape[1]
        # y = K * x + D x, and a convolution is a product of transforms
        kernel = torch.fft.rfft(self.kernel(time), 2 * time, dim=0)
        inputs = torch.fft.rfft(xs.to(self.D.dtype), 2 * time, dim=1)
        product = torch.einsum("fhd,bfd->bfh", kernel, inputs)
        y: Tensor = torch.fft.irfft(product, 2 * time, dim=1)[:, :time] + F.linear(xs, self.D)
        return y


def _decaying(initial: Callable[[int], Tensor], state_size: int) -> Tensor:
    """Return ``A``, (state_size,), as ``initial`` gives it, once it is seen to decay."""
    if not callable(initial):
        raise TypeError(
            f"S4D: initial must be a function such as rnnbook.layers.s4d_lin, got {initial!r}; the "
            "usual cause is its name in quotation marks"
        )
    A = initial(state_size)
    _check.tensor("S4D", "A from initial", A)
    _check.floating("S4D", "A from initial", A, A.dtype if A.is_complex() else None)
    if A.shape != (state_size,):
        raise ValueError(
            f"S4D: expected A from initial of shape ({state_size},), a number for each of a state, "
            f"got {tuple(A.shape)}"
        )
    if A.device.type != "meta" and not (A.real < 0).all():
        raise ValueError(
            "S4D: expected A from initial with negative real parts, got one of "
            f"{A.real.max().item():.3g}; a state would not decay but stay or grow"
        )
    return A


def _check_steps(dt: tuple[float, float]) -> None:
    """Raise unless ``dt`` is the least and the largest step."""
    if not isinstance(dt, tuple | list) or len(dt) != 2 or not all(map(_check.is_number, dt)):
        raise TypeError(f"S4D: dt must be two numbers, the least and the largest step, got {dt!r}")
    if not 0 < dt[0] <= dt[1] < math.inf:
        raise ValueError(
            f"S4D: expected dt with 0 < least <= largest, got {dt}; the usual cause is the "
            "logarithms of the two, or the larger one first"
        )


def _check_ring(r_min: float, r_max: float, max_phase: float) -> None:
    """Raise unless the three describe a part of a ring inside the unit circle."""
    for name, value in {"r_min": r_min, "r_max": r_max, "max_phase": max_phase}.items():
        if not _check.is_number(value):
            raise TypeError(f"LRU: {name} must be a number, got {value!r}")
    if not 0 <= r_min < r_max < 1:
        raise ValueError(
            f"LRU: expected 0 <= r_min < r_max < 1, got {r_min} and {r_max}; at 1 a state would "
            "keep all it ever read, and nothing normalises that"
        )
    if not 0 < max_phase <= 2 * math.pi:
        raise ValueError(
            f"LRU: expected max_phase above 0, at most 2 pi, got {max_phase}; it is an angle in "
            "radians, not in degrees"
        )
