# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Padding: what does it do to a state?
====================================

.. reading:: say what padding spoils, read a padded batch right, and keep padding out of the loss
   :before: whole_sequence shapes

When sequences share a batch, the short sequences are padded to the length of the longest sequence.
A recurrent network reads the padding like any other input, and nothing warns you.
"""

# %%
# Padding moves the final state
# -----------------------------
#
# :term:`Padding <padding>` fills up the shorter rows of a :term:`batch`, here with zeros. Take four
# sequences of 5, 20, 1 and 12 steps, and keep a list of their true lengths:

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

from rnnbook.experiments import padding
from rnnbook.experiments.padding import one_by_one
from rnnbook.figures import padding as pictures
from rnnbook.layers import last_state, read, reverse_within

torch.manual_seed(0)
lengths = torch.tensor([5, 20, 1, 12])
xs = pad_sequence([torch.randn(n, 10) for n in lengths.tolist()], batch_first=True)
rnn = nn.RNN(10, 32, batch_first=True)
output, h_n = rnn(xs)
print("xs, (batch, time, features):  ", tuple(xs.shape))
print("h_n, (layers, batch, hidden): ", tuple(h_n.shape))
print("the shortest sequence, three units:")
for name, state in (("after its one step", output[2, 0]), ("in h_n", h_n[0, 2])):
    print(f"{name:18s}", *(f"{h:6.2f}" for h in state[:3]))

# %%
# At each step of zeros the layer computes :math:`h_t = \tanh(W_{hh} h_{t-1} + b_h)`, with h and
# :math:`b_h` of shape (H,) and :math:`W_{hh}` of shape (H, H). So the state keeps changing. ``h_n``
# is the state after the last column. For the shortest sequence, this is after 19 steps of zeros.
#
# Does padding leave anything unchanged? An untrained layer reads 64 sequences of five steps in both
# directions, first as they are, then with 15 steps of zeros after them. For three seeds, the table
# shows how far the padding moves the final states, and the outputs of the five real steps, relative
# to their size.

result = padding.run()
for part, moved in result.moved.items():
    print(f"{part:16s}", *(f"{m:6.2f}" for m in moved))

# %%
# The forward outputs have not changed, because at a real step the forward direction has not read
# any padding yet. The forward state has moved by almost its whole size. The backward outputs are
# wrong at *every* step, because the backward direction begins at the far end and reads the padding
# first. The final backward state comes after all the real steps, so it moves less than the backward
# outputs.
#
# Twenty steps of zeros wipe out an untrained state
# -------------------------------------------------
#
# .. predict::
#
#    A layer reads sequences that have nothing in common, and reads 20 steps of padding after each
#    sequence. How far apart are the final states? Does an LSTM or a GRU keep the states further
#    apart than a plain RNN does?

fig = pictures.forgetting(result, padding.PADS)

# %%
# The horizontal axis counts the steps of padding. The height (logarithmic) shows how far the final
# states lie from their mean, as a share of this distance without padding. For the LSTM we measure
# only h. A small mark is one untrained layer, and a line joins the medians. After 20 steps of
# padding, less than a thousandth of the distance is left in each of the three layers. The two gated
# layers keep more of this distance than the RNN does, but still almost none.
#
# .. dropdown:: Why?
#
#    All sequences get the same zeros, and with default weights the difference between two states
#    shrinks from step to step. So all states move towards the same point, whatever the sequences
#    were. Default gates are about half open, so some of the state is lost at every step.
#
# Lengths, packs or masks fix the state
# -------------------------------------
#
# **Read earlier.** The forward outputs are right, so ``last_state`` takes each sequence's output at
# its own last step. This output is h; an LSTM's c is not among the outputs.
#
# **Pack.** A :term:`packed sequence` leaves the padding out of the computation. ``read`` packs the
# batch, runs the layer and unpacks the outputs. It takes lengths in any order, and refuses an empty
# sequence. If you call PyTorch's functions yourself, set ``enforce_sorted=False`` when you pack and
# ``total_length`` when you unpack.
#
# **Mask.** Run the cell step by step, and let a sequence that has ended keep its state:
#
# .. source:: rnnbook.experiments.padding.masked
#    :nodoc:
#
# Reading the sequences one by one is slow but gives the right result. The table shows the largest
# difference of each way from this result:

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
# The state after the padding is far off; the other states differ only by rounding. For a layer with
# one direction, all three ways are right, so take any of them. For two directions, pack.
#
# You can also build a backward layer by hand: reverse the batch, read it, and reverse the outputs.
# Without padding, the result equals the built-in layer's backward half. With padding, ``flip``
# brings the padding to the front, so each sequence has to be reversed within its own length. Here
# ``flip`` and the reversal within lengths use the built-in layer's weights, and the packed batch
# gives the right result:

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
# The second line shows the same mistake as the first: PyTorch's bidirectional layer also reads the
# padding first if it gets a plain :term:`tensor`. With these two mistakes only the longest sequence
# comes out right.
#
# An answer after padding may depend on the batch
# -----------------------------------------------
#
# Train classifiers of short phrases of praise and blame, as in :doc:`the first chapter
# </chapters/1_foundations/plot_01_order>`. Some classifiers answer after the padding, and the
# others answer at the true length. Their training batches have at most two columns of padding.
# Then, without further training, add more columns of padding to fresh phrases, as if one phrase in
# the batch were longer.
#
# .. predict::
#
#    The networks that answer after the padding are almost always right on batches like the training
#    batches. How often are they right if two more columns are added?

fig = pictures.behind(result, padding.EXTRA)

two = result.behind["RNN"][:, padding.EXTRA.index(2)]
print("right with two columns added:", *(f"{accuracy:.2f}" for accuracy in two))

# %%
# The horizontal axis counts the added columns. The height is the share of fresh phrases that are
# classified right. Each jagged line is a plain RNN that answers after the padding. The lines fall
# below chance, come back, and fall again. The level line at the top is the RNN that answers at the
# true length.
#
# .. dropdown:: Why?
#
#    Here is our explanation, which we did not test. The state only has to be in the right place at
#    the last column, and in training that column almost always came at the same step. With one more
#    column the state moves on, often to the side of the other answer.
#
# So the answer to a phrase depends on *which other phrases are in its batch*. A network can do well
# on every test that is padded like the training data, and still fail in use next to one longer
# phrase.
#
# Two other kinds of network are more robust than the plain RNN. All networks in this table answer
# after the padding. Each entry is a run's worst accuracy, whatever number of columns is added:

for name, runs in result.behind.items():
    print(f"{name:16s}", *(f"{run.min():.2f}" for run in runs))

# %%
# The GRU has learned to keep its answer through the padding. A bidirectional layer can rely on its
# backward half, whose final state comes after all the words. But use the true lengths anyway.
#
# A score that counts padding looks too good
# ------------------------------------------
#
# A network that answers at every step also answers at padded steps. Those answers are easy, because
# the right answer at a padded step is always the padding symbol. Here a network has to name the
# symbol of the previous step. Most sequences are short and a few are long, so most steps of a batch
# are padding, and the loss counts these steps, too. These are the accuracies after 10 updates, by
# seed:

first = padding.LOOKS[0]
print("accuracy over all steps   ", *(f"{share:.2f}" for share in result.everything[first]))
print("accuracy over real steps  ", *(f"{share:.2f}" for share in result.real[first]))

# %%
# The first row looks like a network that has learned most of the task. But if you answer "padding"
# at every step, you score about the same. At real steps the network is right less often than a
# guess among the eight symbols. A mask leaves padded steps out of the loss and the score. In
# PyTorch's :class:`~torch.nn.CrossEntropyLoss` ``ignore_index`` is such a mask. By hand, multiply
# the loss of each padded step by zero, and divide the sum by the number of real steps. If you
# divide by the number of all steps, the loss of a batch depends on its longest sequence again.
#
# Packing saves cells, not steps
# ------------------------------
#
# You might expect packing to be faster than padding. Take 256 sequences in batches of 32. Count how
# many cells are computed (a cell is one step of one sequence) and how many steps have to be taken
# one after the other. A third way is to sort sequences of similar length into :term:`buckets
# <bucket>`, and to pad each batch.

print(f"{'':10s}   cells   steps in a row")
for way, cells in result.cells.items():
    print(f"{way:10s}{int(np.median(cells)):8,d}{int(np.median(result.steps[way])):13,d}")

plt.show()  # a script shows its figures here, in windows

# %%
# Packing needs the fewest cells. But it takes exactly as many steps as padding, because both have
# to reach the end of the longest sequence of each batch. And fewer cells need not mean less time.
# On a CPU and with a small LSTM, packing is the slowest of the three ways. Buckets save steps, but
# their batches are no longer quite random, so shuffle within the buckets, and shuffle the batches.
#
# So padding moves a state at every padded step, and in an untrained network the state holds less
# and less of the sequence. Use lengths, a pack or a mask to be *right*, and buckets to save
# *steps*.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Padding spoils the final state. Add 15 steps of zeros after 5 real steps. The forward state
#      moves by more than half its size. Backward outputs move by more than 0.05 of their size, but
#      forward outputs do not move.
#    * Answers after padding can depend on the batch. On average, a plain RNN that answers after
#      padding loses more than 0.25 in accuracy at the worst number of added columns. If it answers
#      at true lengths, the accuracy of every run stays above 0.9.
#    * A score that counts padding looks too good. Most steps are padding, and the loss counts them.
#      After 10 updates, accuracy over real steps is below 0.5. Accuracy over all steps is more than
#      0.4 higher than accuracy over real steps.
#    * Three ways agree with reading one by one. True lengths, packing and masks differ from it by
#      less than 1e-9 in double precision. For two directions, packing and reversing within lengths
#      come as close, but flipping is off by more than 0.05.
#    * Packing saves cells, not steps. Packed batches need less than half of the cells of padded
#      batches, but as many steps in a row. Batches of sequences with similar lengths need less than
#      half of these steps.
