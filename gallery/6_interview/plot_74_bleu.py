# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook[data]==0.1.0"]
# ///
"""
What does BLEU miss?
====================

.. asked:: tasks 2

.. stands-on:: translation

.. answer::

   It misses meaning: a wrong ending, an opposite and a good synonym each count as a word that does
   not match. It counts shared runs of one to four words, so also count the mistakes that matter to
   you.
"""

# %%
# .. claim:: Another meaning can cost nothing extra. With the last word of every sentence in the
#    wrong gender, or replaced by another adjective, BLEU is the same and above 50, and no sentence
#    is right.

from rnnbook.experiments import translation

cost = translation.cost_of_one_word()
print("in every sentence                 right    BLEU    chrF")
kinds = {"ending": "last word in the wrong gender", "word": "another adjective"}
for kind, label in kinds.items():
    scores = (cost[kind, name][-1] for name in ("exact", "BLEU", "chrF"))
    print(f"{label:30s}", *(f"{score:7.1f}" for score in scores))

# %%
# Correct French sentences were spoiled in their last word, an adjective, and scored against the
# originals. The first row is bad French that you understand, the second good French that says
# something else. Their BLEU is equal. chrF, which compares runs of letters, tells them apart.
#
# .. wrong-answer:: Not much: it compares with a correct translation, so a mistake costs more if it
#    changes the meaning.
#
#    The comparison knows only equal words and different words. If BLEU weighed meanings, another
#    adjective would cost more than a wrong ending. BLEU is not the share of right sentences either;
#    here that share is zero.
#
# .. follow-up:: What do you report beside it?
#
#    Count the mistakes that matter, such as wrong endings or missing negations, and read a sample.
#    Scores such as COMET :cite:p:`rei2020comet` are trained to predict how people judge a
#    translation. :cite:t:`kocmi2021ship` find that BLEU alone led to bad decisions about systems.
#
# .. follow-up:: Would more references solve it?
#    :further:
#
#    In part: :cite:t:`papineni2002bleu` allow several references, and a synonym that stands in one
#    of them counts as right. But a wrong ending still costs as much as another meaning, and test
#    sets often have one reference only.
#
# .. follow-up:: Is a BLEU of 40 better than one of 35?
#    :further:
#
#    You can say so only on the same sentences, with the same references, cut into words in the same
#    way. :cite:t:`post2018call` found that such choices alone move the score, and his *sacrebleu*
#    states them. In the review of :cite:t:`reiter2018structured`, the evidence supports BLEU for
#    diagnosing translation systems, not for judging single texts.
#
# .. checklist::
#
#    * shared runs of one to four words, against a reference
#    * endings, opposites and synonyms: one word each
#    * not a share of right sentences
#    * count the mistakes that matter, and read some
