# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Why sigmoid for the gates, tanh for the candidate, and tanh(c) again?
=====================================================================

.. asked:: gates 2

.. stands-on:: lstm

.. answer::

   A gate is a share, so it lies between zero and one; a candidate needs a sign, or the cell could
   never fall below zero. The cell adds up candidates and may grow with every step, so the output
   needs its own bound.
"""

# %%
# .. claim:: A cell can outgrow its candidates. With gates and candidate saturated at one, in 64
#    bits, the cell is exactly 50 after 50 steps, and the output is exactly 1.

import torch
from torch import nn

from rnnbook.gates import gates

lstm = nn.LSTM(1, 1, batch_first=True).double()
for weight in lstm.parameters():
    nn.init.zeros_(weight)
nn.init.constant_(lstm.bias_ih_l0, 50)  # every gate and the candidate: one
inside = gates(lstm, torch.zeros(1, 50, 1, dtype=torch.float64))
for step in (1, 2, 10, 50):
    c, h = inside.c[0, step - 1].item(), inside.h[0, step - 1].item()
    print(f"step {step:2d}  cell {c:4.0f}  output {h:.3f}")

# %%
# The cell counts the steps. The output comes close to one within a few steps and stays there.
#
# .. wrong-answer:: The second tanh is redundant, because the candidate already lies between minus
#    one and one.
#
#    "Already" gives it away: that bounds one addition, not the sum. If the bound on the candidate
#    were enough, the cell would never be larger than one.
#
# .. follow-up:: Does the second tanh matter in practice?
#
#    :cite:t:`greff2017lstm` removed parts of the LSTM one at a time and found the forget gate and
#    the output activation to be the most critical ones.
#
# .. follow-up:: What if a gate used tanh?
#    :further:
#
#    A forget gate between minus one and one could flip the sign of the cell at each step. Only its
#    size would say how much to keep.
#
# .. follow-up:: How large can a cell get?
#    :further:
#
#    From a start at zero, at most as large as the number of steps: each step adds at most one, and
#    the forget gate never enlarges what is there. A GRU averages its candidate and its state, so
#    from a start at zero its state stays between minus one and one.
#
# .. checklist::
#
#    * a gate is a share between zero and one
#    * a candidate needs both signs
#    * the cell is a sum, at most as large as the number of steps
#    * tanh of the cell bounds the output
