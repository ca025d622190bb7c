# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook[data]==0.1.0"]
# ///
"""
Music: how many notes back does a melody look?
==============================================

.. reading:: measure a model of melodies in bits per note, split by tune, and hear what it sings
   :before: hamlet clipping

Sing the first line of a hymn, and you can often guess how it goes on. Does a model that remembers
more notes also guess better, if it has only one hymn book?
"""

# %%
# No tune may be in both training and test
# ----------------------------------------
#
# *Chorales* are hymns that Johann Sebastian Bach set for four voices. The soprano sings the tune.
# We take the sopranos of BWV 250 to 438 from the library *music21* of
# :cite:t:`cuthbert2010music21`. The library's licence forbids commercial use of some pieces, so
# this book publishes no piece.
#
# A note is a pitch and a length in quarters; rests are left out. Each tune is moved to the key
# without sharps or flats.
#
# Bach set many tunes more than once. If two pieces share 12 pitches in a row, in any key and
# rhythm, we keep only the first piece. A tune that he changed more can still be in training and
# test. Then a fifth of the tunes, major and minor, is :term:`held out <held-out>`. Here are five
# training tunes:

import sys

import matplotlib.pyplot as plt
import numpy as np

from rnnbook.experiments import music
from rnnbook.figures import music as pictures
from rnnbook.sound import Sound
from rnnbook.tasks.music import Music
from rnnbook.text import any_console

# A notebook has no __file__, and its command line holds no path of ours.
own = sys.argv[1] if "__file__" in globals() and len(sys.argv) > 1 else None
any_console()  # a letter that your console cannot show is escaped
task = Music(path=own)
for tune in task.tunes[:: max(len(task.tunes) // 5, 1)][:5]:
    print(f"{tune.name[:24]:25s}{tune.mode:7s}{len(tune.notes):4d} notes")
print(f"\n{task.read} melodies read, {len(task.different)} different tunes")

# %%
# Beyond one note, each longer chain is worse
# -------------------------------------------
#
# A :term:`Markov chain` of order k counts, for each stretch of k notes, which note followed. It is
# the :term:`n-gram` model of :doc:`Hamlet </chapters/4_applications/plot_02_hamlet>` with n = k +
# 1, smoothed in the same way. With N held-out notes :math:`x_t`, the end of a tune included, the
# model pays
#
# .. math::
#
#    \text{bits} = -\frac{1}{N} \sum_{t=1}^{N} \log_2 p(x_t \mid x_1, \ldots, x_{t-1})
#
# Notes that are not in training are left out for every model.

counted = music.counted(task)
for method, costs in counted.items():
    print(f"{method:12s}{costs.mean():6.2f} bits per note")

# %%
# *Frequencies* has no memory. One note of memory saves more than a bit, and each further note loses
# some of that gain.
#
# .. dropdown:: Why?
#
#    A likely reason: most long stretches occur once, twice or never in training, and the smoothing
#    trusts a rare stretch too much.
#
# A small LSTM beats the chains
# -----------------------------
#
# The network is the LSTM of *Hamlet*, but smaller. It could soon learn these few tunes by heart
# (:term:`overfitting`), so it gets few updates and strong :term:`weight decay`. Its learning rate
# is the best of three, tried on other seeds and part of the training tunes.
#
# .. predict::
#
#    The LSTM has seen the same notes as the chains. Does it pay fewer bits than the best chain?

result = music.run() if own is None else music.learn(task)
for method in ("LSTM", "LSTM and order 2"):
    print(f"{method:17s}{np.median(result.bits[method]):5.2f} bits per note")
fig = pictures.orders(result.bits, music.ORDERS)

# %%
# The height is the cost in bits per note, and to the right the chains look further back. Each dot
# is a seed of the LSTM. The LSTM pays less than each chain of order 1 to 4.
#
# .. dropdown:: Why?
#
#    A likely reason: in a table, two stretches that differ in one note have nothing in common, but
#    a network can have similar states after them.
#
# For the second printed row, we average the probabilities of the LSTM and of the chain of order 2.
# The mixture pays less than either model, so each model must be better at some of the notes.
#
# The last note of a line is often long. What does a note cost at different places in a tune?

fig = pictures.by_place(result.places, "order 1")

# %%
# Each pair of bars is one place in the tune, the height is the cost in bits, and dots are seeds.
# After a long note, where a new line often begins, both models pay most. At the first notes, which
# are few, the chain pays less than the LSTM. Both models have read only the start there, so a
# longer memory cannot help.
#
# Three errors, read aloud
# ------------------------
#
# Here are the notes that surprised the first network most, each from a different held-out tune (no
# first notes; *C4* is middle C):

for error in result.errors[0]:
    print(f"{error.name}: after {error.before} it expects {error.expected}; it gets {error.came}")

# %%
# Sing these notes. Each time the network expects a neighbouring pitch of the most common length,
# but a leap or a long note comes.
#
# Melodies leap more at high temperature
# --------------------------------------
#
# To sing, the network draws a note and reads it, until the tune ends or has 40 notes. Before each
# draw, the logits are divided by the :term:`temperature`. Here is the longest of 20 melodies at
# each temperature:

fig = pictures.rolls({t: tunes[0] for t, tunes in result.sung.items()})

# %%
# Time runs to the right and pitch upwards; black keys are shaded. Here are the leaps and copies in
# all melodies:

print("temperature   leaps over a fifth   longest copy, in moves")
for temperature in music.TEMPERATURES:
    share = np.median(result.leaps[temperature])
    print(f"{temperature:11.1f}{share:17.1%}{np.median(result.copied[temperature]):22.1f}")
real = music.leaps([tune.notes for tune in task.tunes])
print(f"{'real tunes':>11s}{real:17.1%}")

# %%
# The last column guards against reciting: it is the longest run of moves from note to note that a
# melody shares with a training tune, in any rhythm, averaged over 20 melodies. Here are at most 12
# seconds of the middle panel:

melody = result.sung[music.PLAIN][0]
Sound(
    music.tones(melody),
    6000,
    f"Sung at temperature {music.PLAIN:g}",
    f"A melody of {len(melody)} notes that the LSTM made up, in plain tones.",
)

# %%
# Bits per note judge a network that reads real notes; when the network sings, it reads its own
# notes.
#
# Your own music
# --------------
#
# Put MIDI or MusicXML files into a folder and run ``python plot_08_music.py FOLDER``, or set
# ``own`` in the notebook. The melody of a file is its first part with notes; in a chord, we take
# the highest note. A single file is cut into pieces of 32 notes. Music that cannot be used is
# refused with the reason.

plt.show()  # a script shows its figures here, in windows

# %%
# How many notes back does a melody look, then? For a table of counts and so little music, one note
# is best. The LSTM pays less than every table. It may look further back; we did not measure how
# far.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Four notes back can be worse than one. Compare a chain that looks four notes back with a
#      chain that looks one note back. The longer chain pays over 0.2 bits per note more.
#    * A small LSTM beats all four chains. Each chain of order 1 to 4 pays over 0.1 bits per note
#      more than the LSTM.
#    * Melodies leap more often at higher temperature. At temperature 0.5, less than 0.01 of the
#      moves are leaps larger than the interval of a fifth. At temperature 1.5, the share of leaps
#      is over 0.04 higher.
