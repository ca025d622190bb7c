# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Making it fast: where does the time of a loop go?
=================================================

.. reading:: write the gradient of a loop by hand, and say when that or a scan saves time
   :before: bptt lstm scan

A small recurrent layer takes far more time than its multiplications need, because each operation of
a step has a fixed price, and :term:`autograd` keeps a record of each. Which of these prices can
you avoid, and how much time does that save?
"""

# %%
# Every time here is a multiple of one layer's time
# -------------------------------------------------
#
# Seconds depend on the machine, and on what else it does. So the layers of a figure take turns in
# one run. With 16 sequences and at most 100 steps, the median of three calls counts; every other
# call is timed only once. Calls of nn.GRU, and those with 16,384 steps, take no turns. In each
# figure, one layer is the unit, and the times of all other layers are multiples of its time. Except
# in one column of a table, every time is processor time for states and gradients. All times are
# those of one core.
#
# Begin with the plain recurrence. Its input x is (D,), its state h, z and the bias :math:`b_h` are
# (H,), :math:`W_{xh}` is (H, D), and :math:`W_{hh}` is (H, H):
#
# .. math::
#
#    h_t = \tanh(z_t + W_{hh} h_{t-1}), \qquad z_t = W_{xh} x_t + b_h
#
# For example, ``nn.RNN`` with 32 units computes all states of 16 sequences of 100 steps:

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from rnnbook.experiments import fast as experiment
from rnnbook.figures import fast as pictures
from rnnbook.layers import FastRNN

xs = torch.randn(100, 16, 32)
output, h_n = nn.RNN(32, 32)(xs)
print("inputs (time, batch, input) ", tuple(xs.shape))
print("states (time, batch, hidden)", tuple(output.shape))

# %%
# Over many steps, hoisting by index does not pay
# -----------------------------------------------
#
# The simplest loop calls ``nn.RNNCell`` at each step. But :math:`z_t` depends on no state, so you
# can *hoist* it, that is, compute it for all steps before the loop, by one product:
#
# .. source:: rnnbook.experiments.fast.index
#    :nodoc:
#
# A second version differs only in how it reads a step: ``for z in zs.unbind(0)`` instead of
# ``zs[t]``.
#
# .. predict::
#
#    One large product replaces 1,000 small ones. Is the loop above faster than a loop over cells?

result = experiment.run()
fig = pictures.loops(result)

# %%
# Each row is a way to write the loop, and each dot is a run; further left is faster. In the median
# run at 1,000 steps, the loop that indexes is slower than the loop over cells, which hoists
# nothing. In the median run, with unbind, the same loop takes less time than the loop over cells in
# both panels. The next section explains the last row.
#
# .. dropdown:: Why?
#
#    The gradient of ``zs[t]`` is a tensor as large as all of ``zs``, with zeros at all other steps.
#    Over 1,000 steps, 1,000 such tensors are added up, so this work grows with the square of the
#    length. The gradient of ``unbind`` is one tensor, put together once.
#
# One entry in the record instead of hundreds
# -------------------------------------------
#
# Autograd still records every operation of the loop, with what its gradient will need. But you know
# the gradient of this loop from :doc:`backpropagation by hand </chapters/2_training/plot_01_bptt>`.
# If L is the loss, the gradient is a recurrence that runs backwards, and after the last step
# :math:`dL/dz` is zero:
#
# .. math::
#
#    \frac{dL}{dh_t} = \frac{\partial L}{\partial h_t} + W_{hh}^\top \frac{dL}{dz_{t+1}}, \qquad
#    \frac{dL}{dz_t} = (1 - h_t^2) \odot \frac{dL}{dh_t}
#
# :math:`\partial L / \partial h_t` is the part that reaches the state from its own step, and all
# terms are (H,). The gradient of :math:`W_{hh}` is the sum of the outer products
# :math:`\frac{dL}{dz_t} h_{t-1}^\top`, which is one large product after the loop:
#
# .. source:: rnnbook.layers.fast.gradients
#    :nodoc:
#
# You can give PyTorch both passes together, as an ``autograd.Function``:
#
# .. source:: rnnbook.layers.fast._States
#
# :class:`rnnbook.layers.FastRNN` computes all :math:`z_t` by one product and then calls this
# function; it accepts the weights of ``nn.RNN``. A gradient by hand is easily wrong, so check it in
# two ways:

layer, theirs = FastRNN(32, 32), nn.RNN(32, 32)
print(layer.load_state_dict(theirs.state_dict()))
print("states, from nn.RNN's   ", *(f"{apart:.0e}" for apart in result.apart["states"]))
print("gradients, from nn.RNN's", *(f"{apart:.0e}" for apart in result.apart["gradients"]))
print("as finite differences   ", *result.checked)

# %%
# In 64 bits, the states and the gradients of the weights equal those of nn.RNN to within 1e-10. The
# gradients of the inputs and of the initial state pass PyTorch's own check, which compares a
# gradient with finite differences. How much time does FastRNN save, and does it save as much on a
# large layer?

fig = pictures.widths(result)

# %%
# Further right, the layer has more units; the height is the time of FastRNN over 50 steps, divided
# by that of nn.RNN, and at 1 both take equally long. Look at the left end of the solid line first,
# and then at the right end of the dashed line, with 128 sequences.
#
# .. dropdown:: Why?
#
#    Each operation has a fixed price, and each entry of the record adds to it. On a small layer
#    these prices are most of the time, so fewer operations and entries save time. On a large layer
#    the multiplications are most of the time, and FastRNN needs as many, so there is little left to
#    save.
#
# In return, we allow no second derivative: that is what ``once_differentiable`` says.
#
# An LSTM in one call
# -------------------
#
# Can you do the same to an LSTM? Compare :class:`rnnbook.layers.LSTM`, a loop with a hoisted
# product, with ``nn.LSTM``. In the second column no gradient is computed, so a gradient by hand
# could save nothing there:

kinds = ("states and gradients", "states alone")
print("loop over nn.LSTM         " + "".join(f"{kind:>24s}" for kind in kinds))
for size in experiment.LSTM_WIDTHS:
    ours, theirs = ([result.lstm[name, size, k] for k in kinds] for name in ("LSTM", "nn.LSTM"))
    row = (np.median(o / t) for o, t in zip(ours, theirs, strict=True))
    print(f"{size:3d} units" + " " * 18 + "".join(f"{ratio:24.1f}" for ratio in row))

# %%
# Each number is the median of three runs. On a processor like ours, PyTorch gives the whole
# ``nn.LSTM`` to one routine of the library oneDNN, which does not return between two steps. A loop
# of separate operations starts far behind this routine, and we have not beaten it. For ``nn.GRU``,
# PyTorch uses no such routine here, but a list of small operations.
#
# A layer that need not wait takes few calls
# ------------------------------------------
#
# All these layers compute one step after another. :doc:`A minGRU
# </chapters/5_today/plot_03_minimal>` does not have to, because :doc:`a scan
# </chapters/5_today/plot_02_scan>` in chunks computes its states by a few hundred large operations.
# Now take eight sequences, 32 inputs and 32 units. Over thousands of steps nn.GRU is slow, so we
# call it only once at each length. Each other layer is timed once, too, after a call that does not
# count; at 16,384 steps there is no such call:

# sphinx_gallery_thumbnail_number = 3
fig = pictures.lengths(result)

# %%
# Further right are more steps; the height is the time divided by that of nn.GRU, and both scales
# are logarithmic. The solid line of the minGRU includes its gate and two products; the dashed line
# is the scan without them. In the median run, the scan alone takes less than a twentieth of
# nn.GRU's time from 4,096 steps on.
#
# Look at nn.LSTM, too. It multiplies more often than nn.GRU and waits as often, but it is one call.
# Multiplications and waiting do not explain the distance between these two, but calls can. A minGRU
# also multiplies less, because it has one gate and no recurrent weights: for the states, a third as
# often as nn.GRU and a quarter as often as nn.LSTM. At 16,384 steps we do not compare the minGRU
# with nn.LSTM, because there a first call counts. Also, the layers do not compute the same outputs.
# The gate of a minGRU does not see its state, which :doc:`limits what it can do
# </chapters/5_today/plot_03_minimal>`.
plt.show()  # a script shows its figures here, in windows

# %%
# .. note::
#
#    **Where this stands (2026).** On graphics cards, the fixed prices are those of starting a
#    kernel and of moving weights and state in and out of memory. :cite:t:`appleyard2016optimizing`
#    combine and fuse the operations of an LSTM for cuDNN. :cite:t:`poppel2025flashrnn` write
#    kernels for nonlinear recurrences that use registers and caches over the steps. We measured one
#    core of a processor.
#
# Where does the time go, then? In a small layer, it goes to many small operations, one after
# another, and to their record. A gradient by hand saves the record, one routine saves the calls,
# and a minGRU saves most of the calls and the recurrent products.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * A gradient by hand helps small layers. In the median run, with 16 sequences and up to 64
#      units, FastRNN takes less than 0.8 of nn.RNN's time. With 128 sequences and 256 units, it
#      takes more than 0.8.
#    * Our loop does not beat nn.LSTM. In the median run, at 32 and at 64 units, our LSTM takes more
#      than 1.7 times as long as nn.LSTM, with gradients and without.
#    * At 4,096 steps, a minGRU is faster. In the median run, at 4,096 and at 16,384 steps, a minGRU
#      takes less than an eighth of nn.GRU's time. At 4,096, it takes less than 0.8 of nn.LSTM's.
