# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
A state space layer is a convolution: why is a selective one not?
=================================================================

.. asked:: today 2

.. stands-on:: state_spaces scan

.. answer::

   With fixed parameters, an input k steps ago always has the same weight, and the weights of all k
   are the kernel of a convolution. If the input sets the decays, the weights can differ from step
   to step, and a scan replaces the convolution.
"""

# %%
# .. claim:: Selection unmakes the convolution. With fixed decays, a padded FFT gives the recurrence
#    to 1e-12, and an impulse has one response. With decays from the input, two of its responses
#    differ by over 0.05.

from rnnbook.experiments import state_space_convolution as experiment

result = experiment.run()
print("distance from the recurrence with fixed decays, relative to its norm, by seed")
print("FFT, zero-padded", *(f"{value:8.0e}" for value in result.padded))
print("FFT, not padded ", *(f"{value:8.2f}" for value in result.circular))
print("\nlargest distance of a response at four other steps from that at the first")
for name, moved in result.moved.items():
    print(f"{name:16s}", *(f"{value:8.2g}" for value in moved))

# %%
# The first two rows are one convolution, by a Fourier transform, FFT. Without padding this
# convolution is circular: what runs past the end of the sequence comes back at its beginning. In
# the last two rows, the same impulse is written at five steps of a sequence. With fixed decays the
# responses are the same; with decays from the input they are not.
#
# .. wrong-answer:: It is linear in the state, so it is a convolution too.
#
#    Linear is not enough: a convolution also does the same thing at every step. If linearity in the
#    state were enough, both systems would answer alike at every step. The selective one does not.
#
# .. follow-up:: How is a selective layer trained, then?
#
#    By :doc:`a scan </chapters/5_today/plot_02_scan>`. Its decays are known before the state is, so
#    steps in a row can still be joined into one. :cite:t:`gu2023mamba` do so for Mamba.
#
# .. follow-up:: Which form do you use when?
#    :further:
#
#    In use, the recurrence: one step costs the same at any length. In training, an FFT or a scan.
#    :doc:`All three agree </chapters/5_today/plot_04_state_spaces>` where decays are fixed.
#
# .. checklist::
#
#    * a convolution needs the same response at every step
#    * fixed decays have one kernel, selective ones have one for each step
#    * zero-pad before the Fourier transform
#    * linear in the state is enough for a scan
