# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Your loss is NaN: what do you do?
=================================

.. asked:: today 2

.. stands-on:: nan_loss clipping

.. answer::

   Take the batch and the weights from before the failure, and find the first number that is not
   finite: check the data, the weights, the forward pass and the backward pass, in order. Clipping
   helps against gradients that grow; it cannot repair a NaN.
"""

# %%
# .. claim:: Clipping does not repair NaN. In five bugs that end in NaN or infinity, the first
#    batch's loss or gradient is not finite, and clipping the gradient at norm 1 leaves all five so.

from rnnbook.experiments import nan_clipped

result = nan_clipped.run()
print(f"{'first run':20s}loss    gradient not finite: before   after clipping")
for name, loss in result.loss.items():
    shares = (result.before[name][0], result.after[name][0])
    print(f"{name:18s}{loss[0]:6.2f}", *(f"{share:22.0%}" for share in shares))

# %%
# Each row is a bug in a model that is otherwise healthy. In three rows almost no entry of the
# gradient is finite before clipping, and none is after. In the other two, the gradient is finite,
# but the loss is not.
#
# .. wrong-answer:: The gradient must have exploded, so I clip it.
#
#    "Must" gives it away: NaN has many causes, such as a blank cell, the logarithm of zero, or a
#    mean over nothing. If clipping were the repair, every loss and every gradient would be finite
#    after it. But one NaN makes the norm NaN, and scaling by it spreads the NaN.
#
# .. follow-up:: How do you find the place?
#
#    Check the data and the weights first, then each module's output in order, and the loss. If all
#    that is finite and the gradient is not, look at the backward pass: autograd's anomaly mode
#    names the operation whose gradient is NaN. Our check called :doc:`finite
#    </chapters/2_training/plot_09_nan_loss>` does such a search for you.
#
# .. follow-up:: Nothing is NaN on the first batch, only after many updates. What do you do?
#    :further:
#
#    Watch the gradient norm and the loss before the failure. If they grow, clip, or lower the
#    learning rate, and ask :term:`why the gradient grows <exploding gradient>`. If they do not
#    grow, suspect that batch.
#
# .. follow-up:: How do you keep a NaN out of the weights?
#    :further:
#
#    Stop before the update: call ``clip_grad_norm_`` with ``error_if_nonfinite=True``. Check the
#    loss too, because a broken loss can have a finite gradient. After an update with NaN the
#    weights are lost.
#
# .. checklist::
#
#    * the failing batch, the weights from before
#    * data, weights, forward, backward: which fails first
#    * clipping is for large finite gradients
#    * stop before the update
