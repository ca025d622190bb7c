# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What does detach do to a state, and when do you need it?
========================================================

.. asked:: gradients 2

.. stands-on:: truncation shapes

.. answer::

   It returns the same numbers without their history, so no gradient goes further back. You need it
   between two chunks of one sequence, for every part of the state, and you have to assign the
   result.
"""

# %%
# .. claim:: detach() cuts only if its result is assigned. With the result dropped, the first
#    chunk's inputs get over 0.03 of the gradient that the second chunk's inputs get; with it
#    assigned, exactly none.

import torch
from torch import nn

torch.manual_seed(0)
rnn, xs = nn.RNN(3, 32, batch_first=True), torch.randn(4, 20, 3)
print("between the chunks   norm of outputs   gradient before the cut")
for name in ("nothing", "h.detach()", "h = h.detach()"):
    first, second = (x.clone().requires_grad_() for x in xs.split(10, dim=1))
    h = rnn(first)[1]
    if name == "h.detach()":
        h.detach()
    if name == "h = h.detach()":
        h = h.detach()
    output = rnn(second, h)[0]
    output.sum().backward()
    reached = 0 if first.grad is None else first.grad.norm()
    print(f"{name:20s}{output.norm():16.3f}{reached:26.3f}")

# %%
# The outputs have the same norm in all three rows. The gradient stops only in the last row, where
# the result is assigned.
#
# .. wrong-answer:: You rarely need it, because PyTorch's layers detach a state that you pass in.
#
#    "Layers detach" gives it away: a layer cannot know where your gradient should end. If layers
#    detached by themselves, no gradient would reach the first chunk either way. In the first two
#    rows the gradient does reach it.
#
# .. follow-up:: What happens if you forget it?
#
#    With a backward pass after each chunk, the second one stops with an error, because the graph of
#    the first chunk is already gone. So here the mistake does not stay silent. If you add up all
#    losses and run one backward pass, no error comes, but the graph of the whole sequence stays in
#    memory.
#
# .. follow-up:: The error message suggests retain_graph=True. Is that the fix?
#    :further:
#
#    Not in a loop that trains. The kept graph was recorded with weights that :doc:`the optimiser
#    has changed since </chapters/2_training/plot_06_truncation>`, so the next backward pass stops
#    with another error. With one update at the end it runs, and costs the memory of the whole
#    sequence.
#
# .. follow-up:: What about an LSTM?
#    :further:
#
#    Its state is a pair, h and c, and the gradient travels through both. Detach both, because half
#    a cut ends in the same error. ``detach_()`` cuts the state of a batch in place, without an
#    assignment. On a view, such as ``output[:, -1]``, it raises an error.
#
# .. checklist::
#
#    * same numbers, no history
#    * assign the result
#    * every part of the state: h and c
#    * forgotten: usually an error at the second backward pass
