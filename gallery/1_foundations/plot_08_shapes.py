# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Shapes: which mistakes raise no error?
======================================

.. reading:: name the shapes of a recurrent layer, and find the mistakes that raise no error
   :before: whole_sequence embeddings

Some mistakes with the shapes of a recurrent layer stop your program with an error message. Which
mistakes raise no error, and what do these mistakes cost?
"""

# %%
# output holds every step, and h_n holds every layer
# --------------------------------------------------
#
# Take 4 sequences of 20 steps, with 10 numbers at each step. ``show`` makes a call and prints its
# result: shapes, a warning or an error. The messages come from the version of PyTorch used for this
# page.

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
# The first tensor, ``output``, holds the top layer's state after *every* step. Its shape is (batch,
# time, directions times hidden). The second tensor, ``h_n``, holds the *last* state of every layer
# and direction. Its shape is (layers times directions, batch, hidden), and the top layer comes
# last. The second direction of a layer reads the sequence backwards (:doc:`Part 3
# </chapters/3_architectures/plot_03_directions>`). ``batch_first=True`` puts the batch first in the
# input and in ``output``, but not in ``h_n``. A state that you pass in must have the shape of
# ``h_n``. The next lines show where the two tensors hold the same numbers:

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
# The last line shows a trap: with two directions, ``output[:, -1]`` holds two states. Its forward
# state has read everything, but its backward state has read a single step.
#
# A second trap is ``h_n.squeeze(0)``. It drops the first dimension *if the size of that dimension
# is one*; otherwise it silently does nothing. With a second layer or direction, the outcome depends
# on the loss:

h_n = rnn(xs)[1], two(xs)[1]
head, classes, ratings = nn.Linear(32, 1), torch.tensor([0, 1, 1, 0]), torch.zeros(4, 1)
show(
    squared_error=lambda: nn.MSELoss()(head(h_n[1].squeeze(0)), ratings),
    cross_entropy=lambda: nn.CrossEntropyLoss()(h_n[1].squeeze(0), classes),
    right=lambda: nn.MSELoss()(head(last_state(*two(xs))), ratings),
)

# %%
# The :term:`cross-entropy` stops with an error. The squared error gives only a warning, because of
# :term:`broadcasting`: PyTorch stretches the smaller tensor over the larger one and returns a loss.
# The warning is easy to overlook. The book therefore calls ``last_state``. This function picks the
# state that has read the whole sequence, for any number of layers and directions, and raises an
# error if the shapes do not fit.
#
# Comments in tutorials say that ``squeeze(0)`` removes the time dimension from the ``output`` of
# one letter. With ``batch_first=True`` this is wrong. From (1, 1, hidden) it removes the *batch*;
# from a larger batch it removes nothing:

show(one=lambda: rnn(xs[:1, :1])[0].squeeze(0), four=lambda: rnn(xs[:, :1])[0].squeeze(0))

# %%
# These mistakes raise an error
# -----------------------------
#
# The next calls pass in a single step without a time or batch dimension, sequences with the wrong
# number of features, and a state for a batch of another size. The state of an :term:`LSTM` is a
# pair, and the last two calls pass in only half of it.

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
# A state of the wrong size often turns up at the last, smaller batch of a data set. PyTorch's
# message about half a state does not say what is missing; the book's own layer says it.
#
# Integers raise an error, too. The first call passes in nested integers; flat integers give the
# same message:

flat = torch.tensor([[1, 2, 3], [4, 5, 6]])
nested = flat.unsqueeze(-1)
embedding = nn.Embedding(7, 10)
show(
    nested=lambda: nn.RNN(1, 32)(nested),
    flat_and_embedded=lambda: rnn(embedding(flat)),
    nested_and_embedded=lambda: rnn(embedding(nested)),
)

# %%
# The fix depends on what the integers mean. If they are *names*, such as word ids, (batch, time) is
# the right shape, and an :term:`embedding` or :term:`one-hot` vectors add the third dimension.
# Nested integers then fail, because they end up with four dimensions. If the integers are
# *amounts*, ``nested.float()`` is right, but here the layer also needs ``batch_first=True``. You
# cannot tell names from amounts by the shape.
#
# A forgotten dimension raises no error
# -------------------------------------
#
# Say you have 4 independent rows of 10 numbers and forget the time dimension. Then the layer reads
# your matrix as *one sequence without a batch*:

rows = xs[:, 0]
show(forgotten=lambda: rnn(rows), right=lambda: rnn(rows.unsqueeze(1)))

# %%
# The first call seems to return four answers. But these are four *steps* of one sequence: when the
# layer read a row, it remembered the rows above that row. A similar mistake is possible with three
# dimensions. A layer without :term:`batch_first=True <batch first>` reads (time, batch, features),
# so it treats your 4 sequences of 20 steps as 20 sequences of 4 steps:

forgotten = nn.RNN(10, 32)
show(forgotten=lambda: forgotten(xs), right=lambda: rnn(xs))

# %%
# ``output`` has the right shape in both calls. Only the shape of ``h_n`` shows the mistake. To see
# what both mistakes do, we change only the first sequence (or row). The table shows how far the
# states of the other sequences move, relative to their size (mean of three untrained layers).

result = shapes.run()
print(f"{'sequence':22s}", *(f"{i:>7s}" for i in ("second", "third", "fourth")))
for layout, moved in result.leak.items():
    print(f"{layout:22s}", *(f"{m:7.2f}" for m in moved.mean(0)[1:]))

# %%
# You want zeros, because one sequence must not change another. In the two wrong layouts the change
# spreads to the second, third and fourth sequences. A language model without ``batch_first`` would
# not remember the earlier words of a text. Instead it would remember the words at the same place in
# earlier texts of the batch.
#
# A layer keeps nothing between calls
# -----------------------------------
#
# Call a layer twice on the same batch, and the answers are the same. Pass in a state that is left
# over from an earlier call, and the answers change:

with torch.no_grad():
    first, left_over = rnn(xs)
    print("same answer the second time:", torch.equal(first, rnn(xs)[0]))
    print("same answer after a left-over state:", torch.equal(first, rnn(xs, left_over)[0]))
print("moved by the left-over state, median of the seeds")
for step in (1, 5, 20):
    print(f"step {step:2d}: {np.median(result.stale, axis=0)[step - 1]:.2f}")

# %%
# For the last three numbers, the layer gets a state from another batch. The numbers show how far
# its own states move, relative to their size. The untrained layer forgets the left-over state
# within 20 steps. A trained layer may keep it. The networks in the next table were trained to
# classify phrases, and in training each phrase started from a state of zeros. In the second row,
# each phrase starts from a state that another phrase left behind:

print("accuracy on fresh phrases, three runs")
print(f"from zeros  at least {result.accuracy['state at the true length'].min():.2f}")
print(f"left over   {result.kept.min():.2f} to {result.kept.max():.2f}")

# %%
# The damage differs from run to run. Wherever a new text begins, leave the state out or pass zeros.
#
# When the next batch *does* continue the text, keep the state, but cut it off from the graph that
# PyTorch recorded for the previous batch. The loop below reads two chunks in three ways: without a
# cut, with a cut whose result is dropped, and with the right cut.


def two_chunks(cut):
    """Read two halves with a backward pass after each, and ``cut`` the state between them."""
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
# A layer never :term:`detaches <detach>` a state that you pass in; only you know where the gradient
# should end. ``h.detach()`` *returns* the cut state, so you have to assign the result. For an LSTM,
# detach both ``h`` and ``c``. :doc:`Part 2 </chapters/2_training/plot_06_truncation>` shows what
# cutting does to learning.
#
# Four wrong shapes keep a network from learning
# ----------------------------------------------
#
# We train a network with each mistake, for at most 180 updates, on short phrases of praise and
# blame like those of :doc:`the first chapter </chapters/1_foundations/plot_01_order>`. Three of the
# mistakes are in these functions:
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
# 1. ``squeeze(0)`` is right for one layer with one direction and no :term:`padding`, and one
#    network uses it in this way. Another network uses it on batches in which one phrase is far
#    longer than the others, so the others are padded. A third network gets such batches and the
#    true lengths of their phrases, so it does not read the padding. 2. The states of two layers are
#    reshaped until the error goes away. For comparison, another network of two layers answers from
#    the state that ``last_state`` returns. 3. ``output[:, -1]`` is right with ``batch_first=True``,
#    but here the layer is built without it. 4. The answer is one number for each phrase, so its
#    shape is (batch, 1). The target has the shape (batch, 1), which is right, or (batch,), which is
#    wrong and gives only a warning.
#
# .. predict::
#
#    Which of the networks learn within 180 updates, and which do not?

fig = pictures.cost(result, {case.name: case.right for case in shapes.CASES})

plt.show()  # a script shows its figures here, in windows

# %%
# Each bar is one way to set the network up. A bar ends at the median accuracy, and each dot is a
# run. Blue bars are right ways and grey bars are wrong ways. Every grey bar ends near the dashed
# line, which is chance.
#
# .. dropdown:: Why?
#
#    After 36 steps of padding, the state probably holds too little of the phrase for the network to
#    learn from. Reshaping gives nearly every row the states of *other* phrases. If the layer reads
#    the batch as time, the states in ``output[:, -1]`` have read only the last words of the
#    phrases, one phrase after another. So an answer depends on a single word of its own phrase. And
#    a squared error of (batch, 1) against (batch,) compares every answer with every target, so the
#    best answer is the mean of all targets.
#
# All the wrong runs end without an error. Before you blame the size of the network or the learning
# rate, print the shapes of the input, of ``output`` and ``h_n``, and of both inputs of the loss.
# Then change one sequence of a batch, and check that the answers to the other sequences stay the
# same.
#
# So a wrong shape raises no error if PyTorch can still compute with it. This happens if a batch is
# read as time, layers are folded into the batch, a state comes after padding, or a target lacks a
# dimension.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * A forgotten batch_first mixes the batch. Only the first sequence in a batch of four is
#      changed. The states of each of the other three sequences move by more than 0.05 of their
#      size; with batch_first, they do not move.
#    * Three mistakes raise no error but prevent learning. They are a forgotten batch_first, two
#      layers of h_n reshaped into the batch, and a squared error against targets of shape (batch,).
#      With each mistake the accuracy stays below 0.65; without it, the accuracy passes 0.9.
#    * Padding can spoil what squeeze(0) reads. Without padding, the accuracy of a network that
#      reads h_n.squeeze(0) passes 0.9. If one phrase in each batch is 36 words longer than the
#      others, the accuracy stays below 0.65 in the median run.
#    * A layer keeps nothing between calls. Two equal calls give equal answers. If an untrained
#      layer starts from another batch's last state, its states change by more than 0.2 of their
#      size at first, and by less than 0.01 after 20 steps.
