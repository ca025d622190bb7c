# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Is a network written by hand the same as PyTorch's?
===================================================

Put a loop around the cell and a linear layer behind it, and you have a recurrent network. PyTorch
ships one as a finished part; this chapter writes it out, checks that the two are the same network
down to rounding, and shows the copying mistake that makes them quietly different.
"""

# %%
# Two layers over time
# --------------------
#
# Networks are often two or three cells deep. The lower cell reads the inputs, the upper one reads
# the states of the lower. Each has weights and a :term:`hidden state` of its own.

import matplotlib.pyplot as plt

from rnnbook.figures import whole_sequence as pictures

fig = pictures.two_layers()

# %%
# Read it column by column: within a step from below to above, then one step to the right. Two
# things come out. At the top, an answer at every step. On the right, the last state of *each*
# layer, which PyTorch calls ``h_n``.
#
# The loop
# --------
#
# Here is all of it for any ``nn.RNN`` with tanh that reads forward, batch first, trained or not:
# two loops, one over time and one over layers, and the equation of the last chapter inside.

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
# That is a recurrent layer, whole. (``1e-5`` is far above the rounding of 32-bit numbers and far
# below anything you would see in a result.) Did you notice that two biases are added where the
# equation has one? That is the trap of this chapter.
#
# The shapes
# ----------
#
# The book's ``VanillaRNN`` is that loop with an answering layer behind it.
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
# In ``outputs`` time has a dimension. In ``h_n`` it has none, since only the last step is left, and
# there is one for the layers instead. The state of the *top* layer is ``h_n[-1]``, and the next
# chapter is about what happens when somebody takes another.
#
# Equal to the last bit that counts
# ---------------------------------
#
# Now the check. One ``VanillaRNN`` runs on the book's own layer, one on ``nn.RNN``; the
# :term:`parameters <parameter>` of the second are copied into the first, and both get the same
# inputs. Outputs and final state could be equal by luck of a small example. So compare the
# :term:`gradient` of every parameter as well, since training sees nothing else.

from rnnbook.experiments import whole_sequence

result = whole_sequence.run()
print("largest relative difference\n")
print("layers     ", *(f"{count:8d}" for count in whole_sequence.LAYERS))
for name in whole_sequence.COMPARED:
    worst = [result.equal[count, name].max() for count in whole_sequence.LAYERS]
    print(f"{name:11s}", *(f"{gap:8.0e}" for gap in worst))
print("\nall equal up to rounding:", all((gap < TINY).all() for gap in result.equal.values()))

# %%
# A zero means that not one bit differs. On another machine, or another version of PyTorch, you may
# see tiny numbers instead: the same sums, added up in another order. Either way it is the same
# network, forwards and backwards.
#
# Two biases
# ----------
#
# The equation has one :term:`bias`, :math:`b_h`. PyTorch stores two, ``bias_ih`` beside the input's
# weights and ``bias_hh`` beside the state's, and adds both; the library that runs these layers on
# graphics cards, cuDNN, wants it so. Whoever rebuilds the network from the equation copies
# the two matrices and one bias.
#
# .. predict::
#
#    Both matrices are copied exactly, in both layers, and one of the two biases is forgotten. Are
#    the outputs almost right, clearly wrong, or as wrong as those of a network with nothing copied?

fig = pictures.copies(result)

# %%
# The bars show the length of the error of all outputs together, as a share of the length of the
# outputs; every dot is one seed. The dashed line is where two networks end up that have nothing to
# do with each other: the square root of two, as for two independent vectors of equal length.
#
# .. dropdown:: The answer
#
#    Clearly wrong, though not as wrong as nothing copied: a missing bias shifts every step, and the
#    state carries each shift on. If it is not missing but left at its own :term:`initialisation`,
#    it is worse. And it never raises an error: all the shapes are right.
#
# The fourth bar is the mistake of a rebuild that takes ``nn.Linear`` for the inputs and copies
# only what belongs to the state. The two parts do not even start alike:

largest = nn.Linear(10, 32).weight.abs().max(), rnn.weight_ih_l0.abs().max()
print("                    bound  largest")
print(f"nn.Linear(10, 32)   {10**-0.5:.3f}    {largest[0]:.3f}")
print(f"nn.RNN(10, 32)      {32**-0.5:.3f}    {largest[1]:.3f}")

# %%
# Weights are drawn within one over a square root: that of the number of inputs in the first, that
# of the state's size in the second. So two
# networks with equal equations can still start, and train, differently. Compare them only after
# copying **everything**.
#
# Are two biases of any use?
# --------------------------
#
# Look at the gradients of both.

model = VanillaRNN(input_size=10, hidden_size=32, output_size=5)
outputs, _ = model(xs)
outputs.square().mean().backward()
gap = (model.rnn.bias_ih_l0.grad - model.rnn.bias_hh_l0.grad).abs().max().item()
print("equal up to rounding:", gap < TINY)

# %%
# They have to be equal: the biases are added, so moving either moves the sum alike. The second
# changes nothing that the network can compute. It does change the training a little, since an
# :term:`optimiser` that moves both moves the sum twice as far.
#
# Do they learn alike?
# --------------------
#
# The last test is the one that matters: train both. The task is to add up the last three inputs,
# at every step.

from rnnbook.tasks.moving_sum import MovingSum

task = MovingSum(window=3)
batch = task.batch(1, torch.Generator().manual_seed(0))
print("input ", *(f"{x:5.2f}" for x in batch.inputs[0][0, :5, 0]))
print("target", *(f"{y:5.2f}" for y in batch.target[0, :5, 0]))
print(f"\nbest answer without memory\n{task.unit} {task.baseline:.2f}")

# %%
# Whoever remembers nothing can only repeat the present input and leave out the two before it. That
# is the :term:`baseline`.

fig = pictures.curves(result, task.baseline)

# %%
# There are three seeds, and two curves for each: a broad one for the network written out, a thin
# one for ``nn.RNN``. The thin ones run down the middle of the broad ones, spike for spike. After
# training:

print("mean squared error, fresh data\n\nseed   written out   nn.RNN")
scores = zip(whole_sequence.SEEDS, *result.scores.values(), strict=True)
for seed, ours, theirs in scores:
    print(f"{seed:4d}   {ours:11.4f}   {theirs:6.4f}")

plt.show()  # a script shows its figures here, in windows

# %%
# From here on the book uses whichever of the two serves the lesson: ours where you should see
# inside, PyTorch's where speed counts.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Copied whole, both networks compute the same. Outputs, final states and gradients differ by
#      less than 1e-5 of their size, with one layer and with two.
#    * One bias left out moves the outputs. Leave out one of the two biases, or let it keep its own
#      initialisation, and the outputs of two layers are off by more than 0.2 of their size.
#    * Copied whole, both networks learn alike. On the same batches their losses differ by less than
#      0.05 of their size, and both end below 0.1 of the best error without memory.
#    * Both biases get the same gradient. In networks of one layer and of two, the two gradients
#      differ by less than 1e-5 of their size.
