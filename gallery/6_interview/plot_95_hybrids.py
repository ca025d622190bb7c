# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Hybrids: why mix recurrent layers with attention?
=================================================

.. asked:: today 2

.. stands-on:: matrix bill

.. answer::

   A few layers of attention can restore the exact recall that a state of fixed size loses, while
   the recurrent ones keep the bill low. Memory is not constant: the cache of those few layers still
   grows with every token.
"""

# %%
# .. claim:: Attention is the better second layer. With keys of 8 numbers, a sum and a
#    softmax layer answer more than 95 % of questions about 16 pairs, over 5 points more than two
#    sum layers.

import numpy as np

from rnnbook.experiments import matrix as experiment

for name, shares in experiment.hybrids().right.items():
    print(f"{name:14s} {np.median(shares):.3f} right")

# %%
# Each row is a network of two layers, the median of three runs on pairs whose keys all differ. A
# softmax layer alone is enough for them, as :doc:`another question
# </chapters/6_interview/plot_93_recall_limit>` shows; the sum is there for the bill.
#
# .. wrong-answer:: Any second layer would do. A deeper recurrent network recalls as much.
#
#    If any second layer did as much, two sum layers would answer as many questions. After the same
#    training they do not: each of them still reads a matrix that mixes its pairs.
#
# .. follow-up:: Why three to one?
#
#    That ratio is found by trying. :cite:t:`kimi2025linear` use three recurrent layers for each
#    layer of attention. Then each token costs a quarter of the cache that attention in all layers
#    needs, as :doc:`the bill </chapters/5_today/plot_01_bill>` counts.
#
# .. follow-up:: Is the memory constant with a window?
#    :further:
#
#    Yes, if attention looks back a fixed number of tokens. Then that layer no longer sees what has
#    left the window.
#
# .. checklist::
#
#    * a state of fixed size mixes pairs, a cache does not
#    * on this small task, one layer of attention is enough for recall
#    * memory grows, with a smaller slope
