# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Do you clip gradients by norm or by value, and why?
===================================================

.. asked:: gradients 2

.. stands-on:: clipping

.. answer::

   By norm: above the limit, one factor shortens the whole gradient, so it keeps its direction, and
   its norm is at most the limit. Clipping by value cuts each entry by itself, which can turn the
   gradient and leave its norm large.
"""

# %%
# .. claim:: Many clipped entries make a large norm. The gradient of a sum over all outputs keeps a
#    norm above 20 when each entry is clipped at 1, and a norm of 1 when clipped by norm.

import torch

from rnnbook.experiments import clipping

model = clipping.exploding_rnn(gain=1.0, seed=0)
model(torch.randn(1, 100, 10))[0].sum().backward()
raw = clipping.flat_gradient(model)
clipped = {"by norm": clipping.clip_tensor(raw, 1.0), "by value": raw.clamp(-1.0, 1.0)}
print(f"{len(raw)} entries     norm   cosine with the original")
for name, gradient in {"as it is": raw, **clipped}.items():
    cosine = clipping.cosine(raw, gradient)
    print(f"{name:12s} {gradient.norm().item():8.2f}   {cosine:24.2f}")

# %%
# The limit is 1 in the last two rows. Clipped by norm, the gradient keeps its direction. Clipped by
# value, most entries end at the limit, so the norm is far above 1 and the gradient turns.
#
# .. wrong-answer:: By value, because then no gradient can be larger than the limit.
#
#    *No gradient* gives it away: the limit holds for each entry. If no gradient could be larger
#    than the limit, a gradient clipped by value at 1 would have a norm of at most 1. With n entries
#    the norm can reach the root of n.
#
# .. follow-up:: Does a gradient clipped by value still point downhill?
#
#    Yes. Each entry keeps its sign, so a small enough update of plain gradient descent still lowers
#    the loss on that batch. But it need not be the steepest way down.
#
# .. follow-up:: One norm for all weights, or one for each tensor?
#    :further:
#
#    One for all: ``clip_grad_norm_`` takes one norm over every parameter you pass. Clipping each
#    tensor by its own norm can change their proportions, and so turn the gradient, too.
#
# .. follow-up:: Where do the two rules come from, and which limit do you choose?
#    :further:
#
#    :cite:t:`pascanu2013difficulty` proposed the rule by norm. They report that Mikolov clipped
#    entry by entry in his thesis, and that both behave alike. For the limit, log the norms of your
#    own run and choose one somewhat above the usual ones: see :doc:`clipping
#    </chapters/2_training/plot_04_clipping>`.
#
# .. checklist::
#
#    * by norm: one factor, the direction stays
#    * by value: entry by entry, the direction can change
#    * a limit of c per entry lets the norm of n entries reach :math:`c \sqrt{n}`
#    * the norm is taken over all parameters together
