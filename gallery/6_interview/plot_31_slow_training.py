# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Why are RNNs slow to train, and what does a scan change?
========================================================

.. asked:: today 2

.. stands-on:: fast scan

.. answer::

   Each step needs the state before it, so the work comes as thousands of small operations in a row,
   each with a fixed overhead. A recurrence that is linear in its state can be joined by a scan into
   far fewer, larger ones.
"""

# %%
# .. claim:: Small operations in a row are the bill. In the median run over 4,096 steps of 32 units,
#    nn.LSTM, one routine, takes less than a quarter of nn.GRU's time, with more weights; a minGRU,
#    less than an eighth.

import numpy as np

from rnnbook.experiments import fast as experiment

result = experiment.run()
print("in times of nn.GRU" + "".join(f"{n:9,d} steps" for n in experiment.LENGTHS))
for name in ("nn.LSTM", "MinGRU", "scan"):
    ratios = (result.lengths[name, n] / result.lengths["nn.GRU", n] for n in experiment.LENGTHS)
    print(f"{name:18s}" + "".join(f"{np.median(ratio):15.3f}" for ratio in ratios))

# %%
# Each number is the median time of three runs for states and gradients, on one core. ``nn.GRU`` is
# a list of small operations in the PyTorch that built this page. ``nn.LSTM`` waits for each step,
# but inside one routine. A minGRU does not wait, and the last line is its scan without the two
# products.
#
# .. wrong-answer:: Because a recurrent layer multiplies a matrix at each step, and that is a lot.
#
#    A feed-forward layer multiplies a matrix for each token too. If multiplications were the bill,
#    nn.LSTM, with four matrices where a GRU has three, would take 4/3 of the GRU's time. Here the
#    products are small, so what surrounds them costs more.
#
# .. follow-up:: What can you do without another layer?
#
#    Multiply inputs by their weights before the loop. Take larger batches: a small step over more
#    sequences costs little more. Use a fused layer if there is one. :doc:`A gradient by hand
#    </chapters/5_today/plot_09_fast>` saves autograd's record.
#
# .. follow-up:: What does the scan ask in return?
#    :further:
#
#    The recurrence has to be linear in its state, so gates may look at the input only;
#    :doc:`nonlinear ones take rounds of scans </chapters/6_interview/plot_32_nonlinear_parallel>`.
#    The scan also multiplies more, which :doc:`can cost more than it saves
#    </chapters/5_today/plot_02_scan>`.
#
# .. follow-up:: Is it the same on a graphics card?
#    :further:
#
#    Often: the kernels of a step are too small to fill the card. :cite:t:`appleyard2016optimizing`
#    fuse them for cuDNN, and :cite:t:`martin2018parallelizing` use a scan.
#
# .. checklist::
#
#    * each step waits: many small operations in a row
#    * input products before the loop, larger batches, a fused layer
#    * a scan needs a recurrence linear in its state
#    * a fused loop waits, too, but with less overhead
