# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
The bill: what does one more token cost?
========================================

.. reading:: count what a token costs in bytes and multiplications, with a state and with a cache
   :before: lstm gru attention

You have read a thousand tokens, and one more comes in. How many bytes do you need to keep for it,
how much do you have to compute, and does the answer depend on the thousand?
"""

# %%
# A cache grows with every token, a state does not
# ------------------------------------------------
#
# The attention of a transformer compares the new token with all earlier ones, so it needs their
# keys and values. In each of L layers, each of n tokens has one key and one value of shape (d,).
# They do not change when more tokens come, because a token here looks only back. So a transformer
# writes them into a :term:`KV cache` and computes each token once:
#
# .. source:: rnnbook.experiments.streaming.CausalTransformer.step
#    :nodoc:
#
# An LSTM keeps h and c, each of shape (d,), in each layer, and a GRU keeps h. Count the numbers:
#
# .. math::
#
#    \text{cache: } 2\,n\,d\,L \qquad \text{LSTM: } 2\,d\,L \qquad \text{GRU: } d\,L
#
# The *hybrid* in the third row is an LSTM whose last layer, one of four, is attention.

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
# After one token, the transformer keeps as much as the LSTM ever will, and each further token adds
# that amount again. So attention does not save memory while it reads on. The hybrid pays a quarter
# of the price for each token. It grows more slowly, but it grows.
#
# A transformer does not have to wait for a whole window before it answers, either. Fed one token at
# a time, each of the four networks gives what one pass over the whole sequence gives, to within
# 1e-10. What the cache buys is recall, because no token is ever overwritten. A state of fixed size
# limits how long a string can be copied :cite:p:`jelassi2024repeat`.
#
# A step with a cache gets slower, one with a state does not
# ----------------------------------------------------------
#
# Now time one more token, after 64 tokens and after thousands. All networks have the same width and
# the same depth. The calls take turns, and we compare medians. The LSTM is timed twice, as an
# ``nn.LSTM`` and as four ``nn.LSTMCell``. One transformer has no cache and computes all tokens
# again.
#
# .. predict::
#
#    Which of these gets slower as more tokens have been read, and from which length on would you
#    see it?

fig = pictures.time(result)

# %%
# Each mark is a seed, and each line joins medians. Further right, more tokens have been read; the
# height is the time of one token, in steps of the GRU. Both scales are logarithmic. The recurrent
# lines are flat. The transformer with a cache changes little at first, then climbs. Without a
# cache the climb begins at once. After 256 tokens, computing all of them again takes more than five
# times as long as a step with a cache.
#
# .. dropdown:: Why?
#
#    A step with a cache has two parts. The projections and the small network after the attention
#    cost the same for each token. The comparison with n keys and the sum of n values cost more with
#    every token. At first the first part hides the second. In the end the second part wins, and one
#    token needs the whole cache from memory.
#
# At every length in the figure, a step of the GRU takes less than two thirds of the time of the
# transformer's. Do not rank cells by the left edge of the figure. Two of the lines are LSTMs of one
# size that differ only in how they are called, so another implementation may change the order
# there.
#
# By count, attention is cheaper up to its width
# ----------------------------------------------
#
# A count does not depend on the machine. For one token, a GRU layer has six products of a d by d
# matrix with a vector, and an LSTM layer has eight. An attention layer has four, and then n dot
# products and a sum of n vectors:
#
# .. math::
#
#    \text{GRU: } 6\,d^2 \qquad \text{LSTM: } 8\,d^2 \qquad \text{attention: } 4\,d^2 + 2\,n\,d
#
# PyTorch can count the multiplications of real calls:

fig = pictures.work(result)

# %%
# The height is the number of multiplications for one token, in units of :math:`d^2`; further right,
# more tokens have been read. The attention line starts lowest, meets the GRU's at d tokens and the
# LSTM's at 2d. The small network in each block of a transformer is left out, because it looks at no
# other token. With it, a block starts at :math:`12\,d^2`, above both.
#
# .. note::
#
#    **Where this stands (2026).** :cite:t:`vaswani2017attention` compare the layers in the same way
#    and call attention faster while n is smaller than d. :cite:t:`shazeer2019fast` lets all heads
#    share one set of keys and values, because loading them makes generation slow. With 8 heads, the
#    cache is then 8 times smaller, but it still grows. :cite:t:`gu2023mamba` keep a state of fixed
#    size and report a higher throughput than transformers in generation. :cite:t:`kimi2025linear`
#    put one layer of attention on three of linear attention and report up to three quarters less
#    cache.
#
# The table so far
# ----------------
#
# The price is one side. What a layer learns for it is the other. Three tasks return through this
# part. *Keep*: say at each of 50 steps what the first bit was. *Copy*: repeat three symbols that
# stand somewhere among blanks. *Parity*: say whether the number of ones among 16 bits is odd. Each
# new layer of this part adds its row to one table, and :doc:`one harness
# </chapters/5_today/plot_10_battery>` shows it whole. A network has at most 2,000 parameters and
# 120 batches of 32:

from rnnbook.experiments import three_tasks

print(" " * 15, *(f"{task:>6s}" for task in three_tasks.PROBLEMS))
for row, shares in three_tasks.so_far("transformer", seeds=(0,)).items():
    print(f"{row:15s}", *(f"{share:6.2f}" for share in shares.values()))
plt.show()  # a script shows its figures here, in windows

# %%
# A number is the share of right answers, in one run for each row. For parity only the last answer
# counts. The first row is the best answer without memory, and the transformer is one block. It can
# find a single token by looking back, but for parity all 16 bits count alike.
#
# What does one more token cost? With a state, it costs as much as every token before it. With a
# cache, it costs as many bytes as an LSTM keeps in all, and every later token has to look at it
# too.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * One cached token costs an LSTM's state. At each width a token adds exactly the bytes that an
#      equally deep LSTM keeps in all; with one attention layer in four it adds a quarter of them.
#    * A step with a cache slows down. From 64 tokens read to 8,192 a transformer's step more
#      than doubles its time in the median run; that of a GRU or an LSTM stays below 1.5 times.
#    * Up to its width, attention multiplies less. Once d tokens are read, an attention layer of
#      width d multiplies exactly as often for a token as a GRU layer; once 2d are read, as an LSTM
#      layer.
