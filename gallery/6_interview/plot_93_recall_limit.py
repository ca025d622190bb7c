# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
A state of fixed size: why does it lose exact recall?
=====================================================

.. asked:: today 2

.. stands-on:: matrix attention

.. answer::

   At most d keys of d numbers can be orthogonal, so in a matrix with more pairs, some readings also
   contain other values. Attention keeps every key and value, and its softmax can pick out a single
   one.
"""

# %%
# .. claim:: Equally large keys recall more with a softmax. With keys of 8 numbers, a sum answers
#    fewer than 85 % of questions about 16 pairs, and softmax attention more than 95 %.

import numpy as np

from rnnbook.experiments import matrix as experiment

result = experiment.run()
for (name, size), shares in result.right.items():
    if name in ("sum", "softmax"):
        print(f"{name:8s} keys of {size:2d} numbers: {np.median(shares):.3f} right")

# %%
# Each number is the median of three networks on keys that are all different. With larger keys, the
# sum recalls more. It still errs with keys of 32 numbers: each sequence draws its keys from 64, and
# 64 such vectors cannot all be orthogonal.
#
# .. wrong-answer:: It recalls exactly once it is trained for long enough.
#
#    Training cannot make 16 keys of eight numbers orthogonal. If only the number of updates
#    counted, a softmax would be no better after as many.
#
# .. follow-up:: Does a delta rule lift the limit?
#
#    No. It replaces the value of a key that comes again. Of keys that all differ, still no more
#    than d can be orthogonal. In :doc:`the chapter </chapters/5_today/plot_07_matrix>` the two ways
#    to write end up close.
#
# .. follow-up:: And an LSTM?
#    :further:
#
#    It has no place for a key. It has to learn how to store each pair in a vector. With as many
#    numbers as a matrix with keys of eight, and after as many updates, it recalls less in the
#    chapter's runs.
#
# .. follow-up:: Does it matter in language models?
#    :further:
#
#    Yes. :cite:t:`arora2024simple` report a tradeoff between the size of the state and recall.
#    :cite:t:`jelassi2024repeat` show that a state of fixed size limits how long a string can be
#    copied.
#
# .. checklist::
#
#    * at most d keys of d numbers are orthogonal
#    * with more, some readings mix values
#    * a larger key makes the mixture smaller
#    * a cache keeps all pairs and pays for each
