# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
A recurrent network by hand: is it the same as PyTorch's?
=========================================================

.. reading:: write a recurrent layer as two loops, and copy its weights without the usual mistake
   :before: one_step

PyTorch ships the loop that turns a cell into a recurrent network, but you can also write this loop
yourself. Do both loops compute the same numbers, and which small mistake in copying the weights
makes the numbers differ without an error message?
"""

# %%
# Each layer has a state of its own
# ---------------------------------
#
# Recurrent networks are often two or three cells deep. With two cells, the lower cell reads the
# inputs, and the upper cell reads the states of the lower cell. Each cell has its own weights and
# its own
# :term:`hidden state`.

import matplotlib.pyplot as plt

from rnnbook.figures import whole_sequence as pictures

fig = pictures.two_layers()

# %%
# Time runs to the right, and layers are stacked upwards. Read the figure column by column, each
# column from bottom to top. The network returns two things. At the top, there is an answer at every
# step. On the right, there is the last state of *each* layer. PyTorch stacks these last states and
# calls them ``h_n``.
#
# A recurrent layer is two loops
# ------------------------------
#
# For example, take step 3 of the figure. The lower cell combines :math:`x_3` with its own state
# after step 2 into a new state. The upper cell combines this new state with its own state after
# step 2. The result is the new upper state, which gives the answer. In symbols, layer :math:`k`
# computes
#
# .. math::
#
#    h_t^{(k)} = \tanh\left(W_{xh}^{(k)}\, h_t^{(k-1)} + W_{hh}^{(k)}\, h_{t-1}^{(k)} + b_h^{(k)}
#    \right)
#
# .. math::
#
#    y_t = W_{hy}\, h_t^{(K)} + b_y
#
# where :math:`h_t^{(0)}` is the input :math:`x_t` of shape (batch, input_size), and :math:`K` is
# the number of layers. Each state has the shape (batch, hidden_size). :math:`W_{xh}^{(1)}` is
# (hidden_size, input_size); in the layers above, :math:`W_{xh}` has the shape of :math:`W_{hh}`,
# (hidden_size, hidden_size). Each :math:`b_h` is (hidden_size,), :math:`W_{hy}` is (output_size,
# hidden_size), and :math:`b_y` is (output_size,).
#
# The code below computes all of this except the answers. It does the same as an ``nn.RNN`` with
# tanh, one direction, batch first and no dropout. It has one loop over time, one loop over layers,
# and the equation inside both loops.

import torch
from torch import nn

TINY = 1e-5


def by_hand(rnn, xs):
    """Read ``xs``, (batch, time, input_size), with the weights of ``rnn``."""
    h = [torch.zeros(xs.shape[0], rnn.hidden_size) for _ in range(rnn.num_layers)]
    outputs = []
    for t in range(xs.shape[1]):
        below = xs[:, t]
        for k, (W_xh, W_hh, b_xh, b_hh) in enumerate(rnn.all_weights):
            h[k] = torch.tanh(below @ W_xh.T + b_xh + h[k] @ W_hh.T + b_hh)
            below = h[k]
        outputs.append(below)
    return torch.stack(outputs, dim=1), torch.stack(h)


torch.manual_seed(0)
rnn = nn.RNN(input_size=10, hidden_size=32, num_layers=2, batch_first=True)
xs = torch.randn(4, 20, 10)
for ours, theirs in zip(by_hand(rnn, xs), rnn(xs), strict=True):
    print(tuple(ours.shape), "equal up to rounding:", bool((ours - theirs).abs().max() < TINY))

# %%
# That is a whole recurrent layer. (``1e-5`` is far above the rounding errors of 32-bit numbers and
# far below any difference you would see in a result.) Did you notice that the code adds two biases
# where the equation has one? The second bias is the trap of this chapter.
#
# The book's ``VanillaRNN`` is such a layer, followed by a linear layer that answers.
#
# .. source:: rnnbook.models.VanillaRNN
#    :members: __init__, forward
#    :nodoc:

from rnnbook.models import VanillaRNN

model = VanillaRNN(input_size=10, hidden_size=32, output_size=5, num_layers=2)
outputs, h_n = model(xs)
print("x       ", tuple(xs.shape), "batch, time, input")
print("outputs ", tuple(outputs.shape), " batch, time, output")
print("h_n     ", tuple(h_n.shape), "  layers, batch, hidden")

# %%
# ``outputs`` has a dimension for time. ``h_n`` holds only the last step, and its first dimension is
# for layers. The last state of the *top* layer is ``h_n[-1]``. :doc:`Shapes
# </chapters/1_foundations/plot_08_shapes>`, at the end of this part, shows what happens if you
# squeeze or reshape ``h_n``.
#
# A full copy computes the same
# -----------------------------
#
# Now comes the check. One ``VanillaRNN`` uses the book's own layer, and another uses ``nn.RNN``.
# The :term:`parameters <parameter>` of the second network are copied into the first, and both
# networks get the same inputs. Compare the outputs, the final state and also the :term:`gradient`
# of every parameter, because training follows the gradients.

from rnnbook.experiments import whole_sequence

result = whole_sequence.run()
print("largest relative difference\n")
print("layers     ", *(f"{count:8d}" for count in whole_sequence.LAYERS))
for name in whole_sequence.COMPARED:
    worst = [result.equal[count, name].max() for count in whole_sequence.LAYERS]
    print(f"{name:11s}", *(f"{gap:8.0e}" for gap in worst))
print("\nall equal up to rounding:", all((gap < TINY).all() for gap in result.equal.values()))

# %%
# A zero means that not one bit differs. On another machine, or with another version of PyTorch, you
# may see tiny numbers instead, because the same terms may be added up in another order. Either way,
# the two networks agree, forward and backward.
#
# PyTorch has two biases where the equation has one
# -------------------------------------------------
#
# The equation has one :term:`bias`, :math:`b_h`. PyTorch stores two biases and adds both:
# ``bias_ih`` beside the weights of the input, and ``bias_hh`` beside the weights of the state. A
# comment in PyTorch's source gives the reason: the layer has to fit cuDNN, the library that runs
# such layers on NVIDIA's graphics cards. If you rebuild the network from the equation, you may by
# mistake copy the two matrices but only one bias.
#
# .. predict::
#
#    You copy a network of two layers. In each layer you copy both matrices exactly but forget one
#    bias, so this bias is zero. Are the outputs almost right, clearly wrong, or as wrong as the
#    outputs of a network with nothing copied?

fig = pictures.copies(result)

# %%
# The horizontal axis is the error: the :term:`norm` of the difference between the copy's outputs
# and the original outputs, as a share of the norm of the original outputs. Each bar is the median
# error of one kind of copy, and each dot is one seed. The dashed line marks the square root of two.
# Outputs with the same norm as the original outputs, but at a right angle to them, have this error.
# Without one bias the outputs are clearly wrong, but less wrong than with nothing copied. If the
# forgotten bias keeps its own :term:`initialisation`, the error is larger than with a bias of zero.
#
# .. dropdown:: Why?
#
#    A missing bias shifts the state at every step, and the state carries each shift on to the next
#    step. A bias that keeps its own initialisation is off by the difference of two random numbers.
#    On average, this difference is larger in size than either of the two numbers. None of these
#    mistakes raises an error, because all the shapes are right.
#
# The fourth bar shows another mistake. Say you use an ``nn.Linear`` for the inputs of your own
# network, and copy everything except the matrix of this layer. The weights of ``nn.Linear`` and
# ``nn.RNN`` are not even initialised alike:

largest = nn.Linear(10, 32).weight.abs().max(), rnn.weight_ih_l0.abs().max()
print("                    bound  largest")
print(f"nn.Linear(10, 32)   {10**-0.5:.3f}    {largest[0]:.3f}")
print(f"nn.RNN(10, 32)      {32**-0.5:.3f}    {largest[1]:.3f}")

# %%
# By default, both layers draw their weights evenly between minus a bound and plus a bound. For
# ``nn.Linear`` the bound is one over the square root of the number of inputs, 10; for ``nn.RNN`` it
# is one over the square root of the number of units, 32. So two networks with equal equations can
# still start and train differently. Compare networks only after you have copied **everything**.
#
# Is the second bias of any use? Look at the gradients of both biases.

model = VanillaRNN(input_size=10, hidden_size=32, output_size=5)
outputs, _ = model(xs)
outputs.square().mean().backward()
gap = (model.rnn.bias_ih_l0.grad - model.rnn.bias_hh_l0.grad).abs().max().item()
print("equal up to rounding:", gap < TINY)

# %%
# The two gradients have to be equal: the biases are added, so a change in either bias changes the
# sum by the same amount. A network with one bias can compute the same outputs as a network with
# two. But the second bias changes training. An :term:`optimiser` such as Adam moves both biases by
# the same amount, so their sum moves twice as far as a single bias would.
#
# A full copy learns like the original
# ------------------------------------
#
# The last test matters most: train both networks. The task is to add up the last three inputs, at
# every step.

from rnnbook.tasks.moving_sum import MovingSum

task = MovingSum(window=3)
batch = task.batch(1, torch.Generator().manual_seed(0))
print("input ", *(f"{x:5.2f}" for x in batch.inputs[0][0, :5, 0]))
print("target", *(f"{y:5.2f}" for y in batch.target[0, :5, 0]))
print(f"\nbest answer without memory\n{task.unit} {task.baseline:.2f}")

# %%
# Without memory, the best you can do is repeat the current input and ignore the two inputs before
# it. The inputs have a variance of one, so each input that you ignore costs a squared error of one
# on average. The :term:`baseline` is a little below two, because the first two steps have fewer
# inputs before them.

fig = pictures.curves(result, task.baseline)

# %%
# Updates run to the right; the loss is on a logarithmic scale. Each of the three seeds has two
# curves: a broad curve for the network written out, and a thin curve for ``nn.RNN``. Each thin
# curve runs down the middle of its broad curve, spike for spike, and all curves end far below the
# baseline. Here are the errors after training:

print("mean squared error, fresh data\n\nseed   written out   nn.RNN")
scores = zip(whole_sequence.SEEDS, *result.scores.values(), strict=True)
for seed, ours, theirs in scores:
    print(f"{seed:4d}   {ours:11.4f}   {theirs:6.4f}")

plt.show()  # a script shows its figures here, in windows

# %%
# So a network written by hand computes the same as PyTorch's network, up to rounding, if you copy
# everything, including both biases. From here on the book uses its own layers where you should see
# inside, and PyTorch's layers where speed counts.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * A full copy agrees up to rounding. The outputs, final states and gradients of copy and
#      original differ by less than 1e-5 of their size, in networks of one layer and of two layers.
#    * Leaving out one bias moves the outputs. In a copy of two layers, one of the two biases of
#      each layer is zero or keeps its own initialisation. The outputs are then off by more than 0.2
#      of their size.
#    * A full copy learns like the original. On the same batches, the losses of copy and original
#      differ by less than 0.05 of their size. The errors of both networks end below 0.1 of the best
#      error without memory.
#    * Both biases get the same gradient. In networks of one layer and of two layers, the gradients
#      of a layer's two biases differ by less than 1e-5 of their size.
