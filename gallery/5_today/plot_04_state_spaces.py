# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
State spaces (S4D, LRU): what do complex decays add?
====================================================

.. reading:: compute a state space layer in three forms, and say which delays it can learn
   :before: lstm scan minimal

To repeat each input 100 steps later, an :doc:`LSTM </chapters/3_architectures/plot_01_lstm>` has to
carry 100 numbers at once, each in its place. Can a linear recurrence do it, if its states are
complex numbers that turn as well as fade?
"""

# %%
# A complex decay fades and turns
# -------------------------------
#
# Take a :term:`linear recurrence` that multiplies its state by a fixed number at every step, say by
# nine tenths. After an *impulse*, one input of 1 among zeros, the states are the powers of that
# number. The powers of a real number between 0 and 1 only fade. Those of a complex one also turn by
# an angle at each step, so their real part swings:

import math

import matplotlib.pyplot as plt
import torch

from rnnbook.experiments import state_spaces as experiment
from rnnbook.figures import state_spaces as pictures
from rnnbook.layers import LRU, S4D, s4d_lin, s4d_real
from rnnbook.tasks.delay import Delay

t = torch.arange(9)
turn = torch.polar(torch.tensor(0.9), torch.tensor(math.pi / 4))
print("0.9, real             ", *(f"{value:6.2f}" for value in 0.9**t))
print("0.9, an eighth of turn", *(f"{value:6.2f}" for value in (turn**t).real))

# %%
# The eighth of a turn is a full one after eight steps, so the two rows end alike. In between, the
# second is at times negative. Many such waves, each with its own speed and weight, can add up at
# one step and nearly cancel at the others.
#
# In S4D :cite:p:`gu2022parameterization`, a linear map turns the input into features, each a number
# u at every step, and every feature has a state h of N complex numbers. S4D begins in continuous
# time, where the state follows dh/dt = A h + u, with a complex number in A for each of the N. A
# step of length :math:`\Delta`, while u stays constant, makes it a recurrence:
#
# .. math::
#
#    \bar{A} = e^{\Delta A}, \quad \bar{B} = \frac{\bar{A} - 1}{A}, \quad
#    h_t = \bar{A} \odot h_{t-1} + \bar{B}\, u_t, \quad y_t = 2\,\mathrm{Re}(C \cdot h_t) + D\, u_t
#
# Here A, C, h and the two with a bar are (N,), and u, the output y, :math:`\Delta` and D, which
# lets the input pass by, are numbers, one for each feature. Each complex number stands for itself
# and its conjugate, hence the 2 and the real part Re. The real part of A is kept negative, so that
# no state grows by itself. Here are two initialisations of A:

print("S4D-Lin ", s4d_lin(3))
print("S4D-Real", s4d_real(3))

# %%
# In S4D-Lin all numbers of a feature fade alike, and each turns faster than the one before. In
# S4D-Real none turns, and each fades faster than the one before. The *linear recurrent unit*, LRU
# :cite:p:`orvieto2023resurrecting`, needs no continuous time. Its decays :math:`\lambda` begin on a
# ring in the complex plane, and all inputs are mixed into one state. At the start, :math:`\gamma`
# keeps that state at the size of its input:
#
# .. math::
#
#    h_t = \lambda \odot h_{t-1} + \gamma \odot B x_t, \quad
#    y_t = \mathrm{Re}(C h_t) + D x_t, \quad \lambda = e^{-e^{\nu} + i e^{\theta}}
#
# With d numbers in x, N in the state and H in the output y, B is (N, d), C is (H, N) and D is (H,
# d). All others are (N,).
#
# Recurrence, scan and convolution agree
# --------------------------------------
#
# The decays are the same at every step, so an input k steps ago always has the same weight. The
# weights of all k are the *kernel* K, and the outputs are a :term:`convolution` with it. In S4D,
# :math:`K_k` is a number for each feature:
#
# .. math::
#
#    K_k = 2\,\mathrm{Re}(C \cdot (\bar{A}^{k} \odot \bar{B})), \quad
#    y_t = \sum_{k=0}^{t} K_k\, u_{t-k} + D\, u_t
#
# A Fourier transform turns a convolution into a product. It treats a sequence as a circle, so the
# layer first pads the input and the kernel with zeros to twice their length. It computes the kernel
# like this, with the powers of :math:`\bar{A}` taken as exponentials:
#
# .. source:: rnnbook.layers.S4D.kernel
#    :nodoc:
#
# So the layer can train as a convolution or by :doc:`a scan </chapters/5_today/plot_02_scan>`, and
# in use it can take one step at a time. Do the forms agree?

layer = S4D(1, 4, state_size=8, batch_first=True)
xs = torch.randn(2, 5, 1)
output, h_n = layer(xs)
print("output", tuple(output.shape), " state", tuple(h_n.shape), h_n.dtype)
print("state of an LRU", tuple(LRU(1, 4, state_size=8)(xs.transpose(0, 1))[1].shape))
result = experiment.run()
print("\nlargest distance from single steps, relative to the largest output")
for name in ("S4D-Lin", "S4D-Real", "LRU"):
    for form in ("scan", "convolution"):
        far = (max(result.apart[name, form, bits]) for bits in ("float64", "float32"))
        print(f"{name:9s}{form:12s} 64 bits {next(far):.0e}   32 bits {next(far):.0e}")

# %%
# Each number is the largest of three seeds. What is left is rounding, and 32 bits keep fewer
# digits.
#
# In 150 updates, only states that turn learn the echo
# ----------------------------------------------------
#
# Now the echo. The input is white noise, that is, independent normal numbers. The target is the
# number of 100 steps ago, in sequences of 160. S4D-Lin comes first. The second S4D layer has the
# decays of S4D-Lin without the turning, so its states and its C are real. Then come S4D-Real, which
# fades faster, an LRU, an LSTM and a GRU.
#
# The S4D layers have 16 features with 32 numbers of state each, the LRU has 128 numbers in all, and
# the gated layers have 32 units. We began the S4D layers with steps :math:`\Delta` from ``0.01`` to
# ``0.3``, and the LRU on a ring from ``0.99`` to ``0.9999``, so that some of their states last 100
# steps from the start. The LSTM and the GRU have PyTorch's default initialisation. Every network
# takes 150 updates, at the best of three learning rates, the same three for all.
#
# How far back does each kernel reach before training? Add up its absolute values over 2,000 steps.
# This is the share at 100 steps or later, a mean over features, by seed:

for name, shares in result.beyond.items():
    print(f"{name:16s}", *(f"{share:.2f}" for share in shares))

# %%
# In these runs S4D-Real has less than half of the share of S4D-Lin. Without turning, the share
# stays close to that of S4D-Lin, because the decays set the reach and turning does not change them.
#
# .. predict::
#
#    Three layers reach much further than S4D-Real. Which of the six networks learn the echo?

fig = pictures.errors(result, Delay(experiment.LAG, experiment.LENGTH).baseline)

# %%
# A row is a network and a dot is a run; further left is better, on a logarithmic scale. Only
# S4D-Lin and the LRU are to the left of a tenth; all other dots are at the baseline. So reach is
# not enough. We claim the errors of these two only for the median of three runs, because on other
# seeds a single run can end above a quarter of the baseline.
#
# Do not conclude that an LSTM or a GRU cannot learn. With 32 units, the LSTM keeps 64 numbers and
# the GRU keeps 32, fewer than the 100 of the echo. Here we tried neither more units nor longer
# memories at the start. On an echo of three steps they learn, with the same rate and updates:

for name, errors in result.near.items():
    print(f"{name:5s} echo of 3 steps, squared error", *(f"{error:.4f}" for error in errors))

# %%
# The baseline is 1. The echo is also a task made for a state space: it is linear, and a delay is a
# convolution with one spike. Where a network has to decide what to keep, the order can change, as
# :doc:`selective copying </chapters/5_today/plot_06_selective>` shows for the LRU and the GRU.
#
# Where states turn, the response becomes a spike
# -----------------------------------------------
#
# What does one impulse do to the answers, step after step?

fig = pictures.responses(result, experiment.LAG)

# %%
# A panel is a layer. Steps after the impulse go to the right, and the height is the answer. A line
# is a run, dotted before training and solid after it. In every run of the two layers that turn, the
# tallest point after training is at 100 steps. The two layers without turning stay below a tenth
# there.
#
# .. dropdown:: Why?
#
#    A spike is a sum of waves of many frequencies that agree at one step. States that turn bring
#    the frequencies, and C sets the weight and the phase of each wave. States that only fade have
#    smooth responses, which look nearly alike after 100 steps. So a narrow spike would have to be a
#    small difference of large numbers.
#
# .. note::
#
#    **Where this stands (2026).** S4D is the diagonal form of S4 :cite:p:`gu2022efficiently`, whose
#    initialisation comes from a theory of memory. :cite:t:`gu2022parameterization` report that
#    diagonal layers with simple initialisations, such as S4D-Lin, do about as well.
#    :cite:t:`orvieto2023resurrecting` reach the accuracy of such layers on benchmarks of long
#    sequences with the LRU. Mamba :cite:p:`gu2023mamba` lets the input set :math:`\Delta`, B and C,
#    so it has no fixed kernel.
#
# The table so far
# ----------------
#
# No task in :doc:`the table of three tasks </chapters/5_today/plot_01_bill>` is a delay. Add S4D to
# it. Shares of right answers, in one run for each row:

from rnnbook.experiments import three_tasks

print(" " * 15, *(f"{task:>6s}" for task in three_tasks.PROBLEMS))
for row, shares in three_tasks.so_far("S4D", seeds=(0,)).items():
    print(f"{row:15s}", *(f"{share:6.2f}" for share in shares.values()))
plt.show()  # a script shows its figures here, in windows

# %%
# The last row is new. S4D weights each input by its age and by nothing else. On *keep*, the bits
# that pass are weighted by the same rule as the first one. On *copy*, the ages of the symbols
# differ from sequence to sequence.
#
# What do complex decays add, then? They bring waves, of which C can build a delay. The same decays
# without turning reach as far and learn no echo here.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * A delay suits states that turn. The median S4D-Lin and LRU end below a quarter of the
#      baseline, every LSTM and GRU above four fifths of it.
#    * Reach is not enough. Without turning, S4D keeps over 0.8 of its kernel's share beyond 100
#      steps, but ends above four fifths of the baseline; with turning, the median ends below a
#      quarter.
#    * Recurrence, scan and convolution agree. In float64, the outputs of S4D and the LRU by a scan
#      and by a padded FFT are within 1e-10 of those by single steps.
