# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Two directions: what if the answer comes later?
===============================================

.. reading:: build a layer that reads from both ends, pick its states, and say where it must not go
   :before: one_step padding

In "the bank of the river", the meaning of *bank* is settled three words later, and a network that
reads from left to right has to answer before it gets there. What do you gain from a second layer
that reads from the other end, and what can go wrong?
"""

# %%
# The deciding word may come later
# --------------------------------
#
# Every sentence of our task holds two words that have two meanings each. For each of these two
# words, one other word decides which meaning is right. One deciding word stands to the left of the
# word that it decides; the other deciding word stands to the right of its word.

from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from rnnbook.batch import UNASKED
from rnnbook.experiments import directions
from rnnbook.figures import directions as pictures
from rnnbook.models import BidirectionalRNN
from rnnbook.tasks.word_senses import WordSenses
from rnnbook.text import one_hot_encode
from rnnbook.training import evaluate, fit

task = WordSenses()
batch = task.batch(3, torch.Generator().manual_seed(6))
print("words, one-hot", tuple(batch.inputs[0].shape))
print("target        ", tuple(batch.target.shape))
for words, target in zip(task.words(batch), batch.target, strict=True):
    print("\n" + fill(" ".join(words), 38))
    for word, sense in zip(words, target, strict=False):
        if sense != UNASKED:
            print(f"   {word}: {task.senses[sense]}")

# %%
# A word that decides about "bank" says nothing about "bat" or "bark", and both meanings of a word
# are equally likely. Without the deciding word, you are right half of the time.
#
# Two layers read from opposite ends
# ----------------------------------
#
# One layer reads forward. A second layer, with weights of its own, reads from the end. At every
# word the two states are joined into one vector, and a linear layer computes the answer from it.
# The design is by :cite:t:`schuster1997bidirectional`, and such a network is called
# :term:`bidirectional`.

fig = pictures.two_readers()

# %%
# Follow the word "bank" upwards. Its forward state has read "the bank"; its backward state has read
# "river", "of the" and "bank". Each layer begins at its own end, with a state of zeros. In the
# formulas, an arrow marks the direction:
#
# .. math::
#
#    h^{\rightarrow}_t = \tanh(W^{\rightarrow}_{xh} x_t + W^{\rightarrow}_{hh}
#    h^{\rightarrow}_{t-1} + b^{\rightarrow})
#
# .. math::
#
#    h^{\leftarrow}_t = \tanh(W^{\leftarrow}_{xh} x_t + W^{\leftarrow}_{hh}
#    h^{\leftarrow}_{t+1} + b^{\leftarrow})
#
# .. math::
#
#    y_t = W_{hy} [h^{\rightarrow}_t, h^{\leftarrow}_t] + b_y
#
# Say that the input has D numbers, each layer has H units, and there are K meanings. Then x is
# (D,), each h and its bias are (H,), each :math:`W_{xh}` is (H, D), and each :math:`W_{hh}` is (H,
# H). Joined, the two states are (2H,), so :math:`W_{hy}` is (K, 2H), and y and its bias are (K,).
# In code:
#
# .. source:: rnnbook.models.BidirectionalRNN.states
#    :nodoc:
#
# The backward layer is an ordinary layer that gets its input in reverse order. ``reverse_within``,
# from :doc:`padding </chapters/2_training/plot_07_padding>`, reverses each sequence within its own
# length, so that the backward layer begins at the last word and not at the padding.
#
# PyTorch's layers do the same if you set ``bidirectional=True``. Copy the weights and compare
# outputs, final states and all gradients, on four sequences of different lengths:

result = directions.run()
for name in directions.LAYERS:
    apart = [d.max() for (kind, _), d in result.differ.items() if kind == name]
    print(f"{name:5s}largest relative difference {max(apart):.0e}")

# %%
# These differences are only rounding.
#
# The full backward state comes first
# -----------------------------------
#
# Each direction has its own final state, and the two states are at opposite ends of the output.

rnn = nn.RNN(input_size=10, hidden_size=32, batch_first=True, bidirectional=True)
output, h_n = rnn(torch.randn(4, 20, 10))
print("output", tuple(output.shape), "batch, time, both")
print("h_n   ", tuple(h_n.shape), " way, batch, state")
print("\nequal?                         differ by")
for (state, place), difference in result.ends.items():
    print(f"{state:12s}{place:19s}{difference.max():9.0e}")

# %%
# All three pairs are equal up to rounding. The last pair shows a trap: "one step" is the backward
# state after only the last input. Say you want one vector for a whole sequence, and you take
# ``output[:, -1]``, as you would with one direction. The forward half of this vector has read
# everything, but the backward half has read the last input *and nothing else*. The backward state
# that has read everything is ``output[:, 0, 32:]``, or ``h_n[1]``.
#
# Some explanations say that the backward layer *starts* from the state at the end of the sequence.
# It does not. The backward layer starts from ``h_0`` (zero, unless you set ``h_0``), and it first
# reads the *input* at the end.
#
# One direction can only guess what comes later
# ---------------------------------------------
#
# Train a bidirectional network to tell the meanings apart.

torch.manual_seed(0)
both = BidirectionalRNN(len(task.vocabulary), 16, len(task.senses), layer=nn.RNN)
history = fit(both, task, steps=300, seed=0, batch_size=16, until=0.04)
print(f"baseline, a coin    {task.baseline:.2f}")
print(f"after {len(history.losses):3d} updates   {evaluate(both, task, seed=1000):.2f}")

# %%
# For comparison, take a network that reads forward only, and a network that reads backward only.
# Each of these two gets a wider state, so that it has at least as many parameters as the
# bidirectional network.
#
# .. predict::
#
#    The forward network sees the deciding word in time for half of its answers. How often is it
#    right on the other half: a little less often than on the first half, or only as often as a
#    coin?

print("             parameters")
for name, count in directions.parameters().items():
    print(f"{name:10s} {count:12,d}")
fig = pictures.sides(result, coin=task.baseline)

# %%
# Each marker is one training run; its height is the accuracy on fresh sentences. On the left are
# the words whose deciding word is to the left; on the right are the other words. The dashed line is
# a coin. Each network with one direction has an accuracy near 1 on the side that it reads first,
# and near the dashed line on the other side. The bidirectional network has an accuracy near 1 on
# both sides.
#
# .. dropdown:: Why?
#
#    If the deciding word is to the right, the forward network has to answer before it reads that
#    word. A wider state or more training cannot help. For the backward network, left and right are
#    swapped.
#
# You can see this in pairs of sentences that differ in one word. The numbers are the probability
# that "bank" means the shore, computed at "bank" itself:

forward = directions.tagger("forward", seed=0)
place = task.senses.index("shore")
print("                        forward   both")
later, before = "we saw the bank of the {} and the ball by the bat", "we saw the {} by the bank"
for pattern in (later, before + " and the bat of the umpire"):
    for word in ("river", "clerk"):
        words = pattern.format(word).split()
        xs = one_hot_encode(task.vocabulary.encode(words), len(task.vocabulary)).unsqueeze(0)
        at = words.index("bank")
        said = [model(xs)[0, at].softmax(-1)[place].item() for model in (forward, both)]
        print(f"{' '.join(words[2:7]):23s}", *(f"{p:7.2f}" for p in said))

# %%
# In the first two lines the forward network gives the same answer, because it has not read "river"
# or "clerk" yet. In the last two lines it has read that word, and leans towards the correct
# meaning.
#
# Padding misleads the backward layer
# -----------------------------------
#
# The obvious way to build the backward layer is to reverse the whole batch with ``flip``. The
# backward layer then reads the :doc:`padding </chapters/2_training/plot_07_padding>` first, as
# PyTorch's own layer does on a tensor that is not packed. Does this matter to a network that has
# *learned* something? In the trained bidirectional networks, replace ``reverse_within`` by
# ``flip``. These networks read the batch as it is, and then with more columns of padding. For words
# whose deciding word is to the left, the table has one number per seed.

print("accuracy          decided to the left   to the right")
rows = {"own length": [result.accuracy["both", side] for side in ("left", "right")]}
for extra in (0, max(directions.EXTRA)):
    rows[f"flip, {extra} more"] = [result.flipped[extra, side] for side in ("left", "right")]
for name, (left, right) in rows.items():
    print(f"{name:13s}", *(f"{share:6.3f}" for share in left), f" median {np.median(right):.3f}")
worst = np.max(list(result.raised.values()), axis=0)
print("\nloss where the left decides, with flip: at worst")
print(*(f"{times:.1f}" for times in worst), "times as large")

# %%
# Where the deciding word is to the right, ``flip`` changes almost nothing. Where it is to the left,
# most of these runs make more mistakes than before. This may be why: the backward layer has not
# read the deciding word, so it should not change the answer. But it has read padding, which never
# happened in training, so it may change the answer. The fix is to give the model ``lengths``.
#
# A language model that sees the next word cheats
# -----------------------------------------------
#
# If context from both sides is so useful, why do most :term:`language models <language model>` only
# read forward? Let a language model read both ways, with the usual task: at each step, name the
# next token. The text is noise. Every token is drawn on its own, and all 20 tokens are equally
# likely. So the past says nothing about the next token. If a model cannot see that token, its mean
# loss on fresh text cannot fall below ln 20.
#
# .. predict::
#
#    What loss does the bidirectional model reach on a text in which no token can be predicted?

floor = directions.TOKENS.baseline
print(f"floor, ln 20                 {floor:.2f}\nloss, median of the runs  forward  both")
for name, losses in (("in the input", result.shown), ("not yet there", result.asked)):
    medians = (f"{np.median(losses[model]):7.2f}" for model in ("forward", "both"))
    print(f"next token {name:15s}", *medians)
fig = pictures.cheating(result, floor)

plt.show()  # a script shows its figures here, in windows

# %%
# On the left is the loss in training, with one line per run. On the right is the loss on fresh
# sequences, with one marker per run. The dashed line is the floor. The loss of the forward model
# stays close to the floor, and the loss of the bidirectional model falls almost to zero. But at the
# far right, where the text ends before the next token, the loss of the bidirectional model lies
# *above* the floor.
#
# .. dropdown:: Why?
#
#    The next token is part of the input, and the backward layer has just read it. On this text the
#    only thing to learn is to pass that token on. But when you let the model write, the next token
#    is not there yet. In training the model was never asked at the last step. This is probably why
#    its loss there is a little higher than the loss of equal guesses.
#
# Sometimes you know the lowest loss that is possible without seeing the target. If the mean loss on
# fresh data is clearly lower than that, suspect a leak. In ordinary text, hide everything to the
# right of the place you ask about, and see whether the answer changes.
#
# Some language models do look both ways: :cite:t:`devlin2019bert` hide most of the words that have
# to be predicted, so the input seldom holds the answer.
#
# So what if the deciding word comes later? If the rest of the sequence is there **when the answer
# is needed**, read from both ends. The rest is there when you label words, transcribe a finished
# recording, or read the source of a translation. It is not there when you write the translation,
# forecast, or answer while people still speak.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Two directions have no weak side. A forward network is right on more than 0.8 of the words
#      decided by an earlier word, and guesses the others. A bidirectional network with at most as
#      many parameters is right on more than 0.9 of each kind.
#    * A bidirectional next-token model cheats. On random tokens, its loss is less than 0.1 of the
#      loss of a model that gives every token the same probability. Without the next token in its
#      input, its loss is more than 0.05 above that loss.
#    * The full backward state comes first. The first step of the output holds the backward state
#      that has read every input. The backward state in the last step has read only one input,
#      starting from zeros.
#    * Flip can harm a trained network. Flip reverses whole batches, padding included. At the worst
#      padding tried, the loss on words decided by an earlier word becomes more than 1.5 times as
#      large, on average over the runs.
#    * Two layers equal PyTorch's bidirectional layer. One of the two reads each sequence reversed
#      within its length. Their outputs, final states and gradients differ from PyTorch's by less
#      than 1e-5, in padded batches too.
