# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What does a second recurrent layer add?
=======================================

.. asked:: today 2

.. stands-on:: depth gradient_flow

.. answer::

   A second transformation at every step: it reads the first layer's states as a sequence, so
   answers can be built in stages. With default weights it does not double how far back the gradient
   reaches, and at equal parameter counts both layers are narrower.
"""

# %%
# .. claim:: Twice the layers, not twice the reach. Before training, with default weights, two plain
#    layers keep less than half as much gradient 20 steps back as one layer keeps 10 steps back.

from rnnbook.experiments import reach

result = reach.run()
print("gradient, as a share of that at the last input, one network of each kind")
for distance in (0, 10, 20, 30):
    shares = (f"{result.share[layers][0, distance]:.0e}" for layers in reach.LAYERS)
    print(f"{distance:2d} steps back   one layer, two layers:", *shares)

# %%
# With two layers more is left, perhaps because more paths lead back. But one layer and two layers
# both lose nearly everything in every ten steps.
#
# .. wrong-answer:: Two layers remember twice as far back as one.
#
#    The factor gives it away, because layers are counted in depth and memory in time. If two layers
#    reached twice as far, they would keep 20 steps back what one layer keeps 10 steps back. Each
#    path back still passes a recurrent matrix at every step, in one of the layers.
#
# .. follow-up:: When does a second layer help?
#
#    Where the task has stages. In :doc:`our runs </chapters/3_architectures/plot_04_depth>`, at
#    equal parameters and updates, stacks were ahead where a name and then an answer had to be
#    looked up, and three layers were behind one on a sum. On the task of names, a single layer
#    overtook three once it had three times their updates, and so three times the work. It was
#    slower, not unable.
#
# .. follow-up:: What does it cost?
#    :further:
#
#    In a plain network, a second layer of equal width has one square of weights for its past and
#    one for the layer below. Each input passes two layers in turn, but while the second reads it,
#    the first can read the next.
#
# .. follow-up:: What should you do for a longer memory?
#    :further:
#
#    Change what happens in time: :doc:`initialisation
#    </chapters/2_training/plot_05_initialisation>`, :doc:`gates that stay open
#    </chapters/3_architectures/plot_01_lstm>`, or attention.
#
# .. checklist::
#
#    * it reads the first layer's states as its inputs
#    * stages at every step, where the task has stages
#    * memory in time is set mostly by the recurrence, not by depth
#    * compare at equal parameters and equal work
