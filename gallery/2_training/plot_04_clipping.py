# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What can clipping repair, and what not?
=======================================

One batch with an exploding gradient can throw away an hour of training. Clipping prevents that with
one line of code, and it is often said to be a must, or blamed for not doing what it cannot do; this
chapter measures where it acts.
"""

# %%
# The usual demonstration
# -----------------------
#
# Clipping is mostly shown like this. An untrained RNN reads a hundred steps of random numbers, all
# its outputs are added up and called the loss, and the norm of the gradient is printed before and
# after. :term:`Gradient clipping <gradient clipping>` rescales the whole gradient if its norm, the
# length of it as one long vector, is above a limit.
#
# .. source:: rnnbook.experiments.clipping.gradient_clipping_demo
#    :nodoc:

from functools import partial
from textwrap import fill

import matplotlib.pyplot as plt
import torch
from torch import nn

from rnnbook.experiments import clipping
from rnnbook.experiments.clipping import RULES, clip_tensor, gradient_clipping_demo
from rnnbook.figures import clipping as pictures

demo = gradient_clipping_demo()
print(f"loss {demo.loss:.1f}, norm before {demo.before:.1f}, after {demo.after:.4f}")

# %%
# It looks like an explosion: far above the limit of one. But nothing was said about the
# loss. It is a *sum* over a hundred steps of 32 outputs each, and a loss that you train with is
# most often a *mean*.
#
# .. predict::
#
#    The same network, the same sequence, but the mean of the outputs: is the norm of the gradient
#    above the limit of one? And which way does it go when the sequence gets longer?

result = clipping.run()
fig = pictures.norms(result, clipping.LENGTHS)

# %%
# Each dot is one network, the lines join the medians, and the scale is logarithmic.
#
# .. dropdown:: The answer
#
#    It is below one, and stays there at every length. The norm of the sum grows in step with the
#    number of outputs, as the sum itself does: what the demonstration shows is the size of a sum.
#    The solid line is an explosion. There the recurrent weights are six times as large, the loss is
#    a mean again, and each further step *multiplies* the gradient.
#
# In numbers, how many times the norm grows from ten steps to a hundred:

for name, norms in result.norms.items():
    growth = norms[:, -1] / norms[:, 0]
    print(f"{name:24s}", *(f"{g:10.2g}" for g in growth))

# %%
# Ten times the steps, about ten times the sum. The difference between adding and multiplying is the
# whole difference between a loss that is scaled badly and an :term:`exploding gradient`
# :cite:p:`pascanu2013difficulty`.
#
# A run that breaks, and one that does not
# ----------------------------------------
#
# Now let us train something that explodes. The task is to add up the last three inputs, at every
# one of fifty steps. The network has :term:`ReLU` in the place of tanh and starts from a recurrent
# matrix that is the identity, so that nothing bounds its state; any matrix a little larger makes it
# grow from step to step. We train it for ninety steps with plain gradient descent, at a learning
# rate of one tenth, which is large here.

batch = clipping.TASK.batch(16, torch.Generator())
print("inputs, (batch, time, 1):", tuple(batch.inputs[0].shape))
free = clipping.train(RULES[0], seed=0)
print("losses:", *(f"{loss:.3g}" for loss in free.losses))
print(free.stopped.split(";")[0])

# %%
# A few steps, and the numbers leave what a float can hold. The last line is how the message of our
# training loop begins, which refuses to go on. These are the lines in it that clip, and where they
# stand:
#
# .. source:: rnnbook.training.step
#    :nodoc:
#
# .. predict::
#
#    The same network, data and step size, with the norm clipped at one. Does clipping merely delay
#    the end, or does the network learn?

fig = pictures.training(result, clipping.TASK.baseline)

# %%
# Both axes are logarithmic. A cross is where a run stopped with an error; losses above a thousand
# are drawn at the top.
#
# .. dropdown:: The answer
#
#    It learns. The first gradients are far too long, but cut to length they lead to weights whose
#    gradients are smaller, and from there the loss goes down. The runs without a limit land, after
#    one or two steps, where the next gradient is longer still.
#
# Adam is less easily thrown. It divides each gradient by a running mean of its size, so no step is
# very long. But one huge gradient stays in that mean for hundreds of steps, and makes all steps
# after it short.

print(f"best answer without memory {clipping.TASK.baseline:.2f}; last losses by seed")
for rule, losses in result.final.items():
    print(f"{rule:14s}", *(f"{loss:8.2f}" for loss in losses))

# %%
# ``inf`` stands for a run that broke.
#
# The direction
# -------------
#
# Clipping *by norm* multiplies the gradient by one number. Clipping *by value* cuts each entry to
# the limit by itself. Take a gradient with one large and one small entry:

steep = torch.tensor([30.0, 0.5])
print("by norm: ", clip_tensor(steep, max_norm=1.0))
print("by value:", steep.clamp(-1.0, 1.0))
print("cosine to the gradient of the demonstration, by seed")
for name, cosines in result.cosines.items():
    print(f"{name:9s}", *(f"{c:7.3f}" for c in cosines))

# %%
# A cosine of one means the same direction. By value, a gradient that went almost straight along the
# first weight now goes half as far along the second as along the first. It is still downhill, but
# it is no longer the steepest way down, and how far it turned depends on the limit.
#
# What clipping cannot do: bring back what has vanished
# -----------------------------------------------------
#
# Since a gradient that is too large can be scaled down, why not scale up one that is too small? It
# is often answered that a vanishing gradient is "just too small". The gradient as a whole is not
# small at all; what is small is the *share* in it that comes from distant steps. Here is that share
# for a loss at step fifty: the terms of the gradient of :math:`W_{hh}` from at least twenty steps
# back, over all terms together. Then all of it a million times as large, and clipped to a norm of a
# thousandth.

print("share of steps 20 and more back, by seed")
for name, shares in result.shares.items():
    print(f"{name:10s}", *(f"{share:9.2g}" for share in shares))


def adam_step(gradient):
    """Return the first step that Adam takes with this gradient."""
    weight = nn.Parameter(torch.zeros_like(gradient))
    weight.grad = gradient
    torch.optim.Adam([weight], lr=0.01).step()
    return weight.detach()


gradient = torch.randn(1000, generator=torch.Generator().manual_seed(0))
apart = adam_step(1e6 * gradient) - adam_step(gradient)
print(f"\nAdam, gradient times 1e6: the step changes by at most {apart.abs().max():.0e}")

# %%
# A common factor leaves shares as they are: the recent steps grow by as much. Adam would not even
# notice the factor, since it divides it out again. So the two problems are no mirror images. An
# explosion is one number that is too large, and one number keeps the step short; vanishing is a
# *proportion* that is wrong, and takes another start or another architecture.
#
# What clipping cannot do: repair NaN
# -----------------------------------
#
# A loss that is NaN is often said to be an explosion, and clipping the cure. Clipping divides by
# the norm. If one entry is NaN, so is the norm, and then everything is; if one is infinite, the
# factor is zero, and zero times infinity is NaN.

print("one NaN:", clip_tensor(torch.tensor([float("nan"), 1.0, 2.0]), max_norm=1.0))
print("one inf:", clip_tensor(torch.tensor([float("inf"), 1.0, 2.0]), max_norm=1.0))
weight = nn.Parameter(torch.zeros(2))
weight.grad = torch.tensor([float("nan"), 1.0])
try:
    nn.utils.clip_grad_norm_([weight], 1.0, error_if_nonfinite=True)
except RuntimeError as error:
    print(fill(f"RuntimeError: {str(error).split('. ')[0]}", 70))

# %%
# With ``error_if_nonfinite=True`` the call stops before it spreads. Our loop checks the norm that
# the call returns and stops as well. Real explosions get there too: at two hundred steps, the
# network with weights six times as large has nothing left to clip.

print(f"norm before clipping: {gradient_clipping_demo(torch.mean, time=200, gain=6.0).before}")

# %%
# A limit has to act before numbers run out. And NaN has many other causes; the last chapter of this
# part plants them one by one.
#
# Where it stands in the loop
# ---------------------------
#
# After ``backward()``, which makes the gradient, and before ``step()``, which uses it. At the wrong
# place it raises nothing:


def moved(order):
    """Return how far one step with learning rate 1 moves the weights."""
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
# Is it optional?
# ---------------
#
# "Clipping is not optional", one reads: recurrent networks *will* explode without it, feed-forward
# ones rarely, and ``5.0`` is the value to start with. Here is the largest gradient norm of some
# short runs without a limit, one column a seed. And behind them a feed-forward network: fifty
# layers of ReLU, their weights twice as large as the usual start.

for name, largest in result.largest.items():
    print(f"{name:26s}", *(f"{norm:10.3g}" for norm in largest))

norms = []
for seed in clipping.SEEDS:
    torch.manual_seed(seed)
    layers = [nn.Linear(64, 64) for _ in range(50)]
    for layer in layers:
        nn.init.kaiming_normal_(layer.weight).data.mul_(2.0)
    deep = nn.Sequential(*(part for layer in layers for part in (layer, nn.ReLU())))
    deep(torch.randn(16, 64)).square().mean().backward()
    norms.append(nn.utils.clip_grad_norm_(deep.parameters(), float("inf")).item())
print(f"{'feed-forward, 50 layers':26s}", *(f"{norm:10.3g}" for norm in norms))
plt.show()  # a script shows its figures here, in windows

# %%
# On the phrases and on "hello" no gradient comes near ``5.0``, and such a limit would do nothing;
# on the sums it comes close and does nothing either. Where the identity starts a ReLU network, it
# engages by orders of magnitude. And depth explodes without any recurrence. What decides is how
# much the state can grow from one step, or layer, to the next, not the kind of network.
#
# So clipping is cheap insurance, and ``5.0`` is a habit. A better limit comes from your own run:
# our loop keeps ``History.gradient_norms``, the norms before clipping. Put the limit somewhat above
# what is usual there. If it engages at every step, it has become a second learning rate; if it
# never does, you lose nothing.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Clipping saves a run that breaks. Without it some run stops before update 20; with it
#      every run comes below half the loss of the best answer without memory.
#    * Clipping by norm keeps a gradient's direction. Clipping each entry turns it:
#      the cosine with the original falls below 0.9.
#    * Clipping brings nothing back that vanished. Steps at least 20 back make up less than 0.001 of
#      the gradient, and by norm they keep the same share.
#    * A sum of losses is not an explosion. From 10 to 100 steps the gradient of a sum grows 6 to 14
#      times; with recurrent weights times 6, that of a mean grows more than 1000 times.
#    * One NaN spreads to the whole gradient. Clipping by norm makes every entry NaN; with
#      error_if_nonfinite=True the call raises an error and leaves the gradient as it was.
