# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Is beam search always better than greedy decoding?
==================================================

.. asked:: tasks 2

.. stands-on:: beam

.. answer::

   No: a beam often finds sequences that the model thinks more likely, but it may lose the greedy
   path on the way. And more likely is not always more right, because a search cannot correct the
   model.
"""

# %%
# .. claim:: A beam can lose to greedy. On average, a beam of two writes a less likely sequence than
#    greedy in over 0.005 of made-up models, and a more likely one in over 0.3.

from rnnbook.experiments import random_trees

result = random_trees.run()
print("share of models in which a beam's sequence is, three runs")
print("width  less likely than greedy          more likely")
for width in random_trees.WIDTHS:
    rows = ("  ".join(f"{s:5.3f}" for s in of[width]) for of in (result.worse, result.better))
    print(f"{width:5d}", *(f"{runs:>22s}" for runs in rows))

# %%
# Each run draws language models with known probabilities: most of their steps are close calls, and
# about a fifth have a clear favourite. The beam wins far more often than it loses. But it loses
# sometimes.
#
# .. wrong-answer:: Yes. A wider beam keeps the greedy path too, so it can only find something
#    better.
#
#    "Keeps" gives it away: a beam keeps the best *beginnings*, and the greedy one can be pushed out
#    on the way by others that look better for a while and end worse. If a wider beam kept the
#    greedy path, it would never write a less likely sequence.
#
# .. follow-up:: The beam found a more likely translation. Is it better?
#
#    Not always. :cite:t:`stahlberg2019nmt` searched a translation model exactly: for more than half
#    of the sentences its most likely translation was the empty one. Beam search hid this by missing
#    it.
#
# .. follow-up:: Why do beams favour short sequences?
#    :further:
#
#    Each further symbol costs probability. So the score is often divided by a power of the length.
#    Choose the power by :doc:`how many answers are right </chapters/3_architectures/plot_08_beam>`,
#    not by how likely they are.
#
# .. follow-up:: Would you use a beam to write stories?
#    :further:
#
#    No. :cite:t:`holtzman2020curious` show that the most likely text is often dull and repeats
#    itself, and that people do not write the most likely text. So the authors sample, but cut off
#    the unlikely words, because too many of these make a text incoherent.
#
# .. checklist::
#
#    * searches for what the model thinks likely
#    * no guarantee, not even against greedy
#    * likely is not right
#    * costs: time, and a bias to short sequences
