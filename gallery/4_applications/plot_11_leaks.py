# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
A forecast that is too good: where is the leak?
===============================================

.. reading:: split a series without a leak, and test a pipeline on what cannot be predicted
   :before: order lstm forecasting

Your network predicts a series better than you dared to hope, and you suspect that it has seen the
answers. Three habits are suspect: splitting windows at random, fitting a scaler on all values, and
cutting windows before the split.
"""

# %%
# Three series with a known best answer
# -------------------------------------
#
# On real data you never know how good a forecast could be, so we make three series ourselves:

# sphinx_gallery_thumbnail_number = 2
import sys

import matplotlib.pyplot as plt
import numpy as np

from rnnbook.data.columns import read_column
from rnnbook.experiments import leaks
from rnnbook.figures import leaks as pictures

made = {name: make(0)[0] for name, make in leaks.MADE.items()}
for name, values in made.items():
    print(f"{name:17s}", *(f"{value:6.2f}" for value in values[:5]))
fig = pictures.series(made, leaks.KNOWN * 3 // 4, leaks.KNOWN)

# %%
# Time runs to the right. The grey line separates training from test. The shaded part is the future:
# no network trains on it, so it shows how good a forecast really is.
#
# Each value of the *random walk* is the value before plus a random number with mean zero, so no
# forecast is better on average than repeating the last value. The other two series are a season
# with noise, without and with a rising line.
#
# The task is to predict the value 10 steps ahead from a window of 12 values. The simplest method
# repeats the last value, and every error here is divided by this method's error. For window i of N,
# with last value :math:`x_i`, forecast :math:`\hat{y}_i` and true value :math:`y_i`:
#
# .. math::
#
#    \text{error} =
#    \sqrt{\frac{\sum_{i=1}^{N} (\hat{y}_i - y_i)^2}{\sum_{i=1}^{N} (x_i - y_i)^2}}
#
# So repeating the last value scores 1. On the future, a forecaster that knows how the series was
# made has these errors, one column per seed:

result = leaks.run()
for name, best in result.best.items():
    print(f"{name:17s}", *(f"{score:5.2f}" for score in best))

# %%
# An honest split cuts time first
# -------------------------------
#
# Here is a split without a leak. The scaler is fitted on the training part only, and windows are
# cut inside each part:
#
# .. source:: rnnbook.experiments.leaks.in_time
#    :nodoc:
# .. source:: rnnbook.experiments.leaks.parted
#    :nodoc:
#
# Each of the three suspects does one thing differently. The *random split* draws its training
# windows from all known windows. The *scaler on all* takes its mean and spread from the test part,
# too. *Windows first* cuts all windows and then splits their list in time, so that some windows lie
# across the cut. For every split, we train the same LSTM for the same number of updates, report its
# error on the test part of that split, and then measure its error on the future.
#
# .. predict::
#
#    Which of the three suspects makes a forecast look better than it is, and on which of the
#    series?

fig = pictures.by_split(result)

# %%
# Each panel is a series, each row is a split, and the error grows to the right. Open dots are
# reported errors, full dots are true errors on the future, and the dashed line is the error of
# repeating the last value.
#
# A random split lets a network look up answers
# ---------------------------------------------
#
# With a trend and a random split, the median run reports an error below 1, but its true error is
# above 2. The split in time already shows that the network is useless here; in training it never
# saw values as high as the later ones. On the random walk, the median run has a larger error on the
# future than its random split reports.
#
# .. dropdown:: Why?
#
#    Windows overlap. After a random split, almost every test window shares all but one of its
#    values with a neighbour among the training windows. The level of the series also shows roughly
#    when a window was cut, so the network can look up what came next. Windows of the future have no
#    neighbours to look up.
#
# On the season, the reported error of every split is close to the true error. A likely reason:
# every season looks like the others, so what works on test windows works later, too.
#
# The other two suspects do not hide a useless forecast
# -----------------------------------------------------
#
# With a trend, the reported errors are above 1 for the split in time and the other two suspects. So
# neither suspect makes the forecast look useful. Windows across the cut can lower the reported
# error a little. Elsewhere, say in a short series, either suspect may do harm.
#
# Test your pipeline on what cannot be predicted
# ----------------------------------------------
#
# A suspicion proves nothing, and neither does a good score, but you can test a whole pipeline. Take
# the differences between neighbouring values of your series, shuffle them, and add them up again.
# The result wanders, but nothing predicts the order of its differences:
#
# .. source:: rnnbook.experiments.leaks.shuffled
#    :nodoc:
#
# Then use a model that learns by heart. The method of two nearest neighbours looks up the two
# training windows most like the current window, and answers with the mean of the values that
# followed these two. If this method reports an error clearly below 1, the pipeline has shown it the
# answers, unless your series drifts: shuffling keeps a drift. Here are the method's errors for the
# four splits, means over five shuffles, one column per seed. For your own numbers, run ``python
# plot_11_leaks.py my.csv column``, or set ``own`` in the notebook.

# A notebook has no __file__, and its command line holds no path of ours.
own = sys.argv[1:3] if "__file__" in globals() and len(sys.argv) > 2 else None
values = np.array(read_column(*own)) if own else made["random walk"]
for way, split in leaks.SPLITS.items():
    scores = [leaks.audit(values, split, seed) for seed in leaks.SEEDS]
    print(f"{way:13s}", *(f"{score:5.2f}" for score in scores))
plt.show()  # a script shows its figures here, in windows

# %%
# With the random split, the neighbours seem to predict what cannot be predicted. With the other
# three splits they do far worse than repeating the last value, as they should.
#
# Where is the leak, then? In the random split, because its test windows have neighbours in
# training. With a trend, the other two suspects did not make a useless forecast look useful.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * A random split can hide a useless forecast. With a trend and a random split, the median run
#      reports a smaller error than that of repeating the last value. On the future, every run has
#      over twice the error of repeating the last value.
#    * Nearest neighbours can seem to see the future. On shuffled differences, the median run of two
#      nearest neighbours reports an error below 1 with a random split. With a split in time, every
#      run reports an error above 1.
#    * A season can be forecast with every split. On a season with noise, the reported error and the
#      true error are both below 0.4 with each of the four splits.
#    * Two suspects did not hide a useless forecast. With a trend, the reported error is above 1
#      with a scaler fitted on all values and with windows cut first. Compared with the split in
#      time, each changes the true error by less than a quarter.
