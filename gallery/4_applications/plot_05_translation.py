# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook[data]==0.1.0"]
# ///
"""
Translation into French: does BLEU notice a wrong ending?
=========================================================

.. reading:: translate with agreement, set a network against a phrase table, and read a BLEU score
   :before: four_shapes attention

French articles and adjectives change with the gender and number of the noun, so a dictionary is not
enough to translate "the old cars were heavy". Can a network learn the endings for a noun and an
adjective that it never saw together, and does the usual score notice a wrong ending?
"""

# %%
# Every word is known, but some pairs are not
# -------------------------------------------
#
# A small grammar makes our sentences:

import sys

import matplotlib.pyplot as plt
import torch

from rnnbook.experiments import translation
from rnnbook.figures import translation as pictures
from rnnbook.tasks.translation import Translation, joined
from rnnbook.text import any_console, shifted

# A notebook has no __file__, and its command line holds no path of ours.
path = sys.argv[1] if "__file__" in globals() and len(sys.argv) > 1 else None
own = Translation(path) if path else None
any_console()  # a letter that your console cannot show is escaped
task = Translation()
held_out = task.rest
for english, french in task.pairs[:5]:
    print(f"{joined(english)} = {joined(french)}")
print(f"\n{len(task.pairs):,} pairs of sentences to train on, {len(held_out.pairs)} held out")

# %%
# One in four pairs of noun and adjective is :term:`held out <held-out>`. For example, training has
# cats and black things, but neither "the black cat" nor "the cat was black". Each held-out sentence
# has at least one held-out pair.
#
# The network reads English and writes French until its end sign. In training it reads the true
# French one step late, so it never reads the word that it is asked for:

batch = task.batch(64, torch.Generator().manual_seed(0))
src, tgt = batch.inputs
print("English", tuple(src.shape), "  French", tuple(tgt.shape), "  batch, words")
print("reads ", *task.target.decode(shifted(tgt)[0]))
print("writes", *task.target.decode(tgt[0]))

# %%
# A phrase table cannot look far
# ------------------------------
#
# The simplest method is a dictionary, learned from the pairs. Model 1 of
# :cite:t:`brown1993mathematics` begins with equal probabilities :math:`t(f \mid e)` of a French
# word f for an English word e. In 10 rounds, it shares each French word among the English words of
# its pair, and adds up the shares as new counts:
#
# .. math::
#
#    c(f \mid e) = \sum_{\text{pairs}} \frac{t(f \mid e)}{\sum_{e'} t(f \mid e')}, \qquad
#    t(f \mid e) = \frac{c(f \mid e)}{\sum_{f'} c(f' \mid e)}
#
# The first sum has a term for each place where e and f stand in one pair. There, :math:`e'` runs
# over the English words of the pair and an empty word; :math:`f'` runs over all French words.
#
# A phrase table :cite:p:`koehn2003statistical` keeps runs of up to four English words with their
# usual French, and translates with as few runs as it can. A full system also reorders runs and uses
# a language model.

table = translation.learned_table(task.pairs)
english, french = held_out.pairs[18]
print("English     ", joined(english))
print("dictionary  ", joined(table.word_by_word(english)))
print("phrase table", joined(table.by_phrases(english)))
print("right       ", joined(french), "\n")
for name, (said, _) in translation.counted().items():
    share = translation.right(said, held_out.pairs)
    print(f"{name:12s} {share:.0%} of the held-out sentences right")

# %%
# The phrase table writes "ma vache", because it saw "my cow". The last word has to agree with "cow"
# too, but no run holds both words.
#
# BLEU stays above 50 with no sentence right
# ------------------------------------------
#
# The usual score is :term:`BLEU` :cite:p:`papineni2002bleu`. It counts which runs of n words in
# your text also stand in the true translation, each at most as often as it stands there. With
# :math:`p_n` the share of such runs over all sentences, c the number of your words and r that of
# the true translations, it is
#
# .. math::
#
#    \text{BLEU} = 100 \cdot \min(1, e^{1 - r/c}) \cdot (p_1 \, p_2 \, p_3 \, p_4)^{1/4}
#
# *sacrebleu* :cite:p:`post2018call` computes it.
#
# Now give the last word of each true translation, always an adjective, the ending of the other
# gender: "les portes sont vertes" becomes "les portes sont verts".
#
# .. predict::
#
#    What is BLEU if every sentence is spoiled like this? Is BLEU lower with another adjective
#    there, which changes the meaning?

