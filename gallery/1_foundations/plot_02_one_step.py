# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
One step of memory: what does it keep?
======================================

.. reading:: write one step of a recurrent network by hand, and measure what its state still holds
   :before: order

A recurrent network does one small piece of arithmetic again and again. After 20 steps, how much of
the first input is left in its memory?
"""

# %%
# A recurrent network reads with one page of notes
# ------------------------------------------------
#
# Imagine that you read a story and may keep one page of notes. Each new word changes the notes a
# little, but the page never grows. A :term:`recurrent` network reads in this way. Its notes are a
# vector of fixed size, the :term:`hidden state` :math:`h_t`. One rule, the :term:`cell`, makes new
# notes from the old notes and the new word.

import matplotlib.pyplot as plt

from rnnbook.figures import one_step as pictures

fig = pictures.unrolled(["the", "dog", "bit", "the", "man"])

# %%
# On the left is the network as it is: a cell whose :term:`state` goes back into the cell at the
# next step. On the right is the same network :term:`unrolled <unrolling>`: the cell is drawn once
# for every word. All five boxes are the same cell, with the same weights.
#
# A step adds two products and squashes the sum
# ---------------------------------------------
#
# Take the smallest example: a state of one number, which starts at 0. The input is multiplied by 1
# and the old state by one half; then the sum of both products goes through :term:`tanh`. The
# network reads a 1 and then a 0. The first step gives :math:`\tanh(1) \approx 0.76`, and the second
# step gives :math:`\tanh(\tfrac{1}{2} \cdot 0.76) \approx 0.36`. The second input was zero, so the
# second state comes from the first input alone. The first input is still in the state, but fainter.
#
# With vectors and matrices instead of single numbers, this is the rule of
# :cite:t:`elman1990finding`, except that the numbers of his state lie between 0 and 1:
#
# .. math::
#
#    h_t = \tanh\left(W_{xh}\, x_t + W_{hh}\, h_{t-1} + b_h\right)
#
# .. list-table::
#    :header-rows: 1
#
#    * - symbol
#      - what it is
#      - :term:`shape`
#    * - :math:`x_t`
#      - the input at step :math:`t`
#      - (:term:`batch`, input_size)
#    * - :math:`h_{t-1}`
#      - the state before this step; :math:`h_0` is all zeros
#      - (batch, hidden_size)
#    * - :math:`W_{xh}`
#      - weights from input to state
#      - (hidden_size, input_size)
#    * - :math:`W_{hh}`
#      - weights from state to state
#      - (hidden_size, hidden_size)
#    * - :math:`b_h`
#      - the :term:`bias`
#      - (hidden_size,)
#    * - :math:`h_t`
#      - the state after this step
#      - (batch, hidden_size)
#
# The second product is the memory. Without this product, each word would be read alone.
#
# .. source:: rnnbook.cells.SimpleRNNCell.step
#
# For example, take inputs of 10 numbers, a state of 20 numbers, and a batch of three
# :term:`sequences <sequence>`.

import torch

from rnnbook.cells import SimpleRNNCell

torch.manual_seed(0)
cell = SimpleRNNCell(input_size=10, hidden_size=20)
sequence = torch.randn(3, 5, 10)  # (batch, time, input_size)

for name in ("W_xh", "W_hh", "b_h"):
    print(f"{name:5s}", tuple(getattr(cell, name).shape))

fig = pictures.cell(sequence[:, 0].shape, (3, 20))

# %%
# Follow the thick line from left to right: it shows how the memory passes through the cell. The new
# state leaves the cell in two directions: to the right for the next step, and upwards to the
# answer.
#
# Reading 500 steps takes the same weights as reading 5
# -----------------------------------------------------
#
# To read a sequence, you put a loop around the cell. Here are five steps, each compared with the
# equation.

h = torch.zeros(3, 20)
gaps = []
for t in range(5):
    x = sequence[:, t]
    by_hand = torch.tanh(x @ cell.W_xh.T + h @ cell.W_hh.T + cell.b_h)
    h = cell(x, h)
    gaps.append((h - by_hand).abs().max().item())
    print(f"step {t + 1}:  x {tuple(x.shape)}  h {tuple(h.shape)}")
print("equal to the equation:", max(gaps) < 1e-5)

# %%
# In the equation a matrix of weights multiplies a single column from the left. The code multiplies
# a whole batch of rows at once, so the weights stand on the right, transposed. After 5 steps, or
# 5,000, the state has the same size: the notes still fit on one page.
#
# To build a layer with separate weights for each step, you have to know the number of steps in
# advance. The cell works for any number of steps.

from rnnbook.experiments import one_step

print("parameters   the cell   separate weights")
for length in one_step.LENGTHS:
    shared = one_step.parameters_to_read(length)
    print(f"{length:4d} steps {shared:11,d} {one_step.weights_for_every_step(length):18,d}")

h = torch.zeros(3, 20)
for x in torch.randn(500, 3, 10):
    h = cell(x, h)
print("\nh after 500 steps:", tuple(h.shape))

# %%
# This is :term:`weight sharing` over time. Reading further costs no extra weights, and the cell can
# use at every step what it has learned at another step. (The cell stores its bias as two vectors,
# as PyTorch does; :doc:`the next chapter </chapters/1_foundations/plot_03_whole_sequence>` shows
# why that matters.)
#
# The weights decide what the final state holds
# ---------------------------------------------
#
# You might expect the final state to hold the whole sequence. Test this: **replace the first input,
# keep all the others, and measure how far the final state moves**. Compare this with the distance
# that the state moves when every input is replaced.
#
# .. source:: rnnbook.experiments.one_step.influence
#    :nodoc:
#
# In symbols, :math:`h` is the final state, :math:`h^{\text{first}}` is the final state if only the
# first input is replaced, and :math:`h^{\text{all}}` is the final state if every input is replaced.
# Each has the shape (hidden_size,). The first distance is this share of the second:
#
# .. math::
#
#    \sqrt{\operatorname{mean} \lVert h^{\text{first}} - h \rVert^2 \, \big/
#    \operatorname{mean} \lVert h^{\text{all}} - h \rVert^2}
#
# where the mean is over many sequences. Each sequence begins with plus or minus one, and all later
# inputs are noise. Replacing the first input swaps its sign. A network reads the sequences twice:
# first with PyTorch's default weights, then after training. In training, the network reads 10
# inputs and has to name the first input. Here is one such run.

from torch import nn

from rnnbook.tasks.recall import RecallFirst
from rnnbook.training import evaluate, fit


class Reporter(nn.Module):
    """The loop over the cell, and a linear layer that answers after every step."""

    def __init__(self):
        super().__init__()
        self.cell = SimpleRNNCell(input_size=1, hidden_size=32)
        self.answer = nn.Linear(32, 1)

    def forward(self, sequence, lengths=None):
        """Return an answer at every step, (batch, time, 1)."""
        h, answers = torch.zeros(len(sequence), 32), []
        for x in sequence.unbind(dim=1):
            h = self.cell(x, h)
            answers.append(self.answer(h))
        return torch.stack(answers, dim=1)


task = RecallFirst(length=10)
torch.manual_seed(0)
model = Reporter()
before = evaluate(model, task, seed=1000)
history = fit(model, task, steps=500, seed=0, learning_rate=5e-3, until=0.02)
print(f"accuracy of a coin      {task.baseline:.2f}")
print(f"before training         {before:.2f}")
print(f"after {len(history.losses)} updates        {evaluate(model, task, seed=1000):.2f}")

# %%
# Only the last answer counts in this task.
#
# .. predict::
#
#    A network with its default weights has read 20 inputs. If you replace all 20, the final state
#    moves a certain distance. If you replace only the first, does the state move about a twentieth
#    as far, a hundredth as far, or less than a thousandth as far? And how far does the state of a
#    trained network move?

result = one_step.run()
fig = pictures.influence(result)

# %%
# Steps run to the right. Each line belongs to one network. It shows how far the state moves if only
# the first input is replaced. Heights are shares of the dashed line, which stands for replacing
# every input. Mind the scale: each mark is a hundred times the mark below it. The lines of the
# trained networks lie on the dashed line or close to it. The lines of the untrained networks fall:
# after 20 inputs, the state moves less than a thousandth as far as when every input is replaced.
#
# .. dropdown:: Why?
#
#    With default weights, every step shrinks the trace of the first input by about the same factor,
#    so on this scale the lines are straight. Training changed the weights, not the equation.
#
# So the final state need not hold the whole sequence. It holds **what the weights make it hold**,
# and PyTorch's default weights let the first input fade. :doc:`Part 2
# </chapters/2_training/plot_02_gradient_flow>` shows why it is hard to train a network to hold an
# input for many more steps.
#
# A network that holds an input may still give a wrong answer. In training, the network was asked
# after 10 inputs. Now ask it after 9 to 14 inputs:

times = range(9, 15)
scores = [evaluate(model, RecallFirst(length=n), seed=1000) for n in times]
print("asked at", *(f"{n:4d}" for n in times))
print("accuracy", *(f"{score:4.2f}" for score in scores))

# %%
# After fewer or more than 10 inputs, the score can fall far *below* one half. Forgetting cannot
# explain such a score, because a network that has forgotten the first input is right about half of
# the time. A network that is always wrong must still hold that input. The state changes with every
# step, and the layer that answers was trained only on the tenth state. Here the answers of this
# layer are mostly right on the ninth and the eleventh state, but mostly wrong on the twelfth to the
# fourteenth.
#
# The tanh is a guard rail
# ------------------------
#
# Why does the sum go through tanh? Feed 16 sequences of 100 noise inputs to the cell, with tanh and
# without it. Do this once with default weights and once with recurrent weights three times as
# large. The figure ignores signs and shows the largest number in any of the states.

fig = pictures.growth(result)

plt.show()  # a script shows its figures here, in windows

# %%
# Steps run to the right. Look at the right panel first, with the larger weights; its vertical scale
# is logarithmic. With tanh no number leaves the range from minus one to one, whatever the weights
# are. Without tanh the state is multiplied by the same matrix again and again. If the
# :term:`spectral radius` of that matrix is above one, as it is here, noise makes the state grow
# without end. In the left panel the state stays small even without tanh, because the default
# weights shrink the state again and again. The tanh does one more thing. Without the tanh, the
# whole network would be a single linear map plus a constant, however many steps it takes.
#
# So one step keeps what its weights pass on. After many steps, the state can still hold nearly all
# of an input, or almost nothing of it.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Training can make the state remember. A network is trained to recall a first input. Replacing
#      the first of 20 inputs then moves the state more than half as far as replacing all 20 inputs
#      does.
#    * Default weights can let a first input fade. In the median run, replacing the first of 20
#      inputs moves the untrained state less than a thousandth as far as replacing all 20 inputs
#      does.
#    * The tanh is a guard rail. With tanh, no number of the state passes 1 in size. Without tanh,
#      and with recurrent weights of three times the default size, some number of the state passes a
#      million within 100 steps of noise.
#    * A cell has one set of weights. It reads 5 steps or 500 steps with the same parameters. A
#      layer with separate weights for every step needs more than 50 times as many parameters for
#      500 steps as for 5 steps.
#    * Default weights may need no guard rail. With default weights and without tanh, no number of
#      the state passes 10 in size within 100 steps of noise.
