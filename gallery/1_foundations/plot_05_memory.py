# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
The hidden state: what fits in it?
==================================

.. reading:: read earlier inputs back from a state, and test whether the network uses them
   :before: one_step

When a recurrent network reads a new input, a single vector holds all that is left of the earlier
inputs. Which of these inputs can still be read from that vector?
"""

# %%
# An echo needs a memory of four symbols
# --------------------------------------
#
# At every step the network reads one of eight symbols, drawn at random, and has to name the symbol
# that it read three steps earlier. The symbols are drawn independently, so a guess is right in
# **one case in eight**: that is chance.

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from rnnbook.experiments import memory
from rnnbook.figures import memory as pictures
from rnnbook.models import SimpleRNN
from rnnbook.tasks.echo import Echo
from rnnbook.training import evaluate, fit

task = Echo(symbols=8, lag=3, length=12)
batch = task.batch(1, torch.Generator().manual_seed(0))
print("one-hot inputs, (batch, time, symbols):", tuple(batch.inputs[0].shape))
print("read ", *(f"{s:2d}" for s in batch.inputs[0][0, :9].argmax(-1).tolist()))
print("asked", *(" ." if s < 0 else f"{s:2d}" for s in batch.target[0, :9].tolist()))

# %%
# To answer at every step, the network has to hold four symbols at once: the current symbol and the
# three before it. We train a plain recurrent network with 32 units on this task.

torch.manual_seed(0)
model = SimpleRNN(task.symbols, 32, task.symbols)
before = evaluate(model, task, seed=1000)
history = fit(model, task, steps=600, seed=0, learning_rate=5e-3, until=0.05)
print(f"accuracy before training {before:.2f}, after {len(history.losses)} updates ", end="")
print(f"{evaluate(model, task, seed=1000):.2f}")

# %%
# A probe is judged on states it has not seen
# -------------------------------------------
#
# Now let the network read many sequences of 20 symbols, and after each sequence keep only the last
# :term:`hidden state`. Can you tell from that state which symbols the network read, and when?

symbols = memory.sequences(seed=0)
states = memory.final_states(model, symbols)
print("read, (sequences, time): ", symbols[:, :-1].shape)
print("kept, (sequences, units):", states.shape)

# %%
# To find out, we use a :term:`linear probe` :cite:p:`alain2016understanding`: a linear classifier
# that sees nothing but the state and learns to name one symbol that was read. It computes a
# probability for each symbol, :math:`\operatorname{softmax}(A h + a)`, where the state :math:`h` is
# (hidden_size,), :math:`A` is (symbols, hidden_size) and :math:`a` is (symbols,). The network
# itself is not trained further. A probe has weights of its own and can learn its examples by heart
# :cite:p:`hewitt2019designing`, so it is fitted to one half of the states and **judged on the other
# half**.

half = len(states) // 2
current = symbols[:, -2]  # the last column was not read: it comes next
probe = LogisticRegression(max_iter=200).fit(states[:half], current[:half])
print(f"the symbol just read: {probe.score(states[half:], current[half:]):.2f}")

# %%
# Does it matter on which half you judge the probe? Test this with a question that no state can
# answer: which symbol comes *next*?

result = memory.run()
print("units   on the half it was fitted to   on the other")
for size in memory.SIZES:
    own, other = (np.median(result.future[size, half]) for half in ("its own", "the other"))
    print(f"{size:5d}{own:31.2f}{other:15.2f}")

# %%
# On the half to which it was fitted, the probe seems to see the future. It is right more often
# there if the network has more units. On the other half the probe only guesses. So trust a probe's
# score only on states that the probe has not seen.
#
# Older symbols are harder to read back
# -------------------------------------
#
# Now fit one probe for each distance: one for the symbol just read, one for the symbol before it,
# and so on, back to the symbol of 10 steps ago. Do this for networks of three sizes, before and
# after training.
#
# .. source:: rnnbook.experiments.memory.read_back
#    :nodoc:
#
# .. predict::
#
#    Take two networks with 64 units, one trained and one untrained. Which network's state lets you
#    read back *older* symbols?

fig = pictures.by_distance(
    result, memory.SIZES, memory.DISTANCES, lag=task.lag, chance=task.baseline
)

# %%
# The horizontal axis shows how many steps ago a symbol was read, and the vertical axis shows how
# often a probe reads it back. Small dots are single networks, and the lines join their medians. The
# solid lines are for 64 units. Compare the solid lines of the two panels: the *untrained* line
# stays high for more steps than the trained line. The task asks for the symbol of three steps ago.
# Up to this distance, a probe reads nearly every symbol from every trained network, even with 16
# units. Beyond this distance the trained lines fall, at once for 16 units and a step or two later
# for 64 units.
#
# .. dropdown:: Why?
#
#    In the state of an untrained network each input leaves a trace, and each further step mixes and
#    shrinks this trace. With more units, a probe can tell this trace from later inputs over more
#    steps. A trained network keeps the symbols that the task asks for, in a form that a linear
#    probe can read. Its training may spoil older symbols.
#
# How many of the last 11 symbols can be read back? At each distance, count a perfect score as one
# symbol and a score at chance as zero, and add up these counts over all distances.

print("units   untrained   trained")
for size in memory.SIZES:
    print(f"{size:5d}", end="")
    for name in ("untrained", "trained"):
        read = sum(result.accuracy[name, size, d] - task.baseline for d in memory.DISTANCES)
        print(f"{np.median(read) / (1 - task.baseline):11.1f}", end="")
    print()

# %%
# With 16 units, more symbols can be read back after training than before it; with 32 and 64 units,
# fewer symbols can be read back after training than before it.
#
# So the state is a summary of the last few symbols. It does not lack bits. Together, 20 symbols of
# eight kinds are 60 bits, and a single unit is stored in 32 bits, so two units have room for all 20
# symbols. But a linear probe can read no more independent numbers than the state has units, and
# each symbol takes up to seven such numbers.
#
# A symbol moves through the state
# --------------------------------
#
# You might picture the state as a chest of drawers: an input goes in and stays where it was put.
# Two measurements test this picture. First, how far does one step move the state, compared with the
# :term:`norm` of the state? Second, fit a probe to name the symbol just read, let the network read
# one more symbol, and show the new state to the same probe. Does the probe name the older or the
# newer symbol?

print("units   moved by one step   names the older   the newer")
for size in memory.SIZES:
    values = (result.moved, result.older, result.newer)
    moved, older, newer = (np.median(v["trained", size]) for v in values)
    print(f"{size:5d}{moved:20.2f}{older:18.2f}{newer:12.2f}")

# %%
# If two vectors of equal norm form a right angle, their distance is :math:`\sqrt{2}` times this
# norm. One step moves the trained state about that far. In a chest of drawers the probe would find
# the older symbol where it was put. Here the probe names the newer symbol. So the place where the
# probe looks belongs to *the symbol just read*. The figure above shows that the older symbol is
# still in the state. But it is in another place, where a second probe finds it. To keep a symbol
# for three steps, the network moves it from place to place.
#
# A readable symbol may be unused
# -------------------------------
#
# A successful probe shows that a symbol *is there, and that a linear map finds it*. It does not
# show that the network uses the symbol. The best example is the untrained network: symbols could be
# read from its state, although it had learned nothing.
#
# To see what the network uses, take something away and check whether its answers suffer
# :cite:p:`elazar2021amnesic`. From the state, erase everything that a linear probe could read about
# one symbol, and change the rest as little as possible. Then let the network answer from the
# changed state. For example, to erase the symbol of four steps ago, compute the mean state for each
# of the eight values that this symbol can have. These means differ in seven directions, and the
# state loses its part in those directions:
#
# .. math::
#
#    z \leftarrow z - B^\top B\, z
#
# Here :math:`z`, (hidden_size,), is the state minus the mean state, in coordinates in which the
# states vary equally in every direction. The rows of :math:`B`, (symbols - 1, hidden_size), are the
# seven directions; they have norm one and are at right angles to each other.
#
# .. source:: rnnbook.experiments.memory.erase
#
# .. predict::
#
#    With 64 units, a probe can still read most symbols of *four* steps ago, although the task no
#    longer asks for them. What happens to the network's answers when these symbols are erased?

fig = pictures.erasing(result, max(memory.SIZES), memory.DISTANCES[:7], chance=task.baseline)

plt.show()  # a script shows its figures here, in windows

# %%
# The horizontal axis shows how many steps ago a symbol was read. The grey line shows how often a
# probe reads the symbol. The blue line shows how often the network's own answer is right after that
# symbol has been erased. Look at four steps: the probe reads most of these symbols, but nearly all
# answers are still right after the symbols are erased. At three steps, the network can only guess
# after the symbol is erased.
#
# .. dropdown:: Why?
#
#    The network no longer needs the symbol of four steps ago. It needs the symbol of three steps
#    ago for its current answer. The output layer is linear, and after the erasure a linear layer
#    can read almost nothing of the erased symbol, so the network guesses. The three newer symbols
#    are needed for the next three answers, but not for the current one.
#
# A failed probe shows only that a *linear* reader with 1,000 examples finds nothing. Another reader
# may find something.
#
# So the hidden states of this chapter hold a summary of the last few inputs. From a state with more
# units, a probe reads more of the past. Training changes how much a probe can read.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * The state holds what the task asks for. At every size of the network, a probe reads each of
#      the last four symbols from the trained state in more than 0.9 of cases; chance is 0.125.
#    * A state is not a fixed store. On average, one step moves the state by more than the norm of
#      the state. Before this step, fit a probe to the newest symbol. After it, the probe names the
#      newer symbol in more than 0.9 of cases.
#    * A readable symbol may be unused. With 64 units, a probe reads the symbol of four steps ago in
#      more than 0.6 of cases. After this symbol is erased, more than 0.95 of the network's answers
#      are still right.
#    * Training can hide old symbols from a probe. The task no longer asks for the symbol of five
#      steps ago. With 64 units, the share of cases in which a probe reads this symbol is more than
#      0.3 lower after training than before.
#    * Untrained states hide old symbols from a probe. A probe's accuracy is more than 0.4 lower for
#      the symbol of eight steps ago than for the symbol just read. At four steps, doubling 16 or 32
#      units raises the accuracy by more than 0.1.
