# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
One harness, six cells: does any cell win everywhere?
=====================================================

.. reading:: compare recurrent cells fairly, and name the choices that a fair comparison hides
   :before: lstm gru minimal state_tracking selective matrix

A paper shows a table in which its cell wins. You want to know which cell to use on your data, so
you need all cells in one table, on tasks that ask for different things.
"""

# %%
# Five tasks ask for five kinds of memory
# ---------------------------------------
#
# The first three tasks are those of :doc:`the table so far </chapters/5_today/plot_01_bill>`, where
# *keep* is half as long. *Keep*: say at each of 100 steps what the first bit was, while other bits
# pass. *Copy*: repeat three symbols that stand somewhere among blanks. *Parity*: say whether the
# number of ones among 16 bits is odd. Then *overwrite*: of 12 pairs of a key and a value, say what
# each asked key had last. And *echo*: name the symbol of six steps ago, at every step.

import matplotlib.pyplot as plt
import numpy as np
import torch

from rnnbook.experiments import battery as experiment
from rnnbook.figures import battery as pictures
from rnnbook.training import count_parameters

baselines = {}
for name, problem in experiment.PROBLEMS.items():
    batch = problem.task.batch(2, torch.Generator().manual_seed(0))
    answer = experiment.network(name, "GRU", 8)(*batch.inputs)
    baselines[name] = problem.task.baseline
    print(f"{name:10s} answers {tuple(answer.shape)!s:13s} baseline {baselines[name]:.3f}")

# %%
# Answers are (batch, time, outputs): at each step, one number for each possible symbol. A score is
# the share of answers that are right, and for parity only the last answer counts in it, though
# training gets the parity after every bit. The baseline is the best answer without memory: a guess,
# and on *keep* the bit of the current step.
#
# All cells go through one model. Ids become one-hot vectors, the cell reads them, and a layer of
# ReLUs reads the cell. Without it, a minGRU or S4D could only give linear readings of its state:
#
# .. source:: rnnbook.experiments.battery.Network
#    :nodoc:
#
# The six cells are a plain RNN, an LSTM, a GRU, :doc:`the minGRU
# </chapters/5_today/plot_03_minimal>`, the state space layer S4D, whose decays are fixed while it
# reads, and linear attention with :doc:`the delta rule </chapters/5_today/plot_07_matrix>`. Each
# starts as its class starts by default.
#
# Equal parameters are not equal width or work
# --------------------------------------------
#
# Give each network at most 2,000 parameters and the largest width that fits. Count the
# multiplications of one sequence as well, from the equations of the cell and of the readout. For a
# plain RNN with D numbers in, width H and O numbers out, over T steps, these are
#
# .. math::
#
#    T \left( H (D + H) + 2 H^2 + 2 H O \right)
#
# where the last two terms are the readout, two layers with 2H ReLUs between them. A gate costs
# another :math:`H (D + H)`. The delta rule has :math:`3 H D` weights for queries, keys and values.
# Its state is a matrix of shape (H, H), so each step takes another :math:`3 H^2`: it reads the
# matrix twice and adds one product to it. On the first task:

print(f"{'keep':12s} width  parameters  multiplications  updates at equal work")
for cell in experiment.CELLS:
    width = experiment.width("keep", cell)
    size = count_parameters(experiment.network("keep", cell, width))
    work = experiment.multiplications("keep", cell)
    few = experiment.updates_at_equal_work("keep", cell)
    print(f"{cell:12s} {width:5d}  {size:10,d}  {work:15,d}  {few:21d}")

# %%
# The minGRU and the delta rule have no weights of shape (H, H), so both are wide. But the state of
# the delta rule has this shape, so a sequence costs it about twice as much as it costs the plain
# RNN. The last column shows how many updates of each cell cost as much as 120 updates of the
# cheapest one.
#
# No cell is first on all five tasks
# ----------------------------------
#
# Now train every cell on every task, with at most 120 batches of 32. On each task each cell has the
# largest of three learning rates that was about as good as the best, tried on two other seeds.
# Where that is the largest tried, a still larger one might do better. We chose the tasks' lengths,
# the budget of parameters, the batch, the number of updates and which three rates to try on one of
# these seeds. Training had to be short, and some cell had to do well on each task. Nothing else was
# tuned.
#
# .. predict::
#
#    One of the six cells is right on overwritten keys, and no other comes close. Which one? Where
#    does that cell fail?

result = experiment.run()
fig = pictures.updates(result, baselines)

# %%
# A panel is a task, a column is a cell, and a mark is a run; higher is better. Begin with the last
# column. Every run of the delta rule is right on more than 90 % of overwritten keys, and no run of
# another cell on half of them. On the echo, the delta rule gets fewer than half right, and every
# run of the plain RNN and of S4D more than 80 %. On parity, the LSTM and the GRU are right in every
# run, and the other four cells guess. On keep, the plain RNN and the LSTM have runs that learn
# the task and runs that do not.
#
# .. dropdown:: Why?
#
#    A delta write replaces what a key holds, and overwritten keys ask for just that. But its key
#    comes from the input alone, so two equal symbols of an echo get the same key, whenever they
#    come. S4D weights each input by its age. An echo has one age; on *keep* the noise gets the same
#    weights as the bit that matters. The gates of a minGRU see the input, so they can skip a blank,
#    but nothing looks at the state. Parity has to be updated from the parity before, and a minGRU
#    cannot see it. An LSTM, a GRU and a plain RNN can, but the plain RNN did not learn it in so few
#    updates.
#
# The sLSTM learns the three tasks of the table
# ---------------------------------------------
#
# Each new layer of this part has added its row to one table. Here it is whole, trained as above;
# *copy* and *parity* are those above, and *keep* has 50 steps. S6 has a smaller state than by
# default, and longer steps, because training is short. The transformer, S6, the signed minGRU and
# the sLSTM had the same three learning rates. Shares of right answers, in one run for each row:

from rnnbook.experiments import three_tasks

print(" " * 15, *(f"{task:>6s}" for task in three_tasks.PROBLEMS))
for row, shares in three_tasks.so_far("sLSTM", seeds=(0,)).items():
    print(f"{row:15s}", *(f"{share:6.2f}" for share in shares.values()))

# %%
# Read it by column. On *keep*, a gate that can close or a key of its own helps, and S4D has
# neither. A plain RNN can hold the bit too, but some of its runs do not learn to. *Copy* asks for a
# choice by the input and for the order. On *parity*, it helps to look at the state, as LSTM, GRU
# and sLSTM do, or to have factors that flip a sign. The transformer looks back at everything and
# still has to count. In this run the GRU and the signed minGRU learn all three tasks, too. We claim
# it only for the median sLSTM of three runs: on other seeds, some runs of the GRU do not learn
# parity within 120 updates.
#
# Equal work halves the updates of the delta rule
# -----------------------------------------------
#
# Equal parameters with equal updates is one idea of fairness. Another is equal work:
# multiplications a sequence times updates. We count them and do not use a clock, because a clock
# also measures who wrote the loop. We look at the same runs earlier in training, when each cell has
# done as much work as the cheapest one does in 120 updates:

for cell in experiment.CELLS:
    spent = [experiment.updates_at_equal_work(name, cell) for name in baselines]
    right = [np.median(result.work[name, cell]) for name in baselines]
    print(f"{cell:12s}", *(f"{n:4d}" for n in spent), "  ", *(f"{share:.2f}" for share in right))

fig = pictures.work(result, baselines)
plt.show()  # a script shows its figures here, in windows

# %%
# The table has the updates at equal work, a column for each task in the order above, and then the
# shares of right answers, each the median of three runs. In the figure, hollow marks are the runs
# of the previous figure, and filled marks are the same runs at equal work. The delta rule gets
# about half of its updates. No median is 0.1 lower than after all updates. In these runs, a cell
# that learned a task had learned most of it by then. We claim it only for *keep*: on other seeds,
# some runs of the delta rule have not learned to overwrite by then.
#
# Equal in one way is unequal in others
# -------------------------------------
#
# "Equal" hides more choices than these two. The count is for reading step by step; S4D by a
# convolution, or the delta rule in chunks, gives the same outputs with other counts. The cells
# start with different memories: the delta rule forgets nothing by itself, and the gates of a minGRU
# begin near one half. :doc:`Long biases </chapters/5_today/plot_03_minimal>` would change that, and
# ``signed=True`` would help :doc:`with parity </chapters/5_today/plot_05_state_tracking>`. The
# readout of ReLUs takes a part of every budget, and not all cells need it. Three learning rates for
# each are equal effort, but they may not be near the best rate of each.
#
# .. note::
#
#    **Where this stands (2026).** Such tables depend on tuning: :cite:t:`melis2018state` tuned all
#    contenders alike, and a standard LSTM came out ahead of newer cells.
#    :cite:t:`jozefowicz2015empirical` searched over thousands of cells and found one that beat LSTM
#    and GRU on some tasks but not on all. :cite:t:`poli2024mechanistic` report that scores on small
#    synthetic tasks correlate with the perplexity of large models at equal compute.
#
# Does any cell win everywhere? No. Each of the six is behind another one somewhere, so choose by
# what your task asks to be remembered.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * No cell leads everywhere. In the median run, the delta rule is over 0.3 ahead of every other
#      cell on overwritten keys, and over 0.3 behind the plain RNN on the echo.
#    * Equal parameters are not equal width or work. With 2,000 at most, a minGRU is over 1.5 times
#      as wide as an LSTM, and the delta rule multiplies over 1.5 times as often as the RNN.
#    * The median sLSTM learns all three tasks. It gets over 0.8 of the answers right on each; on
#      parity, the median transformer, minGRU, S4D, S6 and delta rule get fewer than 0.65.
#    * A lead can survive equal work. With fewer than half of its updates, the delta rule is still
#      right at over 95 % of the steps of the keep task, S4D at fewer than 75 %.
