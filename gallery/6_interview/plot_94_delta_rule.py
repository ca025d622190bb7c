# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
The delta rule: what does it add to linear attention?
=====================================================

.. asked:: today 3

.. stands-on:: matrix

.. answer::

   Before it writes a value, it subtracts what the matrix holds under that key, so a full write to a
   key of norm 1 replaces its value, and orthogonal keys keep theirs. Each write is one step of
   gradient descent on that key's squared error.
"""

# %%
# .. claim:: Of three writes, only the delta rule replaces. Once one of four orthogonal keys is
#    written again, delta reads all within 1e-10; sums and decays are over a tenth off there, and
#    decays on average elsewhere.

from rnnbook.experiments import matrix as experiment

off = experiment.off(seed=0)
print(f"{'off by':8s}{'the key written again':>24s}{'the others':>14s}")
for name in ("sum", "decay", "delta"):
    print(f"{name:8s}{off[name, 'again']:24.2f}{off[name, 'others']:14.2f}")

# %%
# The numbers are distances from the last value of a key, as a share of its norm; for the other keys
# the number is their mean. The sum reads both values of the first key at once. A decay, here
# ``0.9`` a step, fades the old value and every other with it.
#
# .. wrong-answer:: It lets old values fade, so that new ones count more.
#
#    That is a decay. If the delta rule were a decay, the keys that were not written again would
#    fade too. They are read exactly.
#
# .. follow-up:: Why is it gradient descent?
#
#    The loss of a key is :math:`\tfrac{1}{2} \| S k - v \|^2`, and its gradient
#    :math:`(S k - v) k^\top`. With learning rate β, one step is
#    :math:`S + \beta (v - S k) k^\top`, the write of :cite:t:`schlag2021linear`.
#
# .. follow-up:: Each write needs the one before it. How is it trained without a loop?
#    :further:
#
#    In a chunk, what is written, U, solves :math:`(I + \mathrm{tril}(\beta K K^\top, -1)) U = \beta
#    V` :cite:p:`yang2024parallelizing`, where β multiplies rows and the chunk starts from zero. The
#    rest is a masked product.
#
# .. follow-up:: Why also a decay?
#    :further:
#
#    To clear what no key will replace. The gated DeltaNet :cite:p:`yang2024delta` has both.
#    :doc:`The chapter </chapters/5_today/plot_07_matrix>` has all of these as one layer.
#
# .. checklist::
#
#    * it writes the difference to what the key holds
#    * a decay fades all keys, the delta rule corrects one
#    * with keys of norm 1 and β = 1, it replaces
#    * it helps where keys come again
