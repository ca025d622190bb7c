# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook[data]==0.1.0"]
# ///
"""
A character model of Hamlet: can it write like Shakespeare?
===========================================================

.. reading:: measure a character model in bits, set it against counting, and notice a leak
   :before: hello lstm

If you train a network to predict the next character of *Hamlet*, its samples are fun but prove
little, because a network that has learned five lines by heart writes perfect Shakespeare. How do
you measure what a network has learned?
"""

# %%
# The text, and a part that training never sees
# ---------------------------------------------
#
# The whole play comes with the package. A :term:`language model` of characters reads every
# character, line ends and stage directions included. The first nine tenths are for training. The
# last tenth, with the duel, is held out for measuring. It begins like this:

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
from rnnbook.text import any_console
from rnnbook.training import fit

# A notebook has no __file__, and its command line holds no path of ours.
own = sys.argv[1] if "__file__" in globals() and len(sys.argv) > 1 else None
any_console()  # a letter that your console cannot show is escaped
task = Characters(path=own)
print("\n".join(task.held_out_text.splitlines()[:5]))
print(f"\n{len(task.training_text):,} characters to train on, ", end="")
print(f"{len(task.held_out_text):,} held out; {len(set(task.training_text))} different ones")
print(f"held-out stretches of 30 that training holds too: {task.repeated(30):.1%}")

# %%
# Always print the share of repeated stretches, as in the last line. If much of the held-out part is
# also in the training part, the measurement rewards learning by heart. Here almost no stretch is in
# both parts.
#
# A :term:`batch` consists of windows drawn at random from the training part. The target is the same
# window one character later, so the network makes a prediction at every position.

batch = task.batch(8, torch.Generator().manual_seed(0))
print("inputs:", tuple(batch.inputs[0].shape), " target:", tuple(batch.target.shape))
print("reads   ", repr("".join(task.vocabulary.decode(batch.inputs[0][0, :32]))))
print("predicts", repr("".join(task.vocabulary.decode(batch.target[0, :32]))))

# %%
# Counting is a strong baseline
# -----------------------------
#
# How good is a prediction? If a model gives a probability of 1/2 to the character that really comes
# next, that character costs one bit. With 1/4 it costs two bits, and with 1/8 it costs three bits.
# The mean cost of all N characters of the held-out text is the :term:`bits per character`:
#
# .. math::
#
#    \text{bits} = -\frac{1}{N} \sum_{t=1}^{N} \log_2 p(x_t \mid x_1, \ldots, x_{t-1})
#
# If you used the model to compress the text, the file would need about that many bits for each
# character, as :cite:t:`shannon1948mathematical` showed. Two to the power of the bits per character
# is the :term:`perplexity`. For example, at a perplexity of 8 the text surprises the model, on
# average, as if each character were drawn from 8 equally likely characters.
#
# The simplest method, an :term:`n-gram` model, counts how often each character followed each
# stretch of n - 1 characters. It also mixes in the counts of shorter stretches, and these counts
# weigh more if the long stretch was rare. We count with the library *nltk*, and smooth the counts
# as
# :cite:t:`witten1991zero` propose.

counted = hamlet.count(task)
costs = {name: float(row.mean()) for name, row in zip(hamlet.NAMES, counted, strict=True)}
guessing = torch.tensor(len(set(task.training_text))).log2().item()
print(f"guessing, all alike:     {guessing:.2f} bits per character")
print(f"trigram, two back:       {costs['trigram']:.2f}")
print(f"five-gram, four back:    {costs['five-gram']:.2f}")

# %%
# After few updates a five-gram is ahead
# --------------------------------------
#
# The network has an embedding, a recurrent layer, and a linear layer that scores each character.
# For ids of shape (batch, time) it returns scores of shape (batch, time, vocab_size).
#
# .. source:: rnnbook.models.CharRNN.forward
#    :nodoc:
#
# It is trained for 320 updates, and then for 80 more updates at a lower learning rate.
#
# .. predict::
#
#    The network reads the play in random pieces. A trigram looks two characters back, and a
#    five-gram looks four characters back. Which of the two does the network beat?

