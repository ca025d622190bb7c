# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook[data]==0.1.0"]
# ///
"""
Forecasts of sunspots and CO2: how far ahead does a network win?
================================================================

.. reading:: forecast a series several steps ahead, and know when to feed a network differences
   :before: lstm

Seen alone, a forecast looks good, because tomorrow is usually much like today. Is a network better
than a method that repeats the last number or season, and for how many steps?
"""

# %%
# The last years are held out
# ---------------------------
#
# Two series come with the library *statsmodels*: the yearly numbers of sunspots since 1700, and the
# monthly CO2 in the air of Mauna Loa, in parts per million (ppm). Five missing months of CO2 are
# filled with straight lines. Here are the first five numbers of each:

import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from rnnbook.experiments import forecasting
from rnnbook.figures import forecasting as pictures
from rnnbook.tasks.forecasting import Forecasting, measured
from rnnbook.text import any_console

(years, spots), (months, air) = measured("sunspots"), measured("CO2")
print(f"sunspots from {years[0]}", *(f"{count:6.0f}" for count in spots[:5]))
print(f"ppm from {months[0]}  ", *(f"{ppm:6.1f}" for ppm in air[:5]))

suns, carbon = forecasting.sunspots(), forecasting.carbon()
for name, task in (("sunspots", suns), ("CO2", carbon)):
    print(f"{name}: {task.cut} steps to train on, the last {len(task.numbers) - task.cut} held out")

# %%
# A network's numbers are scaled by the mean and spread of the training part. Held-out steps serve
# as :term:`rolling origins <rolling origin>`: all numbers before an origin are known, and the next
# ones are forecast. The score is the root mean squared error at each number of steps ahead.
#
# Repeating is the first method to beat
# -------------------------------------
#
# The :term:`persistence` forecast repeats the last number. Sunspots come and go in about 11 years,
# so a second method repeats the last 11 numbers. The third, :term:`autoregression` (AR), was
# devised by :cite:t:`yule1927method` for this very series. It adds a constant and the last p
# numbers, each times a weight:
#
# .. math::
#
#    \hat{x}_t = c + a_1 x_{t-1} + \ldots + a_p x_{t-p}
#
# With p = 9, we fit 10 numbers by least squares. Further ahead, the method reads its own forecasts.

errors = forecasting.competitors(suns)
print("error one year ahead, in sunspots")
for name, error in errors.items():
    print(f"{name:13s}{error[0]:6.1f}")

# %%
# A network keeps up one year ahead, but no further
# -------------------------------------------------
#
# An LSTM reads 33 years, one at a time. The *direct* network answers with 11 numbers at once. The
# *fed-back* network answers with one number, reads it, and answers with the next. Each gets 200
# updates and the better of two learning rates, judged on the end of the training part.
#
# .. predict::
#
#    The fed-back network builds on its own mistakes. Which network has the smaller error one year
#    ahead? Does either beat the autoregression?

result = forecasting.run()
fig = pictures.by_horizon(result.sunspots, "sunspots", "year")

# %%
# Years ahead run to the right, and the error runs upwards. Orange lines are networks (median of
# three runs, band from best to worst), and grey lines are the other methods. One year ahead, the
# fed-back network has a smaller error than the direct one in all three runs. Further ahead, their
# bands overlap. From two to nine years ahead, the autoregression has the smallest error of all. At
# 11 years you may as well repeat the last cycle.
#
# .. dropdown:: Why?
#
#    Likely reasons: 10 fitted numbers are enough for a smooth wave, and 229 years hold only about
#    20 cycles. The direct network has to learn 11 answers in its few updates.
#
# Here are the three worst forecasts one year ahead:

model = forecasting.trained(suns, "fed back", seed=0)
said = forecasting.forecasts(model, suns)[:, 0]
right = suns.truth[:, 0]
worst = sorted(range(len(right)), key=lambda i: -abs(said[i] - right[i]))[:3]
for i in worst:
    print(f"{years[suns.origins[i]]}: forecast {said[i]:4.0f}, counted {right[i]:4.0f}")
print(f"most in a year of the training part: {suns.training.max():.0f}")

