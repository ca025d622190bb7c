# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
r"""
Linear attention as an RNN: what is its state?
==============================================

.. asked:: today 2

.. stands-on:: matrix attention

.. answer::

   A matrix S: the sum over the tokens so far of value times key, :math:`v k^\top`, which a query q
   reads as :math:`S q`. With d numbers in a key and in a value it holds :math:`d^2` numbers,
   however many tokens it read.
"""

# %%
# .. claim:: The matrix gives the same outputs. Over 128 steps, outputs read from the matrix step by
#    step agree within 1e-10 with the masked product of all queries and keys, and with chunks.

import torch

from rnnbook.experiments import matrix as experiment
from rnnbook.layers import LinearAttention

layer = LinearAttention(3, 16, batch_first=True)
for steps in (1, 1000):
    _, S = layer(torch.randn(1, steps, 3))
    print(f"{steps:5,d} steps: a state of {S.numel()} numbers")
apart, _ = experiment.forms(seed=0)
for form in ("masked", "chunks"):
    print(f"step by step, from {form}: {apart['linear attention', form]:.0e}")

# %%
# The first lines count the state of one head. The others are the largest differences in 64 bits, of
# one untrained layer and relative to its largest output. The layer has no softmax and, unlike the
# original, no feature map or normaliser. A normaliser adds a vector to the state, the sum of the
# mapped keys.
#
# .. wrong-answer:: A vector, a summary that approximates what attention sees.
#
#    Without a softmax nothing is approximated. If the state only approximated attention, its
#    outputs would differ from the masked product by more than rounding. They do not.
#
# .. follow-up:: Why does the softmax stand in the way?
#
#    Without it, :math:`v_j (k_j^\top q) = (v_j k_j^\top) q`, so the sum over j needs no query. No
#    two vectors of fixed size, one of the key and one of the query, have :math:`\exp(k_j^\top q)`
#    as their product. A feature map φ replaces it by :math:`\phi(k_j)^\top \phi(q)`
#    :cite:p:`katharopoulos2020transformers`.
#
# .. follow-up:: Which form do you train with?
#    :further:
#
#    Chunks, on long sequences. The loop waits at each step, and the masked product does work that
#    grows with the square of the length. Within a chunk take the product, and pass on the matrix
#    from chunk to chunk.
#
# .. follow-up:: What do RetNet and Mamba-2 change?
#    :further:
#
#    The matrix fades: :math:`S_t = a_t S_{t-1} + v_t k_t^\top`. RetNet :cite:p:`sun2023retentive`
#    fixes a for each head, and Mamba-2 :cite:p:`dao2024transformers` reads it from the input. All
#    three forms remain, as :doc:`the chapter </chapters/5_today/plot_07_matrix>` shows.
#
# .. checklist::
#
#    * the state is a matrix, a sum of products of values and keys
#    * its size is fixed: numbers in a value times numbers in a key
#    * loop, masked product and chunks give the same outputs
#    * exact for linear attention, not for a softmax