torch.manual_seed(0)
model = CharRNN(len(task.vocabulary), embed_size=32, hidden_size=128, num_layers=1, layer=nn.LSTM)
before = hamlet.surprise(model, task).mean()
fit(model, task, steps=320, seed=0, batch_size=8, learning_rate=1e-2)
fit(model, task, steps=80, seed=1, batch_size=8, learning_rate=2e-3)
bits = hamlet.surprise(model, task)
print(f"held out, untrained: {before:.2f} bits per character")
print(f"held out, trained:   {bits.mean():.2f} bits per character")
print(f"perplexity:          {2 ** bits.mean():.1f} characters")

for name, shrink in hamlet.COMPRESSORS.items():
    costs[name] = hamlet.compress(task, shrink)
costs["LSTM"] = float(bits.mean())
costs["LSTM and five-gram"] = float(hamlet.mix(bits, counted[-1]).mean())
fig = pictures.costs(costs, guessing)

# %%
# Each bar shows how many bits a held-out character costs on average, so shorter is better. The
# dashed line is guessing. *xz* and *bzip2* are compressors for files: they get the training part
# for free, and we count only the bytes that the held-out part adds. The grey bars are methods
# without a neural network. The network clearly beats the trigram, but loses to the five-gram and to
# bzip2, a program of the 1990s that sorts characters by what follows them.
#
# .. dropdown:: Why?
#
#    This is a likely reason: a network first has to find out that there are words, and it had few
#    updates for that. The counts of a five-gram hold whole pieces of words from the start.
#
# The shortest bar belongs to a mixture. For each character, the mixture takes the mean of the
# probabilities that the network and the five-gram give. The mixture needs fewer bits than the
# network or the five-gram, because these two are wrong in different places.
#
# Temperature trades repeats for inventions
# -----------------------------------------
#
# To write, draw a character from the predicted probabilities and feed it back in as the next input.
# Before the draw, the :term:`logits` are divided by the :term:`temperature` :math:`\tau`, as in the
# Boltzmann machine of :cite:t:`ackley1985learning`. With logits z of shape (vocab_size,), character
# i has probability
#
# .. math::
#
#    p_i = \frac{e^{z_i / \tau}}{\sum_j e^{z_j / \tau}}
#
# A temperature below 1 moves probability towards the most likely characters; a temperature above 1
# makes all probabilities more alike. The model first reads the last 100 characters of the training
# part, and then continues:

for temperature in (0.2, 0.7, 1.2):
    text = hamlet.write(model, task, seed=0, temperature=temperature, rows=1, length=200)[0]
    print(f"--- temperature {temperature}\n{text}\n")
    strange = sorted(hamlet.words(text) - hamlet.words(task.training_text))
    print(f"not in the training part: {', '.join(strange[:8]) or 'none'}\n")

# %%
# Read the samples aloud. At the lowest temperature (cold), the model says the same few words over
# and over. At the highest temperature (hot), it writes some words that you cannot pronounce, and
# puts capitals and full stops anywhere. In between, the text shows what was learned from single
# characters: short words, lines of about the right length, and capitals where a line begins. Even
# some of the invented words could be English. But the text means nothing.
#
# You can count both faults, the repeats and the inventions. How many stretches of eight characters
# does a sample repeat, and how many of its words occur in the training part?

table = hamlet.by_temperature(model, task, seed=0)
_, repeats, known = zip(*table, strict=True)
play = hamlet.likeness(hamlet.cut(task.held_out_text), task)
fig = pictures.temperatures(hamlet.TEMPERATURES, repeats, known, play)

# %%
# In both panels the temperature grows to the right. In the left panel, the height is the share of a
# sample's stretches that are repeats. In the right panel, it is the share of a sample's words that
# occur in the training part. The dashed lines are the held-out text. Cold samples repeat more, and
# hot samples invent more; in between, both faults can be small. But these shares measure letters
# and words, not sense.
#
# You can also use :term:`top-k sampling`, which draws only from the k most likely characters. With
# k = 5 and a temperature of 1:

top = hamlet.likeness(hamlet.write(model, task, seed=0, top_k=5), task)
print("                repeats itself   knows the word")
for name, (again, word) in (("one of the top 5", top), ("held-out text", play)):
    print(f"{name:16s}{again:14.1%} {word:16.1%}")

# %%
# More words occur in the training part than at a temperature of 1 without top-k.
#
# This perfect Shakespeare is learned by heart
# --------------------------------------------
#
# A common example takes the five lines that open Hamlet's soliloquy, and repeats them 100 times
# "for more training data". The example trains two plain recurrent layers for 50 "epochs" of one
# batch each. We use the sizes and the training settings of the example. But we hold out the last
# tenth of the copies, use the alphabet of the whole play, and let the model always write the most
# likely character instead of drawing one.

