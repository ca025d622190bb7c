# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Why a recurrent network and not a window or a convolution?
==========================================================

.. asked:: basics 1

.. stands-on:: order one_step

.. answer::

   A window or a short convolution sees a fixed number of inputs; what lies further back cannot
   change its answer. If you know how far back to look, a convolution is often enough; if not, take
   a recurrent network, which has no fixed reach.
"""

# %%
# .. claim:: A window is right only within its reach. Seeing 8 inputs, a window and a dilated
#    convolution recall a bit from 6 steps ago with accuracy above 0.9; from 12 steps ago, only a
#    recurrent network does.

from rnnbook.experiments import windows

result, parameters = windows.run(), windows.parameters()
print("                     reach   parameters   6 steps ago   12 steps ago")
for name in windows.NETWORKS:
    near, far = (min(result.accuracy[name, lag]) for lag in windows.LAGS)
    reach = "all" if name == "recurrent network" else windows.reach(name)
    print(f"{name:20s} {reach!s:>5s} {parameters[name]:12d} {near:13.2f} {far:14.2f}")

# %%
# The last two columns are accuracies, in the worst run of three; a coin gets one half. "All" means
# that every earlier input can change the answer.
#
# .. wrong-answer:: A convolution sees only its neighbours, so whatever lies further back needs
#    recurrence.
#
#    Each layer with twice the distance between its inputs doubles the reach. If a convolution saw
#    only its neighbours, it would guess at 6 steps already. Here three layers, each with two
#    inputs, see eight inputs in all.
#
# .. follow-up:: When would you take the convolution?
#
#    When the reach is known and training time counts, because all steps are computed at once.
#    :cite:t:`bai2018empirical` found a simple convolutional network ahead of LSTMs on a range of
#    tasks, and recommend it as a starting point.
#
# .. follow-up:: And the recurrent network?
#    :further:
#
#    When the reach is unknown, or data come one at a time and memory is small: it keeps one state,
#    whereas a window has to keep all its inputs.
#
# .. follow-up:: Does "no fixed reach" mean that it remembers?
#    :further:
#
#    No. The :doc:`weights decide what the state keeps </chapters/1_foundations/plot_02_one_step>`,
#    and with PyTorch's default weights the first input soon fades.
#
# .. checklist::
#
#    * a window has a reach: what lies beyond it cannot change the answer
#    * dilations of 1, 2, 4 and so on double the reach with each layer
#    * a state has no fixed reach, but may forget
#    * convolutions train all steps at once
