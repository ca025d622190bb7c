# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Why does a recurrent network share its weights over time?
=========================================================

.. asked:: basics 1

.. stands-on:: one_step order

.. answer::

   The same few weights work at every step, so every step of a sequence trains them, and what the
   network learns at one step it can use at every other. The same weights also read a sequence of
   any length.
"""

# %%
# .. claim:: What one step learns, later steps use. After 60 updates on sequences of 8 steps, the
#    accuracy of shared weights is more than 0.1 above that of separate ones, and above 0.8 at steps
#    9 to 100.

from rnnbook.experiments import sharing

result, parameters = sharing.run(), sharing.parameters()
print("weights    parameters   accuracy, one column per seed")
for name, seen in result.seen.items():
    print(f"{name:8s} {parameters[name]:12d}  ", *(f"{share:6.2f}" for share in seen))
print("shared, steps 9 to 100", *(f"{share:6.2f}" for share in result.later))

# %%
# Both networks learn to name the symbol of two steps ago, on the same batches, each at the best of
# five learning rates. The last line is the accuracy at steps that no training sequence had. For
# those, the network with separate weights has no weights at all.
#
# .. wrong-answer:: It saves memory, nothing more. With enough memory, each step could have weights
#    of its own.
#
#    "Nothing more" gives it away. If sharing only saved memory, both networks would be right
#    equally often after the same updates. Separate weights have to learn the same rule once for
#    each step, from one example per sequence.
#
# .. follow-up:: What does sharing cost?
#
#    One rule has to serve every step. If the rule should change with the position, the network has
#    to count in its state, or it needs the position as an input.
#
# .. follow-up:: So does it work at any length?
#    :further:
#
#    It runs at any length. Whether it is right there has to be measured: :doc:`a network trained on
#    short phrases can fail on longer ones </chapters/1_foundations/plot_01_order>`.
#
# .. follow-up:: Which other networks share weights over time?
#    :further:
#
#    Most networks for sequences do. A convolution, for example, applies the same small window of
#    weights at every place, but passes no state from one place to the next.
#
# .. checklist::
#
#    * one rule for every step
#    * each step of each sequence trains the same weights
#    * the number of weights does not depend on the length
#    * running at any length is not yet being right there
