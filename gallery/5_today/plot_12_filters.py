# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Filters: were they recurrent networks all along?
================================================

.. reading:: write two classical filters as recurrences, and say what training adds to them
   :before: memory lstm

A radar echo shows the place of an aeroplane only with noise, and engineers have estimated such
hidden states for more than 60 years without training anything. What is left for a recurrent network
to do?
"""

# %%
# A belief is a state
# -------------------
#
# ★ You may skip this chapter: only one interview question stands on it.
#
# A casino rolls a fair die, and now and then swaps it for a loaded die, which shows a six half of
# the time (an example from :cite:t:`durbin1998biological`). You see the rolls but not the die. This
# is a :term:`hidden Markov model`. The *forward algorithm*, with a division at each step, carries a
# belief: the probability of each die, given all rolls so far. For example, say that both dice are
# equally probable, and you see a six. The fair die shows a six with probability 1/6 and the loaded
# die with 1/2, so your belief in the loaded die is 1/2 divided by the sum of both numbers:

import matplotlib.pyplot as plt
import torch

from rnnbook.experiments import filters as experiment
from rnnbook.figures import filters as pictures

dice = experiment.dice()
beliefs, _ = dice.filtered(torch.tensor([[5]]))  # the sides are counted from zero
print(f"after one six: fair {beliefs[0, 0, 0]:.2f}, loaded {beliefs[0, 0, 1]:.2f}")

# %%
# Before each roll but the first, the die may be swapped, so the belief is first multiplied by a
# matrix. With S hidden states, the belief p is (S,), and the transition probabilities A are (S, S).
# The vector e, (S,), is the probability of the symbol that was seen, for each state:
#
# .. math::
#
#    u_t = \left(p_{t-1} A\right) \odot e(x_t), \qquad p_t = \frac{u_t}{\sum_k u_{t,k}}
#
# Read this as a recurrent network. The state is p, the recurrent weights are A, and through e the
# input decides how much of each entry passes, as in a gate. Only the division is not linear in the
# state.
#
# .. source:: rnnbook.filters.HiddenMarkov.filtered
#    :nodoc:

states, shown = experiment.rolled(150, seed=0)
beliefs, _ = dice.filtered(shown[None])
fig = pictures.belief(states, beliefs[0])

# %%
# The line is the belief in the loaded die, roll by roll, and the grey bands are the rolls in which
# that die was used. The belief climbs after a few sixes and falls without sixes. At both ends of
# the first band it lags, and during the second it stays below one half, because the die in use
# first rolls like the other one.
#
# Without division, the state ends at zero
# ----------------------------------------
#
# Each division is by one number, so you could leave out all divisions and divide once at the end.
# Then every step is linear in the state. In exact arithmetic the result is the same. In a
# computer's arithmetic it is not:

result = experiment.run()
print(f"sum of the undivided state after {experiment.ROLLS} rolls:", *result.left)
print(f"beliefs against a sum over all paths: at most {result.apart.max():.0e} apart")

# %%
# The entries of the undivided state add up to the probability of all rolls so far, which soon is
# too small for a 64-bit number. The belief is safe. (Logarithms would do, too.) For a small random
# model, the belief agrees with a sum over all possible sequences of hidden states, listed one by
# one.
#
# The Kalman filter is a linear network
# -------------------------------------
#
# Now the hidden state is a point in the plane. Each step turns the point around the origin by a
# twentieth of a circle, moves it a little inwards, and pushes it at random. You see one of its two
# coordinates, with noise of variance 1. The state x is (2,). Each step multiplies it by F, (2, 2),
# and you see H x plus noise, where H is (1, 2). :cite:t:`kalman1960new` found the best estimate m:
#
# .. math::
#
#    m_t = F m_{t-1} + K_t \left(y_t - H F m_{t-1}\right)
#
# The bracket is the surprise, the part of the observation y that was not expected. The *gain* K,
# (2, 1), says how much of the surprise to believe. The gain follows from the model: from F, H and
# the variances of push, noise and first state. It does not depend on the observations, and it
# settles:

task = experiment.WORLDS["even noise"]
kalman = experiment.kalman(task)
for t, gain in enumerate(kalman.gains(32), start=1):
    if t in (1, 2, 4, 8, 16, 32):
        print(f"step {t:2d}  gain {gain[0, 0]:.2f} {gain[1, 0]:+.2f}")

# %%
# With a settled gain the filter is :math:`m_t = (I - K H) F\, m_{t-1} + K y_t`. This is a recurrent
# network with two units and no nonlinearity, whose weights are known without training. So train
# one, and see how close its error comes to the filter's. The error is that of the coordinate you
# see, without its noise. We compare this network with a plain network, an LSTM and exponential
# smoothing, whose factor and scale are fitted on other sequences. The noise so far is *even noise*.
# In a second world, with *outliers*, one observation in ten has its noise multiplied by 5. For each
# network we tried three learning rates on other seeds.
#
# .. predict::
#
#    The Kalman filter knows the world, and no filter that is linear in the observations has a
#    smaller expected error. Which networks can beat it, and in which world?

for world in experiment.WORLDS:
    print(f"{world}: squared error of")
    for name in ("observation", "smoothing", "Kalman"):
        print(f"   {name:12s}", *(f"{error:.2f}" for error in result.error[world, name]))
fig = pictures.errors(result)

# %%
# Each row is a way to estimate, and each dot is one of three runs; further left is better. The
# dashed line is the Kalman filter. In the left panel, the trained linear network comes to within a
# few percent of the filter, and no network does better than the filter. Smoothing does much worse,
# because it does not turn the estimate.
#
# In the right panel, with outliers, the linear network again ends where the Kalman filter is. But
# now the plain network and the LSTM are clearly better than both. A Kalman filter with two changes
# by hand (*clipped*) does about as well as the LSTM. It clips surprises at a limit, which was
# chosen on other sequences, and it takes its gain from the world without outliers.
#
# .. dropdown:: Why?
#
#    In a linear world with independent noise of known variance, the Kalman filter is the best
#    *linear* filter, and the best of all filters when the noise is normal. With outliers the noise
#    is not normal. A very large surprise is then probably an outlier and should count for little,
#    but in a linear filter it moves the estimate in proportion to its size. A nonlinear network can
#    learn to give such a surprise less weight. The clipped filter does so by design, so it can
#    trust the other observations more.
#
# .. note::
#
#    **Where this stands (2026).** Where the model is known, as for a spacecraft, the Kalman filter
#    has been in use since the 1960s (:cite:t:`grewal2010applications`). Where the model is only
#    partly known, :cite:t:`revach2022kalmannet` keep Kalman's equations and learn the gain with a
#    GRU. State space layers have a linear recurrence inside, too, with weights that are trained.

plt.show()  # a script shows its figures here, in windows

# %%
# Were filters recurrent networks all along? Yes: the forward algorithm carries a belief, the Kalman
# filter carries an estimate, and both take in one observation per step. If you know the world, and
# it has few states or is linear with normal noise, you need no training. A network can help where
# you do not know the world, or where its noise is not normal.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * A belief is the state of a recurrence. In random hidden Markov models with 3 states, the
#      belief after 8 symbols equals a sum over all paths to within 1e-12.
#    * Training comes close to the Kalman filter. With even noise, a trained linear network of two
#      units has a squared error at most 5 % above that of the Kalman filter.
#    * With outliers, an LSTM beats the Kalman filter. In that world, the LSTM's squared error is at
#      least 20 % below that of the Kalman filter.
#    * A clipped filter keeps up with the LSTM. With outliers, a Kalman filter that clips its
#      surprises and keeps the gain for even noise has at most 1.02 times the LSTM's squared error.
#    * Without division, the state vanishes. In 64 bits, after 1,000 rolls of a die, all entries of
#      the undivided state are exactly zero.
