# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
State spaces (S4D, LRU): what do complex decays add?
====================================================

.. reading:: compute a state space layer in three forms, and say which delays it can learn
   :before: lstm scan minimal

To predict an echo 100 steps old, an :doc:`LSTM </chapters/3_architectures/plot_01_lstm>` has to
carry 100 numbers at once, each in its place. Can a linear recurrence do it, if its states turn as
well as fade?
"""

# %%
# A complex decay fades and turns
# -------------------------------
#
# A linear recurrence multiplies its state by a fixed number at every step, say by nine tenths.
# After an impulse, one input of 1 among zeros, the states are the powers of that number. A real
# number between 0 and 1 can only fade. A complex one also turns, and its real part swings:

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
# The eighth of a turn is a full one after eight steps, so the two rows end alike. In between,
# the second is at times negative. Many such waves, each with its own speed and weight, can add up
# at one step and cancel at all others.
#
# S4D :cite:p:`gu2022parameterization` gives every feature N such numbers. It begins in continuous
# time, where the state follows dh/dt = A h + u, with one complex number in A for each of the N. A
# step of length :math:`\Delta`, while the input u stays constant, makes it a recurrence:
#
# .. math::
#
#    \bar{A} = e^{\Delta A}, \quad \bar{B} = \frac{\bar{A} - 1}{A}, \quad
#    h_t = \bar{A} \odot h_{t-1} + \bar{B}\, u_t, \quad y_t = 2\,\mathrm{Re}(C \cdot h_t) + D\, u_t
#
# Here A, C, h and the two with a bar are (N,), and u, y, D and :math:`\Delta` are numbers, one for
# each feature. Each complex number stands for itself and its conjugate, hence the 2 and the real
# part Re. The real part of A is kept negative, so that no state grows by itself. Here are two
# initialisations of A:

print("S4D-Lin ", s4d_lin(3))
print("S4D-Real", s4d_real(3))

# %%
# In S4D-Lin all numbers fade alike, and each turns faster than the one before. The LRU
# :cite:p:`orvieto2023resurrecting` needs no continuous time. It draws its decays :math:`\lambda`
# from a ring in the complex plane and mixes all inputs into one state; :math:`\gamma` keeps the
# state at the size of its input:
#
# .. math::
#
#    h_t = \lambda \odot h_{t-1} + \gamma \odot B x_t, \quad
#    y_t = \mathrm{Re}(C h_t) + D x_t, \quad \lambda = e^{-e^{\nu} + i e^{\theta}}
#
# With N numbers of state, D features in and H out, B is (N, D) and C is (H, N). The skip D is (H,
# D), and the others are (N,).
#
# Recurrence, scan and convolution agree
# --------------------------------------
#
# The decays are the same at every step, so an input k steps ago always counts the same. Its
# weights, over all k, are the *kernel*, and the outputs are a convolution with it, K for each
# feature of S4D:
#
# .. math::
#
#    K_k = 2\,\mathrm{Re}(C \cdot (\bar{A}^{k} \odot \bar{B})), \quad
#    y_t = \sum_{k=0}^{t} K_k\, u_{t-k} + D\, u_t
#
# A Fourier transform turns a convolution into a product. It treats a sequence as a circle, so both
# are padded with zeros to twice their length:
#
# .. source:: rnnbook.layers.S4D.kernel
#    :nodoc:
#
# So the layer trains as a convolution or by :doc:`a scan </chapters/5_today/plot_02_scan>`, and in
# use it takes one step at a time. Do the forms agree?

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
# What is left is rounding, and 32 bits keep fewer digits.
#
# Only states that turn learn the echo
# ------------------------------------
#
# Now the echo. The input is white noise, and the target is the number of 100 steps ago, in
# sequences of 160. S4D-Lin comes first. The second S4D layer has its decays without the turning, so
# its states and its C are real. Then come S4D-Real, which fades faster, an LRU on a thin ring, and
# an LSTM and a GRU.
#
# The S4D layers have 16 features with 32 numbers of state, the LRU has 128 in all, and the gated
# layers 32 units. Every network takes 150 updates, at the best of three learning rates, the same
# three for all.
#
# How far back does each kernel reach before training? This is the share of its absolute numbers at
# 100 steps or later, by seed:

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
# not enough.
#
# Do not conclude that an LSTM or a GRU cannot learn. On an echo of three steps they do, with the
# same rate and updates:

for name, errors in result.near.items():
    print(f"{name:5s} echo of 3 steps, squared error", *(f"{error:.4f}" for error in errors))

# %%
# The echo is also a task made for a state space: it is linear, and a delay is a convolution with
# one spike. A linear layer with the right kernel solves it exactly. A task with decisions in it can
# come out otherwise.
#
# The kernel becomes a spike
# --------------------------
#
# What does one impulse do to the answers, step after step?

fig = pictures.responses(result, experiment.LAG)
plt.show()  # a script shows its figures here, in windows

# %%
# Steps after the impulse go to the right, the answer up; a line is a run, dotted before training
# and solid after it. In every run of the two layers that turn, the tallest point after training is
# at 100 steps. The two layers without turning stay below a tenth there.
#
# .. dropdown:: Why?
#
#    A spike is a sum of waves of many frequencies that agree at one step. Turning states bring the
#    frequencies, and C has only to set each wave's weight and phase. States that only fade are
#    smooth and nearly alike late in their lives. A narrow spike would have to be a small
#    difference of large numbers, and the gradient hardly points there.
#
# .. note::
#
#    **Where this stands (2026).** S4D is the diagonal form of S4 :cite:p:`gu2022efficiently`, whose
#    initialisation comes from a theory of memory. :cite:t:`gu2022parameterization` show that simple
#    ones like S4D-Lin do comparably. :cite:t:`orvieto2023resurrecting` reach the accuracy of such
#    layers on long benchmarks with a linear RNN. Mamba :cite:p:`gu2023mamba` lets the input set
#    :math:`\Delta`, B and C; then no fixed kernel is left.
#
# What do complex decays add, then? They bring waves, of which C can build a delay. The same decays
# without turning reach as far and learn no echo here.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * A delay suits states that turn. S4D-Lin and the LRU end below a quarter of the baseline, the
#      LSTM and the GRU above nine tenths of it.
#    * Reach is not enough. Without turning, S4D keeps over 0.8 of the share of its kernel beyond
#      100 steps, but its error ends above nine tenths of the baseline.
#    * Recurrence, scan and convolution agree. In float64, the outputs of S4D and the LRU by a scan
#      and by a padded FFT are within 1e-10 of those by single steps.
