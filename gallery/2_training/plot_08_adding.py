# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
The adding problem: which remedy helps?
=======================================

For a network that forgets there is a list of remedies: clip, start differently, add gates, skip
steps, attend. This chapter puts every one of them on the same small task and lets it tell which
ones help, and over how many steps.
"""

# %%
# Two numbers out of many
# -----------------------
#
# Each step brings a number between zero and one, and a mark. Two steps are marked, and at the end
# the network has to say what the two marked numbers add up to. This is the
# :term:`adding problem`, one of the tests with which Hochreiter and Schmidhuber
# :cite:p:`hochreiter1997long` introduced the LSTM.

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from rnnbook.experiments import adding as experiment
from rnnbook.figures import adding as pictures
from rnnbook.models import SequenceRegressor
from rnnbook.scan import scan
from rnnbook.tasks.adding import Adding
from rnnbook.training import evaluate, fit, predict

numbers, marks = np.array([0.3, 0.1, 0.8, 0.2]), np.array([1, 0, 0, 1])
print("by hand:", (numbers * marks).sum())

task = Adding(length=20)
batch = task.batch(3, torch.Generator().manual_seed(3))
print("inputs:", tuple(batch.inputs[0].shape), " target:", tuple(batch.target.shape))
for xs, target in zip(batch.inputs[0], batch.target, strict=True):
    marked = xs[xs[:, 1] == 1, 0]
    print(f"{target.item():.2f} =", " + ".join(f"{x:.2f}" for x in marked.tolist()))

# %%
# One mark lies in the first half and one in the second, the form that Arjovsky and others
# :cite:p:`arjovsky2016unitary` use. So the older number has to be kept for at least half of the
# sequence, past other numbers that are just as large and must *not* be added.
#
# Who has understood nothing answers one, the mean of all sums. The error is then the variance of
# two random numbers, two twelfths. Here is that :term:`baseline`, and a :term:`GRU` that learns
# the task:

torch.manual_seed(0)
model = SequenceRegressor(input_size=2, hidden_size=24, layer=nn.GRU)
history = fit(model, task, steps=400, seed=0, learning_rate=2e-2, until=experiment.UNTIL)
print(f"always one:  {task.baseline:.3f}")
print(f"GRU:         {evaluate(model, task, seed=1000):.3f}", end="")
print(f" after {len(history.losses)} updates")
with torch.no_grad():
    answers = predict(model, batch)
for target, answer in zip(batch.target[:, 0], answers[:, 0], strict=True):
    print(f"{target.item():.2f} answered with {answer.item():.2f}")

# %%
# We shall call a run solved when its error on fresh sequences is below ``0.02``, about an eighth
# of the baseline.
#
# Remedies you have met
# ---------------------
#
# Four from the chapters before: *clipping* the gradient, which all runs below have but one; an
# *orthogonal* start; ReLU with the *identity* as its start :cite:p:`le2015simple`; and *gates*, in
# an :term:`LSTM` and a :term:`GRU`, the LSTM also with the :term:`chrono initialisation` that opens
# its forget gates and closes its input gates to match.
#
# A fifth is quickly said. A :term:`skip connection` over time lets a state also see the state a
# fixed number of steps back, here ten, so that the way back to a distant step is ten times shorter
# :cite:p:`lin1996learning`:
#
# .. math::
#
#    h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1} + W_{far} h_{t-10} + b_h)
#
# A sixth does away with the single state. :term:`Attention <attention>` lets the answer be read
# from *all* states, each with a weight that the network computes from the state itself. Raffel and
# Ellis :cite:p:`raffel2015feed` used it on this very task; here it is, and
# :doc:`its own chapter </chapters/3_architectures/plot_07_attention>` shows it at work on words.
#
# .. source:: rnnbook.models.AttentiveRegressor
#    :members: forward, _attend
#    :nodoc:
#
# ★ A recurrence without a loop
# -----------------------------
#
# You may skip this section.
#
# The seventh is older than its present fame. Take the tanh away: let a state only be
# scaled and added to, by amounts that depend on the input alone. This is a
# :term:`linear recurrence`:
#
# .. math::
#
#    h_t = a_t \, h_{t-1} + b_t
#
# Two such steps in a row are again one such step, which keeps the product of what they keep. So a
# computer need not go step by step. It joins neighbours, then pairs, then fours: a :term:`scan`
# :cite:p:`hillis1986data,blelloch1990prefix`, which Martin and Cundy
# :cite:p:`martin2018parallelizing` brought to recurrent networks.
#
# .. source:: rnnbook.scan.doubling
#    :nodoc:
#
# If every step keeps all and adds one, the states must count. Watch them after each pass:

h, span = torch.ones(8), 1
while span < len(h):
    h = h + torch.cat([torch.zeros(span), h[:-span]])  # a is one: all is kept
    span *= 2
    print(f"{span} joined:", h.int().tolist())

# %%
# Every pass doubles how much of its past a step has in it. All steps of a pass can be computed at
# the same time, and so can those of the gradient, which is a scan from the other end. Is it the
# same as the loop?

a, b = torch.rand(2, 200, 24, dtype=torch.float64), torch.randn(2, 200, 24, dtype=torch.float64)
difference = (scan(a, b) - experiment.one_by_one(a, b)).abs().max().item()
print(f"steps of the loop: {a.shape[1]}, passes: {int(np.ceil(np.log2(a.shape[1])))}")
print("the same to ten decimals:", difference < 0.5e-10)

# %%
# The linear recurrence of this chapter is a GRU from which the old state has been taken out of the
# gate and of the candidate, the minGRU of Feng and others :cite:p:`feng2024were`. Its biases start
# like those of the chrono initialisation.
#
# .. math::
#
#    z_t = \sigma(W_{xz} x_t + b_z)
#
# .. math::
#
#    h_t = z_t \, h_{t-1} + (1 - z_t)(W_{xn} x_t + b_n)
#
# All on one task
# ---------------
#
# Each network has 24 units and gets batches of 32. It stops when it has solved its length, or
# after 250 updates at ten, 400 at 20 and 30, and 600 from 100 on. The learning rate is the best of
# a few that were tried for its kind. To save time no network is run at every length: those that
# fail at 20 are asked for ten, those that succeed for more. Where the rows of a network end,
# nothing is known about what lies beyond.
#
# .. predict::
#
#    Seven networks try 20 steps: plain, from an orthogonal start, with skip connections; ReLU with
#    the identity, LSTM, LSTM with chrono initialisation, GRU. Which ones solve it? And who solves
#    200?

result = experiment.run()
fig = pictures.errors(result, experiment.SOLVED, task.baseline)

# %%
# Each dot is a run, judged on fresh sequences, on a logarithmic scale; farther left is better.
# All three GRUs solve 20 steps and 30, and none of the nine tanh networks solves 20. The nine are
# three plain, three with orthogonal weights, and three with skip connections.
#
# .. dropdown:: The answer
#
#    At 20 steps the plain network stays close to answering one, and orthogonal start and skip
#    connections leave it there or nearly there. ReLU with the identity learns, and so do the gated
#    networks, though a run may end just above the line of solved. At 30 the LSTM as PyTorch starts
#    it may lose a run altogether, while the one with chrono initialisation adds over a hundred. At
#    200 the linear recurrence succeeds. The numbers, a column a seed:

for (name, length), errors in result.error.items():
    print(f"{name:18s} {length:3d} ", *(f"{error:.3f}" for error in errors))

# %%
# Look at the rows of ten steps as well. Even there, 250 updates do not bring the plain network far,
# with clipping or without, and the orthogonal start helps in some runs only, where ReLU with the
# identity helps in all; more training may do more. In "Why are longer sequences harder to learn?"
# the same kind of network remembers a number over 30 steps. It is not the same task: there, all
# that came later was small noise, which a state can let pass. Here each of the numbers in between
# is as large as the two that count.
#
# The takeaways below say less than these runs: on a few other seeds an orthogonal network gets
# below half of the baseline at 20 steps, and an LSTM with chrono initialisation fails at 100.
#
# More gradient is not enough
# ---------------------------
#
# The orthogonal start makes it plain that :term:`vanishing gradients <vanishing gradient>` alone do
# not explain this failure. Before training, how much does the answer change with the first of 20
# inputs? A column a seed:

for name, slopes in result.slope.items():
    print(f"{name:18s}", *(f"{slope:8.0e}" for slope in slopes))

# %%
# The orthogonal network sees the first step more clearly than the GRU, which does learn. What it
# lacks is a way to take in a number *if* it is marked and to hold still if not. That is a product
# of number and mark, and a gate is a product. ReLU has a switch too, since a unit that is pushed
# below zero passes nothing on. Tanh has to make do with :term:`saturation`. This is our reading of
# the figure, not a proof; what is measured is that at 20 steps more gradient did not help, and that
# gates did.
#
# What attention looks at
# -----------------------
#
# The same plain network that did not learn to add over 20 steps learns it over 100, with up to 600
# updates, if its states are read one by one and not only the last. Here are the weights that it
# gives, after training, to the steps of a fresh sequence, a panel a seed.

fig = pictures.weights(result)
plt.show()  # a script shows its figures here, in windows

# %%
# The triangles are the marked steps. In each panel the two largest weights stand on the two marked
# steps. What is left is spread thinly over all other steps. Nothing has to be remembered over long
# distances. That is the strength of attention on this task, and also why the task says little about
# other things that attention is praised for.
#
# So ask not only how long your sequences are. Ask what must be kept, what must be kept out, and
# whether the network has a part that can do so. None of this was measured on language. The remedies
# as they are usually listed, with their verdicts and with what this task says of them, close
# :doc:`the chapter on attention </chapters/3_architectures/plot_07_attention>`.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * More gradient is not enough. The first of 20 inputs moves an untrained orthogonal network's
#      answer over 10 times as much as a GRU's. Trained GRUs halve the baseline; the median
#      orthogonal network does not.
#    * A default GRU adds over 30 steps. Every run ends below a fifth of the baseline; over 100
#      steps, at least one of three LSTMs with chrono initialisation does.
#    * 200 steps need no attention. Over them a recurrence linear in its state, with gates that see
#      only the input, ends below a fifth of the baseline in every run.
#    * Orthogonal weights and skips are not enough. Over 20 steps, with either or neither, the
#      median plain network stays above half the baseline; the median ReLU network from the identity
#      ends below a fifth.
#    * Attention helps a network that forgets. From a plain network's last state, no run halves the
#      baseline over 20 steps; from all its states, the median run does over 100.
