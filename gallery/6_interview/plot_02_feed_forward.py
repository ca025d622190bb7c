# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
How does a recurrent network differ from a feed-forward network?
================================================================

.. asked:: basics 1

.. stands-on:: order one_step

.. answer::

   A plain feed-forward network maps one input of fixed size to an answer and keeps nothing. A
   recurrent network applies the same weights at every step and also reads its own last state, so it
   takes any length, and the past can change its answers.
"""

# %%
# .. claim:: Feed-forward networks can see order, too. Swapping the two words before the last leaves
#    a word-by-word network's answer unchanged; the answers of a whole-phrase and a recurrent
#    network move by more than 0.2 of the spread.

from rnnbook.experiments import word_swap

result = word_swap.run()
print("the answer moves by this share of the spread, one column per seed")
for name, moved in result.moved.items():
    print(f"{name:27s}", *(f"{share:5.2f}" for share in moved))

# %%
# The networks are untrained, and the two words before the last are swapped. The first network gets
# the same last word, so it gives the same answer. The second one has separate weights for every
# place, and the third has a state.
#
# .. wrong-answer:: A feed-forward network cannot see the order of words, so text needs recurrence.
#
#    This mixes up what a network reads at once with what it keeps. If only recurrence saw order,
#    swapping two words would not move the network that reads the whole phrase. What such a network
#    lacks is a state, and weights for a longer phrase.
#
# .. follow-up:: When is the feed-forward network enough?
#
#    When the answer depends on a fixed number of inputs that you can lay side by side. :doc:`On
#    short phrases </chapters/1_foundations/plot_01_order>` it learns word order about as well as a
#    recurrent network, but with more weights.
#
# .. follow-up:: What does the state cost?
#    :further:
#
#    It costs time, because a plain loop computes the steps one after another. It also costs detail,
#    because the state is a summary of fixed size that :doc:`keeps only what its weights pass on
#    </chapters/1_foundations/plot_02_one_step>`.
#
# .. follow-up:: Is an unrolled recurrent network a deep feed-forward network?
#    :further:
#
#    Yes: one layer for each step, all with the same weights, and with a new input at each layer.
#    The depth changes with the length of the sequence.
#
# .. checklist::
#
#    * the state: a second input, which comes from the step before
#    * same input, another past: the answer can differ
#    * the same weights at every step, so any length; a plain feed-forward network takes one size
#    * a feed-forward network with its own weights for each place can see order, too
