# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Clipping: what can it repair, and what not?
===========================================

.. reading:: clip at the right place, choose a limit, and name two problems that clipping leaves
   :before: bptt gradient_flow

One batch with an exploding gradient can ruin an hour of training, and one line of code can prevent
this. When does this line act, when does it do nothing, and which two problems can it not solve?
"""

# %%
# A large sum is not an explosion
# -------------------------------
#
# Many demonstrations of clipping look like this. An untrained RNN reads 100 steps of random
# numbers, and its loss is the sum of all its outputs. The gradient is one long vector :math:`g`,
# with an entry for each number in the parameters. If the norm of this vector is above a limit
# :math:`c`, :term:`gradient clipping` shortens the vector:
#
# .. math::
#
#    g \leftarrow \min\left(1, \frac{c}{\lVert g \rVert}\right) g
#
# .. source:: rnnbook.experiments.clipping.gradient_clipping_demo
#    :nodoc:

from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from rnnbook.experiments import clipping
from rnnbook.experiments.clipping import RULES, clip_tensor, gradient_clipping_demo
from rnnbook.figures import clipping as pictures

demo = gradient_clipping_demo()
print(f"loss {demo.loss:.1f}, norm before {demo.before:.1f}, after {demo.after:.4f}")

# %%
# The norm before clipping looks like an explosion. But the loss is a *sum* of 32 outputs at each of
# 100 steps, and in training the loss is usually a *mean*.
#
# .. predict::
#
#    As the loss, take the mean of the same outputs. Is the norm of the gradient above one? And when
#    the sequence gets longer, does the norm rise or fall?

result = clipping.run()
fig = pictures.norms(result, clipping.LENGTHS)

# %%
# The horizontal axis is the length of the sequence; the vertical axis is the norm of the gradient
# (logarithmic). Each mark is a network, and the lines join the medians. Triangles show the mean as
# the loss: the norm is below one at every length. Squares show the sum: the norm grows slowly.
# Circles show an explosion: the loss is a mean again, but the recurrent weights are six times the
# default. The level line marks a common limit for clipping.
#
# .. dropdown:: The answer
#
#    The norm is below one, and at 100 steps it is a little smaller than at 10. The gradient of the
#    sum is the gradient of the mean times the number of outputs. So the gradient of the sum is
#    large only because many outputs are added up.
#
# From 10 to 100 steps the norm grows by these factors (the smallest and the largest factor of three
# networks):

for name in ("sum", "mean, larger weights"):
    growth = result.norms[name][:, -1] / result.norms[name][:, 0]
    print(f"{name:21s} {growth.min():7.2g} to {growth.max():.2g}")

# %%
# In a sum, each step adds to the gradient. In an :term:`exploding gradient`
# :cite:p:`pascanu2013difficulty`, each step *multiplies* the gradient.
#
# Clipping by norm can save a run that would break
# ------------------------------------------------
#
# Now train a network whose gradient does explode. At each of 50 steps it has to add up the last
# three inputs. The network has :term:`ReLU` instead of tanh, so nothing bounds its state. Its
# recurrent matrix starts as the identity, and with a slightly larger matrix a positive state would
# grow by itself. The network gets 90 updates of plain gradient descent at a learning rate of
# ``0.1``, which is high for this network.

free = clipping.train(RULES[0], seed=0)
print("losses:", *(f"{loss:.3g}" for loss in free.losses))
print(free.stopped.split(";")[0])

# %%
# The run stops after a few updates. (The message comes from our training loop, which counts updates
# from zero and calls them steps.) These lines of the loop clip the gradient:
#
# .. source:: rnnbook.training.step
#    :nodoc:
#
# .. predict::
#
#    Take the same network, data and learning rate, with the norm clipped at one. Does the run only
#    break later, or does the network learn?

fig = pictures.training(result, clipping.TASK.baseline)

# %%
# Updates run to the right and the height is the error, both on logarithmic scales. Each line is a
# run. Three runs have no limit, and a cross marks the last finite loss of each of these three.
# Losses above 1,000 are drawn at the top. The three clipped runs fall below the dashed line, which
# is the error of the best answer without memory.
#
# .. dropdown:: The answer
#
#    The network learns. The first update points downhill but is far too long. Without a limit this
#    update throws the weights to a place where the loss is enormous. With the limit the update
#    moves the weights by a distance of one tenth, which is the learning rate times the limit.
#
# How often did the limit act, and does a lower learning rate make clipping unnecessary? In the last
# row, the rate is ``0.003``:

held = clipping.train(RULES[1], seed=0)
print(f"smallest norm before clipping, seed 0: {min(held.norms):.1f}")
print(f"best answer without memory {clipping.TASK.baseline:.2f}; last losses, a number per run")
for rule, losses in result.final.items():
    print(f"{rule:14s}", *(f"{loss:8.2f}" for loss in losses))
lower = RULES[0]._replace(learning_rate=0.003)
runs = [clipping.train(lower, seed).losses[-20:] for seed in clipping.SEEDS]
print(f"{'SGD at 0.003':14s}", *(f"{np.mean(losses):8.2f}" for losses in runs))

# %%
# ``inf`` means that the run broke. In the clipped run on seed 0 the limit acted at every update, so
# all updates moved the weights equally far. At the lower rate no run breaks, but all runs end with
# a loss well above the losses of the clipped runs.
#
# With Adam, here at a rate of ``0.01``, no run breaks. Adam divides each entry of the gradient by a
# running mean of the entry's size, so no update is very long. Two of the runs with Adam and no
# limit learn little: they end above three quarters of the loss of the best answer without memory.
# One huge gradient may be the reason, because it stays in the running means and can make hundreds
# of updates short.
#
# Clipping by value turns the gradient
# ------------------------------------
#
# Clipping *by norm* multiplies the whole gradient by one number. Clipping *by value* cuts each
# entry :math:`g_i` to the limit separately: :math:`g_i \leftarrow \max(-c, \min(c, g_i))`. Take a
# gradient with one large and one small entry:

steep = torch.tensor([30.0, 0.5])
print("by norm: ", clip_tensor(steep, max_norm=1.0))
print("by value:", steep.clamp(-1.0, 1.0))
print("cosine of the demonstration's gradient with itself clipped by value, a number per network")
print(*(f"{c:.3f}" for c in result.cosines["by value"]))

# %%
# A cosine of one means the same direction. Before clipping, the gradient with two entries points
# almost straight along the first weight. After clipping by value, its second entry is half as large
# as the first. A small update against the clipped gradient still goes downhill, but no longer in
# the steepest direction.
#
# Clipping does not bring back a vanished share
# ---------------------------------------------
#
# If you can scale down a gradient that is too large, why not scale up a gradient that is too small?
# The gradient as a whole need not be small, but the *share* from distant steps is small
# (:doc:`vanishing gradients </chapters/2_training/plot_02_gradient_flow>`). Take a loss at step 50.
# In the gradient of :math:`W_{hh}`, add up the terms from at least 20 steps back, and divide the
# norm of this sum by the norm of the whole gradient. Then clip all terms together to a norm of
# ``1e-3``, and compute the share again:

print("share of steps at least 20 back, a number per network")
for name in ("as it is", "clipped"):
    print(f"{name:10s}", *(f"{share:9.2g}" for share in result.shares[name]))

# %%
# Clipping multiplies all terms by one factor, so the shares stay as they are. An explosion makes an
# update too long, and a factor can shorten this update. Vanishing makes a *proportion* wrong, and
# no factor can change a proportion. If training does not correct the proportion, another
# :doc:`initialisation </chapters/2_training/plot_05_initialisation>` or another architecture may
# correct it.
#
# Clipping cannot repair NaN
# --------------------------
#
# Clipping divides by the norm. If one entry is NaN, the norm is NaN, and clipping makes every entry
# NaN. If one entry is infinite, the factor is zero, and the infinite entry becomes NaN, because
# zero times infinity is NaN.

print("one NaN:", clip_tensor(torch.tensor([float("nan"), 1.0, 2.0]), max_norm=1.0))
print("one inf:", clip_tensor(torch.tensor([float("inf"), 1.0, 2.0]), max_norm=1.0))

# %%
# With ``error_if_nonfinite=True``, PyTorch's ``clip_grad_norm_`` raises an error before the NaN
# spreads. Our loop checks the norm that this function returns, and stops if the norm is not finite.
#
# An explosion can also ruin a gradient without a single NaN. Take 200 steps, and again recurrent
# weights that are six times the default. Every entry of the gradient is still finite, but the
# squares of the entries, which the norm needs, are too large for 32 bits:

model = clipping.exploding_rnn(gain=6.0, seed=0)
model(torch.randn(1, 200, 10))[0].mean().backward()
print(f"largest entry {clipping.flat_gradient(model).abs().max():.0e}", end=", ")
print(f"norm {nn.utils.clip_grad_norm_(model.parameters(), 1.0):.0f}", end=", ")
print(f"largest entry afterwards {clipping.flat_gradient(model).abs().max():.0f}")

# %%
# The norm was infinite, and clipping divides by the norm, so every entry became zero. Clip before
# numbers overflow. NaN has many other causes, and :doc:`a later chapter
# </chapters/2_training/plot_09_nan_loss>` plants them one by one.
#
# Clip after backward, at a limit from your own run
# -------------------------------------------------
#
# ``backward()`` computes the gradient and ``step()`` uses it, so clip between these two calls. At
# any other place clipping has no effect on this update, and it raises no error:


def moved(order):
    """Return how far one update with learning rate 1 moves the weights."""
    model = clipping.exploding_rnn(gain=1.0, seed=0)
    before = nn.utils.parameters_to_vector(model.parameters()).detach()
    loss = model(torch.randn(1, 100, 10))[0].sum()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    clip = partial(nn.utils.clip_grad_norm_, list(model.parameters()), 1.0)
    calls = {"backward": loss.backward, "clip": clip, "step": optimizer.step}
    for name in order:
        calls[name]()
    return (nn.utils.parameters_to_vector(model.parameters()) - before).norm().item()


for order in ("backward clip step", "clip backward step", "backward step clip"):
    print(f"{order:20s} moves the weights by {moved(order.split()):8.2f}")

# %%
# Does every recurrent network need clipping, and is ``5.0`` a good limit? Each row shows a
# network's largest gradient norm in three short training runs without a limit. The last row is an
# untrained feed-forward network: 50 layers of ReLU, with weights twice as large as usual.

for name, largest in result.largest.items():
    print(f"{name:26s} {largest.max():8.2g}")

torch.manual_seed(0)
layers = [nn.Linear(64, 64) for _ in range(50)]
for layer in layers:
    nn.init.kaiming_normal_(layer.weight).data.mul_(2.0)
deep = nn.Sequential(*(part for layer in layers for part in (layer, nn.ReLU()))).double()
deep(torch.randn(16, 64).double()).square().mean().backward()
print(f"{'feed-forward, 50 layers':26s} {clipping.flat_gradient(deep).norm():8.2g}")
plt.show()  # a script shows its figures here, in windows

# %%
# On the phrases and on "hello" no gradient norm comes near 5.0, so that limit would never act.
# On the sums the norm comes closer but stays below it. In the ReLU network that starts from the
# identity, the limit would shorten the largest gradient by orders of magnitude. In the feed-forward
# network of the last row, the gradient explodes without any recurrence.
#
# So choose the limit from your own run. In ``History.gradient_norms`` our loop stores each norm as
# it was before clipping. Put the limit somewhat above the usual norms. If a limit acts at every
# update, as in the clipped run above, it works like a part of the learning rate.
#
# Clipping repairs an update that is too long. It repairs neither a vanished gradient nor a NaN.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Clipping can save a run that would break. Without clipping, at least one run stops before
#      update 20. With clipping, every run ends with less than half the loss of the best answer
#      without memory.
#    * Clipping by norm keeps a gradient's direction. For the gradient of a large sum, the cosine
#      between clipped and original gradient stays above 0.999. If each entry is clipped separately,
#      this cosine is below 0.9.
#    * Clipping does not bring back a vanished share. The terms from at least 20 steps back make up
#      less than 0.001 of the gradient. Clipping by norm does not change this share.
#    * A large sum is not an explosion. Compare 10 steps with 100 steps. The gradient of a sum
#      becomes 6 to 14 times as large. With recurrent weights times 6, the gradient of a mean
#      becomes over 1,000 times as large.
#    * One NaN spreads to the whole gradient. Clipping by norm makes every entry NaN. With
#      error_if_nonfinite=True the call raises an error and leaves the gradient as it was.