cost = translation.cost_of_one_word()
fig = pictures.cost(cost, translation.SHARES)
for kind in ("ending", "word"):
    last = {name: cost[kind, name][-1] for name in ("exact", "BLEU", "chrF")}
    print(f"wrong {kind:7s}", *(f"{name} {score:.1f}  " for name, score in last.items()))

# %%
# To the right, more sentences are spoiled; the height is the score. Exact match falls to zero in
# both panels. BLEU has the same values in both, and stays above 50.
#
# .. dropdown:: Why?
#
#    For BLEU, words are equal or different. Only the runs with the last word are wrong, both in
#    "les portes sont verts" and in "les portes sont grises".
#
# The third line, chrF :cite:p:`popovic2015chrf`, compares runs of letters. It distinguishes a wrong
# ending from a wrong word.
#
# The network is ahead of the phrase table
# ----------------------------------------
#
# The network reads with a bidirectional :term:`LSTM` and writes with another LSTM, which uses
# :doc:`attention </chapters/3_architectures/plot_07_attention>`:

updates, size = translation.UPDATES, translation.BATCH
print(f"{translation.HIDDEN} units each way, {updates} updates of {size} sentences")
print(f"learning rate {translation.LEARNING_RATE}, tried: {translation.LEARNING_RATES}")
result = translation.run()
fig = pictures.scores(result.right, result.bleu)

# %%
# We chose the learning rate on five other seeds, by new sentences with known pairs.
#
# Bars are medians, and dots are runs. The first panel is the share of right sentences, and the
# second is BLEU. In every run the network gets more sentences right than the phrase table does.
#
# Here are the median shares of right sentences:

print("               unseen pairs   known pairs")
for name in translation.NAMES:
    new, known = (sorted(shares[name])[1] for shares in (result.right, result.known))
    print(f"{name:14s}{new:10.0%} {known:14.0%}")

# %%
# In every run, the fall from known to unseen pairs is larger for the phrase table than for the
# network.
#
# Where does the first network look while it writes?

fig = pictures.alignment(translation.SAMPLE, *result.looks[0])

# %%
# Rows are written words, columns are read words, and darker squares are larger weights. Noun and
# adjective change places, so the network looks at "cats" for "chats", then at "black" for "noirs".
# In every run the row of the last adjective has more than half of its weight on "heavy". But the
# adjective's ending depends on "cats"; the weights do not show how.
#
# What it still gets wrong
# ------------------------
#
# Read three mistakes aloud:

for english, wrote, true in result.mistakes[0][:3]:
    print(f"{english}\n  written {wrote}\n  right   {true}")
print("\nmistaken sentences in which only endings are wrong, one column per seed")
for name in translation.NAMES:
    print(f"{name:14s}", *(f"{share:5.0%}" for share in result.endings[name]))

# %%
# Here a wrong form of any word counts as a wrong ending. A wrong noun makes a sentence false, and a
# wrong ending makes it bad French; for BLEU, each is one wrong word.
#
# Your own pairs
# --------------
#
# Write a text file in which each line has English, a tab and French, or two other languages with
# spaces between words. Then run ``python plot_05_translation.py my_pairs.txt``, or set ``path`` in
# the notebook. One English sentence in 10 is held out with all translations.

if own is None:
    for english, french in task.pairs[:2]:
        print(repr(f"{joined(english)}\t{joined(french)}"))
else:
    print(f"{len(own.pairs):,} pairs to train on, {len(own.rest.pairs)} held out")
    for name, (share, score) in translation.compared(own, seed=0).items():
        print(f"{name:14s}{share:6.0%} right   BLEU {score:5.1f}")
plt.show()  # a script shows its figures here, in windows

# %%
# Training takes 100 to 5,000 pairs of sentences with at most 15 words each. A file that cannot be
# read is refused with the reason.
#
# Does BLEU notice a wrong ending? Yes, but only as one more wrong word. Where endings matter, count
# the sentences that are right.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Endings can carry over to unseen pairs. In the median run, the network gets over 0.75 of the
#      sentences with unseen pairs right. For new sentences with known pairs, the median run's share
#      is less than 0.15 higher.
#    * High BLEU can go with few right sentences. The phrase table, which has no language model,
#      gets less than 0.25 of the sentences with unseen pairs right. Its BLEU is above 50.
#    * BLEU treats wrong endings as wrong words. Give the last word of every sentence a wrong
#      ending, or replace it by another adjective. In both cases no sentence is right, and BLEU is
#      the same and above 50.
