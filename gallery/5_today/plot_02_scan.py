# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
A recurrence without a loop: what does a scan save?
===================================================

.. reading:: compute a linear recurrence in another order, and say when that is faster
   :before: adding bill

Your sequences have thousands of steps, and a recurrent network takes them one at a time. Which
steps really have to wait for the step before, and do you save time if they need not wait?
"""

# %%
# A linear recurrence only scales and adds
# ----------------------------------------
#
# Take the tanh out of a recurrence, and let each step only scale the state and add a vector to it.
# The scale :math:`a_t` and the vector :math:`b_t` may depend on the input, but not on the state.
# This is a :term:`linear recurrence`; h, a and b are (H,):
#
# .. math::
#
#    h_t = a_t \odot h_{t-1} + b_t
#
# For example, if every step keeps the whole state and adds one, the states count the steps. If a
# step keeps nothing, the count begins again:

import matplotlib.pyplot as plt
import torch

from rnnbook.experiments import scan as experiment
from rnnbook.figures import scan as pictures
from rnnbook.scan import scan

a, b = torch.ones(1, 8), torch.ones(1, 8)
a[0, 5] = 0.0
print("kept  ", a[0].int().tolist())
print("added ", b[0].int().tolist())
print("states", scan(a, b)[0].int().tolist())

# %%
# Two steps in a row are one step
# -------------------------------
#
# :func:`rnnbook.scan.scan` can join steps in two orders:

result = experiment.run()
fig = pictures.orders(result)

# %%
# Steps go from left to right. From top to bottom come the rounds of doubling, or the three stages
# of chunks, each of several rounds. The number in a dot says how many inputs its state has seen,
# and the dot is filled once these are all inputs so far. *Doubling* joins each state with the state
# one step before, then two, four and eight steps before. *Chunks* are read side by side, each from
# zero. Then their last states are joined, one chunk at a time, and each chunk is read again from
# the correct state. Both orders are a :term:`scan`
# :cite:p:`hillis1986data,blelloch1990prefix,martin2018parallelizing`.
#
# Every line in the figure joins a step with :math:`a_1, b_1` and a later step with :math:`a_2, b_2`
# into one step:
#
# .. math::
#
#    h_2 = a_2 \odot (a_1 \odot h_0 + b_1) + b_2
#    = (a_2 \odot a_1) \odot h_0 + (a_2 \odot b_1 + b_2)
#
# Each round of doubling joins every step with the step that lies ``span`` steps before:
#
# .. source:: rnnbook.scan.doubling
#    :nodoc:
#
# Two steps with tanh are not one step of the same form, so they cannot be joined.
#
# Fewer rounds can mean more work
# -------------------------------
#
# A *round* has to wait for the round before. Count the rounds, and the multiplications for each
# number of the states:

print("              16 steps           4,096 steps")
print("          rounds     work     rounds     work")
for name in experiment.ORDERS:
    row = [found[name, n][0] for n in (16, 4096) for found in (result.rounds, result.work)]
    print("{:8s} {:7d} {:8.1f} {:10d} {:8.1f}".format(name, *row))

# %%
# Doubling needs a round for each power of two below the length, and each round goes over the whole
# sequence. Chunks of :math:`\sqrt{T}` steps, for T steps in all, need about :math:`3 \sqrt{T}`
# rounds. At any length, they need about three multiplications per number. (A tree of joins also
# needs only a few, in about twice as many rounds as doubling.)
#
# .. predict::
#
#    On one core, over 2,048 steps, is doubling faster than the loop?

# sphinx_gallery_thumbnail_number = 2
fig = pictures.time(result)

# %%
# Further right are more steps; the height is the time of all states and their gradients, divided by
# the loop's time. Both scales are logarithmic. In the left panel a step has 64 numbers (four
# sequences of 16 units), and over 256 steps or more both scans are faster than the loop. In the
# right panel a step has 1,024 numbers, and doubling is slower than the loop at every length. At
# 2,048 steps, chunks take less time than doubling in both panels.
#
# .. dropdown:: Why?
#
#    In Python each operation has a fixed price. When a step is small, this price is most of the
#    loop's time, so fewer rounds save time. But each round of doubling goes over the whole
#    sequence. When a step is large, this extra work costs one core more than the fewer rounds save.
#    With many cores, which we did not measure, the rounds should matter more.
#
# The two grey lines that end at 256 steps are loops with PyTorch's own gradient. The dashed line at
# one is the loop with a gradient written by hand. If L is the loss, and :math:`g_t` its whole
# gradient by the state of step t, through all later steps, too, this gradient is a recurrence that
# runs backwards: :math:`g_t = \partial L / \partial h_t + a_{t+1} \odot g_{t+1}`, all (H,). The
# first term is the gradient that reaches the state from its own step.
#
# If you write a loop, do not index ``a[:, t]``. The gradient of each such slice is as large as all
# of ``a``, so the work grows with the square of the length. ``a.unbind(1)`` cuts the sequence only
# once.
#
# A scan loses few digits, logarithms lose many
# ---------------------------------------------
#
# Two shortcuts leave the rounds to PyTorch. If you divide by the product
# :math:`P_t = a_1 \odot \cdots \odot a_t`, the recurrence becomes a running sum:
#
# .. math::
#
#    h_t = P_t \odot \sum_{s \le t} b_s / P_s
#
# The other shortcut computes the same sum from logarithms :cite:p:`heinsen2023scan`.

fig = pictures.errors(result)

# %%
# Further right are more steps; the height is the largest error in 32 bits, relative to the largest
# state. Chunks and doubling stay close to the loop, and in 64 bits both give the loop's states and
# gradients to within 1e-10. Dividing by the product still works over 64 steps. Over 1,024 steps it
# gives NaN, because the product becomes zero in 32 bits. With logarithms the states stay finite but
# lose digits. The logarithm of the product grows in size with the length, and so does its rounding
# error.
#
# Negative numbers have no real logarithm, and zero has none. :cite:t:`heinsen2023scan` uses complex
# numbers for negative ones, but zero stays a problem. Here every fourth step adds zero. The states
# are right, but the gradient of each such zero is NaN:

print("error of the states    ", *(f"{error:.0e}" for error in result.zero["states"]))
print("zeros with NaN gradient", *(f"{share:.0%}" for share in result.zero["no gradient"]))

# %%
# ★ A loop with tanh is one system of equations
# ---------------------------------------------
#
# You may skip this section. If a step :math:`h_t = f(x_t, h_{t-1})` is not linear, guess all states
# at once, for example as zeros. Close to the guess, each step is almost linear, with its
# :term:`Jacobian` :math:`J_t = \partial h_t / \partial h_{t-1}`, (H, H), instead of :math:`a_t`.
# From the guessed states h, a scan then gives new states :math:`h'_t`, (H,):
#
# .. math::
#
#    h'_t = J_t\, h'_{t-1} + \left( f(x_t, h_{t-1}) - J_t\, h_{t-1} \right)
#
# The new states are the next guess. This is Newton's method for one large system, with an equation
# for each step :cite:p:`lim2024parallelizing,danieli2025pararnn`. How many rounds of Newton's
# method, each a whole scan, does it need? We test untrained networks with 16 units and random
# inputs. The GRU has PyTorch's default weights. The plain networks have :term:`orthogonal
# <orthogonal matrix>` recurrent weights, multiplied by a *gain*:

from rnnbook.experiments import newton

print(f"Newton rounds by seed, until all states are within {newton.CLOSE} of the loop's")
for (name, steps), rounds in newton.run().rounds.items():
    counts = (f"{count:3d}" if count <= newton.MOST else "none in 60" for count in rounds)
    print(f"{name:12s} {steps:5,d} steps ", *counts)

# %%
# Compare the rows of one network. If a small change of a state dies out, an error in the guess does
# not travel far, and longer sequences need not take more rounds. The orthogonal weights stretch a
# state by the gain before tanh. If the gain is large, an early error can grow along the sequence.
# :doc:`A question </chapters/6_interview/plot_32_nonlinear_parallel>` says what holds on other
# seeds. A round is expensive, because it multiplies matrices of shape (H, H).
plt.show()  # a script shows its figures here, in windows

# %%
# .. note::
#
#    **Where this stands (2026).** :cite:t:`feng2024were` scan with such logarithms, so they add
#    only positive vectors. :cite:t:`gu2023mamba` run the scan as one program, a kernel, on the
#    graphics card. :cite:t:`danieli2025pararnn` use Newton's method to train language models from
#    adapted GRUs and LSTMs, whose Jacobians are diagonal or consist of small blocks.
#
# What does a scan save, then? It saves rounds, which saves time where the fixed price of an
# operation is most of its time. It should also save time where many cores share a round, which we
# did not measure. It does not save work.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Fewer rounds are not always faster. On one core, over 2,048 steps, doubling takes more than
#      twice the loop's time in the median run. With 16 times fewer numbers in a step, it takes less
#      than half the loop's time.
#    * A scan loses few digits. In float32, chunks and doubling have less than 4 times the error of
#      the loop. Over 4,096 steps, logarithms have more than 100 times the error of the loop.
#    * Indexing inside a loop is expensive. In the median run, over 256 steps of 1,024 numbers,
#      states and gradients take more than 2.5 times as long with a[:, t] as with unbind.
