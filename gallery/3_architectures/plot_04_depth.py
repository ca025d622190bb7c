# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Depth: are several layers better than one?
==========================================

.. reading:: stack layers, compare stacks of equal size, and say what a layer costs the gradient
   :before: whole_sequence memory gradient_flow

Recurrent networks are often stacked in two to four layers, and the reason given is that deeper
means more abstract. At an equal number of parameters, when do more layers help, and what do they
cost the gradient?
"""

# %%
# A stack is layers in a row
# --------------------------
#
# The lowest layer reads the inputs. The next one reads its states, at every step, as if they were
# inputs, and so on. The top layer's states go to the answer. Number the layers with l, from 1 to L,
# and let layer 0 be the input itself:
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
# The shapes, for D numbers in, H units a layer and K numbers out: x is (D,), every h and its bias
# (H,), and y and its bias (K,). :math:`W_{hh}` is (H, H) in every layer, :math:`W_{hy}` is (K, H).
# :math:`W_{xh}` is (H, D) in the lowest layer and (H, H) in all others, which read states.
# :cite:t:`schmidhuber1992learning` stacked recurrent networks early on, and
# :cite:t:`pascanu2014construct` list what else about one can be made deep.
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
# There is a last state for each layer, and none of them is *the* state: to go on reading you need
# all three, and to classify the sequence you want the top one, ``h_n[-1]``. Nothing passes between
# the layers but states. So layers that are run by hand, one after another, have to give the same as
# PyTorch's stack in answers, last states and gradients:

result = depth.run()
apart = max(difference.max() for difference in result.equal.values())
print(f"stack, and layers one after another: differ by {apart:.0e}")

# %%
# A zero means that not one bit differs; on another machine it may be a tiny number.
#
# Dropout acts only between the layers
# ------------------------------------
#
# PyTorch's layers take an argument ``dropout``. It acts on the states *on their way from one layer
# to the next*: never after the top layer, never from step to step, and never in a single layer.
# There it does nothing, and says so:

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
# With everything dropped, the upper layer no longer hears the lower one, so any input gives the
# same output. The output is not zero, because nothing drops what the top layer itself says.
#
# Layers help on a task of two stages
# -----------------------------------
#
# To ask whether depth helps, the networks have to be equally large. You might think that one layer
# of 128 units and four of 64 are of similar size. Count:

for layers, size in ((1, 128), (4, 64)):
    stack = nn.RNN(10, size, num_layers=layers)
    print(f"{layers} x {size:3d}  {count_parameters(stack):7,d} parameters")
budget = count_parameters(nn.RNN(10, 128))
fair = largest_size(lambda size: nn.RNN(10, size, num_layers=4), budget)
print(f"4 x {fair:3d}  {count_parameters(nn.RNN(10, fair, num_layers=4)):7,d} parameters")

# %%
# Each further layer has a square of weights for its own past *and* one for the layer below. So,
# with an input as narrow as this, "half the width, four layers" is a good deal larger, and whatever
# it does better may come from that. In the two comparisons that follow, every network is the widest
# of its depth that keeps to the budget of its task.
#
# Here is a task made for layers. A table gives every pair of neighbours a name. A second table
# turns the name of the current pair and the name of the pair before it into an answer. The tables
# are drawn once and follow no rule.

task = PairsOfPairs(tables=0)
batch = task.batch(1, torch.Generator().manual_seed(0))
ids = batch.inputs[0].argmax(-1)[0]
for name, row in (("symbol", ids), ("name", task.names(ids)), ("answer", batch.target[0])):
    print(f"{name:7s}", "".join(f"{int(v)}" if v >= 0 else "." for v in row))
print(f"always the most common answer: {task.baseline:.2f}")

# %%
# An answer depends on the name above it and on the one two places to the left, so on four symbols.
# The second task is one you know, :math:`y_t = x_t + x_{t-1} + x_{t-2}`. It needs a little memory
# and no second stage at all.
#
# .. predict::
#
#    One, two and three layers of the same number of parameters get the same number of updates.
#    Which depth is ahead on the pairs of pairs, and which on the sums?

print("layers           ", *depth.DEPTHS)
for name, (_, _, most) in depth.TASKS.items():
    widths = (depth.stack(name, count, seed=0).fc.in_features for count in depth.DEPTHS)
    print(f"{name:15s} width", *widths, f" parameters: at most {most:,d}")
print(f"best sum without memory: error {MovingSum().baseline:.2f}")
fig = pictures.scores(result, depth.SUMS_BASELINE)

# %%
# Each dot is one training run, judged on fresh data, and thin lines join the runs of a seed; the
# dashed line is always the most common answer on the left, and the best answer without memory on
# the right. On the left higher is better: two and three layers are ahead of one in every run. On
# the right lower is better (the scale is logarithmic), and three layers are behind one in every
# run.
#
# .. dropdown:: Why?
#
#    On pairs of pairs, a layer can learn the names and the layer above it the answers. On the sums
#    there is no second stage to take over. The numbers have to pass two more squashing functions,
#    and each layer is less than half as wide; we did not test whether either is the cause, or
#    whether another learning rate would suit three layers better.
#
# So layers help where there are stages. Before you take that home, look at the hollow diamonds: the
# *single* layer after three times as many updates beats the three layers of the same seed. It was
# slower, not unable; where the three layers would be after as many updates was not measured. Is
# that fair? At an equal number of parameters an update costs equally many multiplications, so it
# did three times the work, but not more *sequential* steps: in a stack of three each time step is
# three, one layer after another, unless a layer begins before the one below has come to the end. So
# depth buys learning per update and per parameter. Whether it also buys learning per second depends
# on your machine.
#
# The answer comes up through the layers
# --------------------------------------
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
# In the trained stack the answer becomes easier to read from layer to layer; in the untrained stack
# it does not. In this task, then, training spreads the work over the layers. Whether the lower ones
# hold the names, as the builder of the task had in mind, this table does not say. This is a finding
# about one task with two stages in it. What the layers of a language model hold has to be measured
# there.
#
# Time costs more gradient than depth
# -----------------------------------
#
# The :term:`gradient` has two ways to go: :doc:`back in time
# </chapters/2_training/plot_02_gradient_flow>` within a layer, and down from one layer to the next.
# Both pass weights and a tanh. Is a step down like a step back? Take a stack of four layers, give
# one answer at the last step, and ask how much of its gradient reaches each state of each layer:
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
# Each square is a state: a row is a layer, a column a step, and the answer is given at the upper
# right corner. The colour, on a logarithmic scale, is the geometric mean of the three seeds. With
# default weights the map darkens from right to left by many powers of ten. From top to bottom it
# darkens less, and only near the answer. With orthogonal weights it stays bright in every layer.
#
# The last two rows of numbers compare the ways. They are average factors: per layer going down (the
# third root of what is left three layers down), and per step going back (the twentieth root of what
# is left after twenty steps). A step down costs about as much as a step back. But there are three
# steps down, and twenty-nine back. So **in this stack depth does not make the gradient vanish, time
# does**. In all four layers it vanishes; orthogonal recurrent weights, from :doc:`initialisation
# </chapters/2_training/plot_05_initialisation>`, help against that.
#
# Are several layers better than one? Per update they were, on a task of two stages; a single layer
# got there with more updates, and where there are no stages it did better.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Where there are stages, layers can help. On pairs of pairs the median stack of 2 or 3 layers
#      beats one by over 0.04 in accuracy; one layer with triple the updates overtakes three by as
#      much.
#    * Without stages, one layer can be enough. On moving sums every run of a single layer ends
#      below 0.1 of the error of the best answer without memory.
#    * Time costs more than depth. In an untrained stack with default weights one step down or back
#      leaves 0.4 to 0.75 of the gradient; 20 steps back leave less than 0.001 in the median run.
#    * The answer comes up through the layers. In the median trained stack of three, a linear probe
#      reads it from each layer better than from the one below, by more than 0.04.
#    * Half the width, four layers, is larger. Reading 10 numbers, one layer of 128 units has 17920
#      parameters, four of 64 have 29824.
