# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
How many parameters does an LSTM have, and how many a GRU?
==========================================================

.. asked:: gates 2

.. stands-on:: gru lstm

.. answer::

   An LSTM stacks four blocks of weights, for three gates and a candidate; a GRU stacks three, so it
   has three quarters of the parameters. A block of H units with D inputs has :math:`H(D + H)`
   weights, and in PyTorch two biases per unit.
"""

# %%
# .. claim:: Four blocks against three. With 10 inputs and 32 units, nn.LSTM has 5,632 parameters
#    and nn.GRU has 4,224, two biases of each block included.

from torch import nn

from rnnbook.training import count_parameters

D, H = 10, 32
for layer, blocks in ((nn.RNN, 1), (nn.GRU, 3), (nn.LSTM, 4)):
    formula = blocks * H * (D + H + 2)
    print(f"{layer.__name__:4s}  {blocks} blocks  {formula:5d} = {count_parameters(layer(D, H))}")

# %%
# The formula is the number of blocks times H times (D + H + 2), and PyTorch agrees. The 2 stands
# for the two biases.
#
# .. wrong-answer:: A GRU has two gates and an LSTM has three, so it has two thirds of the
#    parameters.
#
#    Counting gates gives it away: the candidate is missing. It has weights for the input and for
#    the state, like a gate. Two gates against three would make 3,755 parameters for the GRU,
#    rounded.
#
# .. follow-up:: You compare the two at 128 units each. Is that fair?
#
#    Not if you mean equal parameters: the GRU has a quarter fewer. With few inputs, give it about
#    15 more units per hundred, because the parameters then grow with about the square of the units;
#    and say what you have held equal. More units also mean a larger state.
#
# .. follow-up:: Why two biases, if they are added?
#    :further:
#
#    PyTorch keeps to the form of cuDNN, and in an RNN and an LSTM one of the two could be dropped.
#    In its GRU the candidate needs both, because the reset gate multiplies only the recurrent one.
#    See :doc:`the chapter on the GRU </chapters/3_architectures/plot_02_gru>`.
#
# .. follow-up:: Do a quarter fewer parameters mean that a GRU needs less data?
#    :further:
#
#    We found no source that measured it. On eight strings of parity, at equal parameters, neither
#    was far ahead in :doc:`our measurement </chapters/3_architectures/plot_02_gru>`.
#
# .. checklist::
#
#    * four blocks: three gates and the candidate
#    * three blocks in a GRU: two gates and the candidate
#    * a block: :math:`H(D + H)` weights, and biases
#    * PyTorch stores two biases for each block