memory = hamlet.memorise(task, seed=0)
verse = hamlet.five_lines()
copies = Characters(text=verse * hamlet.COPIES, window=50)
windows = len(copies.training_text) - 50
different = len(set(hamlet.stretches(copies.training_text, 51)))
print(f"windows: {windows:,}, different ones: {different}")
print(f"50 updates of 64 windows: {50 * 64 / windows:.2f} of one epoch")
print(memory.text)

# %%
# The text is flawless, because it is the training text. Repeated lines make a file longer but add
# nothing new. An *epoch* is one pass over all windows, so these 50 updates are less than one epoch.
# Still, on average the network meets each different window many times.
#
# A held-out part warns you of learning by heart only if it is not made of copies.

print(f"last update, training:        {memory.losses[-1] / math.log(2):5.2f} bits per character")
print(f"held-out tenth of the copies: {memory.bits[0]:5.2f}")
print(f"end of the play:              {memory.bits[1]:5.2f}")
print(f"held-out stretches of 30 that training holds too: {copies.repeated(30):.0%}")

# %%
# On the copies the network looks almost perfect, because the held-out tenth is also in training. On
# the play it needs more bits than guessing, because it is often sure of a wrong character. Training
# text in the held-out part is called :term:`leakage`. Leakage also happens without copies, when
# overlapping windows are split at random. A window in training may then share all but one of its
# characters with a held-out window.
#
# Your own text, and three usual mistakes
# ---------------------------------------
#
# Run the script with a path as its argument (``python plot_02_hamlet.py my_book.txt``). In the
# notebook, set ``own`` to a path. Any plain text file in UTF-8 will do. The split, the competitors
# and the figures are then made from your text; only the five lines are still Shakespeare's. If a
# file is missing, empty, too short or not UTF-8, the script stops and says why. Look at the share
# of repeated stretches first. Then give the network more updates (``steps`` in the first call of
# ``fit``). Does it beat the five-gram now?
#
# Three mistakes are easy to make. First, some ``generate`` methods call ``eval()`` and never call
# ``train()`` again, which turns :term:`dropout` off for the rest of the training. Second, dropout
# acts *between* layers, so with one layer it does nothing; PyTorch only warns you. Third, you might
# set the temperature to 0 to always get the most likely character, but the logits are divided by
# the temperature. Plain code then gets NaN, and the error message at the draw does not mention the
# temperature. Our code refuses 0 and says why.

layers = CharRNN(len(task.vocabulary), 32, 64, num_layers=2)
active = 0
for update in range(50):
    active += layers.training
    if (update + 1) % 10 == 0:
        layers.eval()  # what such a generate() does
print(f"1. dropout acts in {active} of 50 updates")

with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    nn.LSTM(8, 8, num_layers=1, dropout=0.2)
print("2.", str(said[0].message).partition(",")[0])

logits = torch.tensor([2.0, 1.0])
print("3. plain code:", torch.softmax(logits / 0, dim=0).tolist())
try:
    sample(logits, temperature=0)
except ValueError as error:
    print(error)

plt.show()  # a script shows its figures here, in windows

# %%
# Can a network write like Shakespeare, then? After this training, our network can nearly spell like
# him, but its text makes no sense. The network trained on copies writes like him word for word,
# because it has learned five lines by heart.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * The network beats a trigram. A trigram counted on the same text needs over 0.1 bits per
#      character more than the network.
#    * A five-gram beats a briefly trained network. After these updates, the network needs over 0.05
#      bits per character more than the five-gram. It also needs over 0.05 bits per character more
#      than the compressor bzip2.
#    * Five lines are learned by heart. A network trained on copies of them takes more than 0.9 of
#      its text from these lines. On held-out copies it needs less than 0.5 bits per character, but
#      on the play it needs over 0.2 bits more than guessing.
#    * Network and five-gram are better together. The mean of their probabilities needs over 0.05
#      bits per character less than either of the two alone.
#    * Cold samples repeat, hot samples invent. Repeats are over 5 times as common in cold samples
#      as in the play. The share of words known from training is over 0.3 lower in hot samples than
#      in cold samples.
