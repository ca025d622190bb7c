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

   The gradient at an early step is a product of one Jacobian per step, and that product usually
   shrinks. So the early steps lose their share of the gradient, and training listens to the late
   ones.
"""

# %%
# .. claim:: Each step keeps a part of the gradient. With PyTorch's default weights and 32 units,
#    the mean factor of a step is between 0.4 and 0.7 on every seed.

from rnnbook.experiments import gradient_flow

print("seed   share left after 10 steps   after 49")
for seed in gradient_flow.SEEDS[:3]:
    norms = gradient_flow.tracked(seed)
    print(f"{seed:4d}   {norms[10] / norms[0]:25.0e}   {norms[49] / norms[0]:8.0e}")

# %%
# Each line is one network with random inputs. After 49 steps hardly anything of the gradient is
# left, although each single step keeps about half.
#
# .. wrong-answer:: The derivative of tanh is at most a quarter, and a quarter to the power of fifty
#    is zero.
#
#    The quarter gives it away: it belongs to the sigmoid. The derivative of tanh reaches one. If a
#    step kept a quarter at most, its mean factor would be 0.25 or less. What shrinks the product is
#    the recurrent weights and tanh together, and with other weights it need not shrink.
#
# .. follow-up:: Why does clipping not help?
#
#    Clipping shortens a gradient that is too long. It scales all steps alike, so the distant ones
#    keep the same small share. A larger learning rate does not help either, for the same reason.
#
# .. follow-up:: So what does help?
#    :further:
#
#    Weights that keep the product near one: orthogonal recurrent weights, the identity with ReLU,
#    or a gate that carries the state, as in an LSTM whose forget gate is nearly open. Attention
#    makes the path short instead.
#
# .. follow-up:: If the gradient vanishes, has the network forgotten the input?
#    :further:
#
#    No. A unit that has latched on to a sign can hold it for a thousand steps, and its gradient is
#    close to zero just because nothing moves it.
#
# .. checklist::
#
#    * a product of Jacobians, one for each step
#    * it usually shrinks, by a constant factor for each step
#    * the *share* of distant steps vanishes, so rescaling does not help
#    * a remedy: initialisation, gates, or a shorter path
