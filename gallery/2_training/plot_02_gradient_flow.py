# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Where does the gradient go on its way back?
===========================================

"Gradients vanish if the weights are below one and explode above": most explanations of recurrent
networks end there, and most of it needs a condition. This chapter follows the
gradient back, step by step, and asks what its vanishing means for what a network can learn.
"""

# %%
# Fifty steps back
# ----------------
#
# Take a network with PyTorch's default weights and fifty random inputs. For the output of each
# step, ask :term:`autograd` for the :term:`gradient` at the *first* input: how much would the first
# number of this output move if that input did?
#
# .. source:: rnnbook.models.RNNWithGradientTracking.track_gradients
#    :nodoc:

import matplotlib.pyplot as plt
import numpy as np
import torch

from rnnbook.models import RNNWithGradientTracking

torch.manual_seed(42)
model = RNNWithGradientTracking(input_size=10, hidden_size=32)
x = torch.randn(1, 50, 10)
norms = model.track_gradients(x)
print("x", tuple(x.shape), "  norms", norms.shape)
print("steps in between   gradient")
for distance in (0, 1, 10, 20, 49):
    print(f"{distance:16d}   {norms[distance]:8.1e}")
print(f"\nlast by first, as :.6f  {norms[49] / norms[0]:.6f}")
print(f"last by first, as :.1e  {norms[49] / norms[0]:.1e}")

# %%
# Two traps for whoever writes this code. Printed with six decimals the ratio looks like nothing at
# all; small numbers want a format with a power of ten. And the first entry is for *no* step in
# between, so entry 49 is 49 steps away, not fifty.

from rnnbook.experiments import gradient_flow
from rnnbook.figures import gradient_flow as pictures

result = gradient_flow.run(seeds=(0, 1, 2))
fig = pictures.tracked(result)

# %%
# A straight line on this scale is a constant factor for each step. It is the
# :term:`vanishing gradient`, as :cite:t:`bengio1994learning` described it. The state tells the same
# story forwards. Replace the first input, and see how far the state moves, as a share of what
# replacing all of them does. A column is a seed:

factor = (result.tracked[:, 49] / result.tracked[:, 0]) ** (1 / 49)
print("factor for each step  ", *(f"{f:6.2f}" for f in factor))
print("moved after 5 inputs  ", *(f"{m:6.0e}" for m in result.moved[:, 4]))
print("moved after 20 inputs ", *(f"{m:6.0e}" for m in result.moved[:, 19]))

# %%
# So the sentence "the final state captures the entire sequence" needs a condition: it can, but with
# these weights it does not. Why?
#
# Is tanh to blame?
# -----------------
#
# You can often read that the derivative of tanh "peaks at a quarter" and that a product of such
# numbers must die. Ask for it:

z = torch.linspace(-6, 6, 1201, dtype=torch.float64, requires_grad=True)
for function in (torch.tanh, torch.sigmoid):
    (slope,) = torch.autograd.grad(function(z).sum(), z)
    print(f"{function.__name__:8s} largest derivative {slope.max().item():.2f}")
print(f"0.25 ** 50 = {0.25**50:.1e}, but that is no tanh")

# %%
# One quarter is the sigmoid's. The largest derivative of tanh is one, at zero. You may also read
# that slopes between a tenth and a quarter are typical of tanh. What is typical depends on where
# the units are:

fig = pictures.slopes(result)

# %%
# With its starting weights, the network works where tanh is steep: nearly all slopes are close to
# one. The blue bars are the same networks after they were trained to recall their first input
# across twenty steps. Now many units are far out, where tanh is flat. That is called
# :term:`saturation`.

inside = ((result.slopes > 0.1) & (result.slopes < 0.25)).mean(axis=-1)
print("                        before             after")
for name, row in (
    ("mean slope", result.slopes.mean(axis=-1)),
    ("share from 0.1 to 0.25", inside),
    ("steps that can stretch", result.stretched),
):
    print(f"{name:23s}", *(f"{v:5.2f}" for v in row[:, 0]), " ", *(f"{v:5.2f}" for v in row[:, 1]))
print("\nmean slope in the networks of ten inputs:", *(f"{v:.2f}" for v in result.tracked_slope))
print("\nproduct of 49 steps\nbefore        ", *(f"{v:.0e}" for v in result.kept[:, 0]))
print("after training", *(f"{v:.0e}" for v in result.kept[:, 1]))

# %%
# A column is a seed. The networks of ten inputs are those of the first figure: there, too, tanh is
# steep where the units are, and the gradient vanishes all the same. Now look at the last two rows.
# Before training every step of these networks has a :term:`Jacobian` that stretches *some*
# direction (its largest :term:`singular value` is above one), and still the product of all steps
# vanishes: what one step stretches, the next one shrinks. After training the slopes are far
# smaller, and yet the product is larger by many powers of ten in each of these runs. The mean slope
# does not decide it.
#
# The product, exactly
# --------------------
#
# What does decide it is the product of the last chapter:
#
# .. math::
#    :label: flow-product
#
#    \frac{\partial h_T}{\partial h_1} = J_T \cdots J_3\, J_2, \qquad
#    J_t = \mathrm{diag}\left(1 - h_t^2\right) W_{hh}
#
# Multiplied out, it is autograd's Jacobian, up to rounding:

print("largest relative difference", f"{result.equal.max():.0e}")

# %%
# Whether such a product grows or shrinks is not decided by one number of the matrix:
# :doc:`a chapter that may be skipped </chapters/2_training/plot_10_radius>` takes four matrices
# apart.
#
# Remembering and vanishing at once
# ---------------------------------
#
# Is a vanished gradient a forgotten input? Take one unit, :math:`h_t = \tanh(2 h_{t-1} +
# \text{noise})`, with noise a tenth in size, and start it at plus or minus one. Run a thousand
# steps.

for share, slope in result.latch:
    print(f"same side {share:.2f}  gradient after 100 steps {slope:.0e}")

# %%
# It has kept its sign, and its gradient is gone. This is called :term:`latching`: the state sits at
# the bottom of a valley, the noise cannot push it out, and for the same reason a small change of
# the start makes no difference at the end. :cite:t:`bengio1994learning` showed that these are two
# sides of one thing: **holding on safely makes the gradient vanish**. It also settles "above one":
# the weight of this unit is two.
#
# What vanishes is a share
# ------------------------
#
# So is the gradient of a long sequence too small? Not the whole of it. The last steps always
# contribute. What vanishes is the *share* of the distant ones. Then it cannot help to multiply the
# gradient, since that multiplies both shares. Here is what is left of everything twenty or more
# steps back, in a gradient over fifty steps:

print("share of old steps:", *(f"{share:.0e}" for share in result.old))
plain, magnified = result.magnified[:, 0], result.magnified[:, 1]
print("times a million, losses differ by", end=" ")
print(f"{np.abs(magnified / plain - 1).max():.0e}")

# %%
# The :term:`optimiser` here is Adam, which divides the gradient by its own recent size. It takes
# the same steps whatever the size. A gradient is not useless because it is small; it is useless for
# the past because the present drowns it.
#
# Can it learn across twenty steps?
# ---------------------------------
#
# "Plain networks cannot link a word to one a dozen words back", one reads, with an example like
# this:

clause = "cat which the children had fed behind the old house all summer was"
print("from cat to was there are", clause.split(" ").index("was"), "steps")

# %%
# Language is for a later part. But distance alone can be tested: the first input is plus or minus
# one, noise follows, and at the end the network is asked which it was. A coin gets one half.
#
# .. predict::
#
#    Before training, almost nothing of the gradient comes back across twenty steps. Does the
#    network learn across them?

from torch import nn

from rnnbook.tasks.recall import RecallFirst
from rnnbook.training import evaluate, fit


class Recaller(nn.Module):
    """The network that tracks its gradients, and a linear layer that answers."""

    def __init__(self):
        super().__init__()
        self.tracked = RNNWithGradientTracking(input_size=1, hidden_size=32)
        self.answer = nn.Linear(32, 1)

    def forward(self, x, lengths=None):
        """Return an answer at every step, (batch, time, 1)."""
        states, _ = self.tracked(x)
        return self.answer(states)


task = RecallFirst(length=21)
torch.manual_seed(0)
network = Recaller()
(x,) = task.batch(64, torch.Generator().manual_seed(1)).inputs
before = network.tracked.track_gradients(x)
history = fit(network, task, steps=400, seed=0, until=0.05)
after = network.tracked.track_gradients(x)
print(f"baseline, a coin    {task.baseline:.2f}")
print(f"after {len(history.losses)} steps      {evaluate(network, task, seed=1000):.2f}")
print(f"gradient over 20 steps: {before[20]:.0e} before, {after[20]:.0e} after")
print("\naccuracy, a column a seed")
for name, scores in zip(result.runs, result.accuracy.T, strict=True):
    print(f"{name:21s}", *(f"{score:5.2f}" for score in scores))
plt.show()  # a script shows its figures here, in windows

# %%
# .. dropdown:: The answer
#
#    It does. The faint gradient of the start was enough, and training made it louder by orders of
#    magnitude: to learn to hold an input is to learn to hand its gradient back.
#
# Default weights learn across twenty steps, in a few hundred updates; now and then one needs more
# than it is given here, since learning may wait long for its start. Across
# fifty, with fewer updates and a fifth of the learning rate, they are still guessing when the last
# row, with the same updates and rate, has long learned it. That row is the *same* network with
# another start: orthogonal recurrent weights and small input weights, so that little is lost to
# saturation and the distant share is large enough to be heard. The equation was never the obstacle.
# What a start can do is the subject of a later chapter; the next one makes the task longer, step by
# step.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * With PyTorch's default weights less than a ten-billionth of the gradient reaches an input 49
#      steps back, though the derivative of tanh, whose largest value is one and not a quarter, is
#      more than two thirds on average.
#    * A unit that latches holds its sign through a thousand noisy steps while its gradient
#      vanishes: a vanished gradient is not a forgotten input.
#    * What vanishes is the share of distant steps: with default weights the part that is twenty or
#      more steps old is less than a thousandth of the gradient, and magnifying the whole a million
#      times leaves what Adam learns as it was.
#    * From default weights most plain networks learn within 400 updates to recall their first
#      input across twenty steps, and none within 120 across fifty; orthogonal recurrent weights
#      with small input weights learn fifty within those 120, at the same learning rate.
