# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What does padding do to a state?
================================

Sequences of unlike length share a batch by being filled up; a recurrent network reads the filling
as it reads everything, and no error tells you. This chapter measures what is spoiled and what is
not, and checks each cure against sequences that were read one by one.
"""

# %%
# Four sequences in one rectangle
# -------------------------------
#
# A :term:`tensor` has no ragged edges, so the longest sequence of a :term:`batch` decides its width
# and :term:`padding` fills the rest, with zeros here. Four sequences, the true lengths kept aside:

from textwrap import indent

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from rnnbook.experiments import padding
from rnnbook.experiments.padding import one_by_one
from rnnbook.experiments.shapes import outcome
from rnnbook.figures import padding as pictures
from rnnbook.layers import last_state, read, reverse_within

torch.manual_seed(0)
lengths = torch.tensor([5, 20, 1, 12])
xs = pad_sequence([torch.randn(n, 10) for n in lengths.tolist()], batch_first=True)
rnn = nn.RNN(10, 32, batch_first=True)
output, h_n = rnn(xs)
print("(batch, time, features):", tuple(xs.shape))
print("output:", tuple(output.shape), " h_n:", tuple(h_n.shape))
print("the shortest sequence, three units:")
for name, state in (("after its one step", output[2, 0]), ("in h_n", h_n[0, 2])):
    print(f"{name:18s}", *(f"{h:6.2f}" for h in state[:3]))

# %%
# Zeros are an input like any other. At each of them the layer computes
# :math:`h_t = \tanh(W_{hh} h_{t-1} + b_h)`, and the state moves on. ``h_n`` is the state after the
# last column, whatever stood in it: for the shortest sequence, after nineteen steps of zeros.
#
# What is spoiled and what is not
# -------------------------------
#
# Here are 64 sequences of five steps, read as they are and with fifteen steps of zeros behind them,
# by a layer that reads in both directions. The numbers say how far the padding moves what the layer
# says of the five real steps, relative to its size; zero means not at all.

result = padding.run()
print(f"{'':16s}", *(f" seed {seed}" for seed in padding.SEEDS))
for part, moved in result.moved.items():
    print(f"{part:16s}", *(f"{m:7.2f}" for m in moved))

# %%
# The forward outputs have not changed: at a real step, padding still lies in the future. The final
# forward state has nearly nothing in common with the right one. And the backward direction is
# spoiled at *every* step, because it starts at the far end: from a state of zeros, as the forward
# one does, and with the padding for its first words. Its final state, at the first word, has had
# the real steps to recover in, so it suffers least.
#
# Padding is sometimes listed among the things that cost speed. It does, and that comes last. First
# of all it makes numbers wrong.
#
# How long does a state last?
# ---------------------------
#
# .. predict::
#
#    After twenty steps of padding: how far apart are the final states of sequences that had nothing
#    in common, and does an LSTM or a GRU hold on to them better than a plain RNN?

fig = pictures.forgetting(result, padding.PADS)

# %%
# The distance of the final states from their mean, as a share of what it was without padding. A dot
# is an untrained layer, the lines join the medians. After twenty steps of padding, less than a
# thousandth of the distance is left in each of the three layers.
#
# .. dropdown:: The answer
#
#    Hardly anything is left in any of the three. Fed with the same zeros, all states run to the
#    same point, whatever came before, and with the weights PyTorch starts from, gates do not hold
#    them back. A classifier behind that padding would have to tell praise
#    from blame by the thousandth that is left.
#
# Three cures
# -----------
#
# **Read earlier.** The forward outputs are right, so take each sequence's state at its own last
# step. ``last_state`` does that. **Pack.** A :term:`packed sequence` leaves the padding out of the
# computation altogether; ``read`` packs and unpacks. It is the only one of the three that a layer
# of two directions can do without further work. **Mask.** Go through the steps, and let a sequence
# that has ended keep its state:
#
# .. source:: rnnbook.experiments.padding.masked
#    :nodoc:
#
# How far is each, at most, from sequences read one by one, which is slow and right?

cell = nn.RNNCell(10, 32)
cell.load_state_dict({name[:-3]: weight for name, weight in rnn.state_dict().items()})
both = nn.RNN(10, 32, batch_first=True, bidirectional=True)
with torch.no_grad():
    right = one_by_one(rnn, xs, lengths)
    states = {
        "h_n, padding read": rnn(xs)[1][-1],
        "true length": last_state(*rnn(xs), lengths),
        "packed": read(rnn, xs, lengths=lengths)[1][-1],
        "masked": padding.masked(cell, xs, lengths),
    }
    for name, state in states.items():
        print(f"{name:18s} off by {(state - right).abs().max():7.1e}")
    packed = last_state(*read(both, xs, lengths=lengths), lengths)
    off = (packed - one_by_one(both, xs, lengths)).abs().max()
    print(f"{'packed, both ways':18s} off by {off:7.1e}")

# %%
# Differences of that size are rounding. For a layer of one direction all three cures are exact, and
# which one you take is a matter of convenience; for two directions, pack.
#
# The trap of turning around
# --------------------------
#
# A backward layer is often built by hand: turn the batch around, read it, turn the outputs around.
# Without padding that equals the built-in. With padding, ``flip`` brings the padding to the front.
# What has to be turned around is each sequence within its own length. Here both are given the
# weights of the built-in layer's backward direction and compared with it, packed:

backward = nn.RNN(10, 32, batch_first=True)
backward.load_state_dict(
    {name: both.state_dict()[f"{name}_reverse"] for name in backward.state_dict()}
)
with torch.no_grad():
    right = read(both, xs, lengths=lengths)[0][..., 32:]
    flipped = backward(xs.flip(1))[0].flip(1)
    turned = reverse_within(backward(reverse_within(xs, lengths))[0], lengths)
    builtin = both(xs)[0][..., 32:]
    real = torch.arange(20) < lengths.unsqueeze(1)
    for name, found in (("flip", flipped), ("built-in, padded", builtin), ("own length", turned)):
        print(f"{name:18s} off by {(found - right)[real].abs().max():7.1e}")

# %%
# The second line is the same mistake without a hand-made loop: PyTorch's own bidirectional layer
# reads the padding as well, if it gets a plain tensor. Only the longest sequence comes out right.
#
# Packing, the small print
# ------------------------
#
# Three things go wrong with packing. Lengths have to be sorted, unless you say that they are not:


def show(**calls):
    """Print what each call comes to, under its name."""
    for name, call in calls.items():
        print(f"{name.replace('_', ' ')}:\n{indent(outcome(call), '  ')}")


show(
    unsorted=lambda: pack_padded_sequence(xs, lengths, batch_first=True),
    right=lambda: pack_padded_sequence(xs, lengths, batch_first=True, enforce_sorted=False).data,
)

# %%
# What the second one returned is the pack itself: the 38 real steps, one below the other, with no
# padding among them. Next, an empty sequence, which has no last state:

empty = torch.tensor([5, 20, 0, 12])
show(
    theirs=lambda: pack_padded_sequence(xs, empty, batch_first=True, enforce_sorted=False),
    ours=lambda: read(rnn, xs, lengths=empty),
)

# %%
# Drop it before batching, and keep note of which one it was. Last, a batch whose longest sequence
# is shorter than its padding, as it happens when a large batch is dealt out to several devices.
# Unpacking cannot know the width, and the output no longer fits the other tensors, unless it is
# told ``total_length``:

pack = pack_padded_sequence(xs[:1], lengths[:1], batch_first=True)
show(
    forgotten=lambda: pad_packed_sequence(pack, batch_first=True)[0],
    right=lambda: pad_packed_sequence(pack, batch_first=True, total_length=20)[0],
)

# %%
# ``read`` takes lengths in any order and gives back the width that came in.
#
# Trained with padding, trained without
# -------------------------------------
#
# Does a trained network care? It can get used to padding, since it is trained with it. We train
# classifiers of short phrases of praise and blame (the task of the first chapter) in two ways. One
# reads the padding and answers behind it, the other answers at the true length. Their training
# batches are padded by a few columns only. Then, without training any further, more columns of
# padding are added to the same phrases: what happens when one longer phrase joins the batch.
#
# .. predict::
#
#    The networks that answer behind the padding make hardly a mistake on their own kind of batch.
#    How many do they make when two columns are added?

fig = pictures.behind(result, padding.EXTRA)

# %%
# Each line of dots is one training run of the plain RNN.
#
# .. dropdown:: The answer
#
#    So many that the word mistake hardly fits. On some seeds nearly every answer turns into its
#    opposite, and with further columns back again, as if the network kept its answer on a wheel
#    that turns on with every step of padding. The network
#    that reads at the true length does not see the padding, and not a single answer changes.
#
# What is wrong here is worse than a low score. The answer to a phrase depends on *which other
# phrases are in its batch*. It passes every test that pads like the training did, and in use, with
# batches of one or of a thousand, it is a different classifier.
#
# Others stand it better. The worst accuracy over all columns, in three kinds of network trained
# behind the padding:

print(f"{'':16s}as trained   worst")
for name, runs in result.behind.items():
    for run in runs:
        print(f"{name:16s}{run[0]:10.2f}{run.min():8.2f}")

# %%
# A GRU holds on through the padding, more or less. A layer of two directions can lean on its
# backward half, whose final state lies at the first word and suffers least. Neither is a cure:
# lengths cost nothing, and with them there is nothing to get used to.
#
# The loss counts padding too
# ---------------------------
#
# Where there is an answer at every step, padded steps have answers as well, and they are easy:
# after the end comes padding. Below, a network has to name the symbol of one step before, in
# sequences of which most are short and a few long. It is trained with a loss that counts padding.

print("                 accuracy")
print("updates  seed   all steps   real steps")
for updates in padding.LOOKS:
    rows = zip(padding.SEEDS, result.everything[updates], result.real[updates], strict=True)
    for seed, everything, real in rows:
        print(f"{updates:7d}{seed:6d}{everything:12.2f}{real:13.2f}")

# %%
# After ten updates the first column looks like a network that is nearly done, and it has
# learned what padding looks like, and of the task next to nothing. A mask leaves padded steps out
# of the loss and the score: ``ignore_index`` in PyTorch's
# :class:`~torch.nn.CrossEntropyLoss`, or multiplying each step's loss by zero or one and dividing
# by the number of ones. Dividing by all steps instead would make the loss of a batch depend on its
# longest sequence again.
#
# What is faster?
# ---------------
#
# Packing leaves the padding out, so it should be faster. Count, for 256 sequences in batches of 32:
# how many cells are computed (one step of one sequence each), and how many steps have to be taken
# one after the other. The third way reads padded batches, with sequences of like length in each:
# :term:`buckets <bucket>`.

print(f"{'':10s}   cells   steps in a row")
for way, cells in result.cells.items():
    print(f"{way:10s}{int(np.median(cells)):8,d}{int(np.median(result.steps[way])):13,d}")

plt.show()  # a script shows its figures here, in windows

# %%
# Packing computes the fewest cells of the three, and takes exactly as many steps as padding: the
# longest sequence of each batch has to be walked to its end. On a small network the time does not
# fall with the cells: it is steps that cost. And packing has work of its own to do. By the clock of
# a CPU, packing a small LSTM's batches is the slowest of the three ways. Buckets cut the steps
# themselves. The price is that batches are no longer drawn quite at random: shuffle within the
# buckets, and shuffle their order.
#
# So pack, mask or read at the true length to be *right*, and sort into buckets to be *fast*. The
# two go together.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Padding spoils the final state. Fifteen zeros after five real steps move it by more than half
#      of its size and the backward outputs by more than 0.05; forward outputs stay as they are.
#    * Answers after padding depend on the batch. A plain RNN trained to answer there loses on
#      average more than 0.25 in accuracy when columns are added; at true lengths every run stays
#      above 0.9.
#    * Three cures equal reading one by one. True-length reading, packing and a mask do in one
#      direction, packing also in two. A flipped padded batch is off by more than 0.05, one reversed
#      within lengths is not.
#    * Counted padding flatters. Where most steps are padding and count, the accuracy over all steps
#      is, after 10 updates, more than 0.4 above that over real steps, which is below a half.
#    * Packing saves cells, not steps. Packed batches compute less than half of the cells of padded
#      ones in as many steps in a row; batches of like lengths take less than half of the steps.
