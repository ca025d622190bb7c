# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Filters: were they recurrent networks all along?
================================================

.. reading:: write two classical filters as recurrences, and say what training adds to them
   :before: memory lstm

A radar echo shows the place of an aeroplane through noise, and engineers have estimated such hidden
states since 1960 without training anything. What is left for a recurrent network to do?
"""

# %%
# A belief is a state
# -------------------
#
# ★ You may skip this chapter: nothing later in the book needs it.
#
# A casino rolls a fair die, and now and then swaps it for a loaded one, which shows a six half of
# the time (an example from :cite:t:`durbin1998biological`). You see the rolls but not the die. This
# is a :term:`hidden Markov model`. The *forward algorithm* carries a belief: the probability of
# each die, given all rolls so far. For example, say that both are equally probable, and you see a
# six. The fair die shows it with probability 1/6 and the loaded one with 1/2, so your belief in the
# loaded die is 1/2 divided by the sum of both:

import matplotlib.pyplot as plt
import torch

from rnnbook.experiments import filters as experiment
from rnnbook.figures import filters as pictures

dice = experiment.dice()
beliefs, _ = dice.filtered(torch.tensor([[5]]))  # the sides are counted from zero
print(f"after one six: fair {beliefs[0, 0, 0]:.2f}, loaded {beliefs[0, 0, 1]:.2f}")

# %%
# From one roll to the next the die may be swapped, so the belief is first multiplied by a matrix.
# With K hidden states, the belief p is (K,), the transition probabilities A are (K, K), and e is
# (K,), the probability in each state of the symbol that was seen:
#
# .. math::
#
#    u_t = \left(p_{t-1} A\right) \odot e(x_t), \qquad p_t = \frac{u_t}{\sum_k u_{t,k}}
#
# Read it as a recurrent network. The state is p, the recurrent weights are A, and the input decides
# through e how much of each entry passes, as a gate does. Only the division is not linear in the
# state.
#
# .. source:: rnnbook.filters.HiddenMarkov.filtered
#    :nodoc:

states, shown = experiment.rolled(150, seed=0)
beliefs, _ = dice.filtered(shown[None])
fig = pictures.belief(states, beliefs[0])

# %%
# The line is the belief in the loaded die, roll by roll, and the grey bands are the rolls in which
# it was used. The belief climbs after a few sixes and comes down without them. It lags at both ends
# of a band, because one roll proves little.
#
# Dividing is not optional
# ------------------------
#
# Each division is by the probability of one symbol, so you could leave them all out and divide once
# at the end. Then every step is linear in the state. In exact arithmetic the result is the same. In
# the computer's it is not:

result = experiment.run()
print(f"sum of the undivided state after {experiment.ROLLS} rolls:", *result.left)
print(f"beliefs against a sum over all paths: at most {result.apart.max():.0e} apart")

# %%
# The undivided state adds up to the probability of all rolls so far, which soon is too small for a
# 64-bit number. The belief is safe, and it agrees with a sum over all possible sequences of hidden
# states, listed one by one for a small random model.
#
# The Kalman filter is a linear network
# -------------------------------------
#
# Now the hidden state is a point in the plane. Each step turns it around the origin by a twentieth
# of a circle, draws it in a little, and pushes it at random. You see one of its two coordinates,
# with noise of variance 1. The state x is (2,). Each step multiplies it by F, (2, 2), and you see H
# x plus noise, where H is (1, 2). :cite:t:`kalman1960new` found the best estimate m:
#
# .. math::
#
#    m_t = F m_{t-1} + K_t \left(y_t - H F m_{t-1}\right)
#
# The bracket is the surprise, the part of the observation y that was not expected. The *gain* K,
# (2, 1), says how much of the surprise to believe. It follows from the model, that is from F, H,
# the variances of both noises and that of the first state. It does not depend on the observations,
# and it settles:

task = experiment.WORLDS["even noise"]
kalman = experiment.kalman(task)
for t, gain in enumerate(kalman.gains(32), start=1):
    if t in (1, 2, 4, 8, 16, 32):
        print(f"step {t:2d}  gain {gain[0, 0]:.2f} {gain[1, 0]:+.2f}")

# %%
# With a settled gain the filter is :math:`m_t = (I - K H) F\, m_{t-1} + K y_t`. This is a recurrent
# network with two units and no nonlinearity, whose weights are known without training. So train
# one, and see how close its error comes. Beside it stand a plain network and an LSTM, the smoothing
# that spreadsheets offer, and a world with *outliers*, in which one observation in ten has noise
# five times as large. For each network we tried three learning rates on other seeds.
#
# .. predict::
#
#    The Kalman filter knows the world, and no filter that is linear in the observations has a
#    smaller expected error. Which of the networks can beat it, and where?

for world in experiment.WORLDS:
    print(f"{world}: squared error of")
    for name in ("observation", "smoothing", "Kalman"):
        print(f"   {name:12s}", *(f"{error:.2f}" for error in result.error[world, name]))
fig = pictures.errors(result)

# %%
# Each row is a way to estimate, and each dot is one of three runs; further left is better. The
# dashed line is the Kalman filter. On the left, the trained linear network comes to within a few
# percent of it, and no network passes it. Smoothing does much worse, because it cannot turn.
#
# On the right, in the world with outliers, the linear network again ends where the Kalman filter
# is. But the plain network and the LSTM are now clearly better than both. A Kalman filter with two
# changes by hand does about as well as the LSTM. It believes no surprise beyond a limit, which was
# chosen on other sequences, and it takes its gain from the world without outliers.
#
# .. dropdown:: Why?
#
#    In a linear world with independent noise of known variance, the Kalman filter is the best
#    *linear* filter, and the best of all filters when the noise is normal. With outliers the noise
#    is not normal. A very large surprise is then probably an outlier and should count for little,
#    but a linear filter lets it move the estimate in proportion. A nonlinear network can learn to
#    give it less weight. The clipped filter is told to, so it can trust the other observations
#    more.
#
# .. note::
#
#    **Where this stands (2026).** Where the model is known, as it is of a spacecraft, the Kalman
#    filter has been in use since the 1960s (:cite:t:`grewal2010applications`). Where it is known in
#    part, :cite:t:`revach2022kalmannet` keep Kalman's equations and learn the gain with a GRU.
#    State space layers have a linear recurrence inside, too, with weights that are trained.

plt.show()  # a script shows its figures here, in windows

# %%
# Were filters recurrent networks all along? Yes: one carries a belief, the other carries an
# estimate, and both take in one observation per step. If you know the world, and it has few states
# or is linear with normal noise, you need no training. A network can help where you do not know the
# world, or where its noise is not normal.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * A belief is the state of a recurrence. In random hidden Markov models with 3 states, the
#      belief after 8 symbols equals that from listing all paths to 1e-12.
#    * Training comes close to the Kalman filter. With even noise, the squared error of a linear
#      network of two units is at most 5 % above that of the Kalman filter.
#    * With outliers, a gated network beats it. There, the LSTM's squared error is at least 20 %
#      below that of the Kalman filter.
#    * Clipping surprises does as well as the LSTM. With outliers, a Kalman filter that clips them
#      and keeps the gain for even noise has at most 1.02 times the LSTM's squared error.
#    * Undivided forward variables vanish. In 64 bits they are all exactly zero after 1000 rolls of
#      a die.
