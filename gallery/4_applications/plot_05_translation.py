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
adjective that it never met together, and does the usual score notice a wrong ending?
"""

# %%
# Every word is known, and some pairs are not
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
# One pair of noun and adjective in four is :term:`held out <held-out>`. For example, training has
# cats and black things, but neither "the black cat" nor "the cat was black". Each held-out sentence
# has at least one such pair.
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
# word f for an English word e. It shares each French word among the English words of its pair, and
# adds up the shares as new counts, ten times over:
#
# .. math::
#
#    c(f \mid e) = \sum_{\text{pairs}} \frac{t(f \mid e)}{\sum_{e'} t(f \mid e')}, \qquad
#    t(f \mid e) = \frac{c(f \mid e)}{\sum_{f'} c(f' \mid e)}
#
# The sum has a term for each place where e and f stand in one pair. There, :math:`e'` runs over the
# English words of the pair and an empty word; :math:`f'` runs over all French words.
#
# A phrase table :cite:p:`koehn2003statistical` keeps runs of up to four English words with their
# usual French, and translates with as few runs as it can. A full system also reorders runs and asks
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
# too, but no run holds both.
#
# BLEU stays above 50 with no sentence right
# ------------------------------------------
#
# The usual score is :term:`BLEU` :cite:p:`papineni2002bleu`. It counts which runs of n words in
# your text also stand in the true translation, each at most as often as there. With :math:`p_n`
# their share over all sentences, c the number of words written and r that of the true translations,
# it is
#
# .. math::
#
#    \text{BLEU} = 100 \cdot \min(1, e^{1 - r/c}) \cdot (p_1 \, p_2 \, p_3 \, p_4)^{1/4}
#
# *sacrebleu* :cite:p:`post2018call` counts it.
#
# Now give the last word of each true translation, an adjective, the ending of the other gender:
# "les portes sont vertes" becomes "les portes sont verts".
#
# .. predict::
#
#    What is BLEU if every sentence is spoiled like this? Is it lower with another adjective there,
#    which changes the meaning?

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
#    To BLEU, words are equal or different. In "les portes sont verts" only the runs with the last
#    word are wrong, as in "les portes sont grises".
#
# The third line, chrF :cite:p:`popovic2015chrf`, compares runs of letters. It tells a wrong ending
# from a wrong word.
#
# The network is ahead of the phrase table
# ----------------------------------------
#
# The network reads with a bidirectional :term:`LSTM` and writes with another, which uses
# :doc:`attention </chapters/3_architectures/plot_07_attention>`:

updates, size = translation.UPDATES, translation.BATCH
print(f"{translation.HIDDEN} units each way, {updates} updates of {size} sentences")
print(f"learning rate {translation.LEARNING_RATE}, tried: {translation.LEARNING_RATES}")
result = translation.run()
fig = pictures.scores(result.right, result.bleu)

# %%
# We chose the learning rate on five other seeds, by the sentences with known pairs below.
#
# Bars are medians, and dots are runs. On the left is the share of right sentences, on the right
# BLEU. In every run the network gets more sentences right than the phrase table does.
#
# Here are the median shares of right sentences:

print("               unseen pairs   known pairs")
for name in translation.NAMES:
    new, known = (sorted(shares[name])[1] for shares in (result.right, result.known))
    print(f"{name:14s}{new:10.0%} {known:14.0%}")

# %%
# In every run, unseen pairs cost the phrase table more sentences than they cost the network.
#
# Where does the first run look while it writes?

fig = pictures.alignment(translation.SAMPLE, *result.looks[0])

# %%
# Rows are words written, columns are words read, and darker squares are larger weights. Noun and
# adjective change places: "chats" looks at "cats", then "noirs" at "black". In every run the row of
# the last adjective has more than half of its weight on "heavy". But its ending depends on "cats";
# the weights do not show how.
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
# Here a wrong form of any word counts as a wrong ending. A wrong noun says something false, and a
# wrong ending is bad French; to BLEU, each is one wrong word.
#
# Your own pairs
# --------------
#
# Write a text file in which each line has English, a tab and French, or two other languages with
# spaces between words. Then run ``python plot_05_translation.py my_pairs.txt``, or set ``path`` in
# the notebook. One English sentence in ten is held out with all its translations.

if own is None:
    for english, french in task.pairs[:2]:
        print(repr(f"{joined(english)}\t{joined(french)}"))
else:
    print(f"{len(own.pairs):,} pairs to train on, {len(own.rest.pairs)} held out")
    for name, (share, score) in translation.compared(own, seed=0).items():
        print(f"{name:14s}{share:6.0%} right   BLEU {score:5.1f}")
plt.show()  # a script shows its figures here, in windows

# %%
# Training takes 100 to 5,000 pairs, none with more than 15 words on a side. A file that cannot be
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
#    * Endings can carry over to unseen pairs. In the median run, the network gets over 0.75 of
#      sentences with unseen pairs right, and less than 0.15 more of new ones with known pairs.
#    * Few right sentences can go with high BLEU. Without a language model, the table gets less than
#      0.25 of the sentences with unseen pairs right, at a BLEU above 50.
#    * BLEU treats wrong endings as wrong words. With a wrong ending or another adjective at the end
#      of every sentence, none is right, and BLEU is the same and above 50.
