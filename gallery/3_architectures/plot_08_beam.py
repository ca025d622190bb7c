# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Beam search: is the most likely sequence the right one?
=======================================================

.. reading:: search with a beam by hand, choose its width, and say what no search can fix
   :before: four_shapes

A decoder that writes the most likely word at every step can miss the most likely sequence. If you
search for that sequence and find it, does the translation get better?
"""

# %%
# Greedy writing can miss the best sequence
# -----------------------------------------
#
# Writing the most likely word at every step is called :term:`greedy <greedy decoding>`. Take a
# language so small that you can list all its sequences. Each sequence begins with "a" (probability
# ``0.6``) or "the" (``0.4``). After "a" the next word is uncertain, and "cat" has probability
# ``0.45``; after "the" the next word is nearly sure to be "cat" (``0.9``). Multiply the
# probabilities along each path: which is more likely, "a cat" or "the cat"?

import matplotlib.pyplot as plt
import torch

from rnnbook import decoding
from rnnbook.experiments import beam
from rnnbook.figures import beam as pictures
from rnnbook.text import END, START

names = ("", "<start>", "<end>", "a", "the", "cat", "dog")
follows = {
    START: {3: 0.6, 4: 0.4},
    3: {5: 0.45, 6: 0.35, END: 0.2},
    4: {5: 0.9, 6: 0.1},
    5: {END: 1.0},
    6: {END: 1.0},
}


def step(ids, state):
    """Return the logits of what follows, and the state, which is not needed here."""
    chances = [follows[ids.item()].get(word, 0.0) for word in range(len(names))]
    return torch.tensor([chances]).log(), state


for width in (1, 2, 7**3):
    print("width", width)
    found, scores = decoding.beam(step, torch.tensor([START]), None, length=3, width=width, end=END)
    for ids, score in zip(found, scores, strict=True):
        print(f"  {score.exp():.2f}", *(names[i] for i in ids))

# %%
# The numbers are probabilities of whole sequences. "A" is the more likely first word, so greedy
# writing (width 1) takes "a" and ends up with "a cat". :term:`Beam search <beam search>` keeps
# several beginnings. With width 2 it keeps two beginnings, so "the" survives the first step and
# leads to a sequence more likely than "a cat". With room for every beginning, the search lists all
# sequences, the most likely one first. With less room it drops some beginnings, so it may miss the
# most likely sequence.
#
# A product of many probabilities is tiny, so a search adds up logarithms instead. For a sequence Y
# of words :math:`y_1` to :math:`y_n`, written for a source x, the score is one number:
#
# .. math::
#
#    \ln P(Y \mid x) = \sum_{t=1}^{n} \ln p(y_t \mid x, y_1, \ldots, y_{t-1})
#
# At each step the search continues every beginning with every word, and keeps only the best of the
# longer beginnings. The *width* is the number of beginnings that it keeps:
#
# .. source:: rnnbook.decoding.beam
#    :nodoc:
#
# More likely is not always right
# -------------------------------
#
# A fully trained :doc:`translator into Roman numerals
# </chapters/3_architectures/plot_05_four_shapes>` makes so few mistakes that there is little to
# improve. So stop its training early, after 60 updates, and let it write 60 newly drawn numbers
# with one, two, four and eight beginnings.
#
# .. predict::
#
#    With more beginnings, does the translator write more likely numerals? Does it write more
#    numerals that are right?

result = beam.run()
fig = pictures.by_width(result)

# %%
# Both panels have the number of beginnings on the horizontal axis, and each line is a seed. The
# left panel shows the mean log-probability of the written numerals. This mean rises in every run,
# mostly from one beginning to two, and hardly changes from four to eight. The right panel shows the
# percentage of numerals that are right. With more beginnings, this percentage goes up a little in
# two runs, and down a little in one run. (Each run writes only 60 numerals, so these changes come
# from a few numerals.)
#
# .. dropdown:: Why?
#
#    A search finds what the model thinks likely. This model was stopped early, so it also thinks
#    some mistakes likely, and a wider beam finds those as well.
#
# Here are the shares of numerals that are right, with one column per seed:

print("beginnings   numerals right")
for width, right in result.right.items():
    print(f"{width:10d}  ", *(f"{share:5.2f}" for share in right))

# %%
# A wider beam also costs more work. The decoder takes a step for each beginning, so eight
# beginnings cost up to eight times as much as one.
#
# A penalty makes sequences longer
# --------------------------------
#
# Each extra word makes a sequence less likely, so a beam favours short sequences. The usual
# correction :cite:p:`wu2016google` divides the logarithm by a number that grows with the number of
# words :math:`|Y|`. The logarithm is negative, so the division moves it closer to zero:
#
# .. math::
#
#    \ln P(Y \mid x) \Big/ \Big(\frac{5 + |Y|}{6}\Big)^{\alpha}
#
# The exponent :math:`\alpha` is the argument ``length_penalty``. It is usually between zero and
# about one; zero changes nothing. Here is the translator once more, with a beam of four and one
# column per seed:

print("penalty   numerals right      signs written")
for penalty, right in result.penalised.items():
    print(f"{penalty:7.1f}  ", *(f"{share:5.2f}" for share in right), end="  ")
    print(*(f"{signs:5.2f}" for signs in result.signs[penalty]))
print("true signs                  ", *(f"{signs:5.2f}" for signs in result.true_signs))
plt.show()  # a script shows its figures here, in windows

# %%
# In every run the penalty makes the numerals a little longer on average. Whether longer is better
# depends on the model. So compare the mean number of signs written with the mean number of true
# signs in the last row. (The end counts as one sign.) Here the penalty changes the share of right
# numerals only a little, and not always for the better.
#
# So is the most likely sequence the right one? Not always: a search finds what the *model* thinks
# likely, and no search corrects the model.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * More likely numerals need not be better. On average, a beam of four raises the
#      log-probability by more than 0.02 over greedy writing. In the median run, the share of right
#      numerals changes by less than 0.2 of its value.
#    * The first extra beginnings gain most log-probability. Going from one beginning to four raises
#      the log-probability. Going on to eight beginnings raises it by less than half as much.
#    * A length penalty never shortens a numeral. With a penalty of 0.6 or 1, no numeral that a beam
#      of four writes has fewer signs than without a penalty.
