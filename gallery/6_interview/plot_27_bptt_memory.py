# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
How much memory does backpropagation through time take?
=======================================================

.. asked:: gradients 2

.. stands-on:: bptt truncation

.. answer::

   The backward pass uses every state and every input, so the forward pass keeps them all: memory
   grows with length times batch times units. You save some by cutting the sequence, or by computing
   states a second time.
"""

# %%
# .. claim:: A step keeps its state, not the weights. For each further step and sequence, an nn.RNN
#    of 16 units keeps 20 numbers: the state, and an input of four.

from torch import nn

from rnnbook.experiments import bptt

print("batch   bytes a step   numbers a step and sequence")
for batch in (4, 8, 16):
    more = bptt.kept(nn.RNN, 200, 0, batch) - bptt.kept(nn.RNN, 100, 0, batch)
    print(f"{batch:5d}{more / 100:15.0f}{more / 100 / batch / 4:30.0f}")

# %%
# Twice the batch keeps twice the bytes. For each sequence, at 4 bytes per number, all three rows
# keep the same amount.
#
# .. wrong-answer:: Unrolling copies the network, so a thousand steps need a thousand copies of the
#    weights.
#
#    "Copies" gives it away: an unrolled network uses one set of weights at every step. If each step
#    kept only a copy of the weights, it would keep 320 numbers, or 1280 bytes, whatever the size of
#    the batch. All three rows would then show the same 1280 bytes.
#
# .. follow-up:: Can you save memory and still get the whole gradient?
#
#    Yes, with checkpoints: keep every k-th state, and in the backward pass compute the others
#    again, one stretch at a time. With k near the square root of the length T, about
#    :math:`2 \sqrt{T}` states are in memory, at the price of about one more forward pass
#    :cite:p:`chen2016training`. :cite:t:`gruslys2016memory` choose what to keep for any given
#    memory.
#
# .. follow-up:: What does truncation save, and what does it cost?
#    :further:
#
#    Its memory depends on the chunk, not on :doc:`the length of the document
#    </chapters/2_training/plot_06_truncation>`. But the gradient ends at the cut, so you get a
#    different gradient. Checkpoints cost time and leave the gradient as it is.
#
# .. follow-up:: Why does reading without training need so little?
#    :further:
#
#    There is no backward pass, so each state can be forgotten once the next one is there. In
#    PyTorch, use ``torch.no_grad()`` and read in pieces: the output of one call still holds the
#    last layer's state of every step.
#
# .. checklist::
#
#    * every state is kept until the backward pass
#    * length times batch times units; the weights are there once
#    * truncation: less memory, another gradient
#    * checkpoints: less memory, more time, the same gradient
