# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
A matrix for a state: what does it recall?
==========================================

.. reading:: read linear attention as a recurrent network, in three forms, and choose how it writes
   :before: lstm attention bill scan minimal

A recurrent network has read 16 keys, each with a value, and you ask for the values of some keys.
All pairs have to fit into a state of fixed size.
"""

# %%
# Attention without a softmax is a recurrent network
# --------------------------------------------------
#
# :doc:`Attention </chapters/3_architectures/plot_07_attention>` gives each step a query, a key and
# a value. It compares the query with all keys so far, so it has to keep all keys. Without the
# softmax, you can take the sum in another order. Here q and k are (d_k,), the value v and the
# output o are (d_v,), and the matrix S is (d_v, d_k):
#
# .. math::
#
#    o_t = \sum_{j \le t} v_j \left( k_j^\top q_t \right)
#    = \Big( \sum_{j \le t} v_j k_j^\top \Big) q_t,
#    \qquad S_t = S_{t-1} + v_t k_t^\top, \quad o_t = S_t q_t
#
# The matrix S is a state. Each step adds one product to S and reads it with one query. This is
# *linear attention* :cite:p:`katharopoulos2020transformers` with two parts left out: the *feature
# map*, which makes queries and keys positive, and the *normaliser*, which divides each output by
# the sum of its scores. *Heads* are such matrices side by side, each with its own queries, keys and
# values:

import matplotlib.pyplot as plt
import numpy as np
import torch

from rnnbook.experiments import matrix as experiment
from rnnbook.figures import matrix as pictures
from rnnbook.layers import LinearAttention

layer = LinearAttention(3, 4, key_size=8, batch_first=True)
output, S_n = layer(torch.randn(2, 5, 3))
print("output, (batch, time, hidden_size):       ", tuple(output.shape))
print("state, (1, batch, heads, values, keys):   ", tuple(S_n.shape))

# %%
# In training all inputs are known from the start. Let the queries, keys, values and outputs of T
# steps be the rows of Q, K, V and O, and M, (T, T), the lower triangle of ones. Then the loop
# becomes a *masked product*:
#
# .. math::
#
#    O = \left( Q K^\top \odot M \right) V
#
# Its work grows with the square of T. The work of the loop grows with T, but the loop computes one
# step after another. *Chunks* lie in between: they take the masked product of 64 steps, and pass
# the matrix on to the next 64.
#
# Two switches give the cores of five published layers
# ----------------------------------------------------
#
# The first switch is a *decay*: each step keeps the share a of the old matrix. RetNet
# :cite:p:`sun2023retentive` fixes a for each head. Mamba-2 :cite:p:`dao2024transformers` computes a
# from the input, and gated linear attention :cite:p:`yang2024gated` computes a decay for each
# number of the key. (Our layer has one decay a head, so it leaves out this one.) The second switch
# is *how to write*. A *sum* adds the value. The *delta rule* of DeltaNet :cite:p:`schlag2021linear`
# adds a share β of the difference between the value and what the matrix holds under the key. With a
# key of norm 1, and β from the input:
#
# .. math::
#
#    S_t = a_t S_{t-1} + \beta_t \left( v_t - a_t S_{t-1} k_t \right) k_t^\top
#
# Both switches together give the gated DeltaNet of Yang, Kautz and Hatamizadeh
# :cite:p:`yang2024delta`. We leave out what each paper adds around its recurrence. One step of the
# loop:
#
# .. source:: rnnbook.layers.matrix.matrix_step
#    :nodoc:
#
# A delta write depends on the writes before it, but one triangular system gives all writes of a
# chunk :cite:p:`yang2024parallelizing`. Let row t of U, (T, d_v), be the β of step t times its
# difference. Without a decay and from an empty state, U solves this system, where β multiplies rows
# and tril keeps what lies below the diagonal:
#
# .. math::
#
#    \left( I + \mathrm{tril}(\beta \odot K K^\top) \right) U = \beta \odot V
#
# How far are the masked product, and chunks of 16 steps, from the loop?

result = experiment.run()
print(f"{'':18s}{'float64':>10s}{'float32':>10s}")
for name in experiment.CORNERS:
    apart = max(result.apart[name, form].max() for form in ("masked", "chunks"))
    lost = max(result.lost[name, form].max() for form in ("loop", "masked", "chunks"))
    print(f"{name:18s}{apart:10.0e}{lost:10.0e}")

# %%
# The layers are untrained. Each number is the largest difference from the loop in float64, relative
# to the largest output. In float64 these are rounding errors. In float32, over 128 steps, no form
# is off by more than one millionth.
#
# A larger matrix recalls more
# ----------------------------
#
# Now train. A sequence has 16 pairs, with different keys out of 64, and with values out of 8. Then
# the sequence asks for the values of 8 keys. The vector of a value has 16 numbers, so with keys of
# d_k numbers the state has 16 d_k numbers. An LSTM with 64 units keeps two vectors of 64 numbers.
# All networks get at most 120 batches of 32 sequences. We tried the same three learning rates for
# each network, and all use the largest.
#
# .. predict::
#
#    With keys of four numbers the matrix has 64 numbers, four for each of the 16 pairs. Is that
#    enough? Are the 128 numbers of the LSTM enough?

numbers = {key: experiment.SIZE * key[1] for key in result.right if key[0] in ("sum", "delta")}
numbers["LSTM", experiment.SMALL] = 2 * experiment.UNITS
fig = pictures.recall(result, numbers, experiment.DISTINCT.baseline)

# %%
# Further right, the state has more numbers; the height is the share of right answers. Each mark is
# a run, and the lines join medians. Where the sum has more numbers in its state, every run answers
# more questions than every run with fewer. With 128 numbers in the state and the same budget of
# updates, an LSTM answers fewer than half as many questions as a matrix. (More updates may help the
# LSTM.) The medians of the sum and of the delta rule are less than 0.1 apart.
#
# .. dropdown:: Why?
#
#    If a key is at a right angle to all others, its value is read back alone. In d_k dimensions, at
#    most d_k keys can all be at right angles. With more pairs, other values are mixed into some
#    readings, and larger keys can make this mixture smaller.
#
# Softmax attention with keys of eight numbers reads the same sequences:

print("softmax, keys of 8: ", *(f"{share:.3f}" for share in result.right["softmax", 8]))

# %%
# It keeps every pair, and its softmax can pick out a single key. The delta rule corrects what a key
# returns, for example when a key comes again.
#
# A sum cannot replace a value, a delta write can
# -----------------------------------------------
#
# Without training, write four keys at right angles, then write the first key again with a new
# value. Read each key, and compare the result with the last value of that key:

print(f"{'off by':10s}{'the key written again':>24s}{'the three others':>20s}")
for name in ("sum", "decay", "delta"):
    again, others = (np.median(result.off[name, which]) for which in ("again", "others"))
    print(f"{name:10s}{again:24.3f}{others:20.3f}")

# %%
# These are errors relative to the norm of the value, medians over seeds, and β is 1. The sum holds
# both values of the first key. A decay, here ``0.9`` a step, makes all values fade. The delta write
# removes the old value of its key and nothing else.
#
# A delta write is gradient descent. Half the squared distance L between the value and what the
# matrix holds under the key has this derivative by the matrix:
#
# .. math::
#
#    L = \tfrac{1}{2} \left\| S k - v \right\|^2, \qquad
#    \frac{\partial L}{\partial S} = \left( S k - v \right) k^\top
#
# One update with learning rate β is the delta write. With autograd's gradient, the two differ by:

print(*(f"{apart:.0e}" for apart in result.descent))

# %%
# These are rounding errors. Now train on 16 pairs with only 8 keys, so keys come again, and the
# last value counts. A key has 16 numbers, so all 8 keys can be at right angles. After at most 300
# updates, a sum, a delta rule and a softmax read sequences with up to 8 times as many pairs.

overwritten = experiment.overwritten()
fig = pictures.overwritten(overwritten, experiment.AGAIN.baseline)

# %%
# Further right, the sequences are longer; the height is the share of right answers. The delta line
# stays above 0.95 at every length. (On a few fresh seeds the delta rule learns late, so we claim
# less.) The sum and the softmax answer fewer than two thirds of the questions at 16 pairs, and
# fewer than a third at 128 pairs. For both, the order of the pairs changes nothing, so they cannot
# know which of two values came later. (The attention has no positions.)
#
# One layer of attention restores the recall
# ------------------------------------------
#
# Go back to keys that all differ, with eight numbers each. What does a second layer add?

hybrids = experiment.hybrids()
for name, shares in {"sum": result.right["sum", 8], **hybrids.right}.items():
    print(f"{name:14s}", *(f"{share:.3f}" for share in shares))

# %%
# Each row is a network, each column a run. In every run, a sum and a softmax layer together answer
# more questions than two sum layers, by more than 5 points. With the softmax layer, every run
# answers more than 95 % of the questions. (The softmax layer above did so alone.) Such a mixture is
# called a *hybrid*. Its attention keeps a cache that grows, as :doc:`the bill
# </chapters/5_today/plot_01_bill>` counts.
#
# .. note::
#
#    **Where this stands (2026).** :cite:t:`arora2024simple` report a tradeoff between the size of
#    the state and recall, in language models too.
#
# One more row
# ------------
#
# Add the delta rule to :doc:`the table of three tasks </chapters/5_today/plot_01_bill>`. The first
# row is the best score without memory; below it are shares of right answers in one run:

from rnnbook.experiments import three_tasks

print(" " * 15, *(f"{task:>6s}" for task in three_tasks.PROBLEMS))
for row, shares in three_tasks.table("delta rule", seeds=(0,)).items():
    print(f"{row:15s}", *(f"{share:6.2f}" for share in shares.values()))
plt.show()  # a script shows its figures here, in windows

# %%
# The last row is new. The delta rule solves *keep*, but neither *copy* nor *parity*.
#
# What does a matrix recall, then? With larger keys it recalls more pairs. With delta writes and
# training, it recalls the last value of a key that comes again.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * One layer has three forms. For linear attention, RetNet, Mamba-2, DeltaNet and gated
#      DeltaNet, the masked product and the chunks agree with the loop to within 1e-10 in float64.
#      In float32, they agree to within 1e-5.
#    * Larger keys recall more. A sum with keys of 4 numbers answers fewer than 65 % of the
#      questions about 16 pairs. A sum with keys of 32 numbers answers more than 80 %.
#    * Delta writes can learn to replace. Where keys come again, the median network with delta
#      writes answers over 85 % of the questions at eight times the trained length. The sum and the
#      softmax without positions answer under 70 % even at the trained length.
