# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
One step ahead is good: why is the long forecast bad?
=====================================================

.. asked:: tasks 2

.. stands-on:: forecasting

.. answer::

   Two causes are usual: fed back, the network builds on its own errors, and further ahead the
   future is often less certain. If a network that answers for that step directly does better, the
   difference is the first cause; if not, neither is ruled out.
"""

# %%
# .. claim:: Two causes: its own errors, and the future. Three periods ahead on a noisy wave, a
#    fed-back GRU's mean error is over 1.5 times a direct one's; on a random walk, the best error
#    grows over 5 times.

from rnnbook.experiments import far_ahead

result = far_ahead.run()
rows = {f"wave, {way}": error for way, error in result.wave.items()}
rows["random walk, best"] = result.walk
print("steps ahead            1      8     24     72")
for name, error in rows.items():
    print(f"{name:18s}", *(f"{error[:, h - 1].mean():6.2f}" for h in (1, 8, 24, 72)))

# %%
# Each number is a root mean squared error, the mean of three runs. On the wave only noise is
# uncertain, at any distance, and the direct network's error does not grow. The rest of the fed-back
# error is its own. The best forecast of a random walk, its last value, has an error that grows,
# too.
#
# .. wrong-answer:: It reads its own errors. Let it answer for all steps at once, and the long
#    forecast is as good as the short one.
#
#    The remedy gives it away: it removes one cause. If that were the only cause, the best forecast
#    of a random walk would not worsen with distance.
#
# .. follow-up:: Is a direct forecast always the better one?
#
#    No. Of linear models, feeding back is more efficient if the one-step model is right, and direct
#    forecasts suffer less if it is wrong. On 170 economic series,
#    :cite:t:`marcellino2006comparison` find that autoregressions fed back typically win. On
#    :doc:`sunspots </chapters/4_applications/plot_09_forecasting>` our two networks' bands overlap
#    beyond one year.
#
# .. follow-up:: How do you make a fed-back network better?
#    :further:
#
#    Train it on several steps of its own forecasts, with the gradient through all of them. Or mix
#    them in at random, as :cite:t:`bengio2015scheduled` do.
#
# .. follow-up:: It forecasts a mean. Is the mean the right thing to feed back?
#    :further:
#
#    If the model is linear, yes. Otherwise the mean of what follows may not be what follows the
#    mean. Let it forecast a distribution, draw many paths, and average.
#
# .. checklist::
#
#    * it reads its own errors
#    * the future itself is less certain
#    * a better direct forecast for the same step shows the network's own errors
#    * direct is not always better
