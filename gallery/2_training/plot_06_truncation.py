# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What can be learned across a cut?
=================================

A book is too long to unroll in one piece, so it is read in chunks, and the gradient ends where a
chunk begins: nothing longer than a chunk, it is often said, can be learned then. This chapter cuts
right before a question, and then not at all, and looks at who learns to answer.
"""

# %%
# The state goes on, the gradient does not
# ----------------------------------------
#
# :term:`Truncated backpropagation <truncated backpropagation>` :cite:p:`williams1990efficient`
# reads k steps, makes one update, and reads on from where it stopped. The network carries its state
# over the cut, so what it says does not change, as long as its weights stay. Sixty steps, read at
# once and in chunks of twenty:

import matplotlib.pyplot as plt
import torch
from torch import nn

from rnnbook.experiments import truncation
from rnnbook.experiments.shapes import outcome
from rnnbook.figures import truncation as pictures
from rnnbook.models import VanillaRNN
from rnnbook.tasks.asked_later import AskedLater
from rnnbook.training import detach, evaluate, fit_truncated

torch.manual_seed(0)
rnn = nn.RNN(3, 16, batch_first=True)
xs = torch.randn(4, 60, 3).requires_grad_()
chunks = xs.split(20, dim=1)
print("(batch, time, features):", tuple(xs.shape))
print("each chunk:", tuple(chunks[0].shape))

state, said = None, []
for chunk in chunks:
    output, state = rnn(chunk, state)
    said.append(output)
    state = detach(state)
print("same outputs:", torch.equal(torch.cat(said, dim=1), rnn(xs)[0]))

# %%
# Only the way back is cut. Take the answer of step 45, which lies in the third chunk, and ask how
# much it changes with the input of each step: that is a :term:`gradient`, and its length is printed
# here for a few steps on both sides of the cut before step 40.

steps = (20, 39, 40, 45)
print("step ", *(f"{t:7d}" for t in steps))
for name, answer in (("uncut", rnn(xs)[0][:, 45]), ("cut", said[2][:, 5])):
    (gradient,) = torch.autograd.grad(answer.sum(), xs)
    print(f"{name:5s}", *(f"{gradient[:, t].norm():7.0e}" for t in steps))

# %%
# Within the chunk the two rows agree. Before it, the cut leaves exactly nothing, while the uncut
# gradient goes on and fades, as it does in a plain network with its starting weights (the chapter
# on where the gradient goes).
#
# Five tries at a cut, one of them right
# --------------------------------------
#
# ``detach`` *returns* the state without its past. An :term:`LSTM` has two states, ``h`` and ``c``,
# and the gradient takes both roads. So there is more than one way to cut by halves. Each of these
# reads three chunks, with a backward pass after each.

lstm = nn.LSTM(3, 16, batch_first=True)
cuts = {
    "not cut at all": lambda state: state,
    "result dropped": lambda state: (detach(state), state)[1],
    "h only": lambda state: (state[0].detach(), state[1]),
    "c only": lambda state: (state[0], state[1].detach()),
    "h and c": detach,
}
told = {
    name: outcome(lambda cut=cut: truncation.backward_by_chunks(lstm, xs.detach(), 20, cut))
    for name, cut in cuts.items()
}
for name, what in told.items():
    print(f"{name + ':':16s}", "no error" if what.startswith("(") else what.partition(":")[0])
print(f"\n{told['h only']}")

# %%
# Only the last one comes through. Two things are often told otherwise. PyTorch's layers do not
# detach a state that you hand them, and they should not: within a document the gradient is meant to
# flow. And what you see when you forget it is seldom a slow pile-up of gradients. It is this error,
# at the second backward pass.
#
# The message recommends ``retain_graph=True``. Here is what becomes of that advice in a
# loop that also trains:


def keep_everything():
    """Follow the advice of the message, and update the weights in between."""
    optimizer, state = torch.optim.SGD(lstm.parameters(), lr=0.1), None
    for chunk in xs.detach().split(20, dim=1):
        output, state = lstm(chunk, state)
        output.square().mean().backward(retain_graph=True)
        optimizer.step()


print(outcome(keep_everything)[:180], "...")

# %%
# The graph of the first chunk was recorded with weights that the optimiser has changed since. So
# cut, or read the whole document and make one update. Two mistakes pass without an error: adding up
# the losses of all chunks and going backward once at the end, and ``retain_graph=True`` with a
# single update at the end. Both *are* reading the whole document, and cost the memory of it. (To
# cut in place, ``state.detach_()`` does without the assignment; for an LSTM call it on both.)
#
# The loop of this book
# ---------------------
#
# ``fit_truncated`` is ``fit`` with chunks. The state starts empty with every document, is detached
# before each further chunk, and a chunk in which nothing is asked is read for its state alone.
#
# .. source:: rnnbook.training.fit_truncated
#    :nodoc:
#
# What it saves is memory. The backward pass needs the states of every step since the last cut, and
# nothing older. Counted in bytes that autograd keeps, for documents of several lengths:

fig = pictures.memory(truncation.memory(), truncation.LENGTHS)

# %%
# Each line is level: with a given k, a document of any length fits. Twice the k costs twice the
# memory. Uncut, the document decides.
#
# One step too short
# ------------------
#
# The price is said to be sharp: with k steps in a chunk, the model learns dependencies of up to k
# steps, and anything longer is invisible to the optimiser. To see how sharp, here is a task with a
# single dependency. A bit comes first, then faint noise; twenty steps after the bit, at the last
# step, the network is asked which it was. **Chance is one in two.**

task = AskedLater(lag=20, noise=0.005)
batch = task.batch(1, torch.Generator().manual_seed(0))
print("inputs:", tuple(batch.inputs[0].shape), " target:", tuple(batch.target.shape))
print("heard ", *(f"{x:5.2f}" for x in batch.inputs[0][0, :4, 0]), "...")
print("asked ", *(f"{y:5d}" for y in batch.target[0, :4]), "...", int(batch.target[0, -1]))

# %%
# The document has 21 steps; minus one means that nothing is asked. In chunks of 21 the gradient
# travels from the question back to the bit. In chunks of 20, the question stands alone in the
# second chunk. An LSTM whose forget gates start open, once with each:

for k in (21, 20):
    torch.manual_seed(0)
    model = VanillaRNN(1, 32, 2, layer=truncation.open_lstm)
    history = fit_truncated(model, task, chunk=k, steps=150, seed=0, until=0.1)
    score = evaluate(model, task, seed=1000)
    print(f"k = {k}: {len(history.losses):3d} updates, accuracy {score:.2f}")

# %%
# So far, the rule holds. Now the same for four networks and three seeds, each with at most 300
# updates.
#
# .. predict::
#
#    Cut right before the question, no gradient ever reaches the step at which the bit came. Is
#    there a network that learns the task all the same?

result = truncation.run()
fig = pictures.reach(result, task.baseline)

# %%
# A row is a network, a dot is one training run. Squares: the chunk holds both, bit and question.
# Rings: the cut lies between them. In chunks of 20 all three tanh networks answer more than 900 of
# 1,000 documents right. The takeaway below says less, because on a few other seeds a tanh network
# stays at chance.
#
# .. dropdown:: The answer
#
#    The plain tanh RNN does. The GRU and the LSTM with open gates behave as the rule says: one step
#    more or less decides between all and nothing. And the LSTM that PyTorch hands you learns
#    nothing even when nothing is cut. Its forget gates start half closed, and after twenty steps
#    hardly any gradient is left that could be cut: a gradient that *may* flow need not *arrive*.
#    (The half-closed gates are not the whole reason. The GRU starts half closed, too, and with the
#    same 300 updates it finds the bit.)
#
# The numbers, a column a seed:

print("network              chunk  accuracy")
for (name, chunk), scores in result.accuracy.items():
    print(f"{name:21s}{chunk:4d}   ", *(f"{score:5.2f}" for score in scores))

# %%
# All of them had one learning rate, ``0.01``. What crosses the cut is a trace in the state, and how
# easily a trace is found depends on such settings too. Here is the GRU once more, cut right before
# the question, with three times the learning rate and at most 400 updates:

for name, row in (("as above", result.accuracy["GRU", 20]), ("faster", result.faster)):
    print(f"GRU, k = 20, {name:10s}", *(f"{score:5.2f}" for score in row))

# %%
# At the larger learning rate all three GRUs answer more than 900 of 1,000 documents right. "All or
# nothing" was true of the settings, not of the GRU: with yours, ask again.
#
# How does it get there?
# ----------------------
#
# Nothing carries the gradient over the cut, but something else crosses it: the state. If twenty
# steps after the bit there is still a trace of it, the readout can learn to find that trace, and
# the weights of the last step can learn to make it larger. Because the same weights are used at
# every step, a trace that is kept better at the last step can be kept better at all of them.
#
# The first half of this can be shown alone. Freeze the recurrent weights, so that only the readout
# learns, in chunks of 20. Orthogonal weights turn a state without shrinking it; beside them stand
# the default weights of the tanh network above.

print("recurrent weights   state carried        zeros instead")
for name, carried in result.carried.items():
    rows = (carried, result.zeros[name])
    print(f"{name:18s}", *("  ".join(f"{score:.2f}" for score in row) + "    " for row in rows))

# %%
# With orthogonal weights, no recurrent weight has seen a gradient, from near or far, and the
# answers are right. Put zeros in the place of the carried state and they are guesses: the bit came
# with the state. With default weights the readout alone finds nothing. The same network learned the
# task when all of it was trained, so there the other half did the work: the trace had to be made
# larger first. So the rule needs two halves. *No gradient crosses a cut*: this is exact, and a
# network that keeps no trace by itself has nothing to start from. *What the state happens to keep
# can be used, and even learned to be used better.*
#
# How long should a chunk be?
# ---------------------------
#
# Values from 35 to 256 are often recommended. They are habits from language modelling, not
# constants. What k buys for dependencies of twenty steps can be counted, when they lie anywhere in
# a long text: the share whose two ends fall into one chunk. Beside it stand the memory that k costs
# and the updates that 10,000 steps of text allow.

print("  k   within one chunk     KiB   updates")
for k in (10, 20, 35, 64, 128, 256):
    whole = max(0, k - task.lag) / k
    kept = truncation.waiting(k, k) / 1024
    print(f"{k:3d}{whole:19.0%}{kept:8.0f}{10_000 // k:10d}")
plt.show()

# %%
# A chunk of 35 is longer than the dependency, and most of the pairs are cut apart all the same. A
# chunk has to be several times as long as what it should teach. On the other side, memory grows
# with k, the optimiser gets fewer updates out of the same text, and the gradient that has been
# given room may fade before it has used it. So choose k from the distances in your data, a few
# times the longest that matters, as far as memory goes; always carry the state on; and set it to
# zero where a new document begins.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * A plain network can learn across a cut. In chunks of 20 at least one tanh network of three
#      gets more than 0.9 right; with its recurrent weights frozen every run stays within 0.1 of
#      chance.
#    * For some networks one step decides. In the median run the GRU and the LSTM with forget bias 1
#      get more than 0.9 right in chunks of 21, and stay within 0.1 of chance in chunks of 20.
#    * Memory depends on the chunk alone. Cut every k steps, training keeps as many bytes for 800
#      steps as for 100; uncut, more than 6 times as many.
#    * The state crosses the cut. With orthogonal recurrent weights that are never trained, the
#      readout gets more than 0.9 right; with zeros for the carried state it stays within 0.1 of
#      chance.
#    * Half a cut ends in an error. If a backward pass follows each chunk, keeping the state, or of
#      an LSTM only h or only c, raises it at the second; after a full cut no gradient crosses.
