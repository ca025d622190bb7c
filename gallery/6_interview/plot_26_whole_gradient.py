# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
When gradients vanish, does the whole gradient go to zero?
==========================================================

.. asked:: gradients 3

.. stands-on:: gradient_flow bptt clipping

.. answer::

   No, because the recurrent weights are used at every step: their gradient is a sum over steps, and
   the recent terms stay as large as ever. Only the share of the distant terms vanishes.
"""

# %%
# .. claim:: The whole gradient outlives its oldest terms. Its norm over 200 steps is more than
#    0.4 times that over 20; the ten oldest steps make up less than 1e-20 of it.

from rnnbook.experiments import clipping

print("steps   norm of the gradient   share of the ten oldest steps")
for length in (20, 50, 100, 200):
    terms = clipping.terms(seed=0, time=length)  # one for each step, the oldest first
    whole, oldest = terms.sum(0).norm(), terms[:10].sum(0).norm()
    print(f"{length:5d}   {whole:20.2f}   {oldest / whole:29.0e}")

# %%
# Each row is the gradient of :math:`W_{hh}` for a loss at the last step, with PyTorch's default
# weights. Going down, the norm stays in one range, and the share of the oldest steps disappears.
#
# .. wrong-answer:: Yes. Over long sequences the gradient is almost zero, so the weights stop moving
#    and a larger learning rate is needed.
#
#    *The weights stop moving* gives it away: they move, driven by the recent steps. If the whole
#    gradient vanished with its oldest terms, both would shrink by the same factor.
#
# .. follow-up:: Would a larger learning rate or Adam bring the distant steps back?
#
#    No. A learning rate scales all terms alike. Adam :cite:p:`kingma2015adam` divides each entry of
#    the gradient by a size of its own, but each entry is already a sum in which the recent terms
#    dominate. In :doc:`vanishing gradients </chapters/2_training/plot_02_gradient_flow>`, training
#    with Adam goes the same way when every gradient is a million times as large.
#
# .. follow-up:: Is that different in a deep feed-forward network?
#    :further:
#
#    Yes. There each layer has weights of its own, so the gradient of an early layer is one term and
#    can vanish as a whole. Then a learning rate for each layer can help.
#
# .. follow-up:: Does any gradient of a recurrent network vanish as a whole?
#    :further:
#
#    Yes, where something is used only far from every loss: the initial state, the embedding of a
#    word that occurs only early, or an encoder that reaches the loss only through many steps.
#
# .. checklist::
#
#    * the gradient of shared weights is a sum over steps
#    * recent terms stay, so the norm stays
#    * the *share* of distant steps vanishes
#    * rescaling cannot change a share
#    * what is used only early can lose its whole gradient
