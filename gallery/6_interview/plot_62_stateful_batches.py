# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
How do you cut a long text into batches that carry the state?
=============================================================

.. asked:: tasks 2

.. stands-on:: truncation shapes

.. answer::

   Cut the text into as many streams as a batch has rows, and let each row continue the same row of
   the batch before. Keep the chunks in order, detach the state at each cut, and reset a row where a
   new document begins.
"""

# %%
# .. claim:: A row has to continue itself. Then an untrained layer's states equal the uncut stream's
#    to 1e-6; if it continues another row, the first state after the cut is off by over 0.15 of its
#    size.

import torch
from torch import nn

from rnnbook.experiments.shapes import change

torch.manual_seed(0)
gru, text = nn.GRU(10, 32, batch_first=True), torch.randn(160, 10)
streams = text.view(4, 40, 10)  # row i of every batch comes from stream i
at_once, (first, second) = gru(streams)[0], streams.split(20, dim=1)
_, state = gru(first)
print("step of the second chunk      1      2      5     10")
for name, rows in (("same rows", [0, 1, 2, 3]), ("shuffled", [1, 0, 3, 2])):
    output, _ = gru(second[rows], state)
    moved = change(at_once[rows, 20:].transpose(0, 1), output.transpose(0, 1))
    print(f"{name:23s}", *(f"{moved[t - 1]:6.3f}" for t in (1, 2, 5, 10)))

# %%
# The numbers say how far the states are from those of the streams read at once, relative to their
# size. Shuffled rows start from the state after another text. Within ten steps this untrained
# network has forgotten most of that text.
#
# .. wrong-answer:: Shuffle the chunks as usual, and pass the last state to the next batch.
#
#    "Shuffle" gives it away: the state in row three belongs to the text in row three. If any chunk
#    could follow, shuffled rows would have the same states as streams read at once. No error tells
#    you, and a trained network may hold the wrong state for longer.
#
# .. follow-up:: What if chunks that follow each other stand in one batch?
#
#    The rows of a batch are read side by side. So a row does not start from the state after the
#    chunk right before it in the text, but from that of the same row one batch earlier. That is
#    wrong unless a batch has a single row.
#
# .. follow-up:: When may you shuffle?
#    :further:
#
#    When no state is carried: every row, a whole sequence or a chunk, starts from zeros. You can
#    also shuffle whole documents before you join them to streams.
#
# .. follow-up:: What if one row's document ends in the middle of a chunk?
#    :further:
#
#    Split the chunk there. Set that row of the state to zero before the new document (of an LSTM,
#    that row of h and of c), and leave the other rows as they are.
#
# .. checklist::
#
#    * one stream for each row; row i continues row i
#    * no shuffling of chunks
#    * detach at each cut
#    * reset a row at a new document
