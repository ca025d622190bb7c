# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Shapes: which wrong one raises no error?
========================================

.. reading:: name the shapes that a recurrent layer takes and returns, and find the silent mistakes
   :before: whole_sequence embeddings

A recurrent layer takes a tensor of three dimensions and returns two tensors that look alike. Some
ways to mix them up stop with a message, but which ones go on silently, and what do they cost?
"""

# %%
# output holds every step, h_n every layer
# ----------------------------------------
#
# Take four sequences of twenty steps, with ten numbers at each step. ``show`` makes a call and
# prints its result: the shapes, a warning, or the error. Every message in this chapter comes from
# the version of PyTorch that built the page.

from textwrap import indent

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from rnnbook import layers
from rnnbook.experiments import shapes
from rnnbook.experiments.shapes import outcome
from rnnbook.figures import shapes as pictures
from rnnbook.layers import last_state


def show(**calls):
    """Print the result of each call under its name."""
    for name, call in calls.items():
        print(f"{name.replace('_', ' ')}:\n{indent(outcome(call), '  ')}")


torch.manual_seed(0)
xs = torch.randn(4, 20, 10)
rnn = nn.RNN(10, 32, batch_first=True)
two = nn.RNN(10, 32, num_layers=2, batch_first=True)
both = nn.RNN(10, 32, bidirectional=True, batch_first=True)
print("xs, (batch, time, features):", tuple(xs.shape))
show(one_layer=lambda: rnn(xs), two_layers=lambda: two(xs), two_directions=lambda: both(xs))

# %%
# The first tensor, ``output``, holds the top layer's state after *every* step: (batch, time,
# directions times hidden). The second, ``h_n``, holds the *last* state of every layer and
# direction: (layers times directions, batch, hidden), the top layer last. A second direction is a
# network that reads from the end; :doc:`Part 3 </chapters/3_architectures/plot_03_directions>` is
# about it. ``batch_first=True`` swaps two dimensions of ``output`` and leaves ``h_n`` as it is. A
# state that you pass in has the shape of ``h_n``, too. Here is where the two tensors meet:

with torch.no_grad():
    output, h_n = two(xs)
    print("output[:, -1] is h_n[-1]:", torch.equal(output[:, -1], h_n[-1]))
    output, h_n = both(xs)
    forward, backward = output.split(32, dim=-1)
    print("forward ends at the last step:", torch.equal(forward[:, -1], h_n[0]))
    print("backward ends at the first step:", torch.equal(backward[:, 0], h_n[1]))
    alone = both(xs[:, -1:])[0].split(32, dim=-1)[1]
    close = torch.allclose(backward[:, -1], alone[:, 0], atol=1e-6)
    print("backward[:, -1] has read one step:", close)

# %%
# The last line is a trap: ``output[:, -1]`` of a layer with two directions joins a forward state
# that has read everything with a backward state that has read a single step.
#
# A second trap is ``h_n.squeeze(0)``. It drops the first dimension *if its size is one*, and
# otherwise it does nothing and says nothing. It works until you add a layer. What happens then
# depends on the loss:

h_n = rnn(xs)[1], two(xs)[1]
head, classes, ratings = nn.Linear(32, 1), torch.tensor([0, 1, 1, 0]), torch.zeros(4, 1)
show(
    squared_error=lambda: nn.MSELoss()(head(h_n[1].squeeze(0)), ratings),
    cross_entropy=lambda: nn.CrossEntropyLoss()(h_n[1].squeeze(0), classes),
    right=lambda: nn.MSELoss()(head(last_state(*two(xs))), ratings),
)

# %%
# The :term:`cross-entropy` stops. The squared error goes on with :term:`broadcasting`: it stretches
# the smaller tensor over the larger one and gives a loss, with a warning that is easily lost among
# others. This book never calls ``squeeze`` to pick a state. Its ``last_state`` knows which state
# has read the whole sequence, for any number of layers and directions, and complains when shapes do
# not belong together.
#
# Comments in tutorials say that ``squeeze(0)`` removes the time dimension from the ``output`` of
# one letter. With ``batch_first=True`` it does not. From (1, 1, hidden) it removes the *batch*;
# from a larger batch it removes nothing:

show(one=lambda: rnn(xs[:1, :1])[0].squeeze(0), four=lambda: rnn(xs[:, :1])[0].squeeze(0))

# %%
# These mistakes raise an error
# -----------------------------
#
# They are the harmless ones: a step without time or batch, sequences with another number of
# features, a state from a batch of another size, and half of the state of an :term:`LSTM`, which
# is a pair.

lstm = nn.LSTM(10, 32, batch_first=True)
output, (h, c) = lstm(xs)
show(
    one_step=lambda: rnn(xs[0, 0]),
    features=lambda: rnn(xs[:, :, :5]),
    state=lambda: rnn(xs[:3], torch.zeros(1, 4, 32)),
    half_a_state=lambda: lstm(xs, h),
    same_in_the_book=lambda: layers.LSTM(10, 32, batch_first=True)(xs, h),
)

# %%
# A state of another size usually comes with the last, smaller batch of a data set. PyTorch's
# message about half a state does not say what is missing; the book's own layer does.
#
# Integers raise an error, too, with the same message for flat and nested ones:

flat = torch.tensor([[1, 2, 3], [4, 5, 6]])
nested = flat.unsqueeze(-1)
embedding = nn.Embedding(7, 10)
show(
    nested=lambda: nn.RNN(1, 32)(nested),
    flat_and_embedded=lambda: rnn(embedding(flat)),
    nested_and_embedded=lambda: rnn(embedding(nested)),
)

# %%
# What is missing depends on what the numbers are. If they are *names*, such as word numbers,
# (batch, time) is the right shape, and an :term:`embedding` or :term:`one-hot` vectors add the
# third dimension. Then it is the nested one that fails, with four. If they are *amounts*,
# ``nested.float()`` is right. No shape can tell the two apart; you have to know which you have.
#
# A forgotten dimension raises no error
# -------------------------------------
#
# Now the quiet ones. You have four independent rows of ten numbers and forget that a layer wants
# time as well. You might expect an error. But a matrix is *one sequence without a batch*:

rows = xs[:, 0]
show(forgotten=lambda: rnn(rows), right=lambda: rnn(rows.unsqueeze(1)))

# %%
# The first call's numbers look like four answers, but they are four *steps*: each row has been read
# with the rows above it in memory. The same happens one dimension up. A layer without
# :term:`batch_first=True <batch first>` reads (time, batch, features), and takes your four
# sequences of twenty steps for twenty sequences of four:

forgotten = nn.RNN(10, 32)
show(forgotten=lambda: forgotten(xs), right=lambda: rnn(xs))

# %%
# ``output`` has the right shape in both. Only ``h_n`` gives it away. To see what this does, we
# change the first sequence of the batch and no other, and measure how far the states of the others
# move, relative to their size.

result = shapes.run()
print(f"{'sequence':22s}", *(f"{i:>7s}" for i in ("first", "second", "third", "fourth")))
for layout, moved in result.leak.items():
    print(f"{layout:22s}", *(f"{m:7.2f}" for m in moved.mean(0)))

# %%
# After the first column you want zeros: one sequence must not change the next. In the two wrong
# layouts the change trickles down the batch. In a language model, each text would be continued from
# the state of its neighbour.
#
# A layer keeps nothing between calls
# -----------------------------------
#
# Does a layer remember the previous batch? No. It stores nothing between two calls; the only state
# is the one that you pass in. Call it twice and the answers are the same. Pass in what an unrelated
# batch left over, and they are not:

with torch.no_grad():
    first, left_over = rnn(xs)
    print("same answer the second time:", torch.equal(first, rnn(xs)[0]))
    print("same answer after a left-over state:", torch.equal(first, rnn(xs, left_over)[0]))
print("moved by the left-over state, median of the seeds")
for step in (1, 5, 20):
    print(f"step {step:2d}: {np.median(result.stale, axis=0)[step - 1]:.2f}")

# %%
# Those are distances between the states with and without the left-over, relative to their size. An
# untrained layer forgets it within some steps. A trained one has learned to hold things, so it may
# hold this as well. The next networks classify phrases. They were trained from an empty state, and
# are then started from the state after another phrase:

print("accuracy on fresh phrases, one column per seed")
print("from zeros", *(f"{score:5.2f}" for score in result.accuracy["state at the true length"]))
print("left over ", *(f"{score:5.2f}" for score in result.kept))

# %%
# The damage differs from run to run, which makes the mistake hard to find. Wherever a new text
# begins, leave the state out or pass zeros.
#
# When the next batch *does* continue the text, the state is to be kept, and cut off from the graph
# of the batch before. The loop below reads two chunks, first without a cut, then with a call whose
# result is dropped, then right.


def two_chunks(cut):
    """Read two halves, a backward pass after each, with the state between them cut by ``cut``."""
    h = None
    for chunk in xs.split(10, dim=1):
        output, h = rnn(chunk, h)
        output.sum().backward()
        h = cut(h)
    return h


def says(cut):
    """Return the first sentence of the result."""
    return outcome(lambda: two_chunks(cut)).replace("\n", " ").partition(" (")[0]


print("not cut:", says(lambda h: h))
print("dropped:", says(lambda h: (h.detach(), h)[1]))
print("right:  ", outcome(lambda: two_chunks(lambda h: h.detach())))

# %%
# A layer never :term:`detaches <detach>` a state that you pass in, and it should not: inside one
# text the gradient is meant to flow. ``h.detach()`` *returns* the cut state, so it has to be
# assigned, for an LSTM both halves. :doc:`Part 2 </chapters/2_training/plot_06_truncation>` shows
# what cutting does to learning.
#
# What the silent mistakes cost
# -----------------------------
#
# A mistake that raises no error might still be harmless. So we train a network with each one, in at
# most 180 updates, on short phrases of praise and blame like those of :doc:`the first chapter
# </chapters/1_foundations/plot_01_order>`. These are the lines at fault:
#
# .. source:: rnnbook.experiments.shapes.squeezed
#    :nodoc:
#
# .. source:: rnnbook.experiments.shapes.reshaped
#    :nodoc:
#
# .. source:: rnnbook.experiments.shapes.last_column
#    :nodoc:
#
# 1. ``squeeze(0)`` is right for one layer of one direction without :term:`padding`. It is also
#    trained on batches that one far longer phrase pads.
# 2. The states of two layers are reshaped until the error goes away. For comparison, another
#    network reads two layers with ``last_state``.
# 3. ``output[:, -1]`` is right with ``batch_first=True`` and is given a layer without it.
# 4. One number is the answer, (batch, 1), and the target is (batch, 1) or (batch,).
#
# .. predict::
#
#    Which of them still learn, if more slowly, and which do not learn at all?

fig = pictures.cost(result, {case.name: case.right for case in shapes.CASES})

plt.show()  # a script shows its figures here, in windows

# %%
# There is one bar for each way to set the network up, and the accuracy runs to the right. Blue bars
# are right ways, grey ones wrong; a dot is a run, the bar the median. Every grey bar ends near the
# dashed line, which is chance: none of the wrong ways learns in these updates.
#
# .. dropdown:: Why?
#
#    After three dozen steps of padding, training finds no trace of the phrase to hold on to.
#    Reshaping gives nearly every row the states of *other* phrases; to avoid that, take the top
#    layer, or transpose first. If the batch is taken for time, ``output[:, -1]`` holds states that
#    have read the last words of the phrases, one after another, so an answer has seen a single word
#    of its own phrase. And (batch, 1) against (batch,) compares every answer with every target, and
#    the best answer to all targets at once is their mean.
#
# All of these runs end without an error, with a loss that stays where guessing puts it. That looks
# like a network that is too small or a wrong learning rate. Before you tune either, print the
# shapes of the input, of ``output`` and ``h_n``, and of both sides of the loss. And change one
# sequence of a batch to see whether another one notices.
#
# So the shapes that raise no error are those that still fit: a batch taken for time, layers folded
# into the batch, a state read after padding, and a target of another rank.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * A forgotten batch_first mixes the batch. In a batch of four, changing the first sequence
#      moves the states of each other one by more than 0.05 of their size; with batch_first, not at
#      all.
#    * Three silent mistakes block learning. With batch_first forgotten, two layers of h_n reshaped
#      into the batch, or a squared error against targets of another rank, accuracy stays below
#      0.65; done right, it passes 0.9.
#    * Padding can hide what squeeze(0) reads. Without padding, a network that reads h_n.squeeze(0)
#      passes 0.9; one phrase longer by 36 words in each batch leaves it below 0.65 in the median
#      run.
#    * A layer keeps nothing between calls. Two calls answer the same; a state left over from
#      another batch moves an untrained layer by more than 0.2 at first, by less than 0.01 after 20
#      steps.
