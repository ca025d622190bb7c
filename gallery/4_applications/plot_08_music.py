# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook[data]==0.1.0"]
# ///
"""
Music: how many notes back does a melody look?
==============================================

.. reading:: measure a model of melodies in bits per note, split by tune, and hear what it sings
   :before: hamlet clipping

Sing the first line of a hymn, and most people can guess how it goes on. A model that remembers more
notes ought to guess better, but does it, if all you have is the tunes of one hymn book?
"""

# %%
# The same tune must not be on both sides
# ---------------------------------------
#
# *Chorales* are hymns that Johann Sebastian Bach set for four voices. We take the soprano, which
# sings the tune, of BWV 250 to 438. They come with the library *music21* of
# :cite:t:`cuthbert2010music21`. The licence of its corpus says that encodings are distributed with
# the permission of those who made them, and that some may not be used commercially. So this book
# publishes no tune of it. The notes are read on your machine, which takes ten to twenty seconds in
# the first run, and kept there in a cache folder.
#
# A note is a pitch and a length in quarters; rests are left out. Each tune is moved to the key
# without sharps and flats, C major or A minor.
#
# Bach set many tunes more than once. Of two pieces that share 12 notes in a row, we keep only the
# first. Then whole tunes are :term:`held out <held-out>`, a fifth of the major and of the minor
# ones. Five rows of the training part, without their notes:

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
print(f"\n{task.read} melodies read, {len(task.different)} different tunes: ", end="")
print(f"{len(task.tunes)} to train on, {len(task.rest.tunes)} held out")
print(f"different notes in the training part: {len(task.vocabulary) - 4}")

# %%
# Each chain that looks further back is worse
# -------------------------------------------
#
# A :term:`Markov chain` of order k counts which note followed each k notes. It is the
# :term:`n-gram` model of :doc:`Hamlet </chapters/4_applications/plot_02_hamlet>` with n = k + 1,
# with the same smoothing: after k notes that were rarely seen, shorter memories have their say. The
# measure is the same, too. With N held-out notes :math:`x_t`, the end of a tune counted as a note,
# the model pays
#
# .. math::
#
#    \text{bits} = -\frac{1}{N} \sum_{t=1}^{N} \log_2 p(x_t \mid x_1, \ldots, x_{t-1})
#
# Notes that training never saw are left out for every model.

counted = music.counted(task)
for method, costs in counted.items():
    print(f"{method:12s}{costs.mean():6.2f} bits per note")

# %%
# *Frequencies* is a model without memory. One note of memory saves more than a bit; each further
# note costs some of it again.
#
# .. dropdown:: Why?
#
#    A likely reason: with a few thousand notes, long contexts were seen once or twice, or never.
#    The smoothing falls back on shorter ones where a context is new, but it trusts a rare one more
#    than it should.
#
# A network that is held back wins
# --------------------------------
#
# The network is the LSTM of *Hamlet*, but smaller. So little music is soon learned by heart, which
# is called :term:`overfitting`. We hold the network back with few updates and strong :term:`weight
# decay`, which pulls every weight towards zero. Its learning rate is the best of three, tried on
# other seeds and on a part of the training tunes.
#
# .. predict::
#
#    The best table remembers one note. The LSTM has seen the same few thousand notes and could
#    remember the whole tune. Does it pay fewer bits than the best chain, about as many, or more?

result = music.run() if own is None else music.learn(task)
for method in ("LSTM", "LSTM and order 2"):
    print(f"{method:17s}{np.median(result.bits[method]):5.2f} bits per note")
fig = pictures.orders(result.bits, music.ORDERS)

# %%
# To the right the chains look further back. Lower is better, and each dot is a seed of the LSTM.
# The LSTM pays less than every chain.
#
# .. dropdown:: Why?
#
#    A likely reason: a table treats two contexts that differ in one note as strangers. In the state
#    of the network, similar contexts can lie close together, so what it learned after one helps
#    after the other.
#
# The second printed row averages the probabilities of the LSTM and of the chain of order 2. The
# mixture pays less than either, because the two are wrong at different notes.
#
# Lines end, and the network knows where
# --------------------------------------
#
# A hymn is sung in lines, and the last note of a line is often long. What does a note cost by where
# it stands?

fig = pictures.by_place(result.places, "order 1")

# %%
# Each pair of bars is one place in the tune, each dot a seed. After a long note, where a new line
# often begins, both pay most. At the first note the chain is better: the LSTM has read nothing
# there, and no memory helps.
#
# Three errors, read aloud
# ------------------------
#
# These notes surprised the first network most, each in another held-out tune; *C4* is the middle C.

for error in result.errors[0]:
    print(f"{error.name}: after {error.before} it expects {error.expected} ", end="")
    print(f"({error.share:.0%}); it gets {error.came}")

# %%
# Sing them. Each time the network expects a step to a neighbour in the commonest length. It is
# surprised by a leap or by a note that is held.
#
# Cold it walks, hot it leaps
# ---------------------------
#
# To sing, the network draws a note, reads it, and draws the next, until it draws the end or has
# sung 40 notes. The :term:`temperature` divides the logits before each draw. Here is the longest of
# 20 melodies at each temperature:

fig = pictures.rolls({t: tunes[0] for t, tunes in result.sung.items()})

# %%
# In each panel time runs to the right and pitch upwards, and black keys of a piano are shaded. The
# coldest melody goes by steps, the hottest leaps. You can count it over all melodies:

print("temperature   leaps over a fifth   longest copy, in moves")
for temperature in music.TEMPERATURES:
    share = np.median(result.leaps[temperature])
    print(f"{temperature:11.1f}{share:17.1%}{np.median(result.copied[temperature]):22.1f}")
real = music.leaps([tune.notes for tune in task.tunes])
print(f"{'real tunes':>11s}{real:17.1%}")

# %%
# The last column guards against reciting: it is the longest stretch of moves that a sung melody
# shares with a training tune, as a mean over 20 melodies. Here is the middle panel as sound:

melody = result.sung[music.PLAIN][0]
Sound(
    music.tones(melody),
    6000,
    f"Sung at temperature {music.PLAIN:g}",
    f"A melody of {len(melody)} notes that the LSTM made up, in plain tones.",
)

# %%
# Listen for the way home. Bits per note reward the next note and no plan for the whole.
#
# Your own music
# --------------
#
# Put MIDI or MusicXML files into a folder and run ``python plot_08_music.py FOLDER``, or set
# ``own`` in the notebook. The melody of a file is its first part with notes, and of a chord the
# highest note. A single file is cut into pieces of 32 notes. A file that is missing, empty, not
# music or without notes is refused with the reason, and so is too little music.

plt.show()  # a script shows its figures here, in windows

# %%
# How many notes back does a melody look, then? For a table of counts and so little music, one note
# is best, and longer tables starve. The LSTM may look as far back as it likes, and it does better
# than every table.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Longer tables starve. A chain that looks four notes back pays more than 0.2 bits per note
#      more than a chain that looks one note back.
#    * A network that is held back wins. The LSTM pays more than 0.1 bits per note less than each
#      chain of order 1 to 4.
#    * Cold it walks, hot it leaps. At temperature 0.5, less than 0.01 of moves are leaps over a
#      fifth; at 1.5, the share is over 0.04 higher.
