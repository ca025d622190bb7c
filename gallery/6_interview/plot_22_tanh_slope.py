# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What is the largest derivative of tanh?
=======================================

.. asked:: gradients 2

.. stands-on:: gradient_flow clipping

.. answer::

   One, and it is reached at zero, because the derivative is one minus the square of tanh. The
   quarter that people quote is the largest derivative of the sigmoid.
"""

# %%
# .. claim:: Untrained slopes can be mostly above a quarter. The slope of tanh at zero is exactly 1;
#    in untrained networks of 32 units with standard normal inputs, more than 0.9 of all slopes are
#    above a quarter.

import torch

from rnnbook.experiments import gradient_flow

z = torch.linspace(-6, 6, 1201, dtype=torch.float64, requires_grad=True)
for function in (torch.tanh, torch.sigmoid):
    (slope,) = torch.autograd.grad(function(z).sum(), z)
    print(f"{function.__name__:7s}  largest slope {slope.max().item():.2f}")
for seed in gradient_flow.SEEDS[:3]:
    model, xs = gradient_flow.ten_inputs(seed)
    slopes = 1 - model(xs)[0] ** 2
    share = (slopes > 0.25).double().mean()
    print(f"network {seed}: {share:.1%} of its slopes are above a quarter")

# %%
# The first two lines are computed by :term:`autograd`. Each other line is one network of 10 inputs
# with PyTorch's default weights; its share is taken over all units and steps.
#
# .. wrong-answer:: A quarter. That is why gradients vanish in a tanh network.
#
#    The quarter belongs to the sigmoid: its slope is s(1 - s), and s is one half at zero. If the
#    slope of tanh were at most a quarter, no unit would ever be above it. Gradients do vanish with
#    PyTorch's default weights, but slopes and :math:`W_{hh}` together make them vanish, and other
#    weights can prevent it.
#
# .. follow-up:: If no slope is above one, can the gradient of a tanh network explode?
#
#    Yes. Each step multiplies by the slopes *and* by :math:`W_{hh}`, and large weights outweigh the
#    slopes where the units stay near zero. By the bound of :cite:t:`pascanu2013difficulty`, an
#    explosion needs a largest singular value of :math:`W_{hh}` above one with tanh, above four with
#    the sigmoid. In :doc:`the chapter on clipping </chapters/2_training/plot_04_clipping>` larger
#    weights make it explode.
#
# .. follow-up:: What happens to the slope of a saturated unit?
#    :further:
#
#    It goes to zero. In 32 bits the tanh of ten is rounded to one, so one minus its square is
#    exactly zero: no gradient passes through it at that step.
#
# .. follow-up:: Why not use the sigmoid for the state?
#    :further:
#
#    Its slope at zero is a quarter of that of tanh. Its values are never negative: at a sum near
#    zero it gives about one half, not zero. A gate is a share between zero and one: there the
#    sigmoid fits.
#
# .. checklist::
#
#    * the largest slope is one, at zero
#    * :math:`1 - \tanh^2`, so saturated units have slopes near zero
#    * a quarter belongs to the sigmoid
#    * the recurrent weights multiply the gradient, too
