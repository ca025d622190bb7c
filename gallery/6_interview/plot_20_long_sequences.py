# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Why do plain RNNs fail on long sequences?
=========================================

.. asked:: gradients 2

.. stands-on:: bptt gradient_flow

.. answer::

   The gradient reaches a distant step through a product of one Jacobian per step, which shrinks
   with default weights and can explode with large ones. Where it shrinks, distant steps lose their
   share of the gradient, and training listens to the recent ones.
"""

# %%
# .. claim:: A wider state does not save the gradient. With PyTorch's default weights, standard
#    normal inputs and 32 or 128 units, each step keeps between 0.4 and 0.7 of it on average, on
#    every seed.

import torch

from rnnbook.experiments import gradient_flow
from rnnbook.models import RNNWithGradientTracking

print("units   seed   kept by each step   left after 49 steps")
for units in (32, 128):
    for seed in gradient_flow.SEEDS[:2]:
        torch.manual_seed(seed)
        model = RNNWithGradientTracking(input_size=10, hidden_size=units).double()
        norms = model.track_gradients(torch.randn(1, 50, 10, dtype=torch.float64))
        left = norms[49] / norms[0]
        print(f"{units:5d}   {seed:4d}   {left ** (1 / 49):17.2f}   {left:19.0e}")

# %%
# Each line is one network's gradient, from an output to the first input. A step keeps about half,
# so 49 steps leave almost nothing, at either width.
#
# .. wrong-answer:: Its state has too little room for a long sequence, so give it more units.
#
#    The remedy gives it away. Such networks can fail even where only one bit has to last, and one
#    bit fits into any state. If room were the limit, four times the units would reach four times as
#    far. Room matters where many things must be kept at once.
#
# .. follow-up:: Clipping helps against explosion. Why does it not help against vanishing?
#
#    One factor makes an exploded update small again. When gradients vanish, the *share* of distant
#    steps is small, not the whole gradient. One factor scales near and far alike. So neither
#    clipping nor a larger learning rate restores that share.
#
# .. follow-up:: So what does help?
#    :further:
#
#    Anything that keeps the product near one: forget gates near one in an LSTM or, while inputs are
#    small, orthogonal weights or the identity with ReLU. :cite:t:`pascanu2013difficulty` add a
#    penalty that asks each step to keep the gradient's norm. Attention shortens the path instead.
#
# .. follow-up:: If the gradient vanishes, has the network forgotten the input?
#    :further:
#
#    Not always. A unit latched on to a sign can hold it for a thousand steps. The gradient through
#    it is close to zero, because small changes do not move it: see :doc:`vanishing gradients
#    </chapters/2_training/plot_02_gradient_flow>`.
#
# .. checklist::
#
#    * a product of Jacobians, one for each step
#    * with default weights it shrinks, by about a constant factor for each step
#    * the *share* of distant steps vanishes, so rescaling does not help
#    * remedies: initialisation, gates, or a shorter path
