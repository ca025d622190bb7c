# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Are gates always better than a plain recurrent network?
=======================================================

.. asked:: gates 2

.. stands-on:: gru copy_first initialisation

.. answer::

   No: at equal parameters a plain network can win, for example on an echo, where symbols only move
   up a queue. Gates can win where an input decides what happens to the state, as in parity, so I
   keep a plain network as a baseline.
"""

# %%
# .. claim:: Either can win. In the median run (at most 100 updates, learning rate 0.01), a plain
#    network is over 0.25 ahead of the GRU on an echo, over 0.2 behind on parity.

import numpy as np

from rnnbook.experiments import gru as experiment

score = experiment.run().race.score
print("share right, median run")
print("       guessing   RNN  LSTM   GRU")
for task in ("echo", "parity"):
    medians = (np.median(score[task, kind, "default"]) for kind in ("RNN", "LSTM", "GRU"))
    guessing = experiment.CONTESTS[task].task.baseline
    print(f"{task:6s} {guessing:8.2f}", *(f"{median:5.2f}" for median in medians))

# %%
# All three have about 1,800 recurrent parameters, default initialisation and at most 100 updates.
# The plain network wins the first row and loses the second.
#
# .. wrong-answer:: Yes. A gated network can do whatever a plain one can, and it remembers longer.
#
#    "Can do" gives it away: it speaks of weights that exist, and training has to find them. If
#    gates never hurt, the GRU would be at least as good on both tasks.
#
# .. follow-up:: Could longer training or another rate reverse this?
#
#    It could, which is why the claim names the rate and the updates. A comparison is only as good
#    as the search behind it, so try the same few learning rates for each network and use its best.
#
# .. follow-up:: On long memories, at least, are gates ahead?
#    :further:
#
#    Not by themselves. In :doc:`our race over 30 steps </chapters/2_training/plot_03_copy_first>`,
#    at one learning rate for all, the default LSTM failed where the median plain network learned.
#    At a higher rate a default GRU learned, too, and with chrono initialisation an LSTM reached 100
#    steps.
#
# .. follow-up:: Why might gates hurt on an echo?
#    :further:
#
#    We did not test it. At equal parameters the plain network has more units, and that may be
#    enough. Another guess is the start: a matrix moves a queue in one product, while a gated
#    network begins as a blend of old and new and has to learn not to keep.
#
# .. checklist::
#
#    * no: it depends on the task
#    * equal parameters and a fair choice of rates
#    * a task where the plain network wins, and one where gates win
#    * long memories: with gates, too, initialisation and learning rate decide
