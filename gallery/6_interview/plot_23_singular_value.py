# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Spectral radius or singular value: which decides about explosion?
=================================================================

.. asked:: gradients 3

.. stands-on:: radius gradient_flow

.. answer::

   With tanh, neither decides alone. If the largest singular value of the recurrent matrix is below
   one, the gradient has to vanish; above one, it can explode, last or vanish, because inputs set
   the slopes, and what one step stretches another may shrink.
"""

# %%
# .. claim:: Neither number alone decides about explosion. Two tanh units whose spectral radius is 0
#    let a gradient grow more than a billionfold in 50 steps; one unit of weight 2 leaves less than
#    a billionth.

import torch

from rnnbook import jacobians
from rnnbook.experiments import radius

pair, unit = torch.tensor([[2.0, -2.0], [2.0, -2.0]]), torch.tensor([[2.0]]).double()
hs = radius.states(torch.zeros(50, 1).double(), unit, torch.ones(1).double())
product = jacobians.chain(jacobians.step_jacobians(hs, unit))[-1]
default = radius.spectrum(radius.default_weights, seed=0)
print("           radius   singular value   left after 50 steps")
print(f"two units  {0:6.2f}   {jacobians.norms(pair):14.2f}   {radius.radius_zero()[1]:19.0e}")
print(f"one unit   {2:6.2f}   {2:14.2f}   {product.item():19.0e}")
left = default.products["weak inputs"][-1]
print(f"default    {default.radius:6.2f}   {default.stretch:14.2f}   {left:19.0e}")

# %%
# The last column is the largest factor by which the product of 50 Jacobians stretches. The inputs
# hold the two units at an unstable point, one where tanh is steep and one where it is flat, so they
# no longer cancel. The single unit settles where tanh is flat.
#
# .. wrong-answer:: Spectral radius below one: it vanishes. Above one: it explodes.
#
#    It leaves out tanh, so it describes a linear network in the long run. If the radius decided,
#    zero would leave nothing of the gradient, and two would double it at each step.
#
# .. follow-up:: Does a largest singular value above one mean explosion?
#
#    No. It is necessary, not sufficient. It bounds what one step can stretch. A product of many
#    steps can still shrink, because tanh has slopes below one, and one step can shrink what another
#    has stretched. In the last row, default weights have one above one, and the gradient vanishes.
#
# .. follow-up:: What do the papers prove?
#    :further:
#
#    :cite:t:`pascanu2013difficulty` use the spectral radius for a linear network, and singular
#    values with tanh: a largest one below one is sufficient for vanishing, above one necessary for
#    explosion. :doc:`The chapter on both numbers </chapters/2_training/plot_10_radius>` measures
#    them.
#
# .. follow-up:: Where does a spectral radius decide?
#    :further:
#
#    In a linear recurrence, in the long run. And where the state rests at a fixed point: there the
#    radius of the Jacobian decides, :math:`W_{hh}` times the slopes.
#
# .. checklist::
#
#    * largest singular value below one: with tanh, the gradient vanishes for any inputs
#    * a value above one is necessary for explosion, not sufficient
#    * the spectral radius is about linear networks in the long run
#    * slopes depend on the inputs, and directions need not line up
