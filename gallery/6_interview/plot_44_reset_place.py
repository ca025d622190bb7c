# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Where does PyTorch's GRU apply its reset gate, and does it matter?
==================================================================

.. asked:: gates 3

.. stands-on:: gru

.. answer::

   PyTorch multiplies by the reset gate after the product with the recurrent weights; the published
   GRU does so before. It matters when you move weights: from one form to the other they can load
   without an error and still give other states.
"""

# %%
# .. claim:: Reset gates of one make both forms agree. From equal weights and states, the two forms'
#    next states differ by more than 0.05 of their size; with reset gates at one, by less than 1e-6.

import torch
from torch import nn
from torch.nn import functional as F

from rnnbook.cells import GRUCell, step_of_cho

torch.manual_seed(0)
gru, x, h = nn.GRUCell(8, 32), torch.randn(64, 8), torch.rand(64, 32) * 2 - 1
for name, bias in (("default reset gate", 0.0), ("reset gate of one", 20.0)):
    from_input = F.linear(x, gru.weight_ih, gru.bias_ih)
    from_input[:, :32] += bias  # the rows of the reset gate
    after = GRUCell.step(from_input, h, gru.weight_hh, gru.bias_hh)
    before = step_of_cho(from_input, h, gru.weight_hh, gru.bias_hh)
    print(f"{name}: apart by {((after - before).norm() / after.norm()).item():.3f}")

# %%
# Each number is the norm of the difference between the two new states, as a share of the norm of
# PyTorch's.
#
# .. wrong-answer:: It is the same, only computed in another order: an elementwise product commutes.
#
#    "Commutes" gives it away: scaling what goes into a matrix is not scaling what comes out. If the
#    order did not matter, the two steps would be equal.
#
# .. follow-up:: Why did PyTorch choose this form?
#
#    For speed, as the page of :class:`torch.nn.GRU` says. With the reset after the product, all
#    three products with the state can be computed as one. The first version of the preprint of
#    :cite:t:`cho2014learning` also resets after the product; the published paper resets before it.
#
# .. follow-up:: What does it change about the biases?
#    :further:
#
#    In PyTorch's form the reset gate also multiplies the candidate's recurrent bias, so this bias
#    cannot be merged with the input bias. In the published form one of the two is enough.
#
# .. follow-up:: How do you move weights between libraries?
#    :further:
#
#    Check the order of the gates, the place of the reset (Keras calls it ``reset_after``), and what
#    the update gate multiplies. In PyTorch it is the old state; in :cite:t:`chung2014empirical` it
#    is the candidate. Then compare outputs, not shapes.
#
# .. checklist::
#
#    * PyTorch resets after the product, the published GRU before
#    * the matrices fit, so there may be no error, but the states differ
#    * the reason is speed: three products with the state become one
#    * in PyTorch's form the candidate needs two biases
