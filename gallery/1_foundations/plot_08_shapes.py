# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Which wrong shape raises no error?
==================================

A recurrent layer takes three dimensions and returns two tensors that look alike; of the ways to mix
them up, some stop with a message, and the worse ones give numbers. This chapter makes the mistakes
on purpose, prints what PyTorch really says, and measures what the silent ones cost.
"""

# %%
# What goes in, what comes out
# ----------------------------
#
# Four sequences of twenty steps, ten numbers a step. ``outcome`` makes a call and tells what came
# of it: the shapes, a warning, or the error. Every message in this chapter was caught by it, from
# the PyTorch that built the page.

from textwrap import indent

import matplotlib.pyplot as plt
import torch
from torch import nn

from rnnbook import layers
from rnnbook.experiments import shapes
from rnnbook.experiments.shapes import outcome
from rnnbook.figures import shapes as pictures
from rnnbook.layers import last_state
from rnnbook.text import one_hot_encode


def show(**calls):
    """Print what each call comes to, under its name."""
    for name, call in calls.items():
        print(f"{name.replace('_', ' ')}:\n{indent(outcome(call), '  ')}")


torch.manual_seed(0)
xs = torch.randn(4, 20, 10)
theirs = nn.RNN(10, 32, batch_first=True)
ours = layers.RNN(10, 32, batch_first=True)
print("xs, (batch, time, features):", tuple(xs.shape))
show(theirs=lambda: theirs(xs), ours=lambda: ours(xs))

# %%
# The first tensor, ``output``, holds the top layer's state after *every* step: (batch, time,
# hidden). The second, ``h_n``, holds the *last* state of every layer: (layers, batch, hidden). Note
# that ``batch_first=True`` turns ``output`` around and leaves ``h_n`` as it is. A state that you
# hand in has the shape of ``h_n``, too.
#
# Mistakes that raise
# -------------------
#
# These are the harmless ones. First, a single step without time or batch.

show(
    theirs=lambda: theirs(xs[0, 0]),
    ours=lambda: ours(xs[0, 0]),
    right=lambda: theirs(xs[0, 0].view(1, 1, 10)),
)

# %%
# Sequences with another number of features than the layer was built for:

show(
    theirs=lambda: theirs(xs[:, :, :5]),
    ours=lambda: ours(xs[:, :, :5]),
    right=lambda: nn.RNN(5, 32, batch_first=True)(xs[:, :, :5]),
)

# %%
# A state from a batch of another size, which is what the last, smaller batch of a data set brings:

state = torch.zeros(1, 4, 32)
show(
    theirs=lambda: theirs(xs[:3], state),
    ours=lambda: ours(xs[:3], state),
    right=lambda: theirs(xs[:3]),
)

# %%
# And integers. A widely copied pair of examples calls the first of these tensors wrong, since it
# would be read as independent samples, and the second one right. Neither gets that far:

flat = torch.tensor([[1, 2, 3], [4, 5, 6]])
nested = torch.tensor([[[1], [2], [3]], [[4], [5], [6]]])
show(
    called_wrong=lambda: nn.RNN(3, 32)(flat),
    called_right=lambda: nn.RNN(1, 32)(nested),
    ours=lambda: layers.RNN(1, 32)(nested),
)

# %%
# What they are missing depends on what the numbers are. If they are *names*, such as word numbers,
# (batch, time) is the right shape after all, and an :term:`embedding` or :term:`one-hot` vectors
# add the third dimension. Then it is the nested one that fails, with four.

embedding = nn.Embedding(7, 10)
show(
    flat=lambda: theirs(embedding(flat)),
    one_hot=lambda: nn.RNN(7, 32, batch_first=True)(one_hot_encode(flat, 7)),
    nested=lambda: theirs(embedding(nested)),
)

# %%
# If they are *amounts*, ``nested.float()`` is right. No shape can tell the two apart; you have to
# know which you have.
#
# Two dimensions: no error
# ------------------------
#
# Now the quiet ones. You have four independent rows of ten numbers and forget that a layer wants
# time as well. Older texts promise an error here. Today a matrix is *one sequence without a batch*:

rows = xs[:, 0]
show(forgotten=lambda: theirs(rows), right=lambda: theirs(rows.unsqueeze(1)))

# %%
# The numbers of the first call look like four answers, and they are four *steps*: each row has been
# read with the rows above it in memory. Our layers do the same, since they take what PyTorch's
# take. (Our models do not: they ask for three dimensions.) The same happens one dimension up. A
# layer without :term:`batch_first=True <batch first>` reads (time, batch, features), and takes your
# four sequences of twenty steps for twenty sequences of four:

forgotten = nn.RNN(10, 32)
show(forgotten=lambda: forgotten(xs), right=lambda: theirs(xs))

# %%
# ``output`` has the right shape in both. Only ``h_n`` gives it away. To see what it means, we
# change the first sequence of the batch, and only that, and ask how far the states of the others
# move, relative to their size.

result = shapes.run()
print(f"{'sequence':22s}", *(f"{i:>7s}" for i in ("first", "second", "third", "fourth")))
for layout, moved in result.leak.items():
    print(f"{layout:22s}", *(f"{m:7.2f}" for m in moved.mean(0)))

# %%
# Zero is what you want behind the first: what one sequence says is no business of the next. In the
# two wrong layouts it trickles down the batch, and in a language model it would let each text
# answer from its neighbour's.
#
# output and h_n
# --------------
#
# With more layers, or with a second direction (a network that reads from the end, the topic of a
# later chapter), the two tensors go different ways.

print("layers  directions  output       h_n         squeeze(0)")
for num_layers, bidirectional in ((1, False), (2, False), (1, True), (2, True)):
    layer = nn.RNN(10, 32, num_layers, bidirectional=bidirectional, batch_first=True)
    output, h_n = layer(xs)
    sizes = (tuple(t.shape) for t in (output, h_n, h_n.squeeze(0)))
    print(f"{num_layers:6d}  {1 + bidirectional:10d} ", *sizes, sep=" ")

# %%
# ``output`` gets wider with a direction and not deeper with a layer: it shows the top layer only.
# ``h_n`` stacks everything, (layers times directions, batch, hidden), the top layer last. Though it
# is often described as *the last layer's state*, it is that of all of them. Where the two meet:

with torch.no_grad():
    two = nn.RNN(10, 32, num_layers=2, batch_first=True)
    both = nn.RNN(10, 32, bidirectional=True, batch_first=True)
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
# The last line is a trap of its own: ``output[:, -1]`` of a layer with two directions joins a
# forward state that has read everything with a backward state that has read a single step.
#
# squeeze(0)
# ----------
#
# ``h_n.squeeze(0)`` drops the first dimension *if its size is one*, and otherwise does nothing and
# says nothing. It works until somebody adds a layer. What happens then depends on the loss:

h_n = theirs(xs)[1], two(xs)[1]
head, classes, ratings = nn.Linear(32, 1), torch.tensor([0, 1, 1, 0]), torch.zeros(4, 1)
show(
    one_layer=lambda: nn.MSELoss()(head(h_n[0].squeeze(0)), ratings),
    two_layers=lambda: nn.MSELoss()(head(h_n[1].squeeze(0)), ratings),
    two_layers_cross_entropy=lambda: nn.CrossEntropyLoss()(h_n[1].squeeze(0), classes),
    right=lambda: nn.MSELoss()(head(last_state(*two(xs))), ratings),
)

# %%
# The :term:`cross-entropy` stops. The squared error goes on with :term:`broadcasting`: it stretches
# the smaller tensor over the larger one and gives a loss, with a warning that is easily lost among
# others. In this book nobody squeezes a state; ``last_state`` knows which one has read the whole
# sequence, in all four kinds above, and complains when shapes do not belong together:

show(
    ours=lambda: last_state(*forgotten(xs)),
    ours_too=lambda: last_state(theirs(xs)[0], theirs(xs)[1].squeeze(0)),
    right=lambda: last_state(*theirs(xs)),
)

# %%
# Nor does ``squeeze(0)`` remove the time from an ``output`` of one letter if ``batch_first=True``,
# as a comment beside it sometimes says: of (1, 1, hidden) it drops the batch, and of any larger
# batch nothing.

show(
    one=lambda: theirs(xs[:1, :1])[0].squeeze(0),
    four=lambda: theirs(xs[:, :1])[0].squeeze(0),
    right=lambda: theirs(xs[:, :1])[0][:, -1],
)

# %%
# An LSTM's state is a pair
# -------------------------
#
# An :term:`LSTM` carries two tensors, ``h`` and ``c``. Handing on one of them fails, for one layer
# with a message that does not say so:

lstm = nn.LSTM(10, 32, batch_first=True)
output, (h, c) = lstm(xs)
show(
    theirs=lambda: lstm(xs, h),
    ours=lambda: layers.LSTM(10, 32, batch_first=True)(xs, h),
    right=lambda: lstm(xs, (h, c))[1],
)

# %%
# State that was left over
# ------------------------
#
# Does a layer remember the batch before? No. It stores nothing between two calls; the only state
# there is comes in through your hands. Call it twice and the answers are the same. Hand it what an
# unrelated batch left over, and they are not:

with torch.no_grad():
    first, left_over = theirs(xs)
    print("same answer the second time:", torch.equal(first, theirs(xs)[0]))
    print("same answer after a left-over state:", torch.equal(first, theirs(xs, left_over)[0]))
print("step       1     2     3     5    10    20")
for seed, moved in zip(shapes.SEEDS, result.stale, strict=True):
    print(f"seed {seed} ", *(f"{moved[t]:5.2f}" for t in (0, 1, 2, 4, 9, 19)))

# %%
# Those are distances between the states with and without the left-over, relative to their size. An
# untrained layer forgets it within some steps. A trained one has learned to hold on to things, so
# it may hold on to this as well. Here are networks that classify phrases, trained from an empty
# state, and then started from the state after another phrase:

print("accuracy on fresh phrases")
from_zeros = result.accuracy["state at the true length"]
for seed, zeros, kept in zip(shapes.SEEDS, from_zeros, result.kept, strict=True):
    print(f"seed {seed}: from zeros {zeros:.2f}, left over {kept:.2f}")

# %%
# How much it hurts is a matter of luck, which makes it hard to find. The cure is to leave the state
# out, or to pass zeros, wherever a new text begins.
#
# When the next batch *does* continue the text, the state is to be kept, and cut off from the graph
# of the batch before. Here is a loop of two chunks that keeps it, first as it is, then with a call
# whose result is dropped, then as it should be.


def two_chunks(cut):
    """Read two halves, a backward pass after each, with the state between them cut by ``cut``."""
    h = None
    for chunk in xs.split(10, dim=1):
        output, h = theirs(chunk, h)
        output.sum().backward()
        h = cut(h)
    return h


show(
    kept=lambda: two_chunks(lambda h: h),
    dropped=lambda: two_chunks(lambda h: (h.detach(), h)[1]),
    right=lambda: two_chunks(lambda h: h.detach()),
)

# %%
# Some texts say that ``nn.RNN`` :term:`detaches <detach>` a state that is handed in. It does not,
# and it should not: inside one text the gradient is meant to flow. ``h.detach()`` *returns* the cut
# state, so it has to be assigned, for an LSTM both halves. What cutting does to learning is a
# chapter of part 2.
#
# What the silent ones cost
# -------------------------
#
# A wrong number that does not raise might still be close enough. So we train a network with each
# mistake, for 180 small batches, on short phrases of praise and blame like those of the first
# chapter. These are the lines at fault:
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
# The first is right for one layer of one direction and no :term:`padding`. It is also trained on
# batches in which one phrase is far longer than the others, which are filled up to its length. The
# second is what the error of two layers tempts one to type: it makes the shapes fit; beside it
# stands what ``last_state`` reads from two layers. The third is right for a layer with
# ``batch_first=True`` and is given one without. And in the last pair one number is the answer,
# (batch, 1), and the target is (batch, 1) or (batch,).
#
# .. predict::
#
#    Which of them still learn, if more slowly, and which do not learn at all?

fig = pictures.cost(result, {case.name: case.right for case in shapes.CASES})

plt.show()  # a script shows its figures here, in windows

# %%
# Blue bars are right, grey ones wrong; a dot is a training run, the bar their median.
#
# .. dropdown:: The answer
#
#    None of the wrong ones learns anything in that time. Behind three dozen steps of padding,
#    training finds no trace of the phrase to hold on to. Reshaping two layers into one row a phrase
#    hands nearly every row the states of *other* phrases: take the top layer, or transpose first. A
#    batch taken for time makes ``output[:, -1]`` a walk down the last words of the phrases, so that
#    an answer has seen no more of its own phrase than one word. And (batch, 1) against (batch,)
#    compares every answer with every target, and the best answer to all targets at once is their
#    mean.
#
# All of these runs end without an error, with a loss that stays where guessing puts it. That looks
# like a network that is too small or a learning rate that is off. Before you tune either, print
# the shapes of the input, of ``output`` and ``h_n``, and of both sides of the loss. And change one
# sequence of a batch to see whether another one notices.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * A forgotten batch_first mixes the batch. In a batch of four, changing the first sequence
#      moves the states of each other one by more than 0.05 of their size; with batch_first, not at
#      all.
#    * Silent mistakes cost the whole lesson. With batch_first forgotten, two layers of h_n reshaped
#      into the batch, or a squared error against targets of another rank, accuracy stays below
#      0.65; done right, it passes 0.9.
#    * Padding hides what squeeze(0) reads. Without padding, a network that reads h_n.squeeze(0)
#      passes 0.9; one phrase longer by 36 words in each batch leaves it below 0.65 in the median
#      run.
#    * A layer keeps nothing between calls. Two calls answer the same; a state left over from
#      another batch moves an untrained layer by more than 0.2 at first, by less than 0.01 after 20
#      steps.
