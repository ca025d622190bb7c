# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
How do you test a backward pass that you wrote yourself?
========================================================

.. asked:: gradients 3

.. stands-on:: bptt

.. answer::

   Move each weight a little up and down, and compare the slope of the loss with your gradient, in
   64-bit numbers and on a small network. Choose a shift that is neither large, where the loss
   bends, nor tiny, where rounding takes over.
"""

# %%
# .. claim:: The smallest shift is not the best. In 64-bit numbers the relative error is below 1e-8
#    with a shift of 1e-5, and over 1,000 times as large with 1e-1 and 1e-11.

import numpy as np

from rnnbook.experiments import finite_differences as experiment

result = experiment.run()
print("shift   64-bit   32-bit")
for i, shift in enumerate(experiment.SHIFTS):
    double, single = np.median(result.double[:, i]), np.median(result.single[:, i])
    print(f"{shift:.0e}{double:9.0e}{single:9.0e}")

# %%
# Each number is a relative error, the median of three networks. Both columns fall and rise again.
# In 32-bit numbers the best shift is larger, and so is the error that it leaves.
#
# .. wrong-answer:: Make the shift as small as you can, because the derivative is the limit.
#
#    "As small as you can" gives it away: that is true of real numbers, not of floating-point ones.
#    If smaller were always better, the error would fall with every smaller shift. In fact the two
#    losses agree in more and more digits, and their difference keeps only the rounding.
#
# .. follow-up:: Why central differences, and not one-sided ones?
#
#    Moving both ways cancels the part of the error that is proportional to the shift. What is left
#    grows with the square of the shift: ten times the shift, a hundred times the error, as in the
#    first rows. The price is two forward passes for each weight.
#
# .. follow-up:: What can still fool the check?
#    :further:
#
#    A kink, as in ReLU, between the two points. Dropout that draws a new mask for each pass. A
#    sequence of one step from a zero state, which never uses the recurrent weights. And a loss in
#    which mistakes cancel: weight the outputs at random.
#
# .. follow-up:: Does PyTorch have this?
#    :further:
#
#    Yes, ``torch.autograd.gradcheck``. It expects 64-bit inputs, and it suits a custom
#    ``autograd.Function``.
#
# .. checklist::
#
#    * central differences, relative error, and a limit for it
#    * 64-bit numbers, a small network, several steps
#    * a shift in the middle: the loss bends over large ones, rounding spoils small ones
#    * traps: kinks, dropout, a single step
