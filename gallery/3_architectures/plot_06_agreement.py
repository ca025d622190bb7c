# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Agreement: the cat, which sat near the dogs, was or were?
=========================================================

.. reading:: ask a network what decides its answer, and tell a learned rule from a shortcut
   :before: gradient_flow lstm four_shapes

A verb agrees with its subject, however many nouns have gone by since. Can a plain recurrent network
keep that number in mind across a dozen words, and what makes it hard to learn?
"""

# %%
# A guesser has three shortcuts
# -----------------------------
#
# "The cat, which sat on the mat near the window overlooking the garden, was sleeping." Between the
# cat and its verb stand eleven words and three other nouns. A small grammar makes up such
# sentences, without commas, and stops before the verb. The task is to say how they go on.

from dataclasses import replace
from textwrap import fill

import matplotlib.pyplot as plt
import torch
from torch import nn

from rnnbook.experiments import agreement
from rnnbook.figures import agreement as pictures
from rnnbook.tasks.agreement import Agreement
from rnnbook.training import evaluate

task = Agreement(nouns=4)
batch = task.batch(5, torch.Generator().manual_seed(8))
print("word ids:", tuple(batch.inputs[0].shape), " target:", tuple(batch.target.shape), "\n")
for ids, length, target in zip(batch.inputs[0], batch.lengths, batch.target, strict=True):
    words = [*task.vocabulary.decode(ids[:length]), "...", ("WAS", "WERE")[target]]
    print(fill(" ".join(words), 56, subsequent_indent="    "))

# %%
# The subject and each of the other nouns are singular or plural by the toss of a coin. The verbs
# inside the clause are in the past tense, which in English says nothing about number unless the
# verb is *to be*. Half of the sentences begin with a phrase of place ("beside the windows"), so the
# subject is not always the second word.
#
# Without looking for the subject, you can still guess. Three shortcuts are the
# :term:`baselines <baseline>`:
#
# * take the *nearest noun*;
# * *count* whether more nouns are singular or plural, which a :term:`bag of words` can do,
#   :doc:`blind to order </chapters/1_foundations/plot_01_order>`;
# * look at the *last eight words* and take the subject if it is among them, which is the best that
#   an :term:`n-gram` of that length can hope for.
#
# Here they read the sentence above, with all three nouns in the plural:

sentence = "the cat which sat on the mats near the windows overlooking the gardens"
words = sentence.split()
for name, rule in agreement.RULES.items():
    print(f"{name:13s} the cat ... {('was', 'were')[rule(words)]}")

# %%
# All wrong. A noun that pulls the verb its way is called an *attractor*, and people fall for it as
# well, in writing and in speech. :cite:t:`elman1991distributed` put the question to networks with
# sentences from a grammar like ours. :cite:t:`linzen2016assessing` took sentences from Wikipedia;
# their LSTM, trained on this very question, made few mistakes, but more the more attractors it met.
# :cite:t:`gulordava2018colorless` asked language models that had only learned to predict the next
# word, even in sentences that make no sense.
#
# A plain network learns it
# -------------------------
#
# The network is a :class:`~rnnbook.models.SentimentClassifier`: it reads the sentence, and from the
# state after the last word, :math:`h_T` of shape (32,), a linear layer answers *was* or *were*,
# :math:`W h_T + b` of shape (2,). It is trained on sentences without a clause and with clauses of
# up to four nouns. In the longest of them the verb comes fifteen steps after its subject.

model, history = agreement.trained(nn.RNN, task, seed=0)
longest = replace(task, least_nouns=4, attractors=1.0)
print(f"{len(history.losses)} updates")
print(f"four nouns, all of them attractors: {evaluate(model, longest, seed=1):.2f} right\n")
for subject in ("cat", "cats"):
    ids = task.vocabulary.encode([words[0], subject, *words[2:]])
    were = model(ids.unsqueeze(0)).softmax(-1)[0, 1].item()
    print(f"the {subject} which sat on the mats ... was {1 - were:.3f}, were {were:.3f}")

# %%
# The two sentences differ in one letter, twelve words before the verb, and the probability goes
# from one end to the other. So a plain recurrent network can learn it, from PyTorch's default
# weights and in a few hundred updates. That says little about English, since this is a grammar of a
# few dozen words. But "a plain network cannot" would include this small case, and here it can.
#
# An LSTM reaches beyond its training
# -----------------------------------
#
# Now ask plain networks and LSTMs, three seeds each, about clauses of up to sixteen nouns. These
# have fifty words, more than three times as many as the longest clause in training. In one test
# each noun of the clause is singular or plural by coin, as in training; in the other every one of
# them is an attractor.
#
# .. predict::
#
#    Two networks and three shortcuts: which of the five are still right at fifteen steps, and which
#    at fifty?

result = agreement.run()
distances = {nouns: agreement.distance(nouns) for nouns in agreement.NOUNS}
fig = pictures.accuracy(result, distances, agreement.TRAINED)

# %%
# The height is the share of right answers, and going right the verb moves away from its subject.
# Distance one is the sentence without a clause, "the cats …"; the distances trained on are shaded.
# Each coloured line is a run, the grey lines are the shortcuts. In the shade both networks are
# right, nearly always, attractors or not. The shortcuts do no better than a coin at most distances,
# counting a little better; with attractors only, all three are always wrong from two nouns on.
# Beyond the shade the LSTM stays right. One plain network begins to slip in the upper panel.
#
# .. dropdown:: Why?
#
#    You might expect a state to fade a little at every step. A trained state need not: it can
#    settle into one of two places that small disturbances do not move it out of, one for *was* and
#    one for *were*. (We did not check that these states do.) This is :term:`latching`, and
#    :doc:`vanishing gradients </chapters/2_training/plot_02_gradient_flow>` shows what it does to
#    the gradient.
#
# Here are the longest clauses in numbers, with attractors only and one column per seed:

print(f"over {agreement.FARTHEST} steps")
for name in agreement.LAYERS:
    scores = result.accuracy[name, "all distract", agreement.NOUNS[-1]]
    print(f"{name:6s}", *(f"{score:5.2f}" for score in scores))

# %%
# The three plain networks hold on as well: over fifty-one steps, when every noun distracts, each is
# right in more than nine sentences of ten. We claim it only for the median run of the LSTM,
# because the plain network was not judged on other seeds. No score on short clauses tells
# you what happens on long ones.
#
# Short sentences teach the long ones
# -----------------------------------
#
# Holding the number is the easy part; finding out that it matters is hard. In a long clause the
# error has many steps to travel back to the subject, and before training nothing points there, as
# with :doc:`the memory that an LSTM did not learn </chapters/3_architectures/plot_01_lstm>`. In
# "the cats …" the subject is the last word. Here is a plain network that never sees such sentences:
# all its clauses have three nouns or more. It gets as many updates as its twin, which sees short
# ones too. Both are asked about clauses of three and four nouns, on which both were trained.

print("seed  updates  with short  without")
rows = zip(agreement.SEEDS, result.updates["RNN"], *result.long.values(), strict=True)
for seed, updates, both, alone in rows:
    print(f"{seed:4d}{updates:9d}{both:12.2f}{alone:9.2f}")

# %%
# The network without short sentences has seen more long ones than its twin, and it is still tossing
# a coin. More updates, or another learning rate, may help it; neither is measured here. With short
# sentences as many updates were enough. They may teach first that number counts and how to hold it
# for a moment, which the long ones need.
#
# Closing a shortcut opens another
# --------------------------------
#
# Counting nouns was better than a coin, because the subject is one of the nouns that are counted.
# Say you want to close that shortcut too. Let *every* sentence open with a noun, and never give
# this noun the number of the subject: "near the dogs the cat which …". Swap the two nouns, and the
# words stay the same but the verb changes. So counting is no better than chance.
#
# An LSTM is trained on such sentences. Then it is asked about openings that it has never met, "near
# the dog the cat which …", in which both nouns have the same number.
#
# .. predict::
#
#    On its own kind of sentence it is right nearly always. How often is it right when the two nouns
#    agree?

print("              counting   asked: opening noun")
print("opening noun  is right   differs    agrees")
for opening in agreement.OPENINGS:
    asked = (result.opening[opening, kind] for kind in agreement.ASKED)
    for counted, differs, agrees in zip(result.counted[opening], *asked, strict=True):
        print(f"{opening:15s}{counted:7.2f}{differs:10.2f}{agrees:10.2f}")

plt.show()  # a script shows its figures here, in windows

# %%
# Each row is a run, and "by coin" means trained as before. When the nouns agree, each LSTM whose
# opening noun always differed gets fewer than one sentence in four right, and each of the others
# more than nine in ten.
#
# .. dropdown:: Why?
#
#    It has learned that the verb *disagrees* with the first noun. That is true of every sentence it
#    has met, so no score on such sentences could give it away.
#
# Its perfect score did not prove that it had understood what a subject is. Nor do the scores
# further up: they prove that those networks do not take the shortcuts that we thought of, and asked
# about.
#
# So, was or were? A plain network learns to say it across a dozen words. What was hard is to learn
# it from long clauses alone, and short sentences helped.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * A plain network can agree across a clause. Over clauses of up to 14 words, the median run of
#      a plain RNN and of an LSTM ends above 0.9, even if every noun between has the other number.
#    * Short sentences help with long ones. On clauses of 3 or 4 nouns, the median plain network
#      that meets shorter ones too ends above 0.9; after as many updates on these alone, below 0.7.
#    * Closing a shortcut can open another. Where the opening noun always differs from the subject,
#      an LSTM ends above 0.9; where it then agrees, the median run falls below 0.4.
#    * An LSTM can reach beyond its training. Trained on clauses of up to 14 words, the median run
#      stays above 0.9 on clauses of up to 50, also when every noun distracts.
#    * Two shortcuts fall short across a clause. On average the nearest noun scores below 0.65 and
#      counting nouns below 0.85; where two or more nouns all distract, both are always wrong.
