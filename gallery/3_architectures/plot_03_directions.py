# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What if the answer lies to the right?
=====================================

"The bank of the river", "the bank of the clerk": what *bank* means comes after it, and a network
that reads from left to right has to answer before it gets there. This chapter lets a second layer
read from the other end, and shows two ways in which that goes wrong.
"""

# %%
# Words of two meanings
# ---------------------
#
# The task of this chapter is to say which meaning a word has. Every sentence holds two words of
# two meanings. The meaning of each is told by one other word: for one of the two it stands to the
# left, for the other to the right.

from textwrap import fill

import matplotlib.pyplot as plt
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
# A word that tells the meaning of "bank" says nothing about "bat" or "bark", and either meaning of
# a word is as likely as the other. Whoever does not look at the context is right half of the time.
#
# Two layers, one turned around
# -----------------------------
#
# One layer reads forward. A second one, with weights of its own, reads from the end. At every word
# the two states are joined into one vector twice as long, and a linear layer answers. The design is
# by :cite:t:`schuster1997bidirectional`, and such a network is called :term:`bidirectional`.

fig = pictures.two_readers()

# %%
# Follow the word "bank" upwards: the forward state beside it has read "the bank", the backward
# state "river of the bank". Each layer begins at its own end, with a state of zeros if it is
# given no other. In code:
#
# .. source:: rnnbook.models.BidirectionalRNN.states
#    :nodoc:
#
# There is nothing new to train: the backward layer is an ordinary layer that is handed its input
# in another order. ``reverse_within`` is from the chapter on :doc:`padding
# </chapters/2_training/plot_07_padding>`. It turns each sequence around within its own length, so
# that the backward layer begins at the last word and not at the padding.
#
# PyTorch's layers do the same if they are told ``bidirectional=True``. Are they the same network?
# Copy the weights and compare, on four sequences of different lengths:

result = directions.run()
print("largest relative difference")
for (name, part), difference in result.differ.items():
    print(f"{name:5s}{part:12s}{difference.max():9.0e}")

# %%
# That is rounding. The gradients are those of all parameters together, so training would not tell
# the two apart either.
#
# Which end is which?
# -------------------
#
# Now there are two final states, and they stand at opposite ends of the output.

rnn = nn.RNN(input_size=10, hidden_size=32, batch_first=True, bidirectional=True)
output, h_n = rnn(torch.randn(4, 20, 10))
print("output", tuple(output.shape), "batch, time, both")
print("h_n   ", tuple(h_n.shape), " way, batch, state")
print("\nequal?                         differ by")
for (state, place), difference in result.ends.items():
    print(f"{state:12s}{place:19s}{difference.max():9.0e}")

# %%
# The three pairs are equal, up to rounding at most. The last one is the trap: "one step" is the
# backward layer, given the last input alone and a state of zeros. Someone wants one vector for a
# whole sequence and takes ``output[:, -1]``, as with one direction. The forward half of it has read
# everything. The backward half, which stands beside the last input, has read that input *and
# nothing else*: half of the vector knows one word. The backward state that has read everything is
# ``output[:, 0, 32:]``, or ``h_n[1]``.
#
# It is also said that the backward layer *starts* from the state at the end of the sequence. It
# starts from ``h_0``, which is zeros unless you give it something else; it is the *input* at the
# end that it reads first.
#
# Left and right
# --------------
#
# Train a network of both directions to tell the meanings.

torch.manual_seed(0)
both = BidirectionalRNN(len(task.vocabulary), 16, len(task.senses), layer=nn.RNN)
history = fit(both, task, steps=300, seed=0, batch_size=16, until=0.04)
print(f"baseline, a coin    {task.baseline:.2f}")
print(f"after {len(history.losses):3d} updates   {evaluate(both, task, seed=1000):.2f}")

# %%
# It gets them all right, or nearly. For comparison, take a network that reads forward only, and one
# that reads backward only. It would be no wonder if two layers did better than one, so the single
# layers get a wider state, and no fewer parameters.
#
# .. predict::
#
#    The forward network sees the telling word in time for half of its answers. How often is it
#    right on the other half: somewhat less often, or no more often than a coin?

print("             parameters")
for name, count in directions.parameters().items():
    print(f"{name:10s} {count:12,d}")
fig = pictures.sides(result, coin=task.baseline)

# %%
# Each marker is one training run, judged on fresh sentences.
#
# .. dropdown:: The answer
#
#    It is a coin. Look at what it knows when it has to answer: whatever it has read is the same for
#    both meanings. No size and no training helps, because what decides has not happened yet. The
#    backward network is its mirror image, and the two together have no weak side.
#
# You can watch it in single sentences. Only one word differs, and the numbers are the probability
# that "bank" means the shore, at the word "bank" itself:

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
# In the first two lines the forward network says the same to the last digit. It has no opinion of
# the river, because it has not met it. In the last two it knows as well as the other.
#
# A forward network is not the only way to be early, and a bidirectional one not the only way to
# wait: you could also ask the forward network some words later, or at the end of the sentence. What
# counts is that the answer is given after what decides it.
#
# The padding, again
# ------------------
#
# The textbook way to build the backward layer is to turn the batch around with ``flip``. In the
# chapter on padding you saw that this hands the backward layer the padding first, and that
# PyTorch's own layer makes the same mistake on a tensor that is not packed. Does it matter to a
# network that has *learned* something? Here are the trained networks of both directions, with
# nothing changed but ``flip`` in the place of ``reverse_within``. The rows say how many columns
# wider the batch was made.

for side in ("left", "right"):
    print(f"told to the {side}: accuracy, a column a seed")
    print("  own length      ", *(f"{share:6.3f}" for share in result.accuracy["both", side]))
    for extra in directions.EXTRA:
        shares = result.flipped[extra, side]
        print(f"  flip, {extra:2d} columns", *(f"{share:6.3f}" for share in shares))
print("told to the left: the loss grows so many times")
for extra, times in result.raised.items():
    print(f"  flip, {extra:2d} columns", *(f"{ratio:6.1f}" for ratio in times))

# %%
# Mistakes come back, more in some runs than in others, and how many depends on how wide the batch
# happens to be. It is worth a look *where* they come back. Where the backward layer has met a
# telling word on its way, it is hardly disturbed: the padding is overwritten. Where the telling
# word stands to the left, the backward layer has met nothing and should have nothing to say. But a
# state that has run through padding is not the state of a layer that has nothing to say. It speaks
# up, and sometimes it is believed.
#
# The cure is the one you know: hand over ``lengths``.
#
# A language model that cheats
# ----------------------------
#
# If context from both sides is so useful, why do :term:`language models <language model>` read
# forward? Let one read both ways, with the usual targets: at each step, name the next token. The
# text is noise. Every token is drawn for itself, all twenty equally likely, so that nothing can be
# known, and no honest model gets below the logarithm of twenty.
#
# .. predict::
#
#    What loss does the bidirectional model reach on text of which nothing can be known?

floor = directions.TOKENS.baseline
print(f"floor {floor:.3f}     a column a seed")
for name, losses in result.shown.items():
    print(f"\n{name}, the next token is")
    print("  in the input ", *(f"{loss:7.3f}" for loss in losses))
    print("  not yet there", *(f"{loss:7.3f}" for loss in result.asked[name]))
fig = pictures.cheating(result, floor)

plt.show()  # a script shows its figures here, in windows

# %%
# On the left, training; on the right, fresh sequences.
#
# .. dropdown:: The answer
#
#    Nearly zero. The next token is part of the input, and the backward layer has just read it.
#    So the model learns to hand it over, a matter of one step, and nothing else. It looks like
#    an excellent language model.
#
#    Then use it for what a language model is for. The text ends, and the next token is not yet
#    there. Now the bidirectional model is *worse* than saying that all are equally likely, since it
#    has learned to be sure. The forward model is at the floor in both cases, where it belongs.
#
# A loss below what is possible is not a triumph, it is a leak: something of the target is in the
# input. It does not take noise to find it. Hide everything to the right of the place you ask about,
# and see whether the answer changes.
#
# So the question to ask before you take both directions is: **when the answer is needed, is the
# right side there?** In labelling words, in recognising a recorded sentence, in reading the source
# sentence of a translation it is. In writing the translation, in forecasting, in answering while
# somebody still speaks, it is not. There are language models that look both ways:
# :cite:t:`devlin2019bert` hide the words that have to be named, so that the input does not hold the
# answer.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Two directions have no weak side. A forward network is right on more than 0.8 of words told
#      to the left and a coin on others; with no more parameters, two directions pass 0.9 on both.
#    * A bidirectional language model cheats. On random tokens its loss is below 0.1 of what equal
#      guesses get; where the next token is not yet in its input, more than 0.05 above that.
#    * The full backward state stands first. It is in the first step of the output; in the last step
#      the backward half has read one input from a state of zeros.
#    * Flip costs a trained network on average. At the worst padding tried, reversing batches whole
#      raises its loss on words told to the left to more than 1.5 times, on average over the runs.
#    * Two layers equal PyTorch's bidirectional one. If one reads each sequence reversed within its
#      length, outputs, final states and gradients differ by less than 1e-5, padded batches too.
