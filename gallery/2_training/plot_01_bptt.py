# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Can you do backpropagation through time by hand?
================================================

Training needs the gradient of weights that were used at every step, and a library hands it over
without a word. This chapter works it out with one chain rule and a loop that runs backwards, checks
every number against autograd, and looks at what the way back costs.
"""

# %%
# The way back
# ------------
#
# Unroll the network: one copy of the :term:`cell` for each step, all with the same weights. Put a
# loss behind the last state. A change of the weights reaches the loss through *every* copy, and
# each copy has its own road.

import matplotlib.pyplot as plt
import torch

from rnnbook.figures import bptt as pictures

fig = pictures.backwards()

# %%
# Blue is what the network computes. Grey is what comes back: from the loss to the last state, from
# each state to the one before, and from each state down to the weights that made it. The gradient
# of the weights is the sum of what arrives below. This is
# :term:`backpropagation through time`, as
# :cite:t:`werbos1990backpropagation` wrote it down.
#
# One step back
# -------------
#
# Give the sum inside tanh a name:
#
# .. math::
#
#    z_t = W_{xh}\, x_t + W_{hh}\, h_{t-1} + b_h, \qquad h_t = \tanh(z_t)
#
# The derivative of tanh is :math:`1 - \tanh^2`, and :math:`\tanh(z_t)` is already known: it is
# :math:`h_t`. So the gradient crosses tanh by a product with :math:`1 - h_t^2`, entry by entry:
#
# .. math::
#    :label: bptt-z
#
#    \frac{\partial L}{\partial z_t} = \left(1 - h_t^2\right) \odot \frac{\partial L}{\partial h_t}
#
# The state :math:`h_t` matters to the loss in two ways: through the answer at its own step, and
# through the next state. In the next step it was multiplied by :math:`W_{hh}`, so on the way back
# it is the transpose that carries:
#
# .. math::
#    :label: bptt-h
#
#    \frac{\partial L}{\partial h_t} =
#    \underbrace{W_{hy}^\top \frac{\partial L}{\partial y_t}}_{\text{its own step}} +
#    \underbrace{W_{hh}^\top \frac{\partial L}{\partial z_{t+1}}}_{\text{the next step}}
#
# Start at the last step, where the second part is missing, and go down to the first. Then every
# weight collects its share from every step:
#
# .. math::
#    :label: bptt-sum
#
#    \frac{\partial L}{\partial W_{hh}} = \sum_t \frac{\partial L}{\partial z_t}\, h_{t-1}^\top,
#    \qquad
#    \frac{\partial L}{\partial W_{xh}} = \sum_t \frac{\partial L}{\partial z_t}\, x_t^\top,
#    \qquad
#    \frac{\partial L}{\partial b_h} = \sum_t \frac{\partial L}{\partial z_t}
#
# That is all. Here it is as the package computes it; the loop runs from the last step to the first.
#
# .. source:: rnnbook.bptt.through_time
#    :nodoc:
#
# Three steps with one number
# ---------------------------
#
# Before trusting it with matrices, follow it once with a state of a single number: three inputs, a
# recurrent weight of one half, and a loss that is the last state.

from rnnbook import bptt

one = torch.ones(1, 1)
xs = torch.tensor([[[1.0], [0.0], [-0.5]]])  # (batch, time, input_size)
h_0, W_hh = torch.zeros(1, 1), 0.5 * one
hs = bptt.run(xs, h_0, one, W_hh, torch.zeros(1))
d_hs = torch.tensor([[[0.0], [0.0], [1.0]]])  # the loss sees the last state only
back = bptt.through_time(d_hs, xs, hs, h_0, one, W_hh)
shares = bptt.terms(back.zs, hs, h_0)

print("step      h   1-h^2   dL/dz   its share in dL/dW")
for t in range(3):
    h, z, share = (v.flatten()[t].item() for v in (hs, back.zs, shares))
    print(f"{t + 1:4d} {h:6.3f}  {1 - h * h:6.3f}  {z:6.3f}   {share:18.3f}")
print(f"sum {back.W_hh.item():38.3f}")

# %%
# Read it from below. In the last row ``dL/dz`` is the slope of tanh alone. One row up it has been
# multiplied by one half and by another slope; two rows up, twice. The first step adds nothing to
# the gradient of the recurrent weight: it multiplied that weight by a state of zero.
#
# Against autograd, for every parameter
# -------------------------------------
#
# Now the real size: two layers, four sequences of twenty steps, an answer at every step, and a loss
# on all of them. In the upper layer the gradient arrives from the answers. The lower layer gets it
# from the inputs of the upper one.

from rnnbook.models import VanillaRNN

torch.manual_seed(0)
model = VanillaRNN(input_size=10, hidden_size=32, output_size=5, num_layers=2)
x = torch.randn(4, 20, 10)
outputs, _ = model(x)
(outputs.square().sum() / 2).backward()  # so dL/dy is y itself
by_hand = bptt.bptt(dict(model.named_parameters()), x, outputs.detach())
print("x", tuple(x.shape), "  outputs", tuple(outputs.shape))
for name, parameter in model.named_parameters():
    equal = bool((by_hand[name] - parameter.grad).norm() < 1e-6 * parameter.grad.norm())
    print(f"{name:18s} {tuple(parameter.shape)!s:9s} equal up to rounding: {equal}")

# %%
# The same over three seeds, and in numbers of both sizes. Shown is the largest difference of any
# parameter, as a share of its gradient.

import numpy as np

from rnnbook.experiments import bptt as experiment

result = experiment.run()
for name, found in result.differences.items():
    print(f"{name} numbers {found.max():9.0e}")

# %%
# Both are the rounding of their numbers, and nothing else.
#
# The sum, term by term
# ---------------------
#
# Equation :eq:`bptt-sum` says that the gradient of the recurrent weights is a sum with one term for
# each step. A claim about each term can be checked too: **give every step a copy of the weights of
# its own**, with the same numbers, and let autograd differentiate by each copy. What it says about
# the copy of step :math:`t` must be term :math:`t`.

print(f"largest difference between a term and its copy {result.untied.max():9.0e}")
print(f"sum of all terms against the whole gradient    {result.total.max():9.0e}")

# %%
# This is also how a recurrent network differs from a deep feed-forward one. With a copy for each
# step you *have* a feed-forward network, as deep as the sequence is long, and the same products run
# back through it. There, each layer has to live on its own term. Here all terms are added up and
# move the same weights.
#
# .. predict::
#
#    Twenty steps, PyTorch's default weights, the loss at the last step. The weights were used
#    twenty times. How much of their gradient comes from the first fifteen uses: three quarters,
#    a third, less than a fifth?

fig = pictures.terms(result)

# %%
# Each bar is one term, as a share of the whole gradient (dashed), with a dot for each seed. Mind
# the scale: each mark is ten times the one below. On it the terms fall roughly along a straight
# line: on average, each step further back is smaller by the same factor.

early = result.oldest[:, 14]
print("share of the first fifteen steps, a number a seed:", *(f"{s:.3f}" for s in early))

# %%
# .. dropdown:: The answer
#
#    Less than a fifth, and most often much less. The gradient is not small: the last few steps give
#    it nearly all of its length and its direction. What happened early hardly has a say. The next
#    chapter asks why, and when it is otherwise.
#
# How to write the product, and how not to
# ----------------------------------------
#
# Put :eq:`bptt-z` and :eq:`bptt-h` together and you can jump from any state to any other. From one
# state to the next the :term:`Jacobian` is a matrix; over many steps, their product:
#
# .. math::
#    :label: bptt-product
#
#    \frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}\left(1 - h_t^2\right) W_{hh},
#    \qquad
#    \frac{\partial h_T}{\partial h_1} =
#    \frac{\partial h_T}{\partial h_{T-1}} \cdots \frac{\partial h_3}{\partial h_2}\,
#    \frac{\partial h_2}{\partial h_1}
#
# There are :math:`T - 1` factors, the newest on the left. The same thing is often printed as a
# product of :math:`W_{hh}^\top\, \mathrm{diag}(\tanh'(h_{t-1}))`, or of
# :math:`\mathrm{diag}(\tanh'(z_k))\, W_{hh}` with :math:`k` counted from one. The first copies a
# formula of :cite:t:`pascanu2013difficulty` whose state is the sum *before* tanh; the second is off
# by one step. It matters:

for name, errors in result.products.items():
    print(f"{name:24s}", *(f"{error:5.0e}" for error in errors))

# %%
# Each row is one way to write the product, each column a seed: eight units and six steps, with
# recurrent weights twice as large as PyTorch's, input weights three times, and inputs half as large
# again as standard normal ones, so that tanh bends.
# The number is the distance from autograd's Jacobian, as a share of its size. The first row is
# rounding. The others are off by something like the size of the Jacobian itself, or more.
# ("Transposed", the second row, is not wrong everywhere: it is what carries a *gradient* back, in
# :eq:`bptt-h`. It is wrong as the derivative of the last state. The third row is the printed
# formula of the first kind.)
#
# With the product, the sum can be written in one line, for a loss at the last step:
#
# .. math::
#
#    \frac{\partial L}{\partial W_{hh}} = \sum_t \frac{\partial L}{\partial h_T}
#    \left(\frac{\partial h_T}{\partial h_{T-1}} \cdots
#    \frac{\partial h_{t+1}}{\partial h_t}\right)
#    \frac{\partial^{+} h_t}{\partial W_{hh}}
#
# The small plus means the *immediate* derivative: :math:`h_{t-1}` held fixed.
# Without it, the derivative would contain all earlier steps already, and they would be counted
# again and again. The copies above take exactly the immediate derivative, and so read the line is
# right.
#
# What the way back costs
# -----------------------
#
# Look at the code once more. It needs every state and every input of the run, so none of them can
# be thrown away on the way forward. PyTorch lets you look at what it keeps. Here are the bytes that
# wait for the backward pass, for a batch of four and a state of sixteen numbers.

fig = pictures.memory(result, experiment.LENGTHS)

# %%
# Straight lines: memory grows in proportion to the length. The lower dashed line is drawn, not
# measured: where no gradient is asked for, no step has to wait for a backward pass.
# The pass by hand keeps a little less than autograd, since it needs no second copy of the inputs.

for name, kept in result.bytes.items():
    per_step = np.unique(np.diff(kept) / np.diff(experiment.LENGTHS))
    print(f"{name:20s} bytes for one more step:", *(f"{b:.0f}" for b in per_step))
print(f"one state: 4 sequences x 16 numbers x 4 bytes = {4 * 16 * 4}")

# %%
# One number in each row: every step costs the same, and most of it is the state itself. For long
# documents people cut the way back into pieces; a later chapter shows what that loses.
#
# Does it train?
# --------------
#
# One test is left. Here is a layer that runs forward as usual and then does *not* let autograd look
# inside: its backward pass is the function above.
#
# .. source:: rnnbook.experiments.bptt._Backward
#    :nodoc:

from rnnbook.experiments.bptt import ByHand
from rnnbook.tasks.moving_sum import MovingSum
from rnnbook.training import evaluate, fit

task = MovingSum(window=3)
torch.manual_seed(0)
model = VanillaRNN(input_size=1, hidden_size=16, output_size=1, layer=ByHand)
fit(model, task, steps=150, seed=0, learning_rate=5e-3)
print(f"best answer without memory {task.baseline:.2f}")
print(f"trained by hand            {evaluate(model, task, seed=1000):.2f}   ({task.unit})")

# %%
# The task is to add up the last three inputs, at every step. The :term:`baseline` repeats the
# present one. And the whole learning curve, beside autograd's:

fig = pictures.curves(result, experiment.BASELINE)
plt.show()  # a script shows its figures here, in windows

# %%
# Three seeds, two curves for each: a broad one trained by hand, a thin one by autograd. They cannot
# be told apart.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * The gradient is a sum over steps. Each term is the gradient of a copy of the weights that
#      only one step uses. With a loss at the last of 20 steps, the first 15 terms make up less than
#      0.25 of it.
#    * A backward pass by hand equals autograd. Every parameter's gradient agrees to one part in a
#      million in 32-bit numbers and to one in ten billion in 64-bit numbers.
#    * The product of Jacobians has an order. Newest leftmost, it is exact to 1e-10; where tanh
#      bends, reversed, transposed or shifted by one step it is wrong by more than 0.2 of its norm.
#    * Memory for the backward pass grows with length. Every further step costs the same number of
#      bytes, so ten times the length costs 9.5 to 10.5 times as much.
#    * Training by hand learns the same. All losses are within 2 % of those with autograd, and the
#      error ends below a fifth of that of the best answer without memory.
