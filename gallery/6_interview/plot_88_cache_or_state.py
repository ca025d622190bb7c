# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
KV cache or state: from which length is the cache larger?
=========================================================

.. asked:: today 2

.. stands-on:: bill attention

.. answer::

   In one head of width d, the cache holds :math:`2nd` numbers after n tokens and a matrix state
   holds :math:`d^2`, so they are equal at n = d/2. Against an LSTM's two vectors of width d, the
   cache is larger from the second token on.
"""

# %%
# .. claim:: After d/2 tokens, a cache matches a matrix. In one head of width d, keys and values of
#    d/2 tokens take exactly as many bytes as a matrix state; linear attention gives the same from
#    either, within 1e-10.

from rnnbook.experiments import cache_or_state as experiment

result = experiment.run()
reaches = experiment.REACH
print("bytes       matrix   cache after" + "".join(f"{reach:>8g} d" for reach in reaches))
for size in experiment.WIDTHS:
    kept = (result.cache[size, reach][0] for reach in reaches)
    print(f"d = {size:3d}{result.state[size][0]:11,d}{'':14s}" + "".join(f"{n:10,d}" for n in kept))

# %%
# In each row the cache begins smaller than the matrix, is equal at half the width, and ends larger.
#
# .. wrong-answer:: The cache is always larger, because it grows and a state does not.
#
#    "Always" gives it away: what grows may begin small. If the cache were always larger, it would
#    overtake the matrix at the first token. With heads of 128 numbers it is smaller up to 63
#    tokens.
#
# .. follow-up:: Which assumptions are in this count?
#
#    One precision for both, and a cache for every head. With the state in 32 bits and the cache in
#    16, they are equal at n = d. Where 8 heads share their keys and values
#    :cite:p:`shazeer2019fast`, the cache is 8 times smaller.
#
# .. follow-up:: What is the matrix, and what does it lose?
#    :further:
#
#    In linear attention :cite:p:`katharopoulos2020transformers` it is the sum of all
#    :math:`v k^\top`; we leave out their feature map and normaliser. Without a softmax, the sum
#    gives every output that the cache would. But at most d keys can be orthogonal, so with more
#    tokens their values mix. No sum of fixed size gives the exact output of a softmax.
#
# .. follow-up:: Does a hybrid stop the growth?
#    :further:
#
#    No. With one layer of attention in four, each token adds a quarter of what attention in all
#    layers would add, as :doc:`the bill </chapters/5_today/plot_01_bill>` counts. A window, which
#    forgets old tokens, puts an end to the growth.
#
# .. checklist::
#
#    * per head :math:`2nd` numbers against :math:`d^2`, equal at n = d/2
#    * a state of two vectors is overtaken at once
#    * equal precision, and heads that share nothing
#    * a hybrid's cache grows too, but more slowly
