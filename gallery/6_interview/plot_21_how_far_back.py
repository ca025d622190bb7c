# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What does truncated BPTT give up, and how do you choose k?
==========================================================

.. asked:: gradients 2

.. stands-on:: truncation bptt

.. answer::

   Truncated BPTT gives up every part of the gradient that crosses a cut: every k steps only the
   state is passed on, so memory stays bounded. I choose k a few times the distance that matters, as
   far as memory allows.
"""

# %%
# .. claim:: A dependency longer than k can be learned. In chunks of 35, every tanh network that
#    starts from orthogonal weights is right in over 0.9 of questions about a bit 50 steps back.

from rnnbook.experiments import far_question, truncation

result = far_question.run()
print("state carried over the cut:", *(f"{share:.2f}" for share in result.carried))
print("zeros instead:             ", *(f"{share:.2f}" for share in result.zeros))
for k in (35, 70, 140):
    print(f"k = {k:3d}: {truncation.waiting(k, k) / 1024:4.0f} KiB wait for the backward pass")

# %%
# The first rows are shares of right answers, one column per network; chance is one half. No
# gradient reaches the bit, but the state carries its trace over the cut. Memory grows with k.
#
# .. wrong-answer:: With k = 35 a dependency over 50 steps is invisible, so the network answers by
#    chance.
#
#    This confuses the gradient with the memory. If a cut hid the bit, the share of right answers
#    would be one half. The state brings a trace over, and later steps can learn to read it. Other
#    networks can fail.
#
# .. follow-up:: How far back does a transformer's gradient reach?
#
#    Within its window, attention joins any two positions in one hop per layer
#    :cite:p:`vaswani2017attention`, so no gradient has to survive k Jacobians. But access is not
#    equal. Attention weights scale each gradient, the mask hides the future, and depth has problems
#    of its own :cite:p:`dong2021attention`. The window costs quadratic time, and what comes before
#    it is lost unless cached. :cite:t:`dai2019transformer` cache states without their gradient, and
#    call that analogous to truncated BPTT.
#
# .. follow-up:: Do updates have to come every k steps?
#    :further:
#
#    No. :cite:t:`williams1990efficient` go back h steps, every h' steps. With h' smaller than h,
#    more pairs of steps lie within reach, at more computation.
#
# .. follow-up:: What does a larger k cost?
#    :further:
#
#    Memory grows in proportion, the same text gives fewer updates, and the gradient may fade inside
#    the chunk: see :doc:`truncation </chapters/2_training/plot_06_truncation>`.
#
# .. checklist::
#
#    * detach the state every k steps, and carry it on
#    * before the cut the gradient is exactly zero
#    * the state crosses the cut, so a network can use, and sometimes learn, what lies beyond it
#    * k trades reach against memory and number of updates
