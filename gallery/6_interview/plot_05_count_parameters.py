# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
How many parameters does a recurrent layer have?
================================================

.. asked:: basics 1

.. stands-on:: one_step whole_sequence depth

.. answer::

   A plain layer with D inputs and H units has two matrices, and in PyTorch two biases:
   :math:`H(D + H + 2)` parameters. The number of steps does not enter.
"""

# %%
# .. claim:: Two matrices and two biases. With 10 inputs and 32 units, PyTorch's plain layer has
#    1408 parameters; a second layer on top adds 2112.

from torch import nn

from rnnbook.training import count_parameters

for name, parameter in nn.RNN(10, 32).named_parameters():
    print(f"{name:13s} {tuple(parameter.shape)!s:9s} {parameter.numel():5d}")
for layers in (1, 2):
    print(layers, "layers", count_parameters(nn.RNN(10, 32, num_layers=layers)))
print("LSTM    ", count_parameters(nn.LSTM(10, 32)))

# %%
# The weights of the state are the largest block, and they grow with the square of the units. The
# second layer reads 32 numbers instead of 10, so it is larger than the first.
#
# .. wrong-answer:: Inputs times units, plus a bias: 10 times 32, plus 32.
#
#    This leaves out the state. Without the recurrent weights and the second bias, 10 inputs and 32
#    units would make 352 parameters. That is a feed-forward layer.
#
# .. follow-up:: How many parameters does an LSTM of the same size have?
#
#    Four times as many. Each of its matrices stacks four blocks of rows, and so does each bias.
#    The :doc:`other common gated cell </chapters/3_architectures/plot_02_gru>` stacks three, so it
#    has three times as many.
#
# .. follow-up:: Do two directions double the number?
#    :further:
#
#    In the first layer, yes. A layer above reads both directions, 2H numbers, so its parameters
#    more than double.
#
# .. follow-up:: Is a deep network of half the width the same size?
#    :further:
#
#    Not as a rule. Half the width makes a square matrix a quarter as large, but every further layer
#    has two square matrices, so :doc:`count before you compare
#    </chapters/3_architectures/plot_04_depth>`.
#
# .. checklist::
#
#    * units times inputs, plus units times units
#    * two biases in PyTorch, one in the textbook
#    * the length of the sequence does not enter
#    * upper layers read H numbers, not D
