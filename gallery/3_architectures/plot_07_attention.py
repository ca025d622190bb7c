# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Does everything have to fit into one state?
===========================================

An encoder-decoder reads a whole sentence, keeps one state of fixed size, and writes from that. This
chapter measures what it costs to squeeze everything through one state, lets the decoder look back
at all of them instead, and shows a bug that is easily taken for the same problem.
"""

# %%
# A bottleneck
# ------------
#
# The task is to write a word backwards: "abc" becomes "cba". The words are random, one to eight
# letters long, with three letters to choose from, so every letter more is something more to keep.

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F

from rnnbook.attention import AdditiveAttention, attend, real_steps, scaled_dot_product
from rnnbook.experiments import adding, attention
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
    print(f"{word:9s} h {tuple(h.shape)}  c {tuple(c.shape)}")

# %%
# Two letters or eight, the :term:`decoder` is handed the same number of numbers. That is called the
# :term:`bottleneck` of an :term:`encoder-decoder`.
#
# Looking back
# ------------
#
# The encoder has had a state after *every* letter, and all but the last are thrown away. Keep them.
# :cite:t:`bahdanau2015neural` let the decoder choose among them at each step: its state
# :math:`s_{i-1}` is compared with the encoder's output :math:`h_j` at every place :math:`j`,
#
# .. math::
#
#    e_{ij} &= v_a^\top \tanh(W_a s_{i-1} + U_a h_j) \\
#    \alpha_{ij} &= \frac{\exp(e_{ij})}{\sum_k \exp(e_{ik})} \\
#    c_i &= \sum_j \alpha_{ij} h_j .
#
# The scores :math:`e_{ij}` become weights :math:`\alpha_{ij}` that sum to one, and the *context*
# :math:`c_i` is the weighted mean of all outputs. This is :term:`attention`. (The paper is often
# dated 2015, when it appeared at a conference; it was on arXiv in 2014.)
#
# .. source:: rnnbook.attention.AdditiveAttention.forward
#    :nodoc:
#
# What is done with the scores does not depend on where they come from, so it stands by itself:
#
# .. source:: rnnbook.attention.attend
#    :nodoc:
#
# The mask is for :term:`padding`. Here are two words of five and two letters, side by side:

torch.manual_seed(0)
look = AdditiveAttention(query_size=48, key_size=48, hidden_size=48)
state, outputs = torch.randn(2, 1, 48), torch.randn(2, 5, 48)
mask = real_steps(torch.tensor([5, 2]), time=5)
context, weights = look(state, outputs, mask)
print("query", tuple(state.shape), "keys", tuple(outputs.shape))
print("context", tuple(context.shape), "weights", tuple(weights.shape))
for row in weights[:, 0]:
    print(*(f"{weight:.3f}" for weight in row), " sum", f"{row.sum():.1f}")

# %%
# The weights on padding are exactly zero, not merely small: a score of minus infinity has no share
# in a :term:`softmax`. So nothing that stands in the padding can reach the context.
#
# The decoder reads the context beside the letter it wrote last, and the answer is read from its new
# state and the context:
#
# .. source:: rnnbook.models.AttentionTranslator.look
#    :nodoc:

torch.manual_seed(0)
model = AttentionTranslator(size, size, embed_dim=16, hidden_size=48, layer=nn.LSTM)
before = evaluate(model, task, seed=1)
fit(model, task, steps=100, seed=0)
print(f"baseline         {task.baseline:.2f}")
print(f"before training  {before:.2f}")
print(f"after 100 updates{evaluate(model, task, seed=1):5.2f}")

# %%
# These are shares of fresh words with every letter right, and the end in its place. The baseline
# gives one answer to all.
#
# The same updates, with and without
# ----------------------------------
#
# Now three networks, trained for the same 100 updates on the same words. One has attention. One
# hands on its last state, as in the chapter on :doc:`four shapes
# </chapters/3_architectures/plot_05_four_shapes>`. The third does so too, but of the state ``(h,
# c)`` of its :term:`LSTM` it hands on ``h`` alone, and the decoder starts with zeros for ``c``. The
# one with attention has a smaller state, so that it has no more weights.
#
# .. predict::
#
#    For which words do the three differ, and which of them can write a word of twelve letters?

result = attention.run()
for name, count in attention.parameters().items():
    if name != "half as wide":
        print(f"{name:12s}{count:7,d} weights")
fig = pictures.by_length(result, attention.GUESS, longest_trained=task.most)

# %%
# Each dot is a training run, judged on fresh words of one length; the lines join the medians.
#
# .. dropdown:: The answer
#
#    On words of one or two letters they do not differ. With every letter more, the state has to
#    hold more, and the two without attention fall, one sooner than the other. Attention stays ahead
#    of both up to the longest words it was trained on. Half as long again, none of the three knows
#    what to do: to look at all states is not the same as to have learned where to look in a longer
#    word.
#
# A bottleneck, or a slope?
# -------------------------
#
# So one state cannot hold eight letters? It is often told this way. Train the network without
# attention on:

fig = pictures.by_update(result, guess=task.baseline)

# %%
# Each line is a run: the share of words right in the last twenty batches, before they were learned
# from. The runs with attention and those without ``c`` end after the 100 updates. In numbers, a
# column a seed:

print(f"updates to {attention.WELL} right")
for name, updates in result.reached.items():
    print(f"  {name:18s}", *(f"{count:5.0f}" for count in updates))
print("one state at its end", *(f"{share:5.2f}" for share in result.finally_right))

# %%
# One state can hold these words, all but a few. It takes the network longer to find out how. On
# this task attention saves updates; the network without it gets past nine words in ten as well. (An
# update with attention has more to compute, since it looks at every place.) For long sentences and
# large vocabularies a state of fixed size does become too small, since it holds only so many
# digits. Which of the two you see has to be measured.
#
# The bug that looks like a bottleneck
# ------------------------------------
#
# The third network hands on ``h`` without ``c``. It is a mistake that raises no error, because
# zeros are a valid ``c``. But then it hands on half as many numbers as the second: is it merely a
# narrower way? So here is a fourth, an LSTM of half the width that hands on both. These are as many
# numbers in all as ``h`` alone, and it has far fewer weights. The same 100 updates:

print("words of a hundred without a mistake\n")
print(f"{'':12s} all lengths  eight letters")
for name, everywhere in result.overall.items():
    row = (everywhere, result.by_length[name, task.most])
    cells = ("".join(f"{100 * score:4.0f}" for score in shares) for shares in row)
    print(f"{name:12s}" + "   ".join(cells))
print(f"\nhalf as wide: {attention.parameters()['half as wide']:,d} weights")

# %%
# The last row is ahead of the one above it in every run: with as many numbers and fewer weights,
# the LSTM whose state is handed on *whole* learns sooner. If your decoder is poor on long inputs,
# look at what it is handed before you call it a bottleneck. For an LSTM that is both halves, the
# whole state or none. And it is a slope again, only a flatter one. All three runs that are handed h
# alone are still rising when they end.
#
# What it looks at
# ----------------
#
# The weights can be drawn. Each row is a letter written, each column a letter read, and two columns
# are padding:

written, weights = attention.picture(model, "abcacb", time=8)
fig = pictures.alignment("abcacb", written, weights)

# %%
# Nobody told the network which letter of the one word belongs to which of the other; such a table
# is called an :term:`alignment`, and this one runs backwards, as it should. Look closer, though.
# The largest weight is not always on the letter that is written:

print("largest weight   one column per seed   by chance")
for name, shares in result.pointed.items():
    chance = result.by_chance[name].mean()
    print(f"{name:15s}", *(f"{share:6.2f}" for share in shares), f"{chance:9.2f}")

# %%
# The state at one letter has read the letters before it too, so a neighbour may serve as well.
# Weights say which *states* are mixed. What those states are about is another question, so do not
# take a picture of weights for an explanation.
#
# Queries, keys, values
# ---------------------
#
# Call the decoder's state a *query*, that with which it is compared *keys*, and what is mixed
# *values*. Here keys and values are the same outputs. Replace the small network that scores by a
# dot product, divided by the root of the size of a key, and you have the core of the transformer
# :cite:p:`vaswani2017attention`, which adds learned matrices that make the three from what it
# reads, several times side by side:
#
# .. source:: rnnbook.attention.scaled_dot_product
#    :nodoc:

torch.manual_seed(0)
queries, keys, values = torch.randn(2, 3, 8), torch.randn(2, 5, 8), torch.randn(2, 5, 6)
ours, _ = scaled_dot_product(queries, keys, values, mask)
theirs = F.scaled_dot_product_attention(queries, keys, values, mask.unsqueeze(1))
print("difference", f"{(ours - theirs).abs().max():.0e}")

# %%
# The same ``attend``, another score. In a transformer's *self*-attention queries, keys and values
# come from the same sequence, and no state runs along it, so all places of a training sentence are
# computed at once. Where it translates, its decoder also looks at the encoder, as ours does.
#
# ★ Three things said about it
# ----------------------------
#
# You may skip this section. Three things are said about the transformer that need a second look.
#
# **"Every step gets the same gradient."** A step is one step away instead of many, that is true.
# But what arrives through the values is scaled by the weight:

scores, values = torch.tensor([[[4.0, 2.0, 1.0, -1.0, 9.0]]]), torch.zeros(1, 5, 1)
values.requires_grad_()
context, weights = attend(scores, values, torch.tensor([[True] * 4 + [False]]))
context.sum().backward()
print("weight  ", *(f"{weight:.3f}" for weight in weights[0, 0]))
print("gradient", *(f"{g:.3f}" for g in values.grad[0, :, 0]))

# %%
# The two rows are equal. In this example, what is not looked at learns next to nothing, and what is
# masked nothing at all. And a short way back through one layer says nothing about a stack of many.
# Mixing is averaging: layers of attention and nothing else soon make all places alike
# :cite:p:`dong2021attention`. How far are they from their mean, as a share of their size?

torch.manual_seed(0)
alone = beside = torch.randn(1, 20, 64)
print("layer  attention only  added to its input")
for layer in range(1, 5):
    looking = [nn.Linear(64, 64, bias=False) for _ in range(3)]  # queries, keys, values
    alone, _ = scaled_dot_product(*(turn(alone) for turn in looking))
    beside = beside + scaled_dot_product(*(turn(beside) for turn in looking))[0]
    spread = [((x - x.mean(1, keepdim=True)).norm() / x.norm()).item() for x in (alone, beside)]
    print(f"{layer:5d}{spread[0]:16.0e}{spread[1]:20.2f}")

# %%
# Nothing is trained here. That is one reason why every layer of a transformer is added to what it
# was given.
#
# **"It saves memory."** While it writes, a decoder with attention keeps every key and value; one
# without keeps a state.

print("letters read   one state   attention")
for letters in (8, 100, 1000):
    (h, c), outputs, _ = model.encode(torch.full((1, letters), 4))
    kept = h.numel() + c.numel()
    print(f"{letters:12d}{kept:12d}{kept + outputs.numel():12,d}")

# %%
# **"It has to wait for the whole text."** A translator's encoder does, with or without attention.
# A model that only continues a text masks the future instead. Then it makes no difference whether
# it gets a text at once or symbol by symbol, keeping keys and values, which is called a cache:

torch.manual_seed(0)
queries, keys, values = torch.randn(3, 1, 6, 8)
scores = queries @ keys.transpose(1, 2) / 8**0.5
future = torch.ones(6, 6, dtype=torch.bool).triu(diagonal=1)
at_once, _ = attend(scores.masked_fill(future, float("-inf")), values)
for t in range(6):
    kept = slice(t + 1)  # the cache, one longer at each step
    now, _ = scaled_dot_product(queries[:, t : t + 1], keys[:, kept], values[:, kept])
    difference = (now - at_once[:, t : t + 1]).abs().max().item()
    print(f"cached {keys[:, kept].numel() + values[:, kept].numel():3d}  differs {difference:.0e}")

# %%
# The rows agree up to rounding. So it can go on symbol by symbol. What its cache cannot do, unless
# it looks at a window only, is stop growing.
#
# The list, measured
# ------------------
#
# Attention is one of many remedies for a network that forgets. They are often listed with a
# verdict. Under the usual verdicts stands what
# :doc:`the adding problem </chapters/2_training/plot_08_adding>` says: the lengths tried, each with
# the error of the worst of three runs.

added = adding.run()
listed = (
    ("clipping", "for explosion", "plain"),
    ("no clipping", "not listed", "plain, unclipped"),
    ("orthogonal start", "modest", "plain, orthogonal"),
    ("identity start", "modest", "ReLU, identity"),
    ("skip over time", "effective", "plain, skip 10"),
    ("LSTM", "very effective", "LSTM"),
    ("LSTM, chrono", "very effective", "LSTM, chrono"),
    ("GRU", "very effective", "GRU"),
    ("attention", "very effective", "plain, attention"),
    ("linear, scan", "not listed", "linear, scan"),
)
for remedy, verdict, network in listed:
    print(f"{remedy} ({verdict})")
    for (name, length), errors in added.error.items():
        if name == network:
            print(f"  {length:3d} steps: {errors.max():.3f}")

# %%
# "Modest" does not fit: at 20 steps the orthogonal start makes no difference here, and ReLU with
# the identity learns (ReLU from its default start was not tried), while on the copying task both
# starts did much ("How much of the race is the start?"). Skip connections over time may be
# effective elsewhere; here they shorten a way that was not the obstacle. And clipping is for
# explosion, as the list says: here nothing burst without it.
#
# There is also a rule of thumb: under 20 steps a plain network will do, from 20 to 200 take an LSTM
# or a GRU, over 200 you need attention. We know of no measurement that it comes from. On this task
# a plain network has trouble at ten steps; with ReLU and the identity it gets over 20; an LSTM may
# lose a run at 30 or, with two of its biases set and half as many steps of training again, go on to
# a hundred; and at 200 a recurrence does without any attention. These are the steps of training
# that the long ones took, a number a seed:

for (name, length), taken in added.steps.items():
    if length >= 100:
        print(f"{name:18s} {length:3d} ", *taken)
plt.show()  # a script shows its figures here, in windows

# %%
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Attention is ahead on long words on average. With no more weights, its share right of words
#      of seven or eight letters is over 0.2 above one state's; of twelve letters, both shares stay
#      below 0.2.
#    * Half a state costs words on average. Handed h alone, a decoder's share of words right is over
#      0.2 below that with h and c, and over 0.1 below that of half the width with both.
#    * Attention saves updates in the median run. It gets nine words in ten right in fewer than 0.8
#      of the updates that one state takes; trained on, one state gets there in every run.
#    * Weights mostly point near the letter written. In the median run the largest weight lies on it
#      or beside it for more than 0.8 of the letters, over 0.2 more than weights at random would
#      get.
#    * One weighted mean serves the transformer too. With scaled dot products for scores it is
#      within 1e-5 of PyTorch's own attention, and padding gets exactly no weight.
