# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Why do recurrent networks use tanh and not ReLU?
================================================

.. asked:: basics 2

.. stands-on:: initialisation one_step

.. answer::

   The same weights act at every step, so without a bound large weights can make the state grow
   without end; tanh keeps each number within minus one and one. ReLU can work too, with carefully
   chosen recurrent weights such as the identity.
"""

# %%
# .. claim:: ReLU guards neither gradient nor state. With default weights, less than a thousandth of
#    the gradient is left 20 steps back; with recurrent weights five times as large, the state
#    passes a million within 100 steps.

import torch

from rnnbook.experiments import initialisation as experiment
from rnnbook.experiments.one_step import largest_number

start = experiment.PLAIN["ReLU RNN", "default"]
print("seed   gradient left   largest number: ReLU   tanh")
for seed in experiment.SEEDS:
    slope = experiment.by_distance(experiment.built(start, experiment.FAR, seed), seed)
    relu = largest_number(seed, 5.0, torch.relu).max()
    tanh = largest_number(seed, 5.0, torch.tanh).max()
    print(f"{seed:4d} {slope[20] / slope[0]:15.0e} {relu:22.0e} {tanh:6.2f}")

# %%
# The column "gradient left" is the share left 20 steps back with default weights, which shrink the
# gradient although an active unit has a slope of one. In the two columns after it, the recurrent
# weights are five times as large, and the networks read 100 steps of noise. Only tanh stays
# bounded.
#
# .. wrong-answer:: ReLU would be better. Its slope is one, so the gradient neither vanishes nor
#    explodes.
#
#    A step also multiplies by the recurrent weights, and a unit whose sum is below zero passes
#    nothing. If the slope decided, all of the gradient would be left 20 steps back.
#
# .. follow-up:: When does ReLU work?
#
#    :cite:t:`le2015simple` start the recurrent weights at the identity and the biases at zero, so
#    that at first, without input, a positive state is copied. :doc:`Such a network
#    </chapters/2_training/plot_05_initialisation>` can bridge many steps. But nothing bounds its
#    state, its gradient may need clipping, and one negative sum sets a unit to zero.
#
# .. follow-up:: So does tanh keep the gradient?
#    :further:
#
#    No. Its slope is at most one, and near zero where a unit is saturated. It bounds the state, but
#    it does not stop the gradient from vanishing.
#
# .. follow-up:: Why is ReLU the usual choice in feed-forward networks, then?
#    :further:
#
#    An active unit never saturates. And each layer has weights of its own, so no matrix is applied
#    a hundred times; normalisation and skip connections often keep the activations at a moderate
#    size.
#
# .. checklist::
#
#    * the same matrix at every step, so growth compounds
#    * tanh bounds the state
#    * a slope of one does not keep the gradient: the weights count
#    * ReLU can work, for example with the identity as recurrent weights
