# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Is the likeliest sequence also the right one?
=============================================

A decoder that takes the likeliest word at every step may miss the likeliest sequence. This chapter
searches with more than one beginning, and counts how often what it finds is likelier, and right.
"""

# %%
# Greedy, or with a plan
# ----------------------
#
# Writing the likeliest word at every step is called :term:`greedy <greedy decoding>`. The likeliest
# sequence may begin otherwise. Take a language so small that all its sequences can be listed:

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
# "A" is the likelier first word, and greedy takes it. :term:`Beam search <beam search>` keeps
# several beginnings, here two, and finds that "the" leads to a likelier end. With as many
# beginnings as there are sequences it is a list of all of them, in order.
#
# .. source:: rnnbook.decoding.beam
#    :nodoc:
#
# Likelier and right
# ------------------
#
# The :doc:`translator of numbers into Roman ones </chapters/3_architectures/plot_05_four_shapes>`,
# fully trained, makes next to no mistakes, so there would be nothing to improve. Stop it early,
# after 60 updates, and let it write 60 newly drawn numbers with one, two, four and eight
# beginnings.
#
# .. predict::
#
#    With more beginnings, does it write likelier numerals? Does it write more of them right?

result = beam.run()
fig = pictures.by_width(result)

# %%
# On the left is the mean logarithm of the probability of what was written, on the right how many of
# a hundred numerals are right, both against the number of beginnings. Each line is a seed.
#
# .. dropdown:: The answer
#
#    They are likelier: two beginnings find most of what there is to find, four a little more, and
#    eight almost nothing beyond that. They are not right more often in every run: the model's own
#    mistakes can be likely, too, and a search finds those as well.
#
# In numbers:

print("one column per seed")
print("beginnings   numerals right      log-probability")
for width, right in result.right.items():
    print(f"{width:10d}  ", *(f"{share:5.2f}" for share in right), end="  ")
    print(*(f"{likely:5.2f}" for likely in result.likely[width]))

# %%
# A wider beam is not free either: each beginning takes its own step of the decoder, so eight cost
# up to eight times as much as one.
#
# A penalty for being short
# -------------------------
#
# Every word more makes a sequence less likely, so a beam favours short ones. The usual correction
# divides the logarithm of the probability by :math:`((5 + |Y|) / 6)^\alpha`, where :math:`|Y|` is
# the number of words and :math:`\alpha`, the argument ``length_penalty``, is chosen between zero
# and about one :cite:p:`wu2016google`. The translator once more, with a beam of
# four:

print("penalty   numerals right      signs written")
for penalty, right in result.penalised.items():
    print(f"{penalty:7.1f}  ", *(f"{share:5.2f}" for share in right), end="  ")
    print(*(f"{signs:5.2f}" for signs in result.signs[penalty]))
print("true signs                  ", *(f"{signs:5.2f}" for signs in result.true_signs))
plt.show()  # a script shows its figures here, in windows

# %%
# The penalty does what it says: what is written gets longer. Whether longer is better depends on
# the model: compare the signs written with the true ones. Here it hardly matters.
#
# So the likeliest sequence is not always the right one. A search finds what the *model* thinks
# likely, and no search corrects the model.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * More likely need not mean right. A beam of four raises the log-probability, on average
#      over the runs, by more than 0.02; in the median run the share right changes by less than 0.2
#      of itself.
#    * The first beginnings find the most. Eight add to the log-probability less than half of what
#      four have added to that of greedy writing.
#    * A length penalty never shortens. With a penalty of 0.6 or 1, no numeral that a beam of four
#      writes has fewer signs than without one.
