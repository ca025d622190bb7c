# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Which forget bias do you give an LSTM, and why?
===============================================

.. asked:: gates 2

.. stands-on:: lstm initialisation

.. answer::

   The bias sets how far open the forget gate starts, about the sigmoid of the bias, and a cell
   keeps that share at each step. I take about the logarithm of the distance to bridge, because a
   bias of one leaves little over long distances.
"""

# %%
# .. claim:: Bias one is not gate one. In an untrained LSTM with forget bias 1 the cell path keeps
#    less than 0.0001 of the gradient over 40 steps; with bias 5, more than 0.5.

from rnnbook.experiments import lstm as experiment

print("forget bias  10 steps  40 steps  100 steps")
for name, bias in experiment.STARTS.items():
    _, path, _ = experiment.by_distance(bias, seed=0)
    kept = "   ".join(f"{path[back]:7.0e}" for back in (10, 40, 100))
    print(f"{name.removeprefix('forget bias '):11s}  {kept}")

# %%
# Each number is the mean share that the cell path keeps. The path multiplies one forget gate per
# step, so a gate that is a little wider open at every step leaves far more after a hundred.
#
# .. wrong-answer:: Set the forget bias to one: then the gate is one, and the cell keeps everything.
#
#    "The gate is one" gives it away: the bias goes through a sigmoid first. If the gate were one,
#    the cell path would keep all of the gradient. A bias of one opens the gate to about three
#    quarters.
#
# .. follow-up:: How do you set it in PyTorch?
#
#    PyTorch adds two biases, ``bias_ih`` and ``bias_hh``, and orders the rows input, forget,
#    candidate, output. Set the second quarter of one of them, and set the second quarter of the
#    other to zero. If you set both to one, you have a forget bias of two.
#
# .. follow-up:: Where does the advice to use one come from?
#    :further:
#
#    :cite:t:`gers2000learning` introduced the forget gate and started with it open.
#    :cite:t:`jozefowicz2015empirical` recommend a bias of one for every application, after it had
#    closed the gap between the LSTM and the GRU in their comparison.
#
# .. follow-up:: What is chrono initialisation?
#    :further:
#
#    :cite:t:`tallec2018can` draw the forget biases as logarithms of lengths up to the longest
#    expected one, so that the cells start with memories of all these lengths. The input
#    gates get the same biases, but with a minus.
#
# .. checklist::
#
#    * the gate starts near the sigmoid of the bias
#    * the share kept is about the gate to the power of the distance
#    * a bias of one for short distances, more or chrono for long ones
#    * PyTorch adds two biases
