# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook[data]==0.1.0"]
# ///
"""
Dates in five languages: does a network read formats it never saw?
==================================================================

.. reading:: judge a translator on new inputs and on new formats, and set a network against a table
   :before: attention beam

You have dates in five languages, and you need them in one form: "January 15, 2023" has to become
"2023-01-15". You could write down the formats, or a network could learn them from examples; what do
a table and a network do with a new format?
"""

# %%
# Five languages have 10 formats
# ------------------------------
#
# The library *Babel* has a *medium* and a *long* format for each language. Here is one day in five
# of the 10 formats; ``en`` is American English:

import datetime
import sys

import matplotlib.pyplot as plt
import numpy as np
import torch

from rnnbook.experiments import dates
from rnnbook.figures import dates as pictures
from rnnbook.tasks.dates import LANGUAGES, Dates, looked_up, read_dates, spelled
from rnnbook.text import any_console

# A notebook has no __file__, and its command line holds no path of ours.
path = sys.argv[1] if "__file__" in globals() and len(sys.argv) > 1 else None
own = read_dates(path) if path else ["Tue 15 Aug 2023", "15-8-2023", "2023-08-15"]
any_console()  # a letter that your console cannot show is escaped
day = datetime.date(2023, 8, 15)
for locale, style in zip(LANGUAGES, ("long", "medium", "medium", "long", "long"), strict=True):
    print(f"{locale}  {style:8s}{spelled(day, locale, style)}")
task, held_out = Dates(), Dates(held_out=True)

# %%
# The days run from 1950 to 2049. One day in 10 is :term:`held out <held-out>` in every language. We
# leave out the *short* format, because "5/8/23" means May in the United States and August in Spain.
#
# A batch holds the characters of each date and, as the target, its 10 characters in ISO 8601 with
# an end sign:

batch = task.batch(dates.BATCH, torch.Generator().manual_seed(0))
print("read   ", tuple(batch.inputs[0].shape), " batch, longest date")
print("written", tuple(batch.target.shape), " batch, characters and end")

# %%
# A table of formats is always right
# ----------------------------------
#
# The library *dateutil* guesses the format. Our table has a regular expression for each of the 10
# formats, with Babel's names of the months. The score is the share of held-out dates read right:

right, _ = dates.without_weights()
others = [right["dateutil", locale] for locale in LANGUAGES if locale != "en"]
print(f"dateutil  en {right['dateutil', 'en']:.0%}, others {min(others):.0%} to {max(others):.0%}")
print(f"table     lowest {min(right['table', locale] for locale in LANGUAGES):.0%}")

# %%
# The table is right every time, because it knows every format. Dateutil knows English. It refuses
# most words of the other languages, and it takes the first number of "05.08.2023" for the month.
#
# A network learns the formats from examples
# ------------------------------------------
#
# The network reads a date with a bidirectional :term:`LSTM` and writes the answer with another
# LSTM, which uses :doc:`attention </chapters/3_architectures/plot_07_attention>`:

print(f"{dates.UPDATES} updates, learning rate {dates.LEARNING_RATE}")
for name in dates.HIDDEN:
    print(f"{name:10s}{dates.multiplications(name):,} multiplications a date")

# %%
# Its opponent, *one state*, has no attention, so its decoder knows only the last state of the
# encoder. It is so wide that it multiplies at least as often; with the same number of updates, both
# networks do about equal work. We tried three learning rates for each, on five other seeds and on
# training days. With attention the printed rate was the best; without attention the network failed
# at all three rates.

result = dates.run()
fig = pictures.shares(result.right, LANGUAGES)

# %%
# Each group is a language, the height is the share read right, and each dot is a training run. The
# networks with attention come close to the table in all five languages. At equal work, the networks
# without attention get less than 0.1 of the dates right.
#
# Is one state too small for a date? Give one such network more updates, and the rate of the three
# that was the best for a long run on other seeds:

updates, rate = dates.LONGER * dates.UPDATES, dates.LONGER_RATE
longer = dates.trained("one state", seed=0, updates=updates, learning_rate=rate)
share = dates.share(longer, dates.judged(held_out))
print(f"one state after {updates} updates, learning rate {rate}: {share:.0%}")

