# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
The initial state: zeros, carried or learned?
=============================================

.. asked:: today 2

.. stands-on:: truncation shapes

.. answer::

   Zeros where a sequence begins, and the carried state where a chunk continues one. A learned start
   is a constant, the same for every sequence: it can say that a sequence begins, but not what came
   before.
"""

# %%
# .. claim:: A learned start does not replace the past. At a chunk's first step its error is within
#    10 % of that with zeros; with the carried state, the error is below a tenth of that with zeros.

import numpy as np

from rnnbook.experiments import initial_state as experiment

result = experiment.run()
print("step of the chunk     1      2      3      4")
for start, error in result.error.items():
    print(f"{start:15s}", *(f"{e:6.2f}" for e in np.median(error, axis=0)[:4]))

# %%
# The task is to add up the last three inputs, and two of them may lie before the chunk. Only the
# network with the carried state reads the chunk before; it is trained on both chunks as one
# sequence, without a cut. The numbers are squared errors, medians of three networks for each row.
# Each missing input costs about one, its variance.
#
# .. wrong-answer:: Learn the initial state, because a network that starts from zeros lacks context.
#
#    "Lacks context" gives it away: a constant has no context either. If a learned start could
#    replace what was read, its error would be as low as with the carried state. It is about as high
#    as with zeros.
#
# .. follow-up:: When can a learned start help?
#
#    It can help when all sequences begin in the same way, and the first answers count. A start
#    symbol does much the same: after one step from zeros, it leaves a learned constant in the
#    state. Either way the gain ends where the network has read enough.
#
# .. follow-up:: How do you learn it in PyTorch?
#    :further:
#
#    Make it a parameter with a batch of one, and repeat it for the batch of each call: cuDNN takes
#    no expanded view. An LSTM needs two, for h and for c. Without an argument, PyTorch's layers
#    start from zeros.
#
# .. follow-up:: What goes wrong with a carried state?
#    :further:
#
#    It has to belong to the same sequence, and in training it has to be :doc:`detached at each cut
#    </chapters/2_training/plot_06_truncation>`. Carried into a new sequence, it brings along
#    :doc:`what is left of another one </chapters/1_foundations/plot_08_shapes>`.
#
# .. checklist::
#
#    * zeros at a beginning
#    * carried within one sequence, and detached
#    * learned: a constant, like a start symbol
#    * for an LSTM, h and c
