# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
How do you use dropout in a recurrent network?
==============================================

.. asked:: gates 2

.. stands-on:: lstm depth

.. answer::

   On inputs, outputs and between layers it is ordinary dropout; on a value carried from step to
   step, a new mask at each step erases what is stored. Inside the recurrence I mask only what gates
   and candidate read, one mask per sequence, or nothing.
"""

# %%
# .. claim:: Cell masks per step erase what is stored. At dropout 0.2 on the cell state, a new mask
#    at each step leaves less than 0.03 of the stored values after 20 steps; one mask leaves over
#    0.7.

from rnnbook.experiments import dropout_in_time as experiment

result = experiment.run()
print("after 20 steps                     left    size")
for mask, left in result.left.items():
    print(f"{mask:32s} {left.mean():6.2f} {result.size[mask].mean():7.2f}")

# %%
# An LSTM whose forget gates are held at one stores values of size one. The columns show the share
# of values left, and their mean size. A mask on the hidden state alone leaves the cell untouched,
# because the gates are held fixed.
#
# .. wrong-answer:: Set the dropout argument of nn.LSTM, and each step drops some of the state; that
#    is only noise, which makes the memory robust.
#
#    PyTorch's argument acts between layers, so with one layer it does nothing but warn. And a value
#    that is carried meets every mask. If a new mask at each step were only noise, as much would be
#    left as after one mask.
#
# .. follow-up:: What did the papers propose?
#
#    :cite:t:`zaremba2014recurrent` drop only on connections that are not recurrent.
#    :cite:t:`gal2016theoretically` also drop recurrent connections, and keep every mask for the
#    whole sequence. :cite:t:`semeniuta2016recurrent` drop entries of the candidate, so that the
#    cell keeps what it holds.
#
# .. follow-up:: Why is the size so large in two of the rows?
#    :further:
#
#    Dropout divides what is left by the share that it keeps. On a carried value that happens once
#    per step, so the size grows exponentially. Rescale once, or mask what the gates read instead.
#
# .. follow-up:: Where does PyTorch's argument act?
#    :further:
#
#    Only on the outputs that one layer passes to the next, with a new mask at each step, and never
#    after the top layer. See :doc:`the chapter on depth </chapters/3_architectures/plot_04_depth>`.
#
# .. checklist::
#
#    * ordinary dropout on inputs, outputs and between layers
#    * new masks on a carried value: the share left falls exponentially
#    * inside: one mask per sequence, or drop only the candidate
#    * PyTorch's argument does nothing with one layer; ``eval()`` switches dropout off
