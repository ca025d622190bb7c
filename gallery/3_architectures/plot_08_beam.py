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
# after 60 steps of training, and let it write 60 fresh numbers with one, two, four and eight
# beginnings.
#
# .. predict::
#
#    With more beginnings, does it write likelier numerals? Does it write more of them right?

result = beam.run(seeds=(0, 1, 2))
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

print("      numerals right, by width   log-probability, by width")
print("seed " + "".join(f"{width:6d}" for width in result.widths), end="    ")
print("".join(f"{width:7d}" for width in result.widths))
for seed, (share, likely) in enumerate(zip(result.right, result.likely, strict=True)):
    print(f"{seed:4d} " + "".join(f"{s:6.2f}" for s in share), end="    ")
    print("".join(f"{value:7.2f}" for value in likely))

# %%
# A wider beam is not free either: each beginning takes its own step of the decoder, so eight cost
# up to eight times as much as one.
#
# A penalty for being short
# -------------------------
#
# Every word more makes a sequence less likely, so a beam favours short ones. The usual correction
# divides the logarithm of the probability by :math:`((5 + |Y|) / 6)^\alpha`, where :math:`|Y|` is
# the number of words and :math:`\alpha`, the argument ``length_penalty``, is chosen between nought
# and about one :cite:p:`wu2016google`. The translator once more, with a beam of
# four:

print("numerals right, and signs written on average")
print("seed " + "".join(f"   penalty {p:.1f}" for p in result.penalties) + "   true signs")
for seed, (share, signs) in enumerate(zip(result.penalised, result.signs, strict=True)):
    cells = (f"{s:8.2f}{n:6.2f}" for s, n in zip(share, signs, strict=True))
    print(f"{seed:4d} " + "".join(cells) + f"{result.true_signs[seed]:13.2f}")
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
#    * On a translator stopped after 60 steps of training, a beam of four finds likelier sequences
#      than greedy writing, on average, and about as many right ones.
#    * More beginnings soon find nothing better: on average over the runs, eight add to the
#      log-probability less than half of what four have added to that of greedy writing.
#    * A length penalty of one makes what a beam of four writes longer on average in every run, and
#      about as many numerals are right as without it.
