# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What does padding do to a recurrent network?
============================================

.. asked:: tasks 2

.. stands-on:: padding directions

.. answer::

   A padded step is an input like any other, so the state moves on after the true end, and a
   backward direction reads the padding first. For states, give true lengths; for the loss, mask
   the padded steps.
"""

# %%
# .. claim:: Zeros wash out an untrained state. After 20 steps of zeros, default RNNs, LSTMs and
#    GRUs of 32 units keep less than 0.01 of the distance between final states.

from rnnbook.experiments import padding

print("zeros   ", "".join(f"{zeros:9d}" for zeros in (0, 2, 10, 20)))
for name, layer in padding.LAYERS.items():
    share = padding.spreads(layer, seed=0)
    left = (share[padding.PADS.index(zeros)] for zeros in (0, 2, 10, 20))
    print(f"{name:8s}", "".join(f"{apart:9.1g}" for apart in left))

# %%
# Each row is an untrained layer that reads 64 random sequences, and then zeros. The numbers say how
# far apart the final states still are, as a share of the distance without zeros. After twenty zeros
# all final states are almost alike.
#
# .. wrong-answer:: Nothing, if you pad with zeros: a zero input adds nothing, so the state stays as
#    it is.
#
#    "Stays" gives it away: with a zero input, the state still passes through the recurrent weights,
#    the biases and tanh. If zeros left the state as it is, the states would keep their whole
#    distance.
#
# .. follow-up:: Which outputs are still right?
#
#    With padding at the end, all forward outputs at real steps are right, because the padding comes
#    after them, unless a layer below reads backward. The forward final state of a shorter sequence
#    is wrong. Backward outputs are off at *all* steps, usually most near the padding, unless the
#    batch is :doc:`packed or reversed within its lengths </chapters/2_training/plot_07_padding>`.
#
# .. follow-up:: You average the loss over all steps of the batch. What happens?
#    :further:
#
#    Padded targets are usually easy, so loss and accuracy flatter the model. Leave them out with
#    ``ignore_index`` or a mask, and divide by the number of real steps.
#
# .. follow-up:: Could training teach the network to live with padding?
#    :further:
#
#    Partly. But it learns to answer after the padding it met in training. A longer sequence in the
#    same batch adds more padding to the others, and then their answers may change.
#
# .. checklist::
#
#    * padding is read like any input: the final state moves
#    * backward direction: off at every step
#    * true lengths, a pack or a mask
#    * loss: mask, and divide by real steps
