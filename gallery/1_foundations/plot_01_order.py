# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Does it matter in which order the words come?
=============================================

"The dog bit the man" and "the man bit the dog" hold the same words, and only one of them is news.
A network that reads text needs some way to notice; this chapter trains four kinds of network on
phrases in which nothing but the order differs, and looks at who notices.
"""

# %%
# The same words, the opposite meaning
# ------------------------------------
#
# Start with a network that adds up its word vectors. This is called a :term:`bag of words`: a bag
# keeps what was put in, not when. Give it both sentences, untrained, and look at its two answers.

import matplotlib.pyplot as plt
import numpy as np
import torch

from rnnbook.experiments import order
from rnnbook.figures import order as pictures
from rnnbook.models import BagOfWords, SentimentClassifier
from rnnbook.tasks.order import NegationOrder
from rnnbook.text import Vocabulary
from rnnbook.training import evaluate, fit

sentences = [line.split() for line in ("the dog bit the man", "the man bit the dog")]
vocabulary = Vocabulary(sentences[0])
ids = torch.stack([vocabulary.encode(words) for words in sentences])

torch.manual_seed(0)
bag = BagOfWords(len(vocabulary), hidden_size=8, num_classes=2)
reader = SentimentClassifier(len(vocabulary), embed_dim=8, hidden_size=8, num_classes=2)
print("ids, (batch, time):", tuple(ids.shape))
for network in (bag, reader):
    print(type(network).__name__)
    print(network(ids).detach())

# %%
# The bag gives one answer to both. No training can change that, because a sum does not depend on
# the order of its terms. The :term:`recurrent` network already answers differently, though it has
# learned nothing yet: it reads the words one after the other, and where it ends depends on the way
# there.
#
# A task that only order can solve
# --------------------------------
#
# Bitten men are rare in data sets; negation is everywhere. Each phrase below holds one word of
# praise, one of blame and one "not". Whether the phrase is praise depends on which of the two
# words "not" belongs to.

task = NegationOrder(gap=3, filler=2)
batch = task.batch(4, torch.Generator().manual_seed(3))
print("word ids:", tuple(batch.inputs[0].shape), " target:", tuple(batch.target.shape))
for ids, length, target in zip(batch.inputs[0], batch.lengths, batch.target, strict=True):
    words = task.vocabulary.decode(ids[:length])
    print("praise " if target else "blame  ", *words)

# %%
# Swap the word of praise and the word of blame in any of these and the label turns around, while
# the words stay the same. So half of the phrases with any given bag are praise: **chance is one in
# two**, and that is the :term:`baseline` of every figure here.
#
# One network, trained
# --------------------
#
# The recurrent network keeps one vector, its :term:`hidden state`, and updates it with each word.
# You are reading this sentence the same way: you keep no list of its words, you keep what they have
# come to mean so far. At the end of the phrase the state goes through a linear :term:`layer` that
# answers.

torch.manual_seed(0)
model = SentimentClassifier(len(task.vocabulary), embed_dim=16, hidden_size=32, num_classes=2)
before = evaluate(model, task, seed=1000)
history = fit(model, task, steps=600, seed=0, batch_size=64, learning_rate=5e-3, until=0.03)
print(f"accuracy before training {before:.2f}, after {len(history.losses)} updates ", end="")
print(f"{evaluate(model, task, seed=1000):.2f}")

# %%
# Those are phrases it was not trained on. A few hundred small :term:`batches <batch>` are enough to
# learn what "not" does to the word behind it.
#
# Four ways to read
# -----------------
#
# Three other designs compete with it. The bag you know. *Weights per place* lays all words side by
# side and gives every word in every place weights of its own, as a classifier made of a
# :term:`feedforward network` does; shorter phrases are filled up with :term:`padding`. The
# :term:`convolution` slides over the phrase, sees three neighbouring words at a time, and keeps the
# strongest response of each filter. Here are the bag and the convolution in the package's own code.
# On every page, three dots in such code stand for its checks, which refuse wrong input.
#
# .. source:: rnnbook.models.BagOfWords.forward
#
# .. source:: rnnbook.models.ConvolutionalClassifier.forward
#
# All four are trained on the same phrases, with none to three adverbs between "not" and its word:
# "not good", "not really all that good". The other word gets adverbs of its own, so that adverbs
# alone give nothing away. The bag gets 60 updates, the convolution 200, and the other two
# as many as they need, at most 600.
#
# .. predict::
#
#    Which of the four designs still reads nearly all phrases right when three words stand in
#    between?

result = order.run()
fig = pictures.accuracy(result)

# %%
# Each dot is one training run, judged on fresh phrases; the lines join the medians. All three
# recurrent networks read more than 900 of 1,000 phrases right at every distance.
#
# .. dropdown:: The answer
#
#    Two of the four designs. The recurrent network carries "not" along until its word arrives,
#    near or far. The network with weights per place sees every word of the phrase at once and
#    learns it just as well. The convolution reads "not good" nearly without mistakes, and "not very
#    good" too, for both fit into three words; with two or three words in between, no window holds
#    "not" and its word together, and the mistakes begin. The bag stays at chance everywhere.
#
# So it is not true that only recurrent networks see order. A convolution sees it within its
# window, and a wider or deeper one has a wider window. What a recurrent network brings is that
# nobody has to choose the width beforehand.
#
# Does a larger bag help?
# -----------------------
#
# Perhaps the bag was too small. Here are the accuracies of bags of three widths, a row a
# :term:`seed`.

print("width   ", *(f"{width:>6d}" for width in result.widths))
for seed, row in zip(order.SEEDS, zip(*result.widths.values(), strict=True), strict=True):
    print(f"seed {seed}  ", *(f"{accuracy:6.2f}" for accuracy in row))

# %%
# It is no question of size: no weight can bring back what was thrown away before the first of them.
#
# Longer than anything seen
# -------------------------
#
# The network with weights per place did as well as the recurrent one. Look at what it paid in
# :term:`parameters <parameter>`, and at what becomes of each design on phrases with up to four
# times as many neutral words. Nothing is trained again.
#
# .. predict::
#
#    Nothing in a recurrent network depends on the length of the phrase. Does what it has learned
#    hold for longer ones?

print(f"{'':22s}parameters   trained lengths   longer, a column a seed")
for name, count in order.parameters().items():
    fits = [f"{score:6.2f}" for score in result.longer.get(name, ())]
    seen = np.median(result.trained[name])
    print(f"{name:22s}{count:10,d}{seen:18.2f}", *(fits or ["  does not fit"]))

plt.show()  # a script shows its figures here, in windows

# %%
# In 1,000 longer phrases all three recurrent networks make over 350 more mistakes. The takeaway
# below says less, because on a few other seeds a network reads such phrases well.
#
# .. dropdown:: The answer
#
#    Nobody can promise it. The recurrent network takes the longer phrases in and reads them, but
#    it was never asked to keep anything for that long. *Can be applied* and *works* are two things;
#    the second has to be measured. The convolution does not care, because its windows look the same
#    in a phrase of any length.
#
# The table holds the three limits of a feed-forward classifier on :term:`sequences <sequence>`. Its
# size is **fixed**: a longer phrase has no weights to meet. It **remembers nothing** from one input
# to the next, which is why all words have to be laid out at once. And it **shares nothing** between
# places: what it learns about "not" in the third place it has to learn again for the fourth, and it
# has the most weights of the four. The recurrent network uses the same few weights at every word.
#
# The next chapter opens the recurrent network up and takes one step of it by hand.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * A bag of words stays at chance. At every width tried, and however many words stand between
#      "not" and its word, its accuracy stays between 0.4 and 0.6.
#    * A recurrent network reads word order. In every run it gets more than 0.85 of the phrases
#      right, also with three words between "not" and its word.
#    * A longer phrase can be read and misread. With up to four times as many neutral words as
#      in training, at least one recurrent network of three loses more than 0.1 of accuracy.
#    * A convolution reads order inside its window. Three words wide, it gets more than 0.95 right
#      with at most one word between "not" and its word, and loses more than 0.2 with three.
#    * Weights for every place cost more. They get more than 0.95 right, take more than
#      five times the parameters of the recurrent network, and cannot take in a longer phrase.
