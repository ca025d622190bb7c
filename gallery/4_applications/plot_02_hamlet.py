# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook[data]==0.1.0"]
# ///
"""
Can a network write like Shakespeare?
=====================================

Give a network one play, let it predict each next character, and it begins to write; the samples
are fun and prove little, for a network that has learned five lines by heart writes perfect
Shakespeare. This chapter trains on *Hamlet*, measures on a part of it that no training saw, and
asks competitors that know nothing of neural networks to do the same.
"""

# %%
# The text, and the part nobody trains on
# ---------------------------------------
#
# The whole play comes with the package. A :term:`language model` of characters reads it letter by
# letter, line ends and stage directions included. The first nine tenths are for training. The last
# tenth, the end with the duel, is for the measurement.
#
# Saved as a script, this chapter also takes a book of yours: ``python plot_02_hamlet.py
# my_book.txt``, any plain text file in UTF-8.

import math
import sys
import warnings

import matplotlib.pyplot as plt
import torch
from torch import nn

from rnnbook.decoding import sample
from rnnbook.experiments import hamlet
from rnnbook.figures import hamlet as pictures
from rnnbook.models import CharRNN
from rnnbook.tasks.characters import Characters
from rnnbook.training import fit

# A notebook has no __file__, and what stands on its command line is none of our business.
own = sys.argv[1] if "__file__" in globals() and len(sys.argv) > 1 else None
task = Characters(path=own)
print(f"{len(task.training_text):,} characters to train on, ", end="")
print(f"{len(task.held_out_text):,} held out; {len(set(task.training_text))} different ones")
print(f"held-out stretches of 30 that training holds too: {task.repeated(30):.1%}")
print("the held-out part begins:", repr(task.held_out_text[:60]))

# %%
# The third line deserves a habit. If much of the held-out part also stands in the training part,
# the measurement rewards learning by heart. Here almost nothing does.
#
# Now a :term:`batch`: windows drawn at random from the training part. The target is the same
# window, one character further on, so every position is a question of its own.

batch = task.batch(8, torch.Generator().manual_seed(0))
print("inputs:", tuple(batch.inputs[0].shape), " target:", tuple(batch.target.shape))
print("reads   ", repr("".join(task.vocabulary.decode(batch.inputs[0][0, :40]))))
print("predicts", repr("".join(task.vocabulary.decode(batch.target[0, :40]))))

# %%
# Train, then measure
# -------------------
#
# The model is an embedding, a recurrent layer and a linear layer that scores each character:
#
# .. source:: rnnbook.models.CharRNN.forward
#
# It is trained in two rounds of updates. The second, slower one lets the weights settle.

torch.manual_seed(0)
model = CharRNN(len(task.vocabulary), embed_size=32, hidden_size=128, num_layers=1, layer=nn.LSTM)
before = hamlet.surprise(model, task).mean()
fit(model, task, steps=320, seed=0, batch_size=8, learning_rate=1e-2)
fit(model, task, steps=80, seed=1, batch_size=8, learning_rate=2e-3)
bits = hamlet.surprise(model, task)
print(f"held out, untrained: {before:.2f} bits per character")
print(f"held out, trained:   {bits.mean():.2f} bits per character")
print(f"perplexity:          {2 ** bits.mean():.1f} characters")

# %%
# What do these numbers mean? If the model gives the character that really comes next the
# probability 1/2, that character costs it one bit; 1/4 costs two, 1/8 three. The mean over the
# held-out text is the :term:`bits per character`. It is what a file would need if the model were
# used to compress it, an idea of :cite:t:`shannon1948mathematical`. Two to that power is the
# :term:`perplexity`: the model is as unsure as if it chose among so many equally likely characters.
#
# The untrained network is about as good as guessing. Training took most of the doubt away.
#
# Competitors without a network
# -----------------------------
#
# A low number means little alone. An :term:`n-gram` counts, for each stretch of n - 1 characters,
# which character came next how often, and falls back on shorter stretches where it has seen
# little. The library *nltk* counts ours, smoothed as :cite:t:`witten1991zero` propose. The unigram
# knows only how frequent each character is. And the compressors *xz* and *bzip2*, made for files,
# get the training part for free: we count the bytes that the held-out part adds to it.
#
# .. predict::
#
#    The network read the play in random pieces, for a few hundred updates. A trigram sees two
#    characters back, a five-gram four. Which of them does the network beat?

