# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Depth: are several layers better than one?
==========================================

.. reading:: stack layers, compare stacks of equal size, and say what a layer costs the gradient
   :before: whole_sequence memory gradient_flow

Many recurrent networks have two to four layers, and you can read that deeper layers are more
abstract. With the same number of parameters, when do more layers help, and how much of the gradient
do they cost?
"""

# %%
# In a stack each layer reads the layer below
# -------------------------------------------
#
# The lowest layer reads the inputs. At every step the next layer reads the states of the layer
# below as if they were inputs, and so on. The answers are computed from the top layer's states.
# Number the layers with l, from 1 to L, and let layer 0 be the input itself:
#
# .. math::
#
#    h^{(l)}_t = \tanh(W^{(l)}_{xh} h^{(l-1)}_t + W^{(l)}_{hh} h^{(l)}_{t-1} + b^{(l)}),
#    \quad h^{(0)}_t = x_t
#
# .. math::
#
#    y_t = W_{hy} h^{(L)}_t + b_y
#
# Say that an input has D numbers, a layer has H units, and an answer has K numbers. Then x is (D,),
# every h and its bias are (H,), and y and its bias are (K,). :math:`W_{hh}` is (H, H) in every
# layer, and :math:`W_{hy}` is (K, H). :math:`W_{xh}` is (H, D) in the lowest layer and (H, H) in
# all other layers, because they read states. :cite:t:`schmidhuber1992learning` stacked recurrent
# networks early on, and :cite:t:`pascanu2014construct` list which other parts of a recurrent
# network can be made deep.
#
# .. source:: rnnbook.models.DeepRNN
#    :members: __init__, forward
#    :nodoc:

import warnings
from textwrap import fill

import matplotlib.pyplot as plt
import torch
from torch import nn

from rnnbook.experiments import depth
from rnnbook.figures import depth as pictures
from rnnbook.models import DeepRNN
from rnnbook.tasks.moving_sum import MovingSum
from rnnbook.tasks.pairs_of_pairs import PairsOfPairs
from rnnbook.training import count_parameters, largest_size

torch.manual_seed(0)
model = DeepRNN(input_size=10, hidden_size=32, num_layers=3, output_size=5).eval()
x = torch.randn(4, 20, 10)
output, h_n = model(x)
print("output", tuple(output.shape), "  batch, time, output")
print("h_n   ", tuple(h_n.shape), "  layers, batch, hidden")

# %%
# Each layer has its own last state. To read on later, you need all three last states; to classify
# the sequence, you need only the top layer's state, ``h_n[-1]``. Only states pass between the
# layers. So if you run the layers by hand, one after another, they must give the same outputs, last
# states and gradients as PyTorch's stack:

result = depth.run()
apart = max(difference.max() for difference in result.equal.values())
print(f"stack, and layers one after another: differ by {apart:.0e}")

# %%
# Zero means that no number differs. On another machine you may see a tiny number instead.
#
# Dropout acts only between the layers
# ------------------------------------
#
# PyTorch's layers take an argument ``dropout``. Dropout acts on the states *on their way from one
# layer to the next*, never after the top layer and never from step to step. With a single layer it
# does nothing, and PyTorch warns you:

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    nn.RNN(10, 32, num_layers=1, dropout=0.2)
print(fill(str(caught[0].message).split(",")[0], 38))

with torch.no_grad():
    deaf = nn.RNN(10, 32, num_layers=2, dropout=1.0, batch_first=True)
    one, other = deaf(x)[0], deaf(torch.randn(4, 20, 10))[0]
print("\neverything dropped, two inputs")
print("same outputs:", torch.equal(one, other), " all zero:", not one.any().item())

# %%
# When everything is dropped, the upper layer gets nothing from the lower layer, so any input gives
# the same output. The output is not zero, because dropout leaves the top layer's own states alone.
#
# With equal updates, layers help on a task of two stages
# -------------------------------------------------------
#
# To test whether depth helps, compare networks of the same size. You might think that one layer of
# 128 units and four layers of 64 units have about the same size. Count parameters:

for layers, size in ((1, 128), (4, 64)):
    stack = nn.RNN(10, size, num_layers=layers)
    print(f"{layers} x {size:3d}  {count_parameters(stack):7,d} parameters")
budget = count_parameters(nn.RNN(10, 128))
fair = largest_size(lambda size: nn.RNN(10, size, num_layers=4), budget)
print(f"4 x {fair:3d}  {count_parameters(nn.RNN(10, fair, num_layers=4)):7,d} parameters")

# %%
# Each further layer has one square matrix of weights for its own past *and* another for the layer
# below. So with only 10 inputs, four layers of half the width have far more parameters than one
# layer of full width. If the four layers do better, their size may be the reason. So in the next
# two comparisons each network is as wide as the task's budget of parameters allows.
#
# Here is a task made for layers. A first table gives a name to every pair of neighbouring symbols.
# A second table gives an answer to two names: the name of the two symbols just read, and the name
# of the two symbols before them. Both tables are drawn at random, once for each seed.

task = PairsOfPairs(tables=0)
batch = task.batch(1, torch.Generator().manual_seed(0))
ids = batch.inputs[0].argmax(-1)[0]
for name, row in (("symbol", ids), ("name", task.names(ids)), ("answer", batch.target[0])):
    print(f"{name:7s}", "".join(f"{int(v)}" if v >= 0 else "." for v in row))
print(f"always the most common answer: {task.baseline:.2f}")

# %%
# Each answer depends on the name above it and on the name two places to the left, so it depends on
# four symbols. The second task is a sum that you know, :math:`y_t = x_t + x_{t-1} + x_{t-2}`. The
# sum needs a little memory, but no second stage.
#
# .. predict::
#
#    Networks of one, two and three layers, all of about the same size, get the same number of
#    updates. Which depth is ahead on the pairs of pairs, and which on the sums?

print("layers           ", *depth.DEPTHS)
for name, (_, _, most) in depth.TASKS.items():
    widths = (depth.stack(name, count, seed=0).fc.in_features for count in depth.DEPTHS)
    print(f"{name:15s} width", *widths, f" parameters: at most {most:,d}")
print(f"best sum without memory: error {MovingSum().baseline:.2f}")
fig = pictures.scores(result, depth.SUMS_BASELINE)

# %%
# The horizontal axis is the number of layers. Each dot is one training run, judged on fresh data,
# and thin lines join runs with the same seed. The dashed lines are baselines: the most common
# answer on the left, the best answer without memory on the right. On the left the height is the
# accuracy: two and three layers are ahead of one layer in every run. On the right the height is the
# error, on a logarithmic scale, so lower is better. Three layers have a larger error than one layer
# in every run.
#
# .. dropdown:: Why?
#
#    On pairs of pairs, one layer may learn the names, and the layer above it may learn the answers.
#    The sums have no second stage. In three layers, the numbers pass through two more squashing
#    functions than in one layer, and each layer is less than half as wide as the single layer. We
#    did not test whether one of these differences is the cause, or whether three layers do better
#    at another learning rate or after more updates.
#
# So more layers helped on the task with stages. But look at the hollow diamonds: with three times
# as many updates, the *single* layer beats the three-layer network with the same seed. So a single
# layer can get as far as three layers, but it needs more updates. (We did not give three layers
# more updates.) Networks of the same size need about the same number of multiplications for an
# update, so the single layer did three times the work. On this task and at this learning rate, the
# deeper networks learned more per update. We did not measure how much they learn per second.
#
# Higher layers show the answer more clearly
# ------------------------------------------
#
# You can check "deeper layers are more abstract" when you know what the stages are, as we do here.
# Take the networks of the figure, and let a :term:`linear probe` read the answer, which is the
# second stage, from the states of each layer.

print("accuracy of the probe, mean of the runs")
print("layer           ", *(f"{layer:5d}" for layer in depth.DEPTHS))
for label, count, layers in (("1 layer", 1, 1), ("3 layers", 3, 3), ("3, untrained", 0, 3)):
    means = (result.read[count, layer, "answer"].mean() for layer in range(1, layers + 1))
    print(f"{label:16s}", *(f"{mean:5.2f}" for mean in means))

# %%
# In the trained stack the accuracy of the probe rises from layer to layer; in the untrained stack
# this accuracy does not rise. This table does not show whether the lower layers hold the names. And
# it is about one task with two stages, so it says nothing about the layers of a language model.
#
# Time costs more gradient than depth
# -----------------------------------
#
# The :term:`gradient` has two ways to go: :doc:`back in time
# </chapters/2_training/plot_02_gradient_flow>` within a layer, and down from one layer to the next.
# Both ways lead through weights and a tanh. Does one layer down cost as much gradient as one step
# back? Take an untrained stack of four layers, give one answer at the last step, and measure how
# much of that answer's gradient reaches each state of each layer:
#
# .. source:: rnnbook.jacobians.over_layers_and_time
#    :nodoc:

fig = pictures.heat(result)

print("gradient, as a share of the last state's\n")
print("default weights  last step  20 back")
for layer in reversed(range(4)):
    here = result.gradients["default weights"][:, layer, -1].mean()
    back = result.far["default weights"][:, layer].mean()
    print(f"layer {layer + 1:10d}{here:11.2f}{back:9.0e}")
print("\nshare that one step leaves, by seed")
for way, shares in result.passed.items():
    print(f"a step {way}", *(f"{share:7.2f}" for share in shares))

plt.show()  # a script shows its figures here, in windows

# %%
# Each square is a state: a row is a layer, a column is a step, and the answer is given at the upper
# right corner. The colour is the gradient that reaches the state, on a logarithmic scale (geometric
# mean of three seeds). With default weights the map darkens from right to left by many powers of
# ten. From top to bottom it darkens less, and only near the answer. With orthogonal weights the map
# stays much brighter in every layer.
#
# The last two rows of numbers show what share of the gradient is left after one move. For one layer
# down, this share is the third root of the share left after three layers. For one step back, the
# share is the 20th root of the share left after 20 steps. One layer down costs about as much as one
# step back. But there are only three layers to go down, and 29 steps to go back. So **in this stack
# the gradient vanishes over time, not over depth**. The gradient vanishes in all four layers.
# Orthogonal recurrent weights, from :doc:`initialisation
# </chapters/2_training/plot_05_initialisation>`, help against this.
#
# Are several layers better than one? On a task of two stages, several layers were better than one
# after the same number of updates. But with three times as many updates, a single layer overtook
# three layers. On a task without stages a single layer did better than three, also after the same
# number of updates.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Where there are stages, layers can help. On pairs of pairs, in the median run, two or three
#      layers are over 0.04 more accurate than one layer. With triple the updates, one layer is over
#      0.04 more accurate than three layers.
#    * Without stages, one layer can be enough. On moving sums, every run of a single layer ends
#      with less than 0.1 of the error of the best answer without memory.
#    * Three layers can cost less than 20 steps. In four untrained layers with default weights, on
#      average 0.4 to 0.75 of the gradient is left after one layer down or one step back. After 20
#      steps back, less than 0.001 is left in the median run.
#    * Answers can be easier to read higher up. On pairs of pairs, a linear probe reads the answers
#      from each layer of a trained stack of three layers. In the median run, its accuracy rises by
#      more than 0.04 from each layer to the next.
#    * Four half-width layers can be larger than one. With 10 inputs, one layer of 128 units has
#      17,920 parameters. Four layers of 64 units have 29,824 parameters.
