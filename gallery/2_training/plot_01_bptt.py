# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Backpropagation through time: can you do it by hand?
====================================================

.. reading:: carry a gradient back by hand, take it apart by step, and say what it costs
   :before: one_step whole_sequence

Your library computes the gradient of weights that were used at every step, but it hides the
computation. Can you do this computation yourself, with the chain rule and a loop that runs
backwards?
"""

# %%
# Every copy of the weights has its own way to the loss
# -----------------------------------------------------
#
# Unroll the network: draw one copy of the :term:`cell` for each step, all with the same weights.
# Put a loss after the last state. When the weights change, the loss changes through *every* copy.

import math

import matplotlib.pyplot as plt
import torch

from rnnbook.figures import bptt as pictures

fig = pictures.backwards()

# %%
# The network computes from left to right. Grey arrows show how the gradient comes back: from the
# loss to the last state, from each state to the state before it, and from each state down to the
# weights that made this state. The gradient of the weights is the sum of all gradients that arrive
# at the bottom of the figure. This is :term:`backpropagation through time`, as
# :cite:t:`werbos1990backpropagation` described it.
#
# For example, take three inputs and a state that is a single number. The recurrent weight is one
# half, and the loss is the last state.

xs, w = (1.0, 0.0, -0.5), 0.5
h = [0.0]
for x in xs:
    h.append(math.tanh(x + w * h[-1]))

d_h, d_w = 1.0, 0.0  # the loss is the last state
print("step      h   1-h^2   dL/dz   its share in dL/dw")
for t in (3, 2, 1):
    d_z = (1 - h[t] ** 2) * d_h  # back through tanh
    share = d_z * h[t - 1]  # z is x + w * h[t - 1]
    d_w += share
    d_h = w * d_z  # back to the state before
    print(f"{t:4d} {h[t]:6.3f}  {1 - h[t] ** 2:6.3f}  {d_z:6.3f}   {share:18.3f}")
print(f"sum {d_w:38.3f}")

# %%
# At the last step, ``dL/dz`` is the slope of tanh alone. Each step further back multiplies
# ``dL/dz`` by one half and by one more slope. The first step adds nothing to the gradient of the
# recurrent weight, because there the weight was multiplied by a state of zero.
#
# With vectors, the transpose carries the gradient back
# -----------------------------------------------------
#
# Now take a state of hidden_size numbers, and call the sum inside tanh :math:`z_t`:
#
# .. math::
#
#    z_t = W_{xh}\, x_t + W_{hh}\, h_{t-1} + b_h, \qquad h_t = \tanh(z_t), \qquad
#    y_t = W_{hy}\, h_t + b_y
#
# The shapes are (hidden_size,) for :math:`z_t`, :math:`h_t` and :math:`b_h`, (input_size,) for
# :math:`x_t`, (output_size,) for :math:`y_t` and :math:`b_y`, (hidden_size, hidden_size) for
# :math:`W_{hh}`, (hidden_size, input_size) for :math:`W_{xh}` and (output_size, hidden_size) for
# :math:`W_{hy}`. A gradient has the shape of the tensor it belongs to.
#
# The derivative of tanh is :math:`1 - \tanh^2`, and :math:`\tanh(z_t)` is :math:`h_t`. So going
# back through tanh multiplies the gradient by :math:`1 - h_t^2`, entry by entry (:math:`\odot`):
#
# .. math::
#    :label: bptt-z
#
#    \frac{\partial L}{\partial z_t} = \left(1 - h_t^2\right) \odot \frac{\partial L}{\partial h_t}
#
# The state :math:`h_t` reaches the loss in two ways: through the answer at its own step, and
# through the next state. The next step multiplies :math:`h_t` by :math:`W_{hh}`, so the transpose
# carries the gradient back:
#
# .. math::
#    :label: bptt-h
#
#    \frac{\partial L}{\partial h_t} =
#    \underbrace{W_{hy}^\top \frac{\partial L}{\partial y_t}}_{\text{its own step}} +
#    \underbrace{W_{hh}^\top \frac{\partial L}{\partial z_{t+1}}}_{\text{the next step}}
#
# Start at the last step, where the second term is missing, and go back to the first step. Then
# every weight collects its share from every step (and from every sequence of a batch):
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
# In the same way the output weights collect :math:`\frac{\partial L}{\partial y_t}\, h_t^\top` from
# every step, and :math:`b_y` collects :math:`\frac{\partial L}{\partial y_t}`. The package runs
# this loop for one layer. In this code each gradient is a row of a batch, so ``@ W_hh`` does what
# :math:`W_{hh}^\top` does above:
#
# .. source:: rnnbook.bptt.through_time
#    :nodoc:
#
# Does this loop agree with autograd? Take two layers, 4 sequences of 20 steps, and a loss on every
# answer.

import numpy as np

from rnnbook import bptt
from rnnbook.experiments import bptt as experiment
from rnnbook.models import VanillaRNN

torch.manual_seed(0)
model = VanillaRNN(input_size=10, hidden_size=32, output_size=5, num_layers=2)
x = torch.randn(4, 20, 10)
outputs, _ = model(x)
(outputs.square().sum() / 2).backward()  # so dL/dy is y itself
by_hand = bptt.bptt(dict(model.named_parameters()), x, outputs.detach())
equal = [
    bool((by_hand[name] - parameter.grad).norm() < 1e-6 * parameter.grad.norm())
    for name, parameter in model.named_parameters()
]
print(f"parameters equal to autograd's, up to rounding: {sum(equal)} of {len(equal)}")

result = experiment.run()
print("largest difference in three networks, as a share of the gradient")
for name, found in result.differences.items():
    print(f"{name} numbers {found.max():9.0e}")

# %%
# Both differences are rounding errors.
#
# The gradient is a sum over steps, and here the last steps dominate
# ------------------------------------------------------------------
#
# Equation :eq:`bptt-sum` has one term for each step. You can check each term: **give every step its
# own copy of the weights**, with the same numbers. Autograd's gradient for copy :math:`t` must then
# equal term :math:`t`.

print(f"largest difference between a term and its copy {result.untied.max():9.0e}")
print(f"sum of all terms against the whole gradient    {result.total.max():9.0e}")

# %%
# With a copy for each step the network *is* a feed-forward network, with one layer for each step.
# In a feed-forward network each layer learns from its own term only. In a recurrent network the
# terms are added up, and the sum changes one set of weights.
#
# .. predict::
#
#    Take 20 steps, PyTorch's default weights, and a loss at the last step. How much of the gradient
#    of :math:`W_{hh}` comes from the first 15 steps: three quarters, a third, or less than a fifth?

fig = pictures.terms(result)
early = result.oldest[:, 14]
print("share of the first 15 steps, one number per network:", *(f"{s:.3f}" for s in early))

# %%
# Steps run to the right. The height of a bar is the norm of one step's term, divided by the norm of
# the whole gradient (logarithmic). The dashed line marks the whole gradient. Each bar is the median
# of three networks; each dot is a network. Towards the left the bars fall roughly along a straight
# line: on average, each step back shrinks the term by the same factor.
#
# .. dropdown:: The answer
#
#    Less than a fifth. The last 5 steps give the gradient nearly all of its norm and direction. To
#    reach an early step, the gradient goes back through tanh and :math:`W_{hh}` many times, and
#    here each step shrinks it on average. :doc:`The next chapter
#    </chapters/2_training/plot_02_gradient_flow>` asks when this is different.
#
# The product of Jacobians has an order
# -------------------------------------
#
# The same rules give the derivative of any state with respect to any earlier state. From one state
# to the next, this derivative is a matrix of shape (hidden_size, hidden_size), the
# :term:`Jacobian`. Over many steps, the derivative is a product of such matrices:
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
# There are :math:`T - 1` factors, with the newest on the left. Here is the error of six ways to
# write the product, as a share of the norm of autograd's Jacobian:

for name, errors in result.products.items():
    print(f"{name:24s} {np.median(errors):5.0e}")

# %%
# Each number is the median of three networks with eight units, over six steps. In these networks
# the default recurrent weights are multiplied by 2, and the default input weights by 3. The inputs
# have a standard deviation of one and a half. So tanh bends: its slope is often well below one. In
# the first row, the error is only rounding. The other five ways are wrong by more than half of the
# Jacobian's norm.
#
# .. dropdown:: Where the wrong products come from
#
#    "Transposed" is right for a *gradient*, as in :eq:`bptt-h`, but it is wrong for the derivative
#    of the last state with respect to the first state. "Transposed, slope early",
#    :math:`W_{hh}^\top\, \mathrm{diag}(\tanh'(h_{t-1}))`, comes from a formula of
#    :cite:t:`pascanu2013difficulty` in which the state is the sum *before* tanh. "One step early"
#    uses the factors of steps 1 to
#    :math:`T - 1` instead of steps 2 to :math:`T`.
#
# .. dropdown:: The gradient in one line
#
#    With this product, the gradient for a loss at the last step can be written in one line:
#
#    .. math::
#
#       \frac{\partial L}{\partial W_{hh}} = \sum_t \frac{\partial L}{\partial h_T}
#       \left(\frac{\partial h_T}{\partial h_{T-1}} \cdots
#       \frac{\partial h_{t+1}}{\partial h_t}\right)
#       \frac{\partial^{+} h_t}{\partial W_{hh}}
#
#    The small plus means the *immediate* derivative, with :math:`h_{t-1}` held fixed. With full
#    derivatives instead of immediate ones, each term would contain all earlier steps, and the sum
#    would count them several times.
#
# Memory grows with the length
# ----------------------------
#
# The backward pass uses every state and every input, so the forward pass keeps them all. How many
# bytes does it keep for 4 sequences and a state of 16 numbers?

fig = pictures.memory(result, experiment.LENGTHS)
for name, kept in result.bytes.items():
    per_step = np.unique(np.diff(kept) / np.diff(experiment.LENGTHS))
    print(f"{name:20s} bytes for one more step:", *(f"{b:.0f}" for b in per_step))
print(f"one state: 4 sequences x 16 numbers x 4 bytes = {4 * 16 * 4}")

# %%
# The horizontal axis is the number of steps; the vertical axis shows the kilobytes kept. The lines
# are straight, so every step costs the same number of bytes. Most of these bytes hold the state.
# The pass by hand needs no second copy of the inputs, so it keeps fewer bytes than autograd. The
# dashed line at zero is not measured: without a gradient, nothing has to be kept. :doc:`A later
# chapter </chapters/2_training/plot_06_truncation>` cuts the backward pass into pieces and shows
# what is lost.
#
# Training by hand gives nearly the same losses
# ---------------------------------------------
#
# As a last test, train a network whose layer uses ``through_time`` as its backward pass.
#
# .. source:: rnnbook.experiments.bptt._Backward
#    :nodoc:
#
# At every step, the network has to add up the last three inputs. The :term:`baseline` always
# answers with the current input.

from rnnbook.experiments.bptt import ByHand
from rnnbook.tasks.moving_sum import MovingSum
from rnnbook.training import evaluate, fit

task = MovingSum(window=3)
torch.manual_seed(0)
model = VanillaRNN(input_size=1, hidden_size=16, output_size=1, layer=ByHand)
fit(model, task, steps=150, seed=0, learning_rate=5e-3)
print(f"best answer without memory {task.baseline:.2f}")
print(f"trained by hand            {evaluate(model, task, seed=1000):.2f}   ({task.unit})")
fig = pictures.curves(result, experiment.BASELINE)
plt.show()  # a script shows its figures here, in windows

# %%
# Updates run to the right, and the height is the loss. For each of three seeds, a broad curve shows
# the loss with the gradient by hand and a thin curve shows the loss with autograd's gradient. The
# two curves lie on top of each other. So you can do backpropagation through time by hand: you need
# the chain rule, a loop that runs backwards, and a sum.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * The gradient is a sum over steps. Each term is the gradient of one step's copy of the
#      weights. With a loss at step 20, the first 15 terms make up less than 0.25 of the gradient.
#    * A backward pass by hand equals autograd. For every parameter, the two gradients differ by
#      less than a millionth of their size in 32-bit numbers. In 64-bit numbers they differ by less
#      than 1e-10 of their size.
#    * The product of Jacobians has an order. With the newest factor on the left, the error of the
#      product is below 1e-10. Where tanh bends, this error is above 0.2 if the factors are
#      reversed, transposed or shifted by one step.
#    * Memory for the backward pass grows with length. Every further step costs the same number of
#      bytes. A sequence of 1,000 steps costs 9.5 to 10.5 times as many bytes as a sequence of 100
#      steps.
#    * Training by hand gives nearly the same losses. At every update, the loss is within 2 % of the
#      loss with autograd. The final error is below a fifth of the error of the best answer without
#      memory.
