# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Why initialise recurrent weights with an orthogonal matrix?
===========================================================

.. asked:: gradients 2

.. stands-on:: initialisation radius

.. answer::

   All singular values of an orthogonal matrix are one, so it turns a gradient without stretching or
   shrinking it. The slopes of tanh still shrink it at every step, but only a little while the
   units stay near zero.
"""

# %%
# .. claim:: Orthogonal weights keep more, but not all. With 64 units and faint inputs, between 0.03
#    and 0.3 of the best-kept gradient is left after 50 steps; with default weights, less than a
#    ten-thousandth.

from rnnbook.experiments import radius

columns = ("no tanh", "weak inputs", "strong inputs")
print(f"left after 50 steps   {'  '.join(columns)}")
for name in ("orthogonal", "default"):
    products = radius.spectrum(radius.MATRICES[name], seed=0).products
    print(f"{name:19s}", *(f"{products[kind][-1]:{len(kind) + 1}.0e}" for kind in columns))

# %%
# Each number is the largest factor by which a product of 50 Jacobians stretches. Without tanh, the
# orthogonal matrix keeps everything. With tanh the inputs decide: weak ones leave some of the
# gradient. Strong ones push the units to where tanh is flatter, and leave almost nothing.
#
# .. wrong-answer:: Its eigenvalues are exactly one, so the gradient neither vanishes nor explodes.
#
#    Two slips. The eigenvalues have modulus one, that is, they lie on the unit circle; only the
#    identity has all of them at one. And tanh is left out. If tanh did not count, the whole
#    gradient would be left after any number of steps.
#
# .. follow-up:: Do the weights stay orthogonal during training?
#
#    No. Nothing in gradient descent keeps them so; they are orthogonal only at the start.
#    :cite:t:`arjovsky2016unitary` build the matrix from factors that are unitary, the complex
#    counterpart of orthogonal, so that it stays unitary in training.
#
# .. follow-up:: Where does the idea come from?
#    :further:
#
#    :cite:t:`saxe2014exact` studied deep *linear* networks, where orthogonal weights let a gradient
#    through at any depth. :cite:t:`le2015simple` start a recurrent network with ReLU from the
#    identity, the simplest orthogonal matrix.
#
# .. follow-up:: Does it always help?
#    :further:
#
#    No. It fits tasks in which a state has to last and inputs are faint. On :doc:`the adding
#    problem </chapters/2_training/plot_08_adding>` it was not enough for a tanh network. And in
#    :doc:`our runs </chapters/2_training/plot_05_initialisation>` a learning rate that suited
#    orthogonal weights did not suit default ones, so try several rates for both.
#
# .. checklist::
#
#    * all singular values are one: norms stay
#    * eigenvalues have modulus one; only those of the identity are all one
#    * tanh still shrinks the gradient, most under strong inputs
#    * it is an initialisation: training moves the weights away
