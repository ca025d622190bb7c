# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Why does your forecast look like the series, one step late?
===========================================================

.. asked:: today 2

.. stands-on:: forecasting leaks

.. answer::

   It has probably learned to repeat the last value, or nearly so, which is close to the best guess
   where a series wanders. Compare its error with that of repeating the last value, and test the
   same code on a series that can be predicted.
"""

# %%
# .. claim:: The same code is late or on time. An LSTM forecasts a noisy wave on time, with under
#    half the error of repeating the last value; a wandering series one step late, with over 0.9 of
#    that error.

from rnnbook.experiments import late

result = late.run()
print("three runs     steps late      error over repeating   correlation with the truth")
for name in late.MADE:
    shifts = "  ".join(f"{shift}" for shift in result.shift[name])
    errors, alike = ("  ".join(f"{x:4.2f}" for x in of[name]) for of in result[1:])
    print(f"{name:12s}   {shifts:13s}   {errors:20s}   {alike}")

# %%
# Both rows come from the same code. Of the wandering series, each value is nine tenths of the one
# before plus a random number. Its forecasts correlate well with the truth, but are about as wrong
# as repeating the last value.
#
# .. wrong-answer:: An index is off by one. Move the forecast one step back, and it fits.
#
#    The fit gives it away: moved back, each forecast is compared with the last value that the
#    network had read. If an index were off by one, the wave would be forecast late, too.
#
# .. follow-up:: How would you find a real mistake in the indices?
#
#    By the wave: a low training error and a late forecast show a bug. For example, a target that is
#    the last value of its own window teaches the network to copy.
#
# .. follow-up:: The correlation is high. Does that count for nothing?
#    :further:
#
#    Where a series wanders slowly, even the last value correlates well with the next, so a high
#    correlation is no achievement. :cite:t:`hyndman2006another` divide the mean absolute error by
#    that of repeating the last value in the training part.
#
# .. follow-up:: Does it help to forecast differences?
#    :further:
#
#    It shows what you have: where nothing is known of the next change, its forecast is almost a
#    flat line. Where a series grows, differences help for another reason: they usually :doc:`stay
#    in the range of the training part </chapters/4_applications/plot_09_forecasting>`.
#
# .. checklist::
#
#    * it nearly repeats the last value
#    * on a series that wanders, little can be better
#    * compare with repeating the last value; a plot and a correlation flatter
#    * the same code on a known wave tells a bug from this
