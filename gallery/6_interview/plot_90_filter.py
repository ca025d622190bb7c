# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
RNN, HMM, Kalman filter: what is the difference?
================================================

.. asked:: today 3

.. stands-on:: filters

.. answer::

   All three update a state once per observation: an HMM the probabilities of finitely many states,
   a Kalman filter a mean and a covariance. By Bayes' rule, both updates follow from a model of the
   world, while an RNN learns its update from examples.
"""

# %%
# .. claim:: Optimal only for its model. A trained linear network comes within 5 % of the Kalman
#    filter's squared error where that is optimal; where outliers are added, an LSTM's is at
#    least 20 % lower.

from rnnbook.experiments import filters

result = filters.run()
print("squared error, as a multiple of the Kalman filter's, three runs")
for world in filters.WORLDS:
    for name in ("linear", "LSTM", "Kalman, clipped"):
        ratio = result.error[world, name] / result.error[world, "Kalman"]
        print(f"{world:10s} {name:15s}", *(f"{value:5.2f}" for value in ratio))

# %%
# With even noise there is nothing to gain over the Kalman filter. With outliers the LSTM gains, and
# so does a Kalman filter that clips surprises and keeps the gain for even noise.
#
# .. wrong-answer:: The Kalman filter is optimal, so a network can at best come close to it.
#
#    "Optimal" needs its condition: the model is known, linear, and its noise normal. With other
#    independent noise of known variance it is the best linear filter, and a nonlinear one can be
#    better. If it were optimal always, the LSTM would gain nothing from outliers.
#
# .. follow-up:: Which part of an HMM's update is not linear?
#
#    The division. The belief is multiplied by the transition matrix and by the probability of the
#    symbol in each state, then divided by its sum (:cite:t:`rabiner1989tutorial`). Without the
#    division it is linear in the state, but usually shrinks until it is too small for the computer.
#
# .. follow-up:: And what is the recurrent weight matrix of a Kalman filter?
#    :further:
#
#    Once the gain K has settled, it is :math:`(I - K H) F`, and K is the input matrix. F moves the
#    state and H shows it (:cite:t:`kalman1960new`). Before that, the gain changes at every step.
#
# .. follow-up:: When would you not train a network?
#    :further:
#
#    When you know the model, or have few examples. A filter also says how sure it is, which a
#    network trained on squared error does not. Against outliers, first let it :doc:`clip surprises
#    </chapters/5_today/plot_12_filters>`.
#
# .. checklist::
#
#    * a state and an update for each observation
#    * HMM: probabilities, a linear step and a division
#    * Kalman: a mean, a linear step, a covariance that ignores the data
#    * optimal for a known linear model with normal noise
