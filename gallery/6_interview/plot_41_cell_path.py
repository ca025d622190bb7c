# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What is the gradient along an LSTM's cell path, and the whole one?
==================================================================

.. asked:: gates 2

.. stands-on:: lstm

.. answer::

   Along the cell path it is the product of the forget gates, so it lasts only while these are near
   one. The whole gradient adds the paths through the hidden state, which the gates and the
   candidate read, and these can make it larger.
"""

# %%
# .. claim:: Adding is not keeping. With PyTorch's default weights and 32 cells, the cell path keeps
#    less than 0.005 of the gradient over 10 steps; the whole gradient is more than 1.2 times as
#    large.

from rnnbook.experiments import lstm as experiment

print("steps back   cell path   whole")
whole, path, _ = experiment.by_distance(None, seed=0)  # None: the default forget bias
for back in (1, 5, 10, 20):
    print(f"{back:10d}   {path[back]:9.0e}   {whole[back]:.0e}")

# %%
# Each number says how much the sum of the last cells changes with one earlier cell (mean size), in
# an untrained layer. The cell path about halves at each step, because forget gates start near one
# half. The whole gradient also shrinks, but more slowly.
#
# .. wrong-answer:: The cell is only added to, so its gradient is one at every distance and cannot
#    vanish.
#
#    "Only added" gives it away: that was the cell of 1997 :cite:p:`hochreiter1997long`, before
#    :cite:t:`gers2000learning` put in the forget gate. If adding kept the gradient, the cell path
#    would keep all of it at every distance.
#
# .. follow-up:: Why is the whole gradient not the product of the forget gates?
#
#    A change of the cell changes the hidden state, and that changes the next gates and the next
#    candidate, of other cells too. The product of the forget gates holds all of these fixed. So the
#    whole Jacobian has entries off its diagonal.
#
# .. follow-up:: Can the whole gradient also be smaller?
#    :further:
#
#    Yes. Where two paths have opposite signs, they cancel in part. We claim only what we measured,
#    at default weights.
#
# .. follow-up:: When does the cell path carry over a hundred steps?
#    :further:
#
#    When the forget gates are very near one. A gate that keeps 99 in 100 leaves over a third after
#    a hundred steps, and one that keeps nine in ten leaves almost nothing. See :doc:`the chapter on
#    the LSTM </chapters/3_architectures/plot_01_lstm>`.
#
# .. checklist::
#
#    * the cell path: a product of forget gates, cell by cell
#    * it lasts while the gates are near one
#    * the whole gradient adds paths through the hidden state
#    * the cell of 1997 had no forget gate
