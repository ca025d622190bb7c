# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Two processes: what has to travel between them?
===============================================

.. reading:: split the training of a recurrent network between processes without changing it
   :before: truncation

One process reads eight rows of text, and two processes could read four rows each in less time. But
a recurrent network carries a state from chunk to chunk, so what has to travel between the two for
the training to stay the same?
"""

# %%
# A gradient is a sum over rows
# -----------------------------
#
# ★ You may skip this chapter: nothing later in the book needs it.
#
# The loss of a batch is a mean over all symbols that are asked for. If process r is asked for
# :math:`n_r` of these N symbols and finds the gradient :math:`g_r` of its own mean, the gradient of
# the whole batch is
#
# .. math::
#
#    g = \sum_r \frac{n_r}{N}\, g_r
#
# For example, with 5 equally long rows in one process and 3 in the other, the gradient of the first
# counts 5/8. Each g has a number for each weight, and adding up the gradients of all processes and
# giving each process the sum is called *all-reduce*. If all processes start with the same weights
# and take the same update with this sum, their weights stay equal and need not be sent.
#
# In :doc:`truncated backpropagation </chapters/2_training/plot_06_truncation>` a long text is cut
# into chunks, and each chunk starts with the last state of the chunk before. The state of a row
# depends on that row alone. So a process that keeps its rows also keeps their states, and sends
# neither rows nor states:
#
# .. source:: rnnbook.experiments.two_processes.together
#    :nodoc:

import subprocess
import sys

import matplotlib.pyplot as plt

from rnnbook.experiments import two_processes as experiment
from rnnbook.figures import two_processes as pictures

# %%
# Three ways to get another gradient
# ----------------------------------
#
# We start two real processes on this machine, which talk through *gloo*, a library that PyTorch
# uses between CPUs. Both build the same small LSTM and the same batch: eight sequences of 40 steps,
# in four chunks. The weights stay as they start. Each way to split is compared with one process
# that reads everything:
#
# * equal shards of four rows, with gradients averaged by the formula, or by PyTorch's own wrapper
#   ``DistributedDataParallel``, DDP for short (:cite:t:`li2020pytorch`)
# * unequal shards of five and three rows, with gradients weighted by the formula, or averaged by a
#   plain mean
# * rows that move to the other process between chunks, for example because a sampler shuffles them,
#   while the states stay where they are
# * the steps split instead of the rows: one process reads the first half of each chunk, the other
#   process reads the second half, and no state is sent
#
# .. predict::
#
#    Which of these ways give the gradient of one process, and which way is furthest from it?

result = experiment.run()
fig = pictures.apart(result)

# %%
# Each row is a way to split, and each dot is a seed, at the chunk that is furthest off; further
# left is closer to one process, on a logarithmic scale. The dashed line is the bound for equal
# gradients, a little above the rounding of 32-bit numbers. Equal shards agree up to rounding, by
# our sum and by DDP, and so do unequal shards with the right weights. The other three ways raise no
# error, but each is off by more than 1 %, and the plain mean is furthest on every seed.
#
# .. dropdown:: Why?
#
#    A plain mean counts the three rows as much as the five. When rows move, a process continues one
#    text from the state of another text. If the steps are split, each half of a later chunk starts
#    from a wrong state: the state at the end of the same half of the chunk before. The gradient is
#    also cut in the middle of each chunk.
#
# Start it yourself
# -----------------
#
# The file of this experiment can also train. PyTorch's launcher starts a copy of it for each
# process:
#
# .. code-block:: console
#
#    torchrun --standalone --nproc-per-node=2 -m rnnbook.experiments.two_processes
#
# The page runs the same command. The launcher is a module, too, so you need no program on the path:

launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m"]
command = [sys.executable, "-m", *launcher, experiment.__name__]
done = subprocess.run(command, capture_output=True, text=True, timeout=240)
print(done.stdout or done.stderr)

# %%
# The second line compares every weight of the two processes.
#
# On a machine with a GPU for each process only two things change, and the file already does both.
# The library is *nccl* instead of gloo, and each process moves its model and its rows to the GPU
# with its own number. The file sums by itself; for speed use DDP, because it can send the gradients
# of one module while those of another are still computed. (On a GPU, all layers of an ``nn.LSTM``
# get their gradients in one call.) DDP takes the plain mean, so ask every process for the same
# number of symbols, or, with two processes, multiply each loss by :math:`2\, n_r / N`. The same
# number of rows is not enough if the rows have different lengths.
#
# Do not expect to gain time with a network as small as this one, because each sum over the
# processes has to wait for a message. Each of two processes sends as many numbers as there are
# weights, however many symbols it has read. So the gain grows with the symbols that each process
# reads per update.
#
# .. note::
#
#    **Where this stands (2026).** Where the recurrence is linear, the steps can be split as well:
#    all processes read their steps at once, from zero, and then correct their states with a summary
#    of the steps before. Within one process, this is the :doc:`scan
#    </chapters/5_today/plot_02_scan>` (:cite:t:`martin2018parallelizing`).

plt.show()  # a script shows its figures here, in windows

# %%
# So gradients have to travel, each weighted by its share of the symbols, while states stay with
# their rows. If the shares differ from batch to batch and a process sees only its own rows, the
# counts have to travel, too.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Split rows give the same gradient. With equal shards and states that stay with their rows,
#      the gradient of two processes is less than 1e-6 from that of one, relative to its size.
#    * Unequal shards need weights. With 5 rows and 3, a plain mean of both gradients is more than
#      1 % from that of one process; the weighted mean is less than 1e-6 from it.
#    * States must stay with their rows. If rows change places between chunks and states do not, the
#      gradient is more than 1 % off.
#    * Splitting the steps changes the gradient. If each process reads half of each chunk's steps
#      and keeps its own state, the gradient is more than 5 % off.
