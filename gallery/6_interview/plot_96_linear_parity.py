# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Can a linear recurrence compute parity?
=======================================

.. asked:: today 3

.. stands-on:: state_tracking automata

.. answer::

   Yes, if its factors can be negative: multiply the state by -1 at each 1, and its sign is the
   parity. Factors that are never negative fail at some length at fixed precision, though a count
   works up to a bound.
"""

# %%
# .. claim:: One unit is enough. Multiplied by -1 at each 1, it gets every string of 2,000 bits
#    right; a count with positive factors does so at 20, but gets under 60 % at 100.

from rnnbook.experiments import state_tracking as experiment

result = experiment.run()
print("last answers right, three runs, trained on 20 bits")
for name in ("minGRU", "minGRU, signed", "LSTM"):
    for length in (20, 500):
        shares = result.right["parity", name, length]
        print(f"{name:15s}{length:4d} bits", *(f"{share:5.0%}" for share in shares))

# %%
# The claim is about weights set by hand, the table about training. The signed minGRU learns the
# flip and fades, because its factors stay short of -1, and a product of many such factors vanishes.
#
# .. wrong-answer:: No. Parity is XOR, and XOR needs a nonlinearity.
#
#    "Linear" is the trap: the layer is linear in its *state*, but the input chooses the factor, so
#    input and state are multiplied. If parity needed a nonlinearity over time, the sign flip would
#    do no better than guessing.
#
# .. follow-up:: Why are positive factors not enough?
#
#    On a string of ones, such a unit only ever moves in one direction, and parity has to alternate.
#    :cite:t:`sarrof2024expressive` prove that no stack of such layers, at fixed precision, is right
#    at every length.
#
# .. follow-up:: Why does an LSTM go on where the trained flip fades?
#    :further:
#
#    Its next state depends on its state in a nonlinear way, so small errors can be repaired at each
#    step. :doc:`Round the gates </chapters/5_today/plot_05_state_tracking>` of the signed minGRU,
#    and it goes on, too.
#
# .. follow-up:: And if the order of the inputs matters, as with permutations?
#    :further:
#
#    Factors of single units commute, so their product does not show the order; only what is added
#    can. A delta rule with beta up to 2 can multiply by reflections, which do not commute;
#    :cite:t:`grazzi2025unlocking` train such layers.
#
# .. checklist::
#
#    * the input chooses the factor, -1 or 1
#    * the condition: sign of the factors, precision, every length
#    * a count and a wide readout do it up to a bounded length
#    * trained factors are short of -1, and fade
