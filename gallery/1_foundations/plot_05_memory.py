# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What fits in a hidden state?
============================

A recurrent network meets each new input with one vector, and that vector is all it has of the past.
This chapter reads the vector: which of the earlier inputs can be recovered from it, how far back,
and what training does to that.
"""

# %%
# A task that asks for the past
# -----------------------------
#
# Eight symbols come in at random, and at every step the network has to name the one of three steps
# ago. Nothing can be guessed: the symbols are drawn independently, so **chance is one in eight**.

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
print("read ", *(f"{s:2d}" for s in batch.inputs[0][0].argmax(-1).tolist()))
print("asked", *(" ." if s < 0 else f"{s:2d}" for s in batch.target[0].tolist()))

# %%
# To answer every time, four symbols have to be held at once: the present one, which will be asked
# for three steps from now, and the three before it. Whatever is older may go. We train a plain
# recurrent network with 32 units on it.

torch.manual_seed(0)
model = SimpleRNN(task.symbols, 32, task.symbols)
before = evaluate(model, task, seed=1000)
history = fit(model, task, steps=600, seed=0, learning_rate=5e-3, until=0.05)
print(f"accuracy before training {before:.2f}, after {len(history.losses)} updates ", end="")
print(f"{evaluate(model, task, seed=1000):.2f}")

# %%
# Reading a state
# ---------------
#
# Now let it read 20 symbols, many times over, and keep nothing but its last :term:`hidden state`
# each time. The question to each state is: which symbol did you read, and when?

symbols = memory.sequences(seed=0)
states = memory.final_states(model, symbols)
print("read, (sequences, time): ", symbols[:, :-1].shape)
print("kept, (sequences, units):", states.shape)

# %%
# The instrument is a :term:`linear probe` :cite:p:`alain2016understanding`: a linear classifier
# that sees the state and nothing else, and learns to name the symbol. The network itself is not
# trained any further. A probe has weights of its own and can learn its examples by heart
# :cite:p:`hewitt2019designing`, so it is fitted to one half of the states and **judged on the other
# half**.

half = len(states) // 2
present = symbols[:, -2]  # the last column was not read: it comes next
probe = LogisticRegression(max_iter=200).fit(states[:half], present[:half])
print(f"the symbol just read: {probe.score(states[half:], present[half:]):.2f}")

# %%
# Does it matter on which half one looks? Ask for something that no state can know: the symbol that
# comes *next*. Probes for it, judged both ways:

result = memory.run()
print("units   on the half it was fitted to   on the other   chance")
for size in memory.SIZES:
    own, other = (np.median(result.future[size, half]) for half in ("its own", "the other"))
    print(f"{size:5d}{own:31.2f}{other:15.2f}{task.baseline:9.3f}")

# %%
# On its own half the probe seems to see the future, and the more units it has to look at, the
# better it sees it. On the other half it guesses. A number from a probe means nothing without the
# half that it has not seen.
#
# How far back
# ------------
#
# One probe for each distance: the symbol just read, the one before, and so on to ten steps ago. All
# of it for networks of three sizes, and for each network twice: as it was initialised, before any
# training, and after.
#
# .. source:: rnnbook.experiments.memory.read_back
#    :nodoc:
#
# .. predict::
#
#    With 64 units, from which state can *older* symbols be read back: the trained network's or the
#    untrained one's?

fig = pictures.by_distance(
    result, memory.SIZES, memory.DISTANCES, lag=task.lag, chance=task.baseline
)

# %%
# Each small dot is a network from other initial weights, the lines join their medians.
#
# .. dropdown:: The answer
#
#    From the untrained one's. Its state is a fading trace: the input is mixed in, the next step
#    mixes and shrinks it, and the more units there are, the longer the trace can be told from what
#    came after. Training keeps what is asked for where a linear probe can read it, and the rest no
#    longer. Up to three steps back everything is there, with 16 units too; with 16 units a cliff
#    follows at once, with 64 it comes a step or two later. With 64 units a linear probe finds
#    *less* of the past in the trained network than in the one it started from.
#
# So the state is lossy, before training and after, and older symbols suffer first. But what is lost
# is not settled by size alone. Add up each line of the figure: of the symbols probed for, one a
# distance, how many come back, when those that a lucky guess would have named are taken off?

print("units   untrained   trained")
for size in memory.SIZES:
    print(f"{size:5d}", end="")
    for name in ("untrained", "trained"):
        read = sum(result.accuracy[name, size, d] - task.baseline for d in memory.DISTANCES)
        print(f"{np.median(read) / (1 - task.baseline):11.1f}", end="")
    print()

# %%
# It is often said that the hidden state remembers everything, or, as it is put more carefully, that
# it captures the entire sequence. It is a summary, and here you see of what: of the last few
# symbols. It is not for lack of room: twenty symbols of eight kinds are 60 bits, and a single unit
# is stored in 32. But every step mixes all that is held with the same weights, new on top of old,
# and a faint trace under a strong one is hard to read.
#
# A store that never changes?
# ---------------------------
#
# Another thing often believed is that the state is a fixed memory, into which inputs are put and
# where they then lie. Two measurements. How far does one step move the state, compared with its
# norm? And a probe is fitted to name the symbol just read; then the network reads one more symbol,
# and the same probe looks at the new state. Which of the two symbols does it name?

print("units   moved by one step   names the one it was fitted to   the newer one")
for size in memory.SIZES:
    values = (result.moved, result.older, result.newer)
    moved, older, newer = (np.median(v["trained", size]) for v in values)
    print(f"{size:5d}{moved:20.2f}{older:33.2f}{newer:16.2f}")

# %%
# Two vectors of equal norm that have nothing to do with each other, at right angles, are
# :math:`\sqrt{2}` norms apart, and one step moves the trained state about that far. In a store of
# fixed places the probe would find the symbol where it was put. Here it finds the newer one: the
# place belongs to *the symbol just read*, whichever that is. The older symbol is still in the
# state, as the figure shows, but elsewhere, and a probe of its own finds it there. To keep a symbol
# for three steps, the network moves it from one place to the next, three times. An untrained
# network does this too, because it writes with the same weights at every step.
#
# Readable is not used
# --------------------
#
# A probe that succeeds says: *it is there, and a linear map finds it*. It does not say that the
# network makes anything of it. The untrained network shows this best: it could be read, and nobody
# had taught it anything.
#
# To see what is used, take something away and look whether the answers suffer
# :cite:p:`elazar2021amnesic`. Erase from the state all that a linear probe could tell about one
# symbol, leave everything else as it is, and let the network answer from what remains.
#
# .. source:: rnnbook.experiments.memory.erase
#
# .. predict::
#
#    The network with 64 units still holds a good part of the symbol of *four* steps ago, which is
#    never asked for. What happens to its answers when that symbol is erased?

fig = pictures.erasing(result, max(memory.SIZES), memory.DISTANCES[:7], chance=task.baseline)

plt.show()  # a script shows its figures here, in windows

# %%
# Grey: what a probe reads of the symbol at each distance. Blue: how often the network's own answer
# is right once that symbol has been erased.
#
# .. dropdown:: The answer
#
#    Nothing happens. The symbol of four steps ago is left over: readable, and of no use. Erase the
#    symbol that is asked for now, and the answers are guesses, as they have to be: the layer that
#    answers is linear, and all that a linear map could read is gone. The symbols newer than that
#    can be erased without harm to *this* answer, but they are what the next three answers are made
#    of.
#
# The other half of the warning: a probe that fails has not shown that nothing is there. It has
# shown that a *linear* reader with a thousand examples finds nothing. A cleverer reader may find
# more, and the numbers above are what is there at least.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * The state holds what the task asks for. At every size, a probe reads each of the last four
#      symbols in more than 0.9 of cases; chance is 0.125.
#    * A state is not a fixed store. One step moves it by more than its own norm. A probe fitted to
#      the symbol just read then names the newer symbol, in more than 0.9 of cases.
#    * Readable need not mean used. With 64 units a probe reads the symbol of four steps ago in
#      more than 0.6 of cases; erasing it leaves more than 0.95 of the answers right.
#    * Training makes a linear probe lose old symbols. With 64 units, it reads the symbol of five
#      steps ago, never asked for, more than 0.3 less often than before training.
#    * Untrained states fade. A probe reads a symbol of eight steps ago more than 0.4 less often
#      than the one just read; doubling the units adds more than 0.1 at four steps.
