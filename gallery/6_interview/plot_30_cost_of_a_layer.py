# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What do a recurrent layer and attention cost in time and memory?
================================================================

.. asked:: gradients 3

.. stands-on:: bptt attention

.. answer::

   Over T steps with H units, a recurrence takes about :math:`T H^2` multiplications, one step after
   another, and attention :math:`T^2 H`, all steps at once. Training memory is linear in T, if
   attention recomputes scores; when generating, recurrence holds one state, attention a growing
   cache.
"""

# %%
# .. claim:: Checkpoints save memory and change no gradient. Over 1,024 steps with every 32nd
#    state kept, a backward pass holds 64 states at once instead of 1,025, and its gradient is equal
#    to the last bit.

from rnnbook.experiments import checkpoints as experiment

result = experiment.run()
print("steps between checkpoints   states held   states computed")
for every, held in result.held.items():
    print(f"{every:25d}{held[0]:14d}{result.computed[every][0]:18d}")

# %%
# In the first row every state is kept. In the second row, 32 checkpoints and one stretch of 32
# steps are in memory, and almost every state is computed twice.
#
# .. wrong-answer:: Recurrence is linear in time and constant in memory, and attention is quadratic
#    in both.
#
#    "Constant" gives it away: memory is constant while reading, not in backpropagation. If memory
#    were constant, the backward pass would hold a single state. "Linear" counts multiplications,
#    but a plain loop waits for each step. And attention need not store its scores.
#
# .. follow-up:: From which length on does attention multiply more?
#
#    Compare :math:`T^2 H` with :math:`T H^2`: once T is larger than H, as in the table of
#    :cite:t:`vaswani2017attention`. That leaves out constant factors and the projections, which are
#    linear in T. Which is faster on a machine is another question, because attention's steps run
#    side by side.
#
# .. follow-up:: Does attention need memory for T times T scores?
#    :further:
#
#    A plain implementation stores them, once for each head and sequence.
#    :cite:t:`dao2022flashattention` compute the same attention in blocks, with memory linear in T.
#
# .. follow-up:: Does a recurrence have to wait for each step?
#    :further:
#
#    A linear one does not: :cite:t:`martin2018parallelizing` train it with a parallel scan. A
#    nonlinear one waits in the plain loop.
#
# .. checklist::
#
#    * :math:`T H^2` in sequence, :math:`T^2 H` in parallel
#    * training stores every step; checkpoints trade time for memory
#    * generating: one state against a growing cache
#    * scores need not be stored
