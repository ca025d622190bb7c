# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Mamba's selective state space: what decides what is kept?
=========================================================

.. reading:: say what in S6 sees the input, show that S6 is not a convolution, test what it keeps
   :before: gru scan minimal state_spaces

A state of fixed size cannot keep everything, and with the same decay at every step, it forgets as
much at a blank as at a word. What changes if each input decides how much is kept?
"""

# %%
# Three of four quantities see the input
# --------------------------------------
#
# S4D, a :doc:`state space layer </chapters/5_today/plot_04_state_spaces>`, gives each of its H
# features a state h of N numbers. Four quantities govern it. A says how fast each number decays, Δ
# how long a step lasts, B how an input is written, and C how the state is read. None of them sees
# the input, and the same is true of an LRU. The layer of Mamba, *S6* :cite:p:`gu2023mamba`,
# computes three of them from the input:
#
# .. math::
#
#    \Delta_t = \mathrm{softplus}(W_\Delta x_t + b_\Delta), \quad B_t = W_B x_t, \quad
#    C_t = W_C x_t
#
# Here softplus(z) is log(1 + exp(z)), which is positive. Each feature then reads its number u of
# the input:
#
# .. math::
#
#    \bar{A}_t = e^{\Delta_t A}, \quad \bar{B}_t = \Delta_t B_t, \quad
#    h_t = \bar{A}_t \odot h_{t-1} + \bar{B}_t u_t, \quad y_t = C_t \cdot h_t + D u_t
#
# The input x, Δ, :math:`b_\Delta` and D, which lets the input pass by, are (H,). B and C are (N,),
# the same for all features. :math:`W_\Delta` is (H, H), and :math:`W_B` and :math:`W_C` are (N, H).
# (In Mamba, :math:`W_\Delta` is a product of two thin matrices.) A, :math:`\bar{A}`,
# :math:`\bar{B}` and h are (H, N), and each feature gives one number y. In code:
#
# .. source:: rnnbook.layers.selective.S6.discrete
#    :nodoc:
#
# Give the layer two inputs. How far does each quantity move, relative to its size?

import matplotlib.pyplot as plt
import numpy as np
import torch

from rnnbook.experiments import selective as experiment
from rnnbook.figures import selective as pictures
from rnnbook.tasks.selective_copying import SelectiveCopying
from rnnbook.training import count_parameters

result = experiment.run()
for name, found in result.moved.items():
    print(f"{name:12s} {np.median(found):.2f}")

# %%
# A number is a median over seeds of the largest change, relative to the largest value for the first
# input. A is the same for both inputs. But :math:`\bar{A}`, the share of the state that a step
# keeps, is not, because Δ is in it. A long step keeps little of the old state and writes much. None
# of the four sees the state, so :doc:`a scan </chapters/5_today/plot_02_scan>` can compute all
# states.
#
# In S6, other inputs change the response to an impulse
# -----------------------------------------------------
#
# In an LRU, what an input adds to a later output depends only on that input and on how many steps
# lie between them. That is a :term:`convolution`. Test it on two untrained layers, in 64 bits. In a
# sequence of noise, replace step 10 by zeros and then by ones, and see what the ones add to an
# output later. Do the same at step 40:

fig = pictures.responses(result, experiment.PLACES)

# %%
# A panel is a layer of one run, steps after the impulse go from left to right, and the height is
# what the impulse adds to one output. The two lines of the LRU lie on each other, and those of S6
# do not.
#
# .. dropdown:: Why?
#
#    S6 multiplies the state by another :math:`\bar{A}` at each step, that of the impulse included,
#    and reads it with another C. So the inputs before and after an impulse count. A convolution has
#    one list of weights over delays for all inputs.
#
# With one number of state, S6 can be a gate
# ------------------------------------------
#
# By Theorem 1 of Gu and Dao, the length of a step can act as a gate. Take N = 1, A = -1 and B = C =
# 1, and let a number s, read from the input, make a step of softplus(s). Then
# :math:`e^{-\mathrm{softplus}(s)} = 1 - \sigma(s)`, and the layer is
#
# .. math::
#
#    g_t = \sigma(s_t), \quad h_t = (1 - g_t) \, h_{t-1} + g_t \, u_t
#
# This is :doc:`the minGRU </chapters/5_today/plot_03_minimal>` with 1 - g for its gate z and u for
# its candidate. The theorem needs their paper's rule for what a step writes, the *zero-order hold*:
# :math:`\bar{B} = (e^{\Delta A} - 1) / A \cdot B`, as if the input stayed the same during the step.
# Their code uses *Euler's rule*, the ΔB from above. Let s and u be the same normal numbers, with
# standard deviation 2. How far are the states from those of the gate?

print(f"zero-order hold {np.median(result.gate['zoh']):.0e}")
print(f"Euler's rule    {np.median(result.gate['euler']):.0e}")

# %%
# These are medians, over seeds, of the largest difference in 64 bits. With the hold they are
# rounding, but Euler's rule writes more in a long step. The networks below use Euler's.
#
# At four times the length, the LRU is far behind
# -----------------------------------------------
#
# Now a task that is mostly blanks, *selective copying*. Of 16 places, two have one of four symbols,
# 1 to 4, and the others have 0. Then two steps ask, each by a 5, for the two symbols in their
# order. The symbols stand at the first places, or at places drawn for each sequence:


def joined(symbols: torch.Tensor) -> str:
    """Return symbols, each a digit, without spaces."""
    return "".join(map(str, symbols.tolist()))


for drawn in (False, True):
    task = SelectiveCopying(asked=experiment.ASKED, length=experiment.LENGTH, drawn=drawn)
    batch = task.batch(1, torch.Generator().manual_seed(1))
    print(joined(batch.inputs[0][0]), " answer", joined(batch.target[0] + 1))

# %%
# Three networks train on drawn places; each batch has one length, from 4 to 16 places. The first
# has two simplified blocks of Mamba. In a block, one path is a short convolution and then S6, and
# another, a gate, multiplies it. The second has an LRU instead of S6, and the third is one GRU
# layer of 64 units. Each gets at most 200 batches of 32 and the best of three learning rates. For
# S6 we tried more sizes and starting ranges. As a control, other LRUs train on the first places
# only, always with 16 places.

for (name, kind), updates in result.updates.items():
    size, (label, _) = count_parameters(experiment.network(name, 0)), pictures.LOOKS[name, kind]
    print(f"{label:17s} {size:6,d} parameters, median updates {np.median(updates):3.0f}")

# %%
# .. predict::
#
#    How much of what the LRU learns at 16 places is left at 64, where guessing gets a quarter
#    right?

fig = pictures.scores(result, SelectiveCopying().baseline)

# %%
# The height is the share of symbols copied, over the number of places on a logarithmic scale. A
# mark is a run. Training saw only the left end. With 16 places, the LRU copies more than 95 % of
# the symbols from the first places, so its state has room for two symbols. It has learned one
# delay: with twice as many places, it copies less than half of them. From drawn places, every LRU
# is below every S6 at 64 places, and the GRU copies more than 99 % of the symbols at every length.
#
# .. dropdown:: Why?
#
#    From the first places, one fixed list of weights over delays solves the task at one length.
#    With drawn places, the delays differ. S6 can take short steps at a blank, which hardly fade the
#    state and hardly write to it.
#
# Do not conclude that layers with fixed decays cannot learn this. The gates of the block see the
# input too, and with 16 places the LRU is far above guessing. Choosing by the input is what gates
# always did, as the GRU shows. The choice of S6 does not see the state, so a scan can compute all
# states. That is true of :doc:`the minGRU </chapters/5_today/plot_03_minimal>` too; S6 has N
# numbers of state for each feature, and its reading C sees the input, too.
#
# With one mark, a GRU can do induction, too
# ------------------------------------------
#
# *Induction heads* of a transformer go on from "A B … A" with B :cite:p:`olsson2022context`. In the
# form of Gu and Dao, one mark, here a 9, stands somewhere among random symbols, and once more at
# the end. Which symbol followed it?

from rnnbook.experiments import induction
from rnnbook.tasks.induction import Induction

batch = Induction(induction.SYMBOLS, induction.LENGTH).batch(1, torch.Generator().manual_seed(1))
print(joined(batch.inputs[0][0]), " answer", joined(batch.target + 1))
found = induction.run()
lengths = [times * induction.LENGTH for times in induction.TIMES]
print("\n           parameters  updates ", *(f"{n:4d}" for n in lengths))
for name in induction.NETWORKS:
    size = count_parameters(induction.network(name, 0))
    shares = " ".join(f"{np.median(found.right[name, n]):4.2f}" for n in lengths)
    print(f"{name:10s}{size:11,d}{np.median(found.updates[name]):9.0f}  {shares}")

# %%
# A row has medians of three runs: updates of training, and shares of right answers by the number of
# places. S6, S4D and causal attention each stand in one block of 32 features, and the GRU has 32
# units. Without the short convolution of its block, this attention could not see which symbol
# followed the mark. All train with 12 places, on at most 150 batches, at the largest of three
# rates; no network was better with another. Compare the columns for 12 and for 48 places. S4D
# falls, and S6 and the GRU do not. With one fixed mark, a network only has to hold what follows the
# mark. An induction head works for any A, and that is harder for a state of fixed size. Read the
# price of each, too. The GRU keeps 32 numbers, the layer S6 keeps 128, S4D keeps 256 complex ones,
# and attention keeps keys and values of all steps.
#
# .. note::
#
#    **Where this stands (2026).** :cite:t:`gu2023mamba` report that S6 solves induction far beyond
#    the training length, and :cite:t:`jelassi2024repeat` that transformers are ahead of state space
#    models at copying long strings.
#
# One more row
# ------------
#
# Add S6 to :doc:`the table of three tasks </chapters/5_today/plot_01_bill>`. The first row is the
# best score without memory; below it are shares of right answers in one run:

from rnnbook.experiments import three_tasks

print(" " * 15, *(f"{task:>6s}" for task in three_tasks.PROBLEMS))
for row, shares in three_tasks.table("S6", seeds=(0,)).items():
    print(f"{row:15s}", *(f"{share:6.2f}" for share in shares.values()))
plt.show()  # a script shows its figures here, in windows

# %%
# The last row is new. It is one bare layer, without blocks, so do not read it as Mamba. The factors
# of S6 are positive, so expect no parity.
#
# What decides what is kept, then? By the equation, the input decides it at each step, through the
# length Δ. The state of the layer has no say, and A sets only how much a step of that length
# forgets.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * S6 beats the LRU in the median run. At four times the length, from drawn places, it copies
#      over 0.2 more of the symbols than an LRU in the same blocks, which loses over 0.2 on the way.
#    * One GRU layer does it too. At four times the length, a GRU of 64 units copies over 0.9 of
#      the symbols from drawn places.
#    * S6 can be exactly a gate. With one number of state and the zero-order hold, its states are
#      those of a gate to within 1e-13; with Euler's rule, they are off by more than 10.
#    * S6 is not a convolution. When an impulse moves by 30 steps, the response of an untrained S6
#      changes by more than 0.3 of its norm, that of an LRU by less than 1e-10.
#    * A GRU can solve one-mark induction, too. At four times the training length, the median GRU
#      and S6 get over 0.9 right; in S6's block, the median S4D loses over 0.2 on the way.
