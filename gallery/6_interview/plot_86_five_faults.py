# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Can you find five faults in this training loop?
===============================================

.. asked:: today 3

.. stands-on:: nan_loss padding clipping

The model has to name the next letter. Its sequences differ in length and are padded with zeros.

.. code-block:: python

   for text, lengths in batches:  # text: (batch, time)
       output, _ = read(rnn, embedding(text), lengths=lengths)
       chances = fc(output).softmax(-1)
       loss = F.cross_entropy(chances.flatten(0, 1), text.flatten())
       loss.backward()
       optimiser.step()
       clip_grad_norm_(parameters, max_norm=1.0)

.. answer::

   The gradients are never set to zero, and clipping comes after the update, where it is too late.
   The loss counts padding, its targets are the inputs, not shifted by one, and it gets a softmax
   where it expects logits.
"""

# %%
# .. claim:: Checks name the three faults of the loss. Before any training, three checks fail, those
#    of logits, targets and padding, and no other; with these faults repaired, none of nine fails.

from rnnbook.experiments import nan_loss
from rnnbook.experiments.nan_loss import SoftmaxInside, not_shifted, padding_counts

faulty = nan_loss.Case("as above", "", SoftmaxInside, not_shifted, padding_counts)
for case in (faulty, nan_loss.LETTER):
    print(f"{case.name:9s} fails", ", ".join(nan_loss.examined(case, seed=0)) or "nothing")

# %%
# The second line is the same model with the three faults repaired. The other two faults, a
# missing line and a line in the wrong place, lie in the loop. No check of a model and a batch can
# see them: read the loop.
#
# .. wrong-answer:: The loss falls, so the loop works. I would only tune the learning rate.
#
#    "Falls" gives it away: a loss only measures the targets you gave it. Here the model can repeat
#    its input, and easy padding flatters it. If a loss that falls showed that the loop is right, no
#    check would fail.
#
# .. follow-up:: Which of the five would you notice by the loss alone?
#
#    A loss clearly below the best possible gives away the :doc:`targets
#    </chapters/2_training/plot_09_nan_loss>` or the padding. The softmax can hide it: a second
#    softmax keeps even a perfect answer's loss far above zero.
#
# .. follow-up:: What do gradients do that are never set to zero?
#    :further:
#
#    PyTorch adds each new gradient to the old ones, so every update follows the sum of all
#    gradients so far. Here the late clip shrinks that sum. Nothing raises an error.
#
# .. follow-up:: In which order does the loop go?
#    :further:
#
#    Set the gradients to zero, forward, loss, backward, clip, update. Zeroing may stand anywhere
#    between update and backward.
#
# .. checklist::
#
#    * zero the gradients
#    * clip between backward and update
#    * logits into cross-entropy
#    * shift the targets by one
#    * leave padding out of the loss
