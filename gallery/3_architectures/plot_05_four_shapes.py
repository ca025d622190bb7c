# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Four shapes of problem: which one is yours?
===========================================

.. reading:: find the shape of a problem, train a decoder, and see when its loss misleads
   :before: shapes padding lstm

Is this sentence praise, what does this picture show, which of these words are verbs, and how would
a Roman write this number? A recurrent network can learn to answer small versions of all four
questions, once you know where inputs go in, where answers come out, and what the network must not
see.
"""

# %%
# Many to one: the answer is read from the last state
# ---------------------------------------------------
#
# A sequence goes in, and one answer comes out. The networks of :doc:`the first chapter
# </chapters/1_foundations/plot_01_order>` read phrases in this way.

import math

import matplotlib.pyplot as plt
import torch
from torch import nn

from rnnbook.experiments import four_shapes
from rnnbook.figures import four_shapes as pictures
from rnnbook.models import CaptionGenerator, SentimentClassifier, Seq2SeqTranslator, SimpleRNN
from rnnbook.tasks.order import NegationOrder
from rnnbook.tasks.roman import RomanNumerals
from rnnbook.tasks.shapes_in_words import ShapesInWords
from rnnbook.tasks.word_tags import TAGS, WordTags
from rnnbook.text import shifted
from rnnbook.training import evaluate, fit

fig = pictures.many_to_one()

# %%
# Read the figure from left to right: every word goes in, and only the last cell answers. The answer
# is read from the state after the last word. This state has the shape (H,) for H units. Try this on
# the phrases of :doc:`the first chapter </chapters/1_foundations/plot_01_order>`, in which the
# order of the words decides between praise and blame:

phrases = NegationOrder(gap=1, filler=2)
words = len(phrases.vocabulary)
torch.manual_seed(0)
classifier = SentimentClassifier(words, embed_dim=16, hidden_size=32, num_classes=2)
batch = phrases.batch(4, torch.Generator().manual_seed(0))
print("words  ", tuple(batch.inputs[0].shape))
print("lengths", batch.lengths.tolist())
print("answers", tuple(classifier(*batch.inputs, lengths=batch.lengths).shape))
fit(classifier, phrases, steps=400, seed=0, until=0.03)
print(f"accuracy {evaluate(classifier, phrases, seed=1):.2f}, baseline {phrases.baseline}")

# %%
# "The state after the last word" is easy to find for one layer and one phrase. With more layers or
# two directions there are several last states, and in a padded :term:`batch` the phrases end at
# different steps. The model here calls ``last_state``, which takes the top layer's state at each
# true length. If there are two directions, ``last_state`` joins their states:
#
# .. source:: rnnbook.models.SentimentClassifier.forward
#
# Does an answer still depend on what fills the rest of a row, or on the width of the batch?
# Untrained models with one or two layers and one or two directions read phrases one by one and then
# in a batch. We fill the rows up with padding or with a word from the phrases, and widen the batch
# by up to 60 columns:

result = four_shapes.run()
print(f"largest change of any answer {max(m.max() for m in result.moved.values()):.0e}")

# %%
# That change is only rounding. See :doc:`padding </chapters/2_training/plot_07_padding>` for what
# happens without true lengths.
#
# One to many: write, read, write
# -------------------------------
#
# One vector goes in, and a sequence comes out, for example the caption of a picture. The vector is
# turned into the first state. Then the network writes a word, reads this word, and writes the next
# word.

fig = pictures.one_to_many()

# %%
# Follow the thin arrows: each word that leaves a cell at the top enters the next cell from below.
# Two signs that are not words mark the beginning and the end. The network reads ``START`` before
# there is a word to read, and it writes ``END`` when there is nothing more to say. Our pictures
# show simple shapes. The model gets noisy numbers, as if another network had computed them from the
# picture. If a shape has medium size, its caption leaves the size out, so captions differ in
# length.

shapes = ShapesInWords()
features, captions = shapes.batch(3, torch.Generator().manual_seed(4)).inputs
print("features", tuple(features.shape), " captions", tuple(captions.shape))
for caption in captions:
    print(*shapes.vocabulary.decode(caption))

# %%
# In training, the model does not read its own words. At every step it gets the *true* words so far
# and is asked for the next word; this is called :term:`teacher forcing`. Since the true words are
# known beforehand, one call computes all steps. Take a picture x and its caption y of n words, the
# last of which is ``END``. The loss is the mean of the :term:`cross-entropy` over the steps:
#
# .. math::
#
#    L = -\frac{1}{n} \sum_{t=1}^{n} \ln p(y_t \mid x, y_1, \ldots, y_{t-1})
#
# The model reads each true word one step after it should write that word:

print("reads ", *shapes.vocabulary.decode(shifted(captions)[1]))
print("writes", *shapes.vocabulary.decode(captions[1]))

# %%
# .. source:: rnnbook.models.CaptionGenerator.forward
#    :nodoc:
#
# The logits that this method returns have the shape (batch, time, vocab_size). :term:`Padding
# <padding>` after the end is left out of the loss. About one in five combinations of number, size,
# colour and shape is kept out of training. The captions below are for pictures of such unseen
# combinations.

torch.manual_seed(0)
size = len(shapes.vocabulary)
captioner = CaptionGenerator(shapes.image_dim, 64, size, max_length=6, layer=nn.LSTM)
fit(captioner, shapes, steps=300, seed=0, until=0.03)
unseen = ShapesInWords(held_out=True).batch(4, torch.Generator().manual_seed(0))
for written in captioner.generate(unseen.inputs[0]):
    print(*shapes.vocabulary.decode(written))

# %%
# Each caption stops by itself, and ``generate`` fills the rest of its row with padding. A model
# without an end sign has to be stopped from outside, after some fixed number of words. Our model
# has to be stopped, too, if ``generate`` treats ``END`` as an ordinary word:

for written in four_shapes.write(captioner, unseen.inputs[0][:2], end=None):
    print(*shapes.vocabulary.decode(written))

# %%
# It writes until all six places are full, though it was never taught what to write after ``END``.
#
# Aligned: an answer at every step
# --------------------------------
#
# At every step one input goes in and one answer comes out. For example, a word goes in and its part
# of speech, called its tag, comes out. ``SimpleRNN`` and ``VanillaRNN`` of Part 1 have this shape
# already.

fig = pictures.aligned()

# %%
# Each cell answers for the word below it. "Play" is a noun here and a verb in "they play". The word
# that decides the tag may stand a few words earlier, and the words in between do not help. For
# example, "daily" is an adverb in "they daily book" and an adjective in "the daily book". The score
# counts only words that could be two parts of speech. If you look at each word alone, you get on
# average
# **half** of these words right.

tags = WordTags()
batch = tags.batch(1, torch.Generator().manual_seed(3))
print("one-hot words", tuple(batch.inputs[0].shape))
print("tags         ", tuple(batch.target.shape))
torch.manual_seed(0)
tagger = SimpleRNN(len(tags.vocabulary), 32, len(TAGS))
fit(tagger, tags, steps=200, seed=0, until=0.02)
said = tagger(*batch.inputs, lengths=batch.lengths).argmax(-1)
read = tags.vocabulary.decode(batch.inputs[0][0].argmax(-1))
for word, tag in zip(read, said[0], strict=True):
    print(f"{word:8s}{TAGS[tag]}")

# %%
# Here the deciding word always stands to the left. If it can also stand to the right, the network
# has to read :doc:`both ways </chapters/3_architectures/plot_03_directions>`.
#
# Encoder-decoder: read everything, then write
# --------------------------------------------
#
# A sequence goes in and *another* sequence comes out, often with a different length and different
# symbols. You already know both halves: an :term:`encoder` is a many-to-one model without its
# answer, and a :term:`decoder` is a one-to-many model. The encoder passes its state on to the
# decoder :cite:p:`sutskever2014sequence`.

fig = pictures.encoder_decoder()

# %%
# On the left the encoder reads, but it writes nothing. The decoder on the right gets only the state
# after the last digit. Our toy task is to translate numbers into Roman numerals: at most three
# digits go in, and up to 12 signs come out. Of the numbers from 10 up, one in seven is kept out of
# training.

numbers = RomanNumerals()
src, tgt = numbers.of_numbers([14, 388, 9]).inputs
sizes = len(numbers.source), len(numbers.target), 16, 64
torch.manual_seed(0)
translator = Seq2SeqTranslator(*sizes, layer=nn.LSTM)
h, c = translator.encode(src, lengths=torch.tensor([2, 3, 1]))
print("src", tuple(src.shape), "tgt", tuple(tgt.shape))
print("passed on: h", tuple(h.shape), "c", tuple(c.shape))
right = fit(translator, numbers, steps=600, seed=0, until=0.01)
for number in (59, 388, 773, 997):  # kept out of training
    batch = numbers.of_numbers([number])
    written = translator.translate(batch.inputs[0], lengths=batch.lengths)
    print(f"{number:4d}", *numbers.target.decode(written[0]))

# %%
# An :term:`LSTM` passes on both halves of its state, and a bidirectional encoder joins the final
# states of both directions and passes them on. ``translate`` does not get the target.
#
# Without the shift, a low loss misleads
# --------------------------------------
#
# Suppose you forget the shift and give the decoder the target itself as input. No error is raised.
# At each step the decoder reads a sign and is asked for that same sign.
#
# .. predict::
#
#    The same network is trained once with the shift and once without it. Which loss falls faster,
#    and which network translates better afterwards?

torch.manual_seed(0)
cheat = four_shapes.UnshiftedTranslator(*sizes, layer=nn.LSTM)
wrong = fit(cheat, numbers, steps=600, seed=0, until=0.01)
guess = math.log(len(numbers.target))
fig = pictures.losses(right.losses, wrong.losses, guess)

# %%
# Updates run to the right, and the height is the loss on a logarithmic scale, for one seed. The
# dashed line is the loss of guessing. Each run stops when its mean loss over 20 updates is below
# ``0.01``. The model without the shift reaches that loss in a fraction of the updates that the
# other model needs. But look at the share of translations without a mistake, with one column per
# seed:

for name, updates in result.updates.items():
    print(f"{name:12s} updates", *(f"{count:6d}" for count in updates))
    print(" " * 14 + "right", *(f"{share:6.2f}" for share in result.translated[name]))
print(f"\nnot shifted, target at hand: {evaluate(cheat, numbers, seed=1):.2f} right")

# %%
# .. dropdown:: Why?
#
#    Without the shift the network has learned to repeat what it reads. That works while the network
#    is given the answer, as the last line of the output shows. When it has to write on its own,
#    there is no answer to repeat. A loss measures how well a model does with the inputs that it is
#    *given*. To measure translation, let the model write without the target, as ``translate`` does.
#
# If the targets are shifted, you can score a model even while it reads the true words. Count a
# sequence as right only if *every* step is right. If the most likely word is right at every step,
# the model would write the true sequence on its own, too. ``evaluate`` scores captions and numerals
# this way.
#
# Writing the most likely word at every step is called :term:`greedy <greedy decoding>`. The most
# likely *sequence* may begin with a less likely word; :doc:`beam search
# </chapters/3_architectures/plot_08_beam>` looks for that sequence.
#
# All four learn their toy tasks
# ------------------------------
#
# Each number is the share of newly drawn examples without a mistake, in the worst of three runs.
# For tagging, it is the share of right tags among words that could be two parts of speech. The
# models wrote captions and numerals without seeing the target. Most captions and numerals had
# occurred in training, but those in the rows called "unseen" had not. Almost no phrase and almost
# no tagged sentence had occurred in training.

print("worst of three runs       baseline")
for name, shares in result.score.items():
    print(f"{name:16s} {shares.min():8.3f}{four_shapes.BASELINES[name]:9.2f}")
for name, shares in result.unseen.items():
    print(f"unseen {name:9s} {shares.min():8.3f}")

plt.show()  # a script shows its figures here, in windows

# %%
# So which shape is yours? Ask where inputs go in and where answers come out. Then ask what the
# network must not see before it answers. Here LSTMs wrote the captions and numerals, and plain
# layers did the other two tasks. (We did not test whether plain layers write as well as LSTMs.)
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * All four shapes learn their toy tasks. In every run, each network gets more than 0.9 of its
#      answers right. The networks that write captions and numerals also get more than 0.9 right on
#      numbers and on kinds of picture that were kept out of training.
#    * A low loss may mean nothing. Every run without the shift reaches its goal for the loss in
#      less than half the updates needed with the shift. But fewer than 0.1 of its numerals are
#      right; with the shift, more than 0.9 are right.
#    * True lengths make padding harmless. Widen a batch by up to 60 columns, filled with padding or
#      with a word. No answer of an untrained classifier changes by over 1e-5, even with two layers
#      or two directions.
#    * A captioner learns where to stop. In every run, more than 0.9 of its captions are exactly as
#      long as the true captions. If it gave all its captions one fixed length, this share would
#      stay below 0.9.
