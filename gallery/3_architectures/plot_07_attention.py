# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Attention: must everything fit into one state?
==============================================

.. reading:: write attention and mask its padding, and tell a bottleneck from slow learning or a bug
   :before: padding lstm four_shapes

An encoder-decoder reads a whole sentence, keeps one state of fixed size, and writes from that
state. What does it cost to squeeze everything through one state, and what changes if the decoder
may look back at every state of the encoder?
"""

# %%
# The state has the same size for every word
# ------------------------------------------
#
# The task is to write a word backwards: "abc" becomes "cba". The words have one to eight letters,
# each drawn at random from three letters, so each extra letter is one more thing to remember.

import matplotlib.pyplot as plt
import torch
from torch import nn

from rnnbook.attention import AdditiveAttention, attend, real_steps
from rnnbook.experiments import attention
from rnnbook.figures import attention as pictures
from rnnbook.models import AttentionTranslator, Seq2SeqTranslator
from rnnbook.tasks.backwards import Backwards
from rnnbook.training import evaluate, fit

task = Backwards(letters=3, least=1, most=8)
size = len(task.vocabulary)
torch.manual_seed(0)
squeezed = Seq2SeqTranslator(size, size, embed_dim=16, hidden_size=64, layer=nn.LSTM)
for word in ("ab", "abcabcab"):
    h, c = squeezed.encode(task.vocabulary.encode(word).unsqueeze(0))
    print(f"{word:9s} h and c: {h.numel() + c.numel()} numbers")

# %%
# Whether the word has two letters or eight, the :term:`decoder` gets a state of the same size. This
# state is called the :term:`bottleneck` of an :term:`encoder-decoder`.
#
# Attention looks back at every state
# -----------------------------------
#
# The encoder has a state after *every* letter, but it passes on only the last state. Keep all
# states, and at each step let the decoder take a weighted mean of them, in which states with higher
# scores count more. Say that three states hold the numbers 1, 2 and 3, and that their scores are 2,
# 1 and 0. In the second row, the last state is :term:`padding`:

scores, values = torch.tensor([[[2.0, 1.0, 0.0]]]), torch.tensor([[[1.0], [2.0], [3.0]]])
for length in (3, 2):
    context, weights = attend(scores, values, real_steps(torch.tensor([length]), time=3))
    row = " ".join(f"{weight:.2f}" for weight in weights[0, 0])
    print(f"weights {row}   context {context.item():.2f}")

# %%
# A :term:`softmax` turns the scores into weights that sum to one, and the *context* is the weighted
# mean of the states. Padding gets a score of minus infinity, so its weight is exactly zero, and no
# finite number in the padding can reach the context. This is :term:`attention`:
#
# .. source:: rnnbook.attention.attend
#    :nodoc:
#
# Where do the scores come from? :cite:t:`bahdanau2015neural` let a small network compare two
# things: :math:`s_{i-1}`, the decoder's state before it writes letter :math:`i`, and :math:`h_j`,
# the encoder's output at place :math:`j`.
#
# .. math::
#
#    e_{ij} &= v_a^\top \tanh(W_a s_{i-1} + U_a h_j) \\
#    \alpha_{ij} &= \frac{\exp(e_{ij})}{\sum_k \exp(e_{ik})} \\
#    c_i &= \sum_j \alpha_{ij} h_j
#
# Say that the encoder and the decoder have H units each, and the network that scores has A units.
# Then s, h and the context c (not an LSTM's cell state) are (H,), :math:`W_a` and :math:`U_a` are
# (A, H), and :math:`v_a` is (A,). Each score :math:`e_{ij}` and each weight :math:`\alpha_{ij}` is
# one number.
#
# .. source:: rnnbook.attention.AdditiveAttention.forward
#    :nodoc:

torch.manual_seed(0)
look = AdditiveAttention(query_size=48, key_size=48, hidden_size=48)
state, outputs = torch.randn(2, 1, 48), torch.randn(2, 5, 48)
context, weights = look(state, outputs, real_steps(torch.tensor([5, 2]), time=5))
print("context", tuple(context.shape), " batch, written, hidden")
print("weights", tuple(weights.shape), "  batch, written, read")

# %%
# The decoder reads the context together with the letter y that it wrote last. The next letter is
# computed from the decoder's new state and the context, joined into one vector of shape (2H,):
#
# .. source:: rnnbook.models.AttentionTranslator.look
#    :nodoc:

torch.manual_seed(0)
model = AttentionTranslator(size, size, embed_dim=16, hidden_size=48, layer=nn.LSTM)
before = evaluate(model, task, seed=1)
fit(model, task, steps=100, seed=0)
print(f"before training   {before:.2f}, one guess for all {task.baseline:.2f}")
print(f"after 100 updates {evaluate(model, task, seed=1):.2f}")

# %%
# The numbers are shares of fresh words in which every letter and the end sign are right.
#
# The transformer :cite:p:`vaswani2017attention` keeps ``attend`` and changes the score. The vector
# that asks is the *query* q. It is compared with vectors called the *keys* k, and the vectors that
# are mixed are the *values*. The score is a dot product, :math:`e_{ij} = q_i \cdot k_j / \sqrt{d}`,
# where q and k have the shape (d,) (:func:`~rnnbook.attention.scaled_dot_product`). In
# *self*-attention, queries, keys and values come from the same sequence, through learned matrices.
# No state is passed along that sequence, so all places of a training sentence can be computed at
# once. :doc:`The bill </chapters/5_today/plot_01_bill>` measures what a transformer has to keep
# instead of a state.
#
# Attention learns long words sooner
# ----------------------------------
#
# Train three networks for 100 updates on the same words. The first has attention. The second passes
# on its last state, as in :doc:`four shapes </chapters/3_architectures/plot_05_four_shapes>`. The
# third passes on only half of the state ``(h, c)`` of its :term:`LSTM`: the decoder gets ``h``
# alone, and zeros for ``c``. The network with attention has a smaller state, so that it does not
# have more weights than the others.
#
# .. predict::
#
#    For which words do the three networks differ, and can any of them write a word of 12 letters?

result = attention.run()
for name, count in attention.parameters().items():
    if name != "half as wide":
        print(f"{name:12s}{count:7,d} weights")
fig = pictures.by_length(result, attention.GUESS, longest_trained=task.most)

# %%
# The height is the share of words without a mistake, and longer words stand further to the right.
# Each dot is a training run, and the lines join the medians. On words of one letter the three
# networks do not differ. On longer words the two networks without attention fall behind. With ``h``
# alone, the network falls behind at fewer letters than with ``h`` and ``c``. In the shaded part the
# words are longer than in training, and all three networks fail on words of 12 letters.
#
# .. dropdown:: Why?
#
#    With attention the decoder can take each letter from a state that has just read it. But in
#    training the decoder never had to find its place in a word of more than eight letters. This may
#    be why it fails on words of 12.
#
# Does this mean that one state cannot hold eight letters? Give more updates to the network that
# passes on one whole state:

fig = pictures.by_update(result, guess=task.baseline)

# %%
# Each line is a run, and updates run to the right. The height is the share of right words in the
# last 20 batches; each batch is scored before the network learns from it. The runs with attention
# and the runs without ``c`` end after 100 updates. The runs with one whole state go on, and climb
# about as high as those with attention. Here is the range of the three runs:

print(f"updates to {attention.WELL} right")
for name, updates in result.reached.items():
    print(f"  {name:10s}{updates.min():4.0f} to {updates.max():3.0f}")
right = result.finally_right
print(f"right at the end of the runs with one state: {right.min():.2f} to {right.max():.2f}")

# %%
# One state can hold nearly all of these words, but the network needs more updates than with
# attention. On this task, at our learning rate, attention saves updates. (We did not count
# seconds.) On real sentences :cite:t:`bahdanau2015neural` found that translations through one state
# get much worse as sentences get longer, and that the drop is much smaller with attention. Only a
# measurement can show whether you see a bottleneck or slow learning.
#
# Half a state looks like a bottleneck
# ------------------------------------
#
# If you pass on ``h`` and fill in zeros for ``c``, no error is raised, because zeros are a valid
# ``c``. But the third network also passes on only half as many numbers as the second. Is that the
# only reason why the third is worse? Take a fourth network: an LSTM that is half as wide, and
# passes on both halves of its state. All four networks get the same 100 updates:

print("words without a mistake, worst to best of three runs")
for name, everywhere in result.overall.items():
    print(f"{name:12s} {everywhere.min():.0%} to {everywhere.max():.0%}")

# %%
# In every run the fourth network (last row) is ahead of the third (the row above). Yet it passes on
# just as many numbers as the third, and has far fewer weights. So if your decoder is poor on long
# inputs, check what it receives before you blame a bottleneck. The third network, too, may only be
# learning slowly. In all three runs with h alone, the share of right words is still rising at the
# end.
#
# The weights point near the letter, not always at it
# ---------------------------------------------------
#
# Draw the weights of a trained network:

written, weights = attention.picture(model, "abcacb", time=8)
fig = pictures.alignment("abcacb", written, weights)

# %%
# Each row is a letter that was written (the last row is the end sign), and each column is a letter
# that was read; the last two columns are padding. A darker square is a larger weight. The dark
# squares run from the upper right to the lower left, because the word is written backwards. The
# network was not told which of the letters that it read belongs to which letter that it wrote. Such
# a table is called an
# :term:`alignment`. But the largest weight is not always on the letter written:

print("largest weight     three runs      by chance")
for name, shares in result.pointed.items():
    chance = result.by_chance[name].mean()
    print(f"{name:15s}{shares.min():7.2f} to {shares.max():.2f}{chance:13.2f}")
plt.show()  # a script shows its figures here, in windows

# %%
# The encoder's state after the next letter has read this letter, too, so it may serve equally well.
# The weights say which *states* are mixed, but not what those states hold. So a picture of weights
# is not an explanation.
#
# So must everything fit into one state? No, because attention can look back at every state. But one
# whole state can also hold nearly all of these words, after more updates.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * On average attention is ahead on long words. With attention and no more weights, the share of
#      right words of seven or eight letters is on average more than 0.2 higher than with one state.
#      On words of 12 letters, both shares stay below 0.2.
#    * Half a state costs accuracy on average. With h alone, the share of right words is on average
#      more than 0.2 lower than with h and c. It is also over 0.1 lower than in a network of half
#      the width that passes on h and c.
#    * Attention saves updates in the median run. It gets 0.9 of the words right in fewer than 0.8
#      of the updates that one state needs. In fewer than 400 updates, one state also gets 0.9 of
#      the words right in every run.
#    * Weights can point near the letter written. In the median run, the largest weight lies on this
#      letter or beside it for more than 0.8 of the letters. This share is over 0.2 higher than by
#      chance.
#    * The transformer uses the same weighted mean. With scaled dot products as scores, the mean
#      differs from PyTorch's own attention by less than 1e-5. Padding gets a weight of exactly
#      zero.
