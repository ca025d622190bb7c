# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Which shape does your problem have?
===================================

Whether a sentence is praise, what a picture shows, which words are verbs, how a number is written
in Rome: a recurrent network can learn all four, and none of them needs a cell made for it. What
differs is where something goes in and where something comes out, and this chapter builds a model
for each of the four shapes that are needed.
"""

# %%
# Many to one
# -----------
#
# A sequence goes in, one answer comes out. This is how the first chapter read its phrases.

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
# The state after the last word is all that the answer can be read from. With the phrases of the
# first chapter, where words of praise and blame are the same and only their order differs:

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
# "The state after the last word" is easy to say for one layer and one phrase. With more layers or
# two directions there are several last states, and in a padded :term:`batch` each phrase ends
# somewhere else. Code from tutorials often picks the answer's state with ``h_n.squeeze(0)``:

xs = torch.randn(4, 7, 16)
for options in ({}, {"num_layers": 2}, {"bidirectional": True}):
    _, h_n = nn.RNN(16, 32, batch_first=True, **options)(xs)
    print(tuple(h_n.shape), "->", tuple(h_n.squeeze(0).shape), *options)

# %%
# With one layer it does what was meant. With two, or with two directions, it does nothing: the
# first axis stays, and whatever comes next takes layers for phrases. The model here asks
# ``last_state`` for the top layer's state at each true length, both directions joined:
#
# .. source:: rnnbook.models.SentimentClassifier.forward
#
# Does it matter then what a phrase is padded with, and how far? Here is the largest change of an
# answer when phrases are read in a batch and not one by one, over all seeds. The batch is filled up
# with padding, or with a word that the phrases use too, and is made wider by this many columns:

result = four_shapes.run()
print("columns added", *four_shapes.EXTRA)
for (name, filling), moved in result.moved.items():
    print(f"{name:16s} {filling:8s}{moved.max():7.0e}")

# %%
# That is rounding. The chapter on :doc:`padding </chapters/2_training/plot_07_padding>` shows what
# happens otherwise.
#
# One to many
# -----------
#
# One vector goes in, a sequence comes out: a picture's caption, a melody in a given mood. The
# vector is made into the first state. Then the network writes a word, reads it, writes the next.

fig = pictures.one_to_many()

# %%
# Two signs that are no words hold this together. ``START`` is read before there is a word to read,
# and ``END`` is written when there is nothing more to say. The pictures of our task are drawn
# shapes, given as noisy numbers that some other network might have found in them. Their captions
# differ in length, for a shape of middling size has no word for it.

shapes = ShapesInWords()
features, captions = shapes.batch(3, torch.Generator().manual_seed(4)).inputs
print("features", tuple(features.shape), " captions", tuple(captions.shape))
for caption in captions:
    print(*shapes.vocabulary.decode(caption))

# %%
# Training does not let the model write. At every step it is given the *true* words so far and asked
# for the next, which is called :term:`teacher forcing`; all steps can then be computed in one go.
# Nor could the loss be trained through what it writes: the choice of the likeliest word has no
# gradient.
# What it reads is the caption, one step late:

print("reads ", *shapes.vocabulary.decode(shifted(captions)[1]))
print("writes", *shapes.vocabulary.decode(captions[1]))

# %%
# .. source:: rnnbook.models.CaptionGenerator.forward
#    :nodoc:
#
# :term:`Padding <padding>` behind the end is left out of the loss. One combination in five is left
# out of training altogether, and the captions below are written for those.

torch.manual_seed(0)
size = len(shapes.vocabulary)
captioner = CaptionGenerator(shapes.image_dim, 64, size, max_length=6, layer=nn.LSTM)
fit(captioner, shapes, steps=300, seed=0, until=0.03)
unseen = ShapesInWords(held_out=True).batch(4, torch.Generator().manual_seed(0))
for written in captioner.generate(unseen.inputs[0]):
    print(*shapes.vocabulary.decode(written))

# %%
# Each caption stops by itself, and ``generate`` fills up what is behind the end. A model without an
# end has to be stopped from outside, after a number of words that somebody chose. Let the same
# model go on, as if ``END`` were a word:

for written in four_shapes.write(captioner, unseen.inputs[0][:2], end=None):
    print(*shapes.vocabulary.decode(written))

# %%
# It fills its six words, end or no end, and what it says behind the end it was never taught. In
# tutorials you will find generators that always write twenty.
#
# Aligned
# -------
#
# At every step something goes in and something comes out: a tag for each word, a label for each
# heartbeat. ``SimpleRNN`` and ``VanillaRNN`` of Part 1 have this shape already.

fig = pictures.aligned()

# %%
# "Play" is a noun here and a verb in "they play". Our sentences are full of such words, "watch" and
# "book" and "fish", and between them and the word that decides lie words that could be adverbs or
# adjectives: "they daily book", "the daily book". The score counts the words that could be two
# things, and whoever looks at the word alone gets **half** of them.

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
# All that decides lies to the left here. Where it lies to the right, read
# :doc:`both ways </chapters/3_architectures/plot_03_directions>`.
#
# Encoder-decoder
# ---------------
#
# A sequence goes in and *another* comes out, with another length and other symbols. The four shapes
# are complete: an :term:`encoder` is a many-to-one model without its answer, a :term:`decoder` is a
# one-to-many model, and the state between them is handed on :cite:p:`sutskever2014sequence`.

fig = pictures.encoder_decoder()

# %%
# Our toy translates numbers into Roman ones: at most three digits in, up to twelve signs out. One
# number in seven is kept out of training.

numbers = RomanNumerals()
src, tgt = numbers.of_numbers([14, 388, 9]).inputs
sizes = len(numbers.source), len(numbers.target), 16, 64
torch.manual_seed(0)
translator = Seq2SeqTranslator(*sizes, layer=nn.LSTM)
h, c = translator.encode(src, lengths=torch.tensor([2, 3, 1]))
print("src", tuple(src.shape), "tgt", tuple(tgt.shape))
print("handed on: h", tuple(h.shape), "c", tuple(c.shape))
right = fit(translator, numbers, steps=600, seed=0, until=0.01)
for number in (59, 388, 773, 997):  # kept out of training
    batch = numbers.of_numbers([number])
    written = translator.translate(batch.inputs[0], lengths=batch.lengths)
    print(f"{number:4d}", *numbers.target.decode(written[0]))

# %%
# An :term:`LSTM` hands on both halves of its state, and an encoder of two directions hands on both
# of its ends, joined. ``translate`` gets no target. That sounds like a matter of course; it is not.
#
# The loss that is too good
# -------------------------
#
# Suppose someone forgets the shift and gives the decoder the target as it is. Nothing raises an
# error. At each step the decoder reads a sign and is asked for that very sign.
#
# .. predict::
#
#    The same network is trained both ways. Which loss falls faster, and which network translates
#    better afterwards?

torch.manual_seed(0)
cheat = four_shapes.UnshiftedTranslator(*sizes, layer=nn.LSTM)
wrong = fit(cheat, numbers, steps=600, seed=0, until=0.01)
guess = math.log(len(numbers.target))
fig = pictures.losses(right.losses, wrong.losses, guess)

# %%
# Each run stops when its mean loss over twenty updates is below ``0.01``.
#
# .. dropdown:: The answer
#
#    The loss with the mistake is far ahead, and the network behind it cannot translate at all. It
#    has learned to repeat what it reads, which is perfectly useful as long as somebody holds the
#    answer in front of it. The table has the updates and the share of translations without a
#    mistake, a column a seed.
#
# A loss measures how well a model does on what it is *given*. Only a run without the target, as
# ``translate`` makes it, measures the translation.

for name, updates in result.updates.items():
    print(f"{name:12s} updates", *(f"{count:6d}" for count in updates))
    print(" " * 14 + "right", *(f"{share:6.2f}" for share in result.translated[name]))
print(f"\nnot shifted, target at hand: {evaluate(cheat, numbers, seed=1):.2f} right")

# %%
# The last line is the trap once more: with the target in front of it, the cheat gets whole
# sequences right. Where the targets are shifted, such a score can be trusted. Count a sequence as
# right only if *every* step of it is. With the true words before each step given, this is also the
# share that the model writes without a mistake on its own: until the first mistake, what it has
# written *is* what is true. Captions and numerals are scored this way while they are trained.
#
# Writing the likeliest word at every step is called :term:`greedy <greedy decoding>`. The likeliest
# sequence may begin otherwise; :doc:`the chapter on beam search
# </chapters/3_architectures/plot_08_beam>` looks for it.
#
# All four, side by side
# ----------------------
#
# The shares without a mistake of examples drawn again, a column a seed; most of the captions and
# numerals, and many of the phrases, came up in training, the unseen ones did not. Of the aligned
# task it is the share of right tags among the words of two tags. Captions and numerals were written
# without a look at the target.

print("                   a column a seed   baseline")
for name, shares in result.score.items():
    scores = " ".join(f"{share:5.3f}" for share in shares)
    print(f"{name:16s} {scores}{four_shapes.BASELINES[name]:9.2f}")
for name, shares in result.unseen.items():
    print(f"unseen {name:9s}", *(f"{share:5.3f}" for share in shares))

plt.show()  # a script shows its figures here, in windows

# %%
# No shape needed a cell made for it: two ran on plain layers, two on LSTMs, and the training loop
# is the same in all four. Whether plain layers write as well as LSTMs was not tried here. When you
# meet a new problem, ask where something goes in and where something comes out. Then ask what the
# network must not see before it answers.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Every shape learns its toy. Each of the four gets more than 0.9 right, and so do captions and
#      numerals for combinations and numbers that were kept out of training.
#    * A low loss may teach nothing. Without the shift the loss reaches its goal in less than half
#      of the updates, but fewer than 0.1 of the numerals are right; with it, more than 0.9.
#    * True lengths make padding harmless. Whether a batch is filled up with padding or with a word,
#      by up to 60 more columns, no answer changes by 1e-5, with two layers or directions too.
#    * A captioner learns where to stop. More than 0.9 of its captions are exactly as long as the
#      true ones; no single length for all would reach 0.9.