# %%
# All three forecasts are too low. The count of 1957 is above every count in training.
#
# CO2 leaves the range of the training part
# -----------------------------------------
#
# CO2 grows, so *every* held-out value lies above nearly all training values. As a remedy, let the
# network read differences to the same month a year before:
#
# .. math::
#
#    d_t = x_t - x_{t-12}
#
# This :term:`differencing` removes the season and most of the growth. Adding :math:`x_{t-12}` to a
# forecast of :math:`d_t` restores both.
#
# Two classical methods use differences too. *Last year plus drift* repeats last year and adds its
# growth. SARIMA takes differences between months and between years, and corrects each forecast by
# the last errors.

fig = pictures.by_horizon(result.co2, "ppm", "month", log=True)

# %%
# Here the error is on a logarithmic scale, and each network has its better rate. The network that
# reads *levels*, the plain values, is worse than repeating the last month. On differences, a
# network is about as good as last year plus drift one month ahead, and better one year ahead. At
# every horizon from 1 to 12 months, SARIMA has the smallest error.
#
# A network trained on 10 to 50 counts no further
# -----------------------------------------------
#
# Why do levels fail? Train an LSTM on 10, 20, 30, 40, 50, scaled: from a state of zeros, it reads
# one number and answers with the next. After training it reads 50, and then each of its own
# answers. A second LSTM reads how much each number has grown.

print("the network that reads levels, median of three runs")
print("asked:   ", *(f"{x:5.0f}" for x in (15, 25, 35)))
print("answers: ", *(f"{x:5.1f}" for x in np.median(result.between, axis=0)))
fig = pictures.counting(forecasting.COUNTED, result.beyond)

# %%
# After 15, which it never saw, the network answers close to 25. In the figure, places in the list
# run to the right and numbers upwards; the dashed line continues the list. Circles, for levels,
# turn flat a little above 50. Triangles, for differences, stay on the line.
#
# .. dropdown:: Why?
#
#    The state of an LSTM stays within -1 and 1, so the answer of a linear layer has a largest
#    value, and training never asked for a value far above 50. The differences are 10 everywhere.
#
# Your own column
# ---------------
#
# Run ``python plot_09_forecasting.py FILE.csv COLUMN``, or set ``own`` to both in the notebook. The
# first line names the columns, and decimals may have a comma. The season is estimated from the
# training part. A file that cannot be used is refused with the reason, for example:

# A notebook has no __file__, and its command line holds no path of ours.
own = sys.argv[1:3] if "__file__" in globals() and len(sys.argv) > 2 else None
any_console()  # a letter that your console cannot show is escaped
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "air.csv")
    path.write_text("month;ppm\n2001-10;368,3\n2001-11;\n2001-12;371,1\n", encoding="utf-8")
    try:
        Forecasting(path=path, column="ppm")
    except ValueError as error:
        print(str(error).partition("expected ")[2])

if own:
    task = forecasting.own(*own)
    print(f"{own[1]}: {task.cut} steps to train on, season {task.lag}; error by steps ahead")
    print(f"{'':22s}", *(f"{h:9d}" for h in (1, task.horizon)))
    for name, error in forecasting.compare(task).items():
        print(f"{name:22s}", *(f"{error[h - 1]:9.4g}" for h in (1, task.horizon)))

plt.show()  # a script shows its figures here, in windows

# %%
# How far ahead does a network win, then? Against repeating the last number or season, the fed-back
# network wins for two years on the sunspots, and the network that reads differences wins for 12
# months on CO2. Against the autoregression and SARIMA, neither network wins clearly. Let a network
# read numbers in the range that it knows.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * One year ahead, a network keeps up. There the error of a fed-back LSTM on the sunspots is
#      between 0.8 and 1.2 times the error of the autoregression.
#    * Over a season, classical methods mostly win. Over a solar cycle, the mean error of the median
#      direct LSTM is larger than that of the autoregression. Over a year of CO2, the mean error of
#      the median LSTM that reads differences is larger than that of SARIMA.
#    * On CO2, read differences, not levels. One month ahead, the median LSTM that reads levels has
#      over twice the error of repeating the last month. Every LSTM that reads differences has less
#      than half of that error.
#    * A network that reads levels falls far short. Trained on 10 to 50, this network is less than 3
#      off after numbers in between. At 10 steps after 50, its answer is below 70, but the right
#      answer is 150.