counted = hamlet.count(task)
costs = {name: float(row.mean()) for name, row in zip(hamlet.NAMES, counted, strict=True)}
for name, shrink in hamlet.COMPRESSORS.items():
    costs[name] = hamlet.compress(task, shrink)
costs["LSTM"] = float(bits.mean())
costs["LSTM and five-gram"] = float(hamlet.mix(bits, counted[-1]).mean())
guessing = torch.tensor(len(set(task.training_text))).log2().item()
fig = pictures.costs(costs, guessing)

# %%
# One training run is drawn; the sentences at the end of the chapter hold for several.
#
# .. dropdown:: The answer
#
#    It beats the trigram clearly and loses to the five-gram. It also loses to bzip2, a program from
#    the nineties that sorts characters by what follows them. Against a network that has had few
#    updates, counting four characters back is a very good idea: a network has to find out first
#    that there are words at all.
#
# The shortest bar is the one to think about. It takes, for each character, the mean of the
# probabilities that the network and the five-gram give, and needs fewer bits than either: the two
# are wrong in different places. Where a result matters, a baseline is not only a rival but also a
# partner.
#
# Let it write
# ------------
#
# To write, draw a character from the predicted probabilities and feed it back in as the next
# input. Before the draw, the :term:`logits` are divided by the :term:`temperature`, an idea of
# :cite:t:`ackley1985learning`. Below 1, the likely characters become more likely; above 1, all
# become more alike.
#
# .. source:: rnnbook.decoding.sample
#    :nodoc:
#
# The model first reads the last hundred characters of its training part, and then goes on.

for temperature in (0.2, 0.7, 1.2):
    text = hamlet.write(model, task, seed=0, temperature=temperature, rows=1, length=240)[0]
    print(f"--- temperature {temperature}\n{text}\n")

# %%
# Cold, it says the same few words over and over. Hot, it no longer spells. In between it shows what
# it has learned from single characters: short words, lines of about the right length, capitals
# where a line begins. It has not learned to mean anything.
#
# Both effects can be counted. The left panel shows the share of stretches of eight characters that
# a sample repeats from itself, the right one the share of its words that occur in the training
# part. The dashed line is the held-out text, written by a person.

table = hamlet.by_temperature(model, task, seed=0)
entropy, repeats, known = zip(*table, strict=True)
play = hamlet.likeness(hamlet.cut(task.held_out_text), task)
fig = pictures.temperatures(hamlet.TEMPERATURES, repeats, known, play)

# %%
# A single knob trades one fault for the other. Even where both numbers come near the play's, nobody
# would take the one for the other: these are shares of letters and words, not of sense.
# Another knob is :term:`top-k sampling`, which draws from the k most likely characters only and so
# never picks a far-fetched one. The table adds it, at a temperature of 1:

top = hamlet.likeness(hamlet.write(model, task, seed=0, top_k=5), task)
print("                    entropy   repeats itself   knows the word")
for value, row in zip(hamlet.TEMPERATURES, table, strict=True):
    print(f"temperature {value:3.1f}  {row[0]:6.2f} bits {row[1]:12.1%} {row[2]:14.1%}")
print(f"top 5            {'':11s} {top[0]:12.1%} {top[1]:14.1%}")
print(f"held-out text    {'':11s} {play[0]:12.1%} {play[1]:14.1%}")

# %%
# The *entropy* is how undecided the network is about the next character of the held-out text. At a
# temperature of 1 compare it with the bits it really pays: if the two are close, the network knows
# how much it does not know.
#
# How to get perfect Shakespeare
# ------------------------------
#
# A common example trains on the five lines that open the soliloquy, repeated a hundred times "for
# more training data", for fifty "epochs" of one batch each. Here it is, with its sizes and its
# settings, except that the last tenth of the copies is held out. Its memory is two plain recurrent
# layers.

