# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What is the difference between output and h_n in PyTorch?
=========================================================

.. asked:: basics 1

.. stands-on:: shapes whole_sequence

.. answer::

   ``output`` holds the top layer's state at every step, and ``h_n`` holds the last state of every
   layer and direction. Take ``output`` to answer at every step, and ``h_n[-1]`` to answer once;
   with two directions, join the last two entries of ``h_n``.
"""

# %%
# .. claim:: h_n holds every layer. In a stack of two layers, h_n[-1] is output at the last step,
#    and h_n[0], the lower layer's state, is off by more than 0.5 of that output's norm.

import torch
from torch import nn

torch.manual_seed(0)
xs = torch.randn(4, 20, 10)  # (batch, time, features)
for options in ({}, {"num_layers": 2}, {"bidirectional": True}):
    rnn = nn.RNN(10, 32, batch_first=True, **options)
    output, h_n = rnn(xs)
    print(f"{options}\n  output {tuple(output.shape)}   h_n {tuple(h_n.shape)}")
    print("  output[:, -1] is h_n[-1]:", torch.equal(output[:, -1], h_n[-1]))

# %%
# Two layers change only the shape of ``h_n``; two directions change both shapes. In the last case
# ``output[:, -1]`` joins a forward state that has read all steps with a backward state that has
# read only the last one.
#
# .. wrong-answer:: ``h_n`` is the state of the last layer, so I squeeze its first dimension away.
#
#    "The last layer" gives it away: ``h_n`` is the state after the last *step*, for every layer. If
#    ``h_n`` held the last layer alone, its first entry would be output at the last step. The
#    squeeze works with one layer in one direction; with two layers or two directions it silently
#    does nothing.
#
# .. follow-up:: Is ``output[:, -1]`` as good as ``h_n[-1]``?
#
#    With one direction and no :term:`padding`, yes, if the layer was built with
#    ``batch_first=True``. Without that, ``output[:, -1]`` is the last sequence of the batch.
#
# .. follow-up:: And with padded sequences?
#    :further:
#
#    Both have read the padding. :doc:`Pack the batch with its true lengths
#    </chapters/2_training/plot_07_padding>`. Then the forward part of ``h_n`` is the state after
#    each sequence's own last step. ``output[:, -1]``, unpacked, is zero for every shorter sequence.
#
# .. follow-up:: What is different in an LSTM?
#    :further:
#
#    The second result is a pair, ``(h_n, c_n)``. ``output`` holds h alone, and the layer returns c
#    only for the last step.
#
# .. checklist::
#
#    * ``output``: every step, top layer
#    * ``h_n``: last state of every layer and direction
#    * ``batch_first`` does not change the shape of ``h_n``
#    * the backward half of ``output[:, -1]`` has read one step
