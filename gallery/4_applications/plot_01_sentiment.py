# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Sentiment: does a network learn a rule, or the templates it saw?
================================================================

.. reading:: test a text classifier on new sentence patterns, and map its hidden states
   :before: order lstm

"The film was bad, but the plot was good" is praise; swap *bad* and *good*, and the same words are
blame. If a network that reads words in order passes a test on new sentences, has it learned what
*but* means?
"""

# %%
# Five sentences, and two ways to hold sentences out
# --------------------------------------------------
#
# Each sentence holds two opinions that contradict each other. The opinion after *but* counts, and
# the opinion after *although* does not. Here is a sentence from each of our five templates:

import sys

import matplotlib.pyplot as plt

from rnnbook.experiments import sentiment
from rnnbook.figures import sentiment as pictures
from rnnbook.tasks.sentiment import NEW, Sentiment
from rnnbook.text import any_console

# A notebook has no __file__, and its command line holds no path of ours.
own = sys.argv[1] if "__file__" in globals() and len(sys.argv) > 1 else None
any_console()  # a letter that your console cannot show is escaped
task = Sentiment(path=own)
test = task.on("held out")
for text, label, _ in task.sentences[:: len(task.sentences) // 5 + 1]:
    print(f"{task.labels[label]:8s} {text}")
print(f"\n{len(task.sentences):,} sentences to train on, {len(test.sentences):,} held out", end="")
print(f"; in two minds and left out: {task.left_out}" if own else "")

# %%
# Each sentence has a twin with swapped opinions and the other label. The :term:`held-out` sentences
# are new, but they follow the same five templates. So we also hold out two whole templates, whose
# words are known from training:

new = {} if own else {name: task.on(name) for name in NEW}
for name, part in new.items():
    print(f"{name}:")
    for text, label, _ in part.sentences[:2]:
        print(f"  {task.labels[label]:8s} {text}")

# %%
# Counting words is right half of the time
# ----------------------------------------
#
# The simplest method is a :term:`logistic regression` on a :term:`bag of words`. A second
# regression also counts stretches of two words, such as *not good*, which help with real reviews
# :cite:p:`wang2012baselines`. A third also counts stretches of three.

for name in sentiment.COUNTED:
    share = sentiment.right(test, sentiment.counted(task, name))
    print(f"{name:14s}{share:.3f} of the held-out sentences right")

# %%
# Twins have the same words, so a bag of words gives both the same answer, and one answer is wrong.
# A longer stretch can hold a connecting word with an opinion, so counting longer stretches works
# better.
#
# Networks win on known templates, not on every new one
# -----------------------------------------------------
#
# :class:`~rnnbook.models.SentimentClassifier` reads one word at each step. From the last state
# :math:`h_n` of shape (hidden_size,), it computes the logits :math:`W h_n + b`, where W has shape
# (2, hidden_size). We train it with three kinds of layer. On five other seeds, each kind learned
# its training sentences at both learning rates that we tried; we took the larger.
#
# .. predict::
#
#    All three networks will get nearly all sentences of known templates right. How will they do on
#    the short new template, and on the long one?

if own is None:
    accuracy = sentiment.run().accuracy
    parts = {"held out": "known", sentiment.BARE: "new, short", sentiment.LONG: "new, long"}
    shown = {key: value for key, value in accuracy.items() if "taught" not in key[0]}
else:
    shown = {key: [value] for key, value in sentiment.compare(task).items()}
    parts = {"held out": "held-out sentences"}
fig = pictures.scores(shown, parts, test.baseline)

# %%
# Bars show shares of right answers, the dashed line shows guessing, and each dot is a seed. Grey
# bars belong to methods that count. On known templates and on the long new one, the networks get
# almost every sentence right. On the short new template, *the film was bad but clever*, no network
# is reliable, and counting trigrams is wrong most of the time. On still other seeds the plain
# network sometimes fails on known templates too, so our claim is about the LSTM and the GRU only.
#
# .. dropdown:: Why?
#
#    A likely reason: in training, an opinion without a subject of its own (*although bad, the film
#    was clever*) never counts. So two rules fit: "after *but*, the opinion counts" and "an opinion
#    without a subject never counts". The rules disagree only on the short template, and no training
#    sentence shows which is meant.
#
# Three errors, and what 40 sentences change
# ------------------------------------------
#
# An LSTM gets these three sentences of the short template wrong. Read them aloud:

model = sentiment.trained(task, "LSTM", seed=0)
part = new.get(sentiment.BARE, test)
given = sentiment.read(model, part)
wrong = [i for i, sentence in enumerate(part.sentences) if sentence.label != given[i]]
for i in wrong[:3]:
    print(f"it says {task.labels[given[i]]}: {part.sentences[i].text}")

# %%
# The odd adverbs were in training, too. Only the pattern is new. The remedy is cheap: add 40
# sentences of this template to the training part, and train again. Here is the median accuracy on
# other sentences of the template:

if own is None:
    for name in ("trigrams", "LSTM"):
        pair = [accuracy[key, sentiment.BARE] for key in (name, f"{name}, taught")]
        before, after = (sorted(shares)[len(shares) // 2] for shares in pair)
        print(f"{name:10s}before {before:.2f}, with {sentiment.TAUGHT} more {after:.2f}")

# %%
# The network improves more than the regression does. A likely reason: the network already knows
# which opinions are praise, but the regression needs a weight for each new stretch of words.
#
# A flat picture can hide what a state holds
# ------------------------------------------
#
# After each word of some held-out sentences, we keep the LSTM's state of 24 numbers, and map these
# states to a plane in two ways. :term:`Principal components <principal component>` are the
# directions in which the states spread most. The other map, :term:`t-SNE`
# :cite:p:`maaten2008visualizing`, keeps similar states close together.

found = sentiment.states(model, test, every=len(test.sentences) // 60 + 1)
fig = pictures.states(found, sentiment.maps(found), task.labels)

# %%
# Each point is a state. On the left the colour is the label of the whole sentence, and a dark ring
# marks the last word. On the right the colour is the number of words read. Early states of both
# labels overlap, because no word has decided the label yet. The last states form groups, each with
# one label. In t-SNE, the sizes of gaps and of groups mean little.
#
# Does every network that knows the answer have such a map? Separate the labels of the last states
# by a straight line in the plane of their first two components. Here are the share of states that
# the line puts with their own label and the network's own accuracy (medians):

if own is None:
    for name, shares in sentiment.run().plane.items():
        plane, right = (sorted(s)[len(s) // 2] for s in (shares, accuracy[name, "held out"]))
        print(f"{name:6s}in the plane {plane:.2f}, by its own output {right:.2f}")

# %%
# The plain network is right, but its picture looks like that of a network that guesses. Its last
# states spread most in directions that do not separate the labels. A picture without groups does
# not mean that a network knows nothing.
#
# Your own sentences
# ------------------
#
# Write a text file with a label, a tab and a sentence in each line, for example ``praise<TAB>It was
# not bad.`` Use two labels and 50 to 100,000 sentences. Then run ``python plot_01_sentiment.py
# FILE``, or set ``own`` in the notebook. One sentence in five is held out, and the figures are made
# from your list. A file of another form is refused with the reason.

plt.show()  # a script shows its figures here, in windows

# %%
# Does a network learn a rule, then, or the templates it saw? It learns something that fits the
# templates. If two rules fit, only a new template shows which of them the network learned.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * LSTM and GRU beat counting on known templates. In every run, each of the two gets over 0.95
#      of new sentences right, and the share of a regression on trigrams is over 0.1 lower.
#    * A new template can cost accuracy. On the new template, at least one of three LSTMs and at
#      least one of three GRUs has an accuracy over 0.15 lower than on known templates. There, a
#      regression on trigrams gets less than 0.3 right.
#    * Forty sentences can put the LSTM ahead. With 40 sentences of the new template in training,
#      the median LSTM gets over 0.6 of the template's other sentences right. A regression on
#      trigrams gets less than 0.5 of them right.
#    * The LSTM's picture shows more than the RNN's. Draw a line between the labels in the plane of
#      the last states' first two components. The share of states on their own label's side is over
#      0.15 higher for the LSTM than for the plain network.
