# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Can the gradient of an LSTM explode?
====================================

.. asked:: gates 3

.. stands-on:: lstm clipping

.. answer::

   Yes: the forget gates bound only the cell path, and whenever a path goes through the hidden
   state, it is multiplied by recurrent weights, as in a plain network. So I clip the gradients of
   LSTMs, too, and log their norm.
"""

# %%
# .. claim:: Gates do not bound the gradient. With recurrent weights ten times their default, the
#    median untrained LSTM's gradient grows more than tenfold over 100 steps; along the cell path
#    less than 0.01 is left.

import torch

from rnnbook.experiments import lstm as experiment
from rnnbook.gates import cell_gradient

print("recurrent weights   cell path   all paths")
xs = torch.randn(16, 101, 1, generator=torch.Generator().manual_seed(0)).double()
for times in (1, 3, 10):
    lstm = experiment.started(None, seed=0).double()
    lstm.weight_hh_l0.data *= times
    path, whole = (cell_gradient(lstm, xs, hold=hold)[:, 0].abs().mean() for hold in (True, False))
    print(f"{times:2d} x default {path:17.0e} {whole:11.0e}")

# %%
# Each number is the mean size of a derivative: how much the sum of all cells after the last step
# changes with one cell 100 steps before. Along the cell path the gradient vanishes in every row.
# Over all paths it vanishes with default recurrent weights and explodes with weights ten times as
# large.
#
# .. wrong-answer:: No. The forget gate is at most one, so the gradient can vanish but not explode.
#
#    That is true of one path only. If the forget gate bounded the gradient, its size would never be
#    above one. The gates and the candidate also read the old hidden state, and those derivatives
#    contain the recurrent weights as factors, which have no bound.
#
# .. follow-up:: And the state itself, can it explode?
#
#    The hidden state cannot: it is a share of a tanh. The cell state can grow by at most one at
#    each step, so its growth is at most linear, never exponential.
#
# .. follow-up:: Does it happen in training?
#    :further:
#
#    It may, depending on the weights and the task. Clipping by norm changes nothing while the norm
#    stays below the limit. See :doc:`the chapter on clipping
#    </chapters/2_training/plot_04_clipping>`.
#
# .. follow-up:: Is the same true of a GRU?
#    :further:
#
#    Yes. Its update gate bounds the direct path in the same way, and its gates and candidate read
#    the state through recurrent weights.
#
# .. checklist::
#
#    * along the cell path alone, the derivative is at most one
#    * the paths through the hidden state are not bounded
#    * so clip, and log the norm
#    * the hidden state is bounded, and the cell's growth is at most linear