memory = hamlet.memorise(task, seed=0)
verse = hamlet.five_lines()
copies = Characters(text=verse * hamlet.COPIES, window=50)
windows = len(copies.training_text) - 50
different = len(set(hamlet.stretches(copies.training_text, 51)))
print(f"windows: {windows:,}, different ones: {different}")
print(f"50 updates of 64 windows: {50 * 64 / windows:.2f} of one epoch")
first, last = (loss / math.log(2) for loss in (memory.losses[0], memory.losses[-1]))
print(f"loss at the first and the last update: {first:.2f}, {last:.2f} bits per character")
print(memory.text)

# %%
# The loss falls close to zero, and the text is flawless: it is the training text. Repeating five
# lines makes the file longer and adds nothing to it. An *epoch* is one pass over all windows, so
# these fifty updates are not fifty of them, but they meet every different window many times.
#
# Would a held-out part have warned us? Only one that does not consist of copies.

print(f"held-out tenth of the copies: {memory.bits[0]:5.2f} bits per character")
print(f"end of the play:              {memory.bits[1]:5.2f} bits per character")
print(f"guessing, all alike:          {guessing:5.2f} bits per character")
print(f"held-out stretches of 30 that training holds too: {copies.repeated(30):.0%}")

# %%
# On the copies it looks almost perfect, because the held-out tenth stands in the training part too,
# many times over.
# On the play it is worse than someone who takes all characters for equally likely: it is sure, and
# wrong. This is :term:`leakage`, and it also happens without copies, when overlapping windows are
# split at random: then the neighbour of a held-out window, which shares all but one of its
# characters, is trained on.
#
# Three quiet mistakes
# --------------------
#
# None of these stops a program. The first: many a ``generate`` method calls ``eval()`` and never
# ``train()`` again, so that :term:`dropout` is off for the rest of the training. Sampling every
# ten steps, it acts in

layers = CharRNN(len(task.vocabulary), 32, 64, num_layers=2)
active = 0
for step in range(50):
    active += layers.training
    if (step + 1) % 10 == 0:
        layers.eval()  # what such a generate() does
print(f"{active} of 50 steps")

# %%
# The second: dropout acts *between* layers, so with one layer it does nothing. PyTorch says so,
# once. The third: a temperature of 0 looks like a way to always take the likeliest character, but
# it divides by zero. Plain code gets NaN from it; ours refuses.

with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    nn.LSTM(8, 8, num_layers=1, dropout=0.2)
print(said[0].message)
logits = torch.tensor([2.0, 1.0])
print("plain code:", torch.softmax(logits / 0, dim=0).tolist())
try:
    sample(logits, temperature=0)
except ValueError as error:
    print(error)

plt.show()  # a script shows its figures here, in windows

# %%
# Your own text
# -------------
#
# Run the script with a path behind its name, or replace ``own`` in the notebook by a path. The cut,
# the competitors and the figures are made anew; only the five lines stay Shakespeare's. A file that
# is missing, empty, too short or not UTF-8 is refused with the reason. Then look at
# the share of repeated stretches before you look at anything else, and give the network more
# updates, on *Hamlet* too: whether it then passes the five-gram is an experiment for you to make.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * The network beats a trigram. It needs more than 0.1 bits less than a trigram that counted the
#      same text.
#    * Counting beats a network of few updates. A five-gram and the compressor bzip2 need more than
#      0.05 bits less than the network after these updates.
#    * Five lines are learned by heart. Trained on copies of them, a network recites them; a
#      character of held-out copies costs less than 0.5 bits, one of the play more than 0.2 above
#      guessing.
#    * The mean of both beats each. The mean of the probabilities of the network and of the
#      five-gram needs more than 0.05 bits less than either alone.
#    * Temperature trades repeats for inventions. Cold, a network repeats itself more than 5 times
#      as much as the play does; hot, the share of known words is lower than cold by more than 0.3.
