# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Mamba's selective state space: what decides what is kept?
=========================================================

.. reading:: say what in S6 sees the input, show that it is no convolution, and test what it keeps
   :before: gru scan minimal state_spaces

A state of fixed size cannot keep everything. A layer whose decay is the same at every step treats
a word and a blank alike, so what changes if each input decides how much is kept?
"""

# %%
# Three of four quantities see the input
# --------------------------------------
#
# S4D, a :doc:`state space layer </chapters/5_today/plot_04_state_spaces>`, gives each of its H
# features a state h of N numbers. Four quantities move it. A says how fast each number of the state
# decays, Δ how long a step lasts, B how an input is written, and C how the state is read. None of
# them depends on the input, and the same is true of an LRU. The layer of Mamba, *S6*
# :cite:p:`gu2023mamba`, computes three of them from the input of the step:
#
# .. math::
#
#    \Delta_t = \mathrm{softplus}(W_\Delta x_t + b_\Delta), \quad B_t = W_B x_t, \quad
#    C_t = W_C x_t
#
# Here softplus(z) is log(1 + exp(z)), which is always positive. Each feature then takes its number
# u of the input and does this:
#
# .. math::
#
#    \bar{A}_t = e^{\Delta_t A}, \quad \bar{B}_t = \Delta_t B_t, \quad
#    h_t = \bar{A}_t \odot h_{t-1} + \bar{B}_t u_t, \quad y_t = C_t \cdot h_t + D u_t
#
# The input x, Δ and :math:`b_\Delta` are (H,), and so is D, which lets the input pass by. B and C
# are (N,), the same for all features. :math:`W_\Delta` is (H, H), and :math:`W_B` and :math:`W_C`
# are (N, H). A, :math:`\bar{A}`, :math:`\bar{B}` and h are (H, N), so u and Δ multiply all N
# numbers of a feature, and each feature gives one number y. In code:
#
# .. source:: rnnbook.layers.selective.S6.discrete
#    :nodoc:
#
# Give the layer two inputs. How far does each quantity move, relative to its size?

import matplotlib.pyplot as plt
import torch

from rnnbook.experiments import selective as experiment
from rnnbook.figures import selective as pictures
from rnnbook.tasks.selective_copying import SelectiveCopying
from rnnbook.training import count_parameters

result = experiment.run()
for name, found in result.moved.items():
    print(f"{name:12s}", *(f"{value:.2f}" for value in found))

# %%
# There is one column per seed. The numbers are the largest change, relative to the largest value. A
# is the same for both inputs. But :math:`\bar{A}`, the share of the state that a step keeps, is
# not, because Δ is in it. A long step keeps little of the old state and writes much. A step of
# length zero would keep everything and write nothing. None of the four sees the state, so :doc:`a
# scan </chapters/5_today/plot_02_scan>` can compute all states.
#
# The response to an impulse depends on when it comes
# ---------------------------------------------------
#
# In an LRU, what an input adds to a later output depends only on the number of steps between them.
# That is a :term:`convolution`, and it can be computed as one. Test it on two untrained layers.
# Take a sequence of noise, replace one step by zeros and then by ones, and see what the ones add to
# an output later. Do it at step 10, and again at step 40:

fig = pictures.responses(result, experiment.PLACES)

# %%
# A panel is a layer of one run, steps after the impulse go from left to right, and the height is
# what the impulse adds to one output. The two lines of the LRU lie on each other, and those of S6
# do not.
#
# .. dropdown:: Why?
#
#    S6 multiplies the state by another :math:`\bar{A}` at each step, and reads it with another C.
#    So the inputs that follow an impulse decide how long it lasts and how it is read. No single
#    list of weights over delays can describe that, and a convolution is such a list. If every other
#    input were zero, the impulse would leave the same states in both places, because equal inputs
#    make equal steps.
#
# With one number of state, S6 is a gate
# --------------------------------------
#
# A step of some length looks like an odd way to choose. Gu and Dao show in their Theorem 1 that it
# is a familiar one. Take N = 1, A = -1 and B = C = 1, and let a number s, read from the input, make
# a step of softplus(s). Then :math:`e^{-\mathrm{softplus}(s)} = 1 - \sigma(s)`, and the layer is
#
# .. math::
#
#    g_t = \sigma(s_t), \quad h_t = (1 - g_t) \, h_{t-1} + g_t \, u_t
#
# This is the update gate of :doc:`the minGRU </chapters/5_today/plot_03_minimal>`, with g for the
# share that is written and u for the candidate. The theorem needs the rule of their paper for what
# a step writes, the *zero-order hold*. The input stays the same during the step, and what it adds
# is :math:`\bar{B} u` with :math:`\bar{B} = (e^{\Delta A} - 1) / A \cdot B`. Their code uses
# *Euler's rule*, the ΔB from above. Let s and u be the same normal numbers, with standard deviation
# 2. How far are the states from those of the gate?

print("zero-order hold", *(f"{value:.0e}" for value in result.gate["zoh"]))
print("Euler's rule   ", *(f"{value:.0e}" for value in result.gate["euler"]))
print("-delta A", *(f"{step:8g}" for step in experiment.STEPS))
print("ratio   ", *(f"{value:8.4f}" for value in result.ratio[0]))

# %%
# The first two rows are differences in 64 bits, by seed. With the hold they are rounding, and with
# Euler's rule they are not. The last row is what the hold writes over what Euler's rule writes,
# :math:`(1 - e^{\Delta A}) / (-\Delta A)`. For short steps the two agree, and a long step writes
# more by Euler's rule. But B and Δ are learned under either rule. All networks below use Euler's
# rule, as the authors' code does.
#
# At four times the length, the LRU is far behind
# -----------------------------------------------
#
# Now a task that is mostly blanks, *selective copying*. Of 16 places, three have one of four
# symbols, 1 to 4, and the others have 0. Then three steps ask, each by a 5, and the network has to
# answer with the three symbols in their order. The symbols stand at the first three places, or at
# places that are drawn for each sequence:

for drawn in (False, True):
    task = SelectiveCopying(length=experiment.LENGTH, drawn=drawn)
    batch = task.batch(1, torch.Generator().manual_seed(1))
    print(*batch.inputs[0][0].tolist(), "  answer", *(batch.target[0] + 1).tolist())

# %%
# Three networks train on drawn places. The first has two of Mamba's blocks. In each block, one path
# is a short convolution and then S6, and it is multiplied by another path, a gate. The second
# network has an LRU instead of S6. The third is one GRU layer of 64 units. Each gets at most 300
# batches of 32 and, of three learning rates that we tried, its best. For the LRU on drawn places
# that was the smallest, and we tried none below it. S6 begins with steps Δ from ``0.01`` to
# ``0.5``, and the LRU keeps shares from ``0.9`` to ``0.999``. For S6 we tried more sizes and ranges
# than for the LRU. A batch has between 4 and 16 places, for all three alike. As a control, the
# network of LRUs also trains on the first places, always 16; S6 and the GRU do not.

for (name, kind), updates in result.updates.items():
    size = count_parameters(experiment.network(name, 0))
    print(f"{name} {kind}: {size:6,d} parameters, updates", *updates)

# %%
# Training stops once the loss is low, so a network that took all 300 might learn more with more
# updates.
#
# .. predict::
#
#    With 16 places the LRU learns something in both cases. How much of it is left at 64 places,
#    where guessing gets a quarter right?

fig = pictures.scores(result, SelectiveCopying().baseline)

# %%
# The height is the share of symbols copied, and the number of places goes from left to right on a
# logarithmic scale. Of these lengths, only the left end was seen in training. A mark is a run. Look
# at the control first. With 16 places, the LRU copies more than 95 % of the symbols from the first
# places, so its state is large enough. It has learned one delay: with twice as many places, it
# copies less than 0.8 of them. From drawn places, every LRU is below every S6 at 64 places, and the
# GRU copies more than 99 % of the symbols at every length.
#
# .. dropdown:: Why?
#
#    From the first places, each symbol is as far from its answer as any other, so one fixed list of
#    weights over delays can solve the task at one length. With drawn places, the delays differ from
#    sequence to sequence. S6 can take short steps at a blank, which hardly fade the state and
#    hardly write to it.
#
# Do not conclude that layers with fixed decays cannot learn this. The gates and the convolution of
# the block see the input too, and with 16 places the LRU is far above guessing. The GRU shows that
# choosing by the input is what gates always did. What S6 adds, like the minGRU, is a choice that a
# scan can compute.
#
# .. note::
#
#    **Where this stands (2026).** :cite:t:`gu2023mamba` report that S6 solves selective copying of
#    16 symbols among 4,096, and induction heads far beyond the training length. A state of fixed
#    size still limits what can be copied: :cite:t:`jelassi2024repeat` find transformers ahead of
#    state space models at copying long strings.
#
# The table so far
# ----------------
#
# Add S6 to :doc:`the table of three tasks </chapters/5_today/plot_01_bill>`. Shares of right
# answers, in one run for each row:

from rnnbook.experiments import three_tasks

print(" " * 15, *(f"{task:>6s}" for task in three_tasks.PROBLEMS))
for row, shares in three_tasks.so_far("S6", seeds=(0,)).items():
    print(f"{row:15s}", *(f"{share:6.2f}" for share in shares.values()))
plt.show()  # a script shows its figures here, in windows

# %%
# The last row is new. It is one bare layer, without the blocks of this chapter, so do not read it
# as Mamba. The factors of S6 are positive, as those of a minGRU are, so expect no parity.
#
# What decides what is kept, then? The input of each step decides it, through the length Δ of the
# step. The state has no say, and A sets only how much a step of that length forgets.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * S6 leads in the median run. At four times the length, from drawn places, it copies over 0.2
#      more of the symbols than an LRU in the same blocks, which loses over 0.2 on the way.
#    * One GRU layer does it too. At four times the length, a GRU of 64 units copies over 0.9 of
#      the symbols from drawn places.
#    * S6 can be exactly a gate. With one number of state and the zero-order hold, its states are
#      those of a gate to within 1e-13; with Euler's rule, they are off by more than 10.
#    * S6 is not a convolution. When an impulse moves by 30 steps, the response of an untrained S6
#      changes by more than 0.3 of its norm, that of an LRU by less than 1e-10.
#    * The median LRU learns one delay. From the first places, it copies over 0.95 of the symbols,
#      and over 0.3 less at twice the length.
