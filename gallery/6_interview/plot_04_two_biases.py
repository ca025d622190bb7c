# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Why does PyTorch's RNN have two biases?
=======================================

.. asked:: basics 1

.. stands-on:: whole_sequence

.. answer::

   It follows cuDNN, NVIDIA's library for running such layers on graphics cards, whose formula has
   two biases. A plain layer adds both before the tanh, so only their sum counts, and one would be
   enough.
"""

# %%
# .. claim:: A plain layer sees only the biases' sum. Moving random numbers from one bias to the
#    other moves the outputs by less than 1e-5 of their norm; adding them to one alone, by more than
#    0.1.

import torch
from torch import nn

torch.manual_seed(0)
rnn, xs = nn.RNN(10, 32, batch_first=True), torch.randn(4, 20, 10)
numbers = 0.1 * torch.randn(32)
with torch.no_grad():
    before = rnn(xs)[0]
    rnn.bias_ih_l0 += numbers
    added = (rnn(xs)[0] - before).norm() / before.norm()
    rnn.bias_hh_l0 -= numbers
    moved = (rnn(xs)[0] - before).norm() / before.norm()
print(f"added to one bias:     {added:.0e}\nmoved from the other:  {moved:.0e}")

# %%
# Added to one bias, the numbers move the outputs. Taken from the other bias as well, they leave
# nothing but rounding.
#
# .. wrong-answer:: One belongs to the input and one to the state, so the network can shift each of
#    them separately.
#
#    Both parts go into one sum, and a sum has only one shift. If each bias shifted something of its
#    own, moving numbers from one to the other would move the outputs as much as adding them to one.
#
# .. follow-up:: Does the second bias change anything in training?
#
#    Yes, the speed. Both get the same gradient, so with SGD or Adam an update moves their sum twice
#    as far as it would move a single bias. And if you :doc:`copy weights into a network of your own
#    </chapters/1_foundations/plot_03_whole_sequence>`, you have to copy both, or their sum.
#
# .. follow-up:: Is one enough in every cell?
#    :further:
#
#    In an LSTM, yes: each of its four sums simply adds both biases. In :doc:`the other gated cell
#    of PyTorch </chapters/3_architectures/plot_02_gru>`, one of the three sums first scales the
#    state's part together with its bias. There, the two biases do different things.
#
# .. follow-up:: Where is it written that cuDNN is the reason?
#    :further:
#
#    In PyTorch's own source. A comment beside the second bias of ``RNNBase`` names cuDNN, and says
#    that the standard definition needs only one.
#
# .. checklist::
#
#    * ``bias_ih`` and ``bias_hh``, kept for cuDNN
#    * only the sum counts, in a plain layer
#    * both get the same gradient
#    * copy both, or add them up
