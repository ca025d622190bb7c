# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What does attention fix, and what does it not?
==============================================

.. asked:: today 2

.. stands-on:: attention lstm

.. answer::

   The decoder no longer depends on one last state alone: it can look back at every state of the
   encoder, so the path to a distant word is short. Access is still not equal, because each word
   counts only by its weight.
"""

# %%
# .. claim:: Attention reaches a distant letter, but not equally. Before training, attention gives
#    the first of 50 letters less than half of the last one's gradient, but over 1,000,000 times the
#    share that one state gives it.

from rnnbook.experiments import look_back

result = look_back.run()
print("gradient at a letter, as a share of the last one's")
for distance in (0, 1, 10, 25, 49):
    shares = (f"{name} {result.share[name][0, distance]:.0e}" for name in look_back.NETWORKS)
    print(f"{distance:2d} letters before it   ", "   ".join(shares))

# %%
# Through one state the share shrinks from letter to letter. With attention it soon stops shrinking,
# because every state has a path of its own to the answer. Before training, the attention weights
# are nearly equal, so the last letters lead only because they also reach the decoder through the
# state.
#
# .. wrong-answer:: Attention gives all words equal access, so gradients cannot vanish any more.
#
#    "Equal" gives it away. If access were equal, the first letter would get as much gradient as the
#    last. A letter's gradient through attention is multiplied by its weight, and the last letters
#    also reach the decoder through the state. Where a weight is close to zero, that path closes.
#
# .. follow-up:: Do transformers still have gradient problems?
#
#    Yes, in depth. :cite:t:`xiong2020layer` show that the place of the normalisation decides how
#    large gradients are at the start. Depth also has a problem in the forward pass:
#    :cite:t:`dong2021attention` show that attention alone, without skip connections, makes all
#    words alike as layers are added.
#
# .. follow-up:: What else does attention not fix?
#    :further:
#
#    Lengths that were never trained: in :doc:`our runs
#    </chapters/3_architectures/plot_07_attention>` it fails on words of twelve letters as one state
#    does. It costs a score for every pair of words. And self-attention without a mask does not know
#    their order, so it needs positions.
#
# .. follow-up:: Was one state too small?
#    :further:
#
#    Test it before you say so. In :doc:`our runs </chapters/3_architectures/plot_07_attention>` one
#    state learned nearly all of the words, with more updates.
#
# .. checklist::
#
#    * the bottleneck: one state for all that was read
#    * a short path from every word to the answer
#    * each path is scaled by its weight
#    * still open: depth, cost, order, unseen lengths
