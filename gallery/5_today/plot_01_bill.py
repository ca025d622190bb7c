# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
The bill: what does one more token cost?
========================================

.. reading:: count what a token costs in bytes and multiplications, with a state and with a cache
   :before: lstm gru attention

Your network has read 1,000 tokens, and one more comes in. How many bytes must it keep for the new
token, how much must it compute, and does the answer depend on the 1,000 tokens before?
"""

# %%
# A cache grows with every token, a state does not
# ------------------------------------------------
#
# The attention of a transformer compares the new token with all earlier tokens, so it needs their
# keys and values. In each of L layers, each of n tokens has one key and one value of shape (d,).
# Keys and values do not change when more tokens come, because no token looks ahead. So a
# transformer computes them once and keeps them in a :term:`KV cache`:
#
# .. source:: rnnbook.experiments.streaming.CausalTransformer.step
#    :nodoc:
#
# In each layer, an LSTM keeps h and c, each of shape (d,), and a GRU keeps only h. Count the
# numbers:
#
# .. math::
#
#    \text{cache: } 2\,n\,d\,L \qquad \text{LSTM: } 2\,d\,L \qquad \text{GRU: } d\,L
#
# In the table, the *hybrid* has three LSTM layers and then one layer of attention.

import matplotlib.pyplot as plt

from rnnbook.experiments import bill as experiment
from rnnbook.figures import bill as pictures

result = experiment.run()
size = experiment.SIZE
print("tokens read ", *(f"{read:10,d}" for read in experiment.READ), " tokens")
for name in experiment.NETWORKS:
    kept = (result.bytes[name, size, read][0] for read in experiment.READ)
    print(f"{name:12s}", *(f"{count:10,d}" for count in kept), " bytes")

# %%
# After one token, the transformer keeps as many bytes as the LSTM ever will, and each further token
# adds the same number again. So attention does not save memory while it reads on. For each token,
# the hybrid adds a quarter of these bytes. Its memory still grows, but more slowly.
#
# A transformer does not have to wait for a whole window before it answers, either. In 64 bits, each
# of the four networks gives the same outputs to within 1e-10, whether it reads one token at a time
# or the whole sequence at once. The cache buys recall, because no token is ever overwritten. A
# state of fixed size limits how long a string can be copied :cite:p:`jelassi2024repeat`.
#
# A step with a cache gets slower, a step with a state does not
# -------------------------------------------------------------
#
# Now measure the time of a token after 64 tokens and after thousands. All networks have the same
# width and the same depth. The calls take turns, those without a cache among themselves, and we
# compare medians. The LSTM is timed twice, as one ``nn.LSTM`` and as four ``nn.LSTMCell``. One
# transformer has no cache, so it computes all tokens again.
#
# .. predict::
#
#    Which of these networks get slower as they read more tokens, and after how many tokens would
#    you see it?

fig = pictures.time(result)

# %%
# Each mark is a seed, and each line joins medians. Further right, more tokens have been read; the
# height is the time of one token, divided by the time of a GRU's step. Both scales are logarithmic.
# The lines of LSTM and GRU are flat. With a cache, the transformer's line changes little at first,
# then climbs. Without a cache, it climbs from the start. After 256 tokens, computing all of them
# again takes more than five times as long as a step with a cache.
#
# .. dropdown:: Why?
#
#    The work of a step with a cache has two parts. The projections and the small network after the
#    attention cost the same for each token. The comparison with n keys and the sum of n values cost
#    more with every token. At first, the first part hides the second. Later the second part is
#    larger, and each token loads the whole cache from memory.
#
# At every length in the figure, a step of the GRU takes less than two thirds of the time of a step
# with a cache. Do not rank cells by the left edge of the figure. Two of the lines are the same
# LSTM, called in two ways, so another implementation may change the order.
#
# Below d tokens, attention multiplies less than a GRU
# ----------------------------------------------------
#
# A count does not depend on the machine. For one token, a GRU layer needs six products of a d by d
# matrix with a vector, and an LSTM layer needs eight. An attention layer needs four such products,
# n dot products and a weighted sum of n vectors:
#
# .. math::
#
#    \text{GRU: } 6\,d^2 \qquad \text{LSTM: } 8\,d^2 \qquad \text{attention: } 4\,d^2 + 2\,n\,d
#
# PyTorch can count the multiplications in the matrix products of real calls:

fig = pictures.work(result)

# %%
# The height is the number of multiplications for one token, in units of :math:`d^2`; further right,
# more tokens have been read. The line of attention starts lowest, meets the GRU's line at d tokens
# and the LSTM's at 2d. The small network in each block of a transformer is left out, because it
# looks at no other token. With it, a block starts above both, at :math:`12\,d^2`.
#
# .. note::
#
#    **Where this stands (2026).** :cite:t:`vaswani2017attention` compare the layers in the same way
#    and call attention faster than recurrence while n is smaller than d. :cite:t:`shazeer2019fast`
#    lets all heads share one set of keys and values, because loading them makes generation slow.
#    With 8 heads, the cache is then 8 times smaller, but it still grows. :cite:t:`gu2023mamba` keep
#    a state of fixed size and report a higher throughput than transformers in generation.
#    :cite:t:`kimi2025linear` use one layer of attention after three of linear attention, and report
#    up to three quarters less cache.
#
# The table so far
# ----------------
#
# The price is one side; what a layer can learn is the other. Three tasks return in this part. In
# *keep*, a network says at each of 50 steps what the first bit was, while other bits pass; a second
# input marks the first step. In *copy*, it repeats three symbols that stand somewhere among blanks.
# In *parity*, it says whether the number of ones among 16 bits is odd. Most chapters with a new
# layer add a row to one table, which :doc:`one harness </chapters/5_today/plot_10_battery>` shows
# whole. A network has at most 2,000 parameters and 120 batches of 32:

from rnnbook.experiments import three_tasks

print(" " * 15, *(f"{task:>6s}" for task in three_tasks.PROBLEMS))
for row, shares in three_tasks.table("LSTM", "GRU", "transformer", seeds=(0,)).items():
    print(f"{row:15s}", *(f"{share:6.2f}" for share in shares.values()))
plt.show()  # a script shows its figures here, in windows

# %%
# Below the first row, each number is the share of right answers in one run. For parity it is the
# last answer alone, but training asks after every bit. The first row is the best score without
# memory, and the transformer has one block. In this run the LSTM has not learned to keep, but on
# other seeds it has. The transformer can find a single token by looking back, but for parity all 16
# bits count alike.
#
# What does one more token cost? With a state, the token costs as much as each token before. With a
# cache, the token adds as many bytes as an LSTM keeps in all, and every later token has to look at
# it, too.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * One cached token costs an LSTM's state. At each width, a token adds exactly as many bytes to
#      a cache as an equally deep LSTM keeps in all. With one attention layer in four, it adds a
#      quarter as many.
#    * A step with a cache slows down. In the median run, a transformer's step takes more than twice
#      as long after 8,192 tokens as after 64. The step of a GRU or an LSTM takes less than 1.5
#      times as long.
#    * Early on, attention multiplies less than a GRU. Before token d, an attention layer of width d
#      multiplies less often than a GRU layer. For token d, it multiplies as often as a GRU layer,
#      and for token 2d as often as an LSTM layer.
