# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What does one step of memory do?
================================

A recurrent network is one small piece of arithmetic, done again and again. This chapter takes five
steps of it by hand, and then asks how much of the first input is still there at the end: often it
is said that the final state holds the whole sequence, and that can be measured.
"""

# %%
# A reader with one page of notes
# -------------------------------
#
# You read a story word by word. You do not keep the words; you keep what they have come to mean so
# far, and each new word changes that a little. A :term:`recurrent` network reads the same way. Its
# notes are a vector of fixed size, the :term:`hidden state` :math:`h_t`, and one rule, the
# :term:`cell`, turns the old notes and the new word into new notes.

import matplotlib.pyplot as plt

from rnnbook.figures import one_step as pictures

fig = pictures.unrolled(["the", "dog", "bit", "the", "man"])

# %%
# On the left is the network as it is: a cell whose :term:`state` comes back in at the next step. On
# the right is the same network :term:`unrolled <unrolling>`, drawn once for every word. There are
# five boxes and still one cell: all of them use the same weights.
#
# The equation
# ------------
#
# This is the whole rule, that of :cite:t:`elman1990finding` with tanh in the place of his logistic
# function:
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
#      - the state before it; :math:`h_0` is all zeros
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
#      - the state after it
#      - (batch, hidden_size)
#
# The second product is the memory. Without it every step would start from nothing, and the network
# would be an ordinary :term:`layer` applied to each word alone.
#
# .. source:: rnnbook.cells.SimpleRNNCell.step
#
# The same in numbers: a cell for inputs of ten numbers with a state of twenty, and a
# batch of three :term:`sequences <sequence>`.

import torch

from rnnbook.cells import SimpleRNNCell

torch.manual_seed(0)
cell = SimpleRNNCell(input_size=10, hidden_size=20)
sequence = torch.randn(3, 5, 10)  # (batch, time, input_size)

for name in ("W_xh", "W_hh", "b_h"):
    print(f"{name:5s}", tuple(getattr(cell, name).shape))

fig = pictures.cell(sequence[:, 0].shape, (3, 20))

# %%
# Follow the thick line: that is the memory on its way through the cell. The state leaves it twice,
# to the right for the next step and upwards for whoever wants an answer now.
#
# Five steps by hand
# ------------------
#
# The loop is all there is to reading a sequence.

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
# In the equation the weights stand on the left of a column. In the code a whole batch of rows goes
# through at once, so the weights stand on the right, transposed. The shape of the state never
# changes: after five steps, or five thousand, the notes still fit on one page.
#
# Five steps or five hundred
# --------------------------
#
# A layer that gives each step weights of its own needs to know how many steps there will be. The
# cell does not.

from rnnbook.experiments import one_step

print("parameters   the cell   weights per step")
for length in one_step.LENGTHS:
    shared = one_step.parameters_to_read(length)
    print(f"{length:4d} steps {shared:11,d} {one_step.weights_for_every_step(length):18,d}")

h = torch.zeros(3, 20)
for x in torch.randn(500, 3, 10):
    h = cell(x, h)
print("\nh after 500 steps:", tuple(h.shape))

# %%
# This is :term:`weight sharing` over time. To read on costs no further weights, and what is learned
# at one step is known at every other. (If you add up the shapes above you get fewer for the cell:
# it stores its bias in two halves, as PyTorch does. The next chapter shows what comes of that.)
#
# Does the final state hold the whole sequence?
# ---------------------------------------------
#
# "The final hidden state captures the entire sequence": you will find this sentence under many
# examples like the one above. It has read the entire sequence, that is certain. What is left of it
# can be tested: **replace the first input, keep all the others, and see how far the last state
# moves.** As a yardstick, replace everything.
#
# .. source:: rnnbook.experiments.one_step.influence
#    :nodoc:
#
# The sequences begin with plus or minus one, and everything after it is noise. Two networks read
# them: one with the weights that PyTorch starts from, and the same one trained to tell, after ten
# steps, what the first input was. This is the training of one of them.

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
# Only the last answer counts in this task. The next chapter writes the loop once for all networks.
#
# .. predict::
#
#    A network with its starting weights has read twenty inputs. You replace the first one. How far
#    does the final state move, compared with replacing all twenty: about a twentieth as far, a
#    hundredth, or less than a thousandth? And after training?

result = one_step.run()
fig = pictures.influence(result)

# %%
# Each line is one network. The dashed line is the yardstick, and the lines of the trained networks
# lie on it, or nearly so. Mind the scale: each mark on the left is a hundred times the one below.
#
# .. dropdown:: The answer
#
#    Less than a thousandth, with the starting weights of these 32 units. What is left of the first
#    input shrinks by about the same factor at each step, so on this scale the lines are straight.
#    After the training above the same network, with the same equation, holds on to it: twenty steps
#    on, which it was never trained for, another first input moves the state more than half as far
#    as another sequence does.
#
# So the final state does not hold the sequence. It holds **what the weights make it hold**, and
# the weights that PyTorch starts from let everything fade. Part 2 shows why it gets hard to train
# weights that hold something for much longer.
#
# Holding something is not the same as having the answer ready. The network was asked after ten
# steps. Ask it sooner or later:

times = range(9, 15)
scores = [evaluate(model, RecallFirst(length=n), seed=1000) for n in times]
print("asked at", *(f"{n:4d}" for n in times))
print("accuracy", *(f"{score:4.2f}" for score in scores))

# %%
# Away from ten the score can drop far *below* a coin's, and no network gets there by forgetting:
# one that is always wrong knows the answer as well as one that is always right. The state moves on
# with every step, and the answering layer has only learned to read it at the tenth.
#
# What is tanh there for?
# -----------------------
#
# One piece of the equation has not been explained. Below, the largest number in the state over a
# hundred steps of noise, with tanh and without it: once with the weights PyTorch starts from, and
# once with recurrent weights three times as large.

fig = pictures.growth(result)

plt.show()  # a script shows its figures here, in windows

# %%
# With tanh no number leaves the range from minus one to one, whatever the weights. Without it the
# state is multiplied by the same matrix again and again, and if the :term:`spectral radius` of that
# matrix is above one, the state grows without end. But look at the left side too: the default
# weights, applied again and again, shrink what they are multiplied with, and nothing explodes
# without tanh either. For them tanh is a guard, not the reason why the state stays small; for the
# larger weights it is the reason. Its other use is that without it a network of any number of steps
# would compute one linear map (and a constant).
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Training decides what the state holds. After training to recall a first input, replacing the
#      first of 20 inputs moves the state more than half as far as replacing everything.
#    * Default weights let the first input fade. In the median run, replacing the first of 20 inputs
#      moves the untrained state less than a thousandth as far as replacing everything.
#    * The tanh is a guard rail. With it, no number of the state passes 1 in size. Without it,
#      recurrent weights at three times their default take the state past a million within 100
#      steps.
#    * A cell has one set of weights. It reads 5 steps or 500 with the same parameters, where a
#      layer with weights for every step needs more than 50 times as many.
#    * Default weights need no guard rail. Without tanh, no number of their state passes 10 in the
#      same 100 steps of noise.
