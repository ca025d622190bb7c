# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Your forecast is too good: where is the leak?
=============================================

.. asked:: tasks 2

.. stands-on:: leaks

.. answer::

   Look first at how windows were split: overlapping windows, split at random, put near copies of
   test windows into training. Then ask of every input whether it was known at the time, and test
   the pipeline on a series whose changes were shuffled.
"""

# %%
# .. claim:: Different windows still overlap. Split at random, over 0.8 of test windows share all
#    but one value with a training window; nearest neighbours report under 0.8 of their error with a
#    split in time.

import numpy as np

from rnnbook.experiments import leaks

print("seed   near copies in training   reported: random split   in time")
for seed in leaks.SEEDS:
    values = leaks.walk(seed)[0][: leaks.KNOWN]
    split = leaks.at_random(values, seed)
    known = set(split.train.starts)
    near = np.mean([start - 1 in known or start + 1 in known for start in split.test.starts])
    errors = [leaks.audit(values, way, seed) for way in (leaks.at_random, leaks.in_time)]
    print(f"{seed:4d}   {near:23.2f}   {errors[0]:22.2f}   {errors[1]:7.2f}")

# %%
# Each line is a random walk. First comes the share of test windows that begin one step before or
# after a training window. Then come the errors of two nearest neighbours on the walk with its steps
# shuffled, relative to repeating the last value. These steps have no drift and no order to find, so
# an error clearly below one is a leak.
#
# .. wrong-answer:: Not in the split: no window is in both parts.
#
#    "No window" gives it away: the values are in both parts, and so are the answers. If windows
#    that differ were independent, neighbours would err as much as with a split in time.
#
# .. follow-up:: How do you split, then?
#
#    Cut time first, and cut windows inside each part. If values on the two sides of the cut are
#    closely related, leave a gap there. Fit scalers and choose inputs on the training part only.
#
# .. follow-up:: Is the scaler a leak if it was fitted on all values?
#    :further:
#
#    Yes, but a mean and a spread are two numbers, and :doc:`in our chapter
#    </chapters/4_applications/plot_11_leaks>` they made no useless forecast look useful. Worse are
#    inputs that hold the future: a centred moving average, a gap filled from both sides, or a
#    column that is corrected later. No split repairs these.
#
# .. follow-up:: Is a random split always wrong for a series?
#    :further:
#
#    No. :cite:t:`bergmeir2018note` show that ordinary cross-validation is valid for a purely
#    autoregressive model if its errors are uncorrelated. On our noisy season, too, every split
#    reported about the true error.
#
# .. checklist::
#
#    * overlapping windows, split at random
#    * cut time first, then windows
#    * inputs that were not known at the time
#    * test the pipeline where nothing can be predicted
