# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Linear time: is a recurrence faster than attention?
===================================================

.. asked:: today 2

.. stands-on:: bill attention

.. answer::

   Only beyond some length. Attention's work is quadratic but runs side by side, while a GRU or an
   LSTM usually waits for each step, so attention is often faster on short sequences, and where the
   two cross depends on width, kernel and machine.
"""

# %%
# .. claim:: A GRU starts behind and grows more slowly. Attention reads 64 tokens in less
#    than half of a GRU's time. But 64 times as many tokens take attention over 200 times as long,
#    a GRU less than 130.

import numpy as np

from rnnbook.experiments import linear_time as experiment

result = experiment.run()
print("milliseconds" + "".join(f"{name:>12s}" for name in experiment.NETWORKS))
for length in experiment.LENGTHS:
    seconds = (np.median(result.seconds[name, length]) for name in experiment.NETWORKS)
    print(f"{length:5,d} tokens" + "".join(f"{1000 * second:12.2f}" for second in seconds))

# %%
# Each number is the processor time of one layer for a whole sequence, a median of three runs on the
# machine that built this page. An LSTM multiplies more than a GRU does, so a difference in its
# favour comes from PyTorch's kernel. Attention's lead over the GRU is mostly a matter of calls,
# each of which has a fixed price: it makes about ten in all, the GRU about a dozen at each step.
#
# .. wrong-answer:: Yes, because linear time beats quadratic time.
#
#    "Beats" gives it away: an order of growth says nothing about a given length. If linear time
#    were simply faster, the GRU would be ahead at 64 tokens too. There, attention is far ahead.
#
# .. follow-up:: Where do published linear models cross?
#
#    A linear recurrence need not wait, because a scan computes many steps at once.
#    :cite:t:`gu2023mamba` report that Mamba's scan is faster than FlashAttention-2 beyond about
#    2,000 tokens, on a GPU and with a kernel of their own. Another kernel moves the crossing.
#
# .. follow-up:: Is it different for one token at a time?
#    :further:
#
#    Yes. Then attention cannot run side by side over time either, and each token looks at the whole
#    cache. :doc:`The bill </chapters/5_today/plot_01_bill>` counts and times both.
#
# .. follow-up:: How do you compare the two fairly?
#    :further:
#
#    At the lengths, the batch and the device that you will use, with the best kernel of each. Let
#    the calls take turns and compare medians.
#
# .. checklist::
#
#    * the order of growth decides only in the long run
#    * attention computes all steps at once, a GRU waits for each
#    * the crossing depends on kernel, width and device
#    * reading at once and token by token are two questions
