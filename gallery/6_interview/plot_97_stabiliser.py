# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Stabiliser: why does an xLSTM carry one?
========================================

.. asked:: today 3

.. stands-on:: xlstm

.. answer::

   Its input gate is an exponential, which overflows in 32 bits past an exponent of 88. The layer
   divides cell and normaliser by the exponential of a running maximum, which cancels in their
   quotient and leaves the output as it was.
"""

# %%
# .. claim:: Steep gates choose well and overflow. Without the stabiliser, a gate with exponents up
#    to 1,000 loses over 0.9 of its answers; with it, the error falls below a tenth of the baseline.

from rnnbook.experiments import xlstm as experiment

result = experiment.run()
print("steepness   error, stabilised   answers lost without")
for steepness in experiment.STEEPNESS:
    error, lost = result.by_hand[steepness].mean(), result.lost[steepness].mean()
    print(f"{steepness:9,d}{error:20.2f}{lost:23.0%}")

# %%
# One sLSTM unit, set by hand, has to keep the value that came with the best of 100 scores. The
# logarithm of its input gate is the score, between 0 and 1, times the steepness. Errors are over
# that of the best answer without memory.
#
# .. wrong-answer:: It clips the exponent, so that no gate becomes too large.
#
#    Clipping would change the answer, because all scores past the limit would count the same. If
#    exponents were clipped near 88, a steepness of 1,000 would choose no better than one of 100.
#
# .. follow-up:: Is a sigmoid forget gate enough?
#
#    No, it only delays the failure. An exponential forget gate can multiply large numbers step
#    after step; a sigmoid does not, but the input gate alone overflows past 88. How often either
#    happens is :doc:`counted by scale </chapters/5_today/plot_08_xlstm>`.
#
# .. follow-up:: Where else do you know this from?
#    :further:
#
#    From softmax, which subtracts its maximum for the same reason. The sLSTM's cell divided by its
#    normaliser is such a weighted mean, computed while the candidates arrive, so its maximum has to
#    be a running one.
#
# .. follow-up:: Does it cancel in the mLSTM too?
#    :further:
#
#    Yes, if the floor under the normaliser is divided as well: 1 becomes the exponential of minus
#    the maximum.
#
# .. checklist::
#
#    * exponentials overflow past 88 in 32 bits
#    * a running maximum of all weights' logarithms is subtracted
#    * it cancels between cell and normaliser
#    * a sigmoid forget gate does not make the input gate safe