# %%
# In this single run, after more updates, one state is enough for most dates.
#
# For most digits, the network looks at the right part
# ----------------------------------------------------
#
# Where does the network look while it writes? Take the first of the three:

model = result.looks[0]
text = spelled(day, "es", "long")
fig = pictures.alignment(text, *dates.picture(model, text))

# %%
# Rows are written characters, columns are read characters, and darker squares are larger weights.
# From the top down, the network looks at the end for the year, then at the word for the month, and
# then at the front for the day. How often is the largest weight of a digit on the right part of the
# date? In the median of the three runs:

for part, shares in result.pointed.items():
    print(f"{part:6s}{np.median(shares):5.0%}")

# %%
# New order, new word
# -------------------
#
# Now show both networks formats that no training date has. The *British order* is "15 August 2023".
# Its words are known from American English, and its order is known from other languages. The second
# format has a weekday in front, "Tuesday, August 15, 2023", in all five languages.
#
# .. predict::
#
#    The table reads no date in either format. Which format does the network with attention read
#    better, and which mistakes will it make in the other?

fig = pictures.shares(result.unseen, {name: name for name in dates.UNSEEN})
print("weekday first, share right, median of three runs")
for part, shares in result.weekday.items():
    print(f"{part:6s}{np.median(shares):5.0%}")

# %%
# Here each group is an unseen format. In every run, the network is right less often with a weekday
# in front than in British order. Dateutil reads the British order without a mistake, but it reads a
# weekday in front only in English. Most mistakes of the network are in the month. Read three of
# its mistakes aloud:

for text, wrote, true in dates.errors(model, dates.UNSEEN["weekday first"])[:3]:
    print(f"{text:28s} written {wrote}  right {true}")

# %%
# .. dropdown:: Why?
#
#    A likely reason: in training every word of a date, except the short "de", is the name of a
#    month. So the network looks for the month where letters are. In some training formats the day
#    stands before the month and in others after it, so the network had to find both in either
#    order.
#
# Would a :doc:`beam search </chapters/3_architectures/plot_08_beam>` correct such dates?

for width in dates.WIDTHS:
    hits, _ = dates.searched(model, dates.UNSEEN["weekday first"], width)
    print(f"width {width}: {hits:.0%} right")

# %%
# Width 1 is :term:`greedy <greedy decoding>` writing. These are shares of 25 other dates, so they
# differ from the figure. A search looks for dates that the network finds probable, right or wrong.
#
# Your own dates
# --------------
#
# Write your dates into a text file, one per line. Then run ``python plot_04_dates.py
# my_dates.txt``, or set ``path`` in the notebook. Without a file you get these three:

said = dates.written(model, own)
for text, wrote in zip(own[:6], said, strict=False):
    print(f"{text:24s} network {wrote:11s} table {looked_up(text) or 'refuses'}")
known = [(wrote, looked_up(text)) for text, wrote in zip(own, said, strict=True)]
read = [wrote == str(found) for wrote, found in known if found]
if path:
    print(f"{len(own)} dates: the table reads {len(read)}, and the network agrees on {sum(read)}")
plt.show()  # a script shows its figures here, in windows

# %%
# The last of the three is in ISO 8601, which the network has written but never read. The table
# refuses formats that it does not know; the network writes something that looks like a date, right
# or wrong. So if you know your formats, use the table. If a network reads what the table refuses,
# check the answers.
#
# Your file is refused with the reason if it is not UTF-8, or if a line has no digit or is too long
# for a date.
#
# So does a network read formats that it never saw? That depends on what is new. It reads English
# words in an order that it knows from other languages. With a new word in front, it gets many dates
# wrong, most of them in the month.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * A network with attention can read new days. In the median run, the network gets over 0.5 of
#      the dates of held-out days right. The table of formats gets all of these dates right.
#    * One state can fall far behind attention. The network without attention multiplies at least as
#      often as the network with attention. In the median run, the share of right dates without
#      attention is over 0.5 below the share with attention.
#    * An order new to English can be read. In the median run, the network with attention gets over
#      0.85 of the dates in British order right. The table of formats reads none of these dates.
#    * A weekday in front can cause mistakes. In the median run, the network with attention gets
#      fewer dates right with a weekday in front than in British order. The difference between the
#      shares is over 0.1.
