# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Are several layers better than one?
===================================

Recurrent networks often have two to four layers, and the reason given is that deeper means more
abstract. This chapter compares stacks of the same number of parameters, finds a task on which
layers help and one on which they do not, and follows the gradient down through the layers.
"""

# %%
# A stack is layers in a row
# --------------------------
#
# The lowest layer reads the inputs. The next one reads its states, at every step, as if they were
# inputs, and so on. The top layer's states go to the answer. :cite:t:`schmidhuber1992learning`
# stacked recurrent networks early on, and :cite:t:`pascanu2014construct` list what else about one
# can be made deep.
#
# .. source:: rnnbook.models.DeepRNN
#    :members: __init__, forward
#    :nodoc:
#
# By default the stack is PyTorch's ``nn.RNN``, which is fast; with ``layer=rnnbook.layers.RNN`` it
# is built from the layers :doc:`written by hand </chapters/1_foundations/plot_03_whole_sequence>`.
# Whether the two are the same is tried below.

import warnings
from textwrap import fill

import matplotlib.pyplot as plt
import torch
from torch import nn

from rnnbook.experiments import depth
from rnnbook.experiments.depth import one_by_one, through
from rnnbook.figures import depth as pictures
from rnnbook.models import DeepRNN
from rnnbook.tasks.moving_sum import MovingSum
from rnnbook.tasks.pairs_of_pairs import PairsOfPairs
from rnnbook.training import count_parameters, evaluate, fit, largest_size

torch.manual_seed(0)
model = DeepRNN(input_size=10, hidden_size=32, num_layers=3, output_size=5).eval()
x = torch.randn(4, 20, 10)
output, h_n = model(x)
print("x     ", tuple(x.shape), " batch, time, input")
print("output", tuple(output.shape), "  batch, time, output")
print("h_n   ", tuple(h_n.shape), "  layers, batch, hidden")

# %%
# There is a last state for each layer, and none of them is *the* state: to go on reading you need
# all three, and to classify the sequence you want the top one, ``h_n[-1]``. Nothing passes between
# the layers but states, so three layers handed on by hand have to give the same as the stack:

chain = one_by_one(model.rnn)  # our layers, with the weights of PyTorch's
states, ends = through(chain, x)
print("by hand:", len(chain), "x", type(chain[0]).__module__)
print("answers differ by    ", f"{(model.fc(states[-1]) - output).abs().max().item():.0e}")
print("last states differ by", f"{(ends - h_n).abs().max().item():.0e}")

result = depth.run()
for count in depth.DEPTHS:
    print(f"gradients, layers: {count}    {result.equal[count, 'gradients'].max():.0e}")

# %%
# A zero means that not one bit differs; on another machine it may be a tiny number.
#
# Dropout lies between the layers
# -------------------------------
#
# PyTorch's layers take an argument ``dropout``. It acts on the states *on their way from one layer
# to the next*, and so never behind the top layer, never from step to step, and never in a single
# layer. There it does nothing, and says so:

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
# With everything dropped, the upper layer no longer hears the lower one: any input gives the same
# output. It is not zero, since nothing drops what the top layer itself says.
#
# Equal parameters
# ----------------
#
# To ask whether depth helps, the networks have to be equally large. A well-known comparison takes
# one layer of 128 units and four of 64, and calls their sizes similar. Count:

for layers, size in ((1, 128), (4, 64)):
    stack = nn.RNN(10, size, num_layers=layers)
    print(f"{layers} x {size:3d}  {count_parameters(stack):7,d} parameters")
budget = count_parameters(nn.RNN(10, 128))
fair = largest_size(lambda size: nn.RNN(10, size, num_layers=4), budget)
print(f"4 x {fair:3d}  {count_parameters(nn.RNN(10, fair, num_layers=4)):7,d} parameters")

# %%
# Each further layer has a square of weights for its own past *and* one for the layer below. So,
# with an input as narrow as this, "half the width, four layers" is a good deal larger, and whatever
# it does better may be due to that. From here on every network is the widest of its depth that
# keeps to one budget.
#
# A task of two stages
# --------------------
#
# Here is a task made for layers. A table gives every pair of neighbours a name. A second table
# gives every two names an answer: the name of the present pair, and that of the pair before it. The
# tables are drawn once and have no rule in them.

task = PairsOfPairs(tables=0)
batch = task.batch(1, torch.Generator().manual_seed(0))
ids = batch.inputs[0].argmax(-1)[0]
print("one-hot", tuple(batch.inputs[0].shape), "target", tuple(batch.target.shape))
for name, row in (("symbol", ids), ("name", task.names(ids)), ("answer", batch.target[0])):
    print(f"{name:6s}", *(f"{int(v):2d}" if v >= 0 else " ." for v in row))
print(f"\nalways the commonest answer: {task.baseline:.2f}")

# %%
# An answer depends on the name above it and on the one two steps to the left, so on four symbols.
# Train a network of three layers on it:

torch.manual_seed(0)
model = DeepRNN(8, hidden_size=26, num_layers=3, output_size=8, dropout=0.0)
fit(model, task, steps=220, seed=0, batch_size=64, learning_rate=1.5e-2)
print(f"{count_parameters(model):,d} parameters")
print(f"accuracy {evaluate(model, task, seed=1000):.2f}")

# %%
# It is on its way. The second task is one you know, :math:`y_t = x_t + x_{t-1} + x_{t-2}`. It needs
# a little memory and no second stage at all.
#
# .. predict::
#
#    One, two and three layers of the same number of parameters get the same number of updates.
#    Who is ahead on the pairs of pairs, and who on the sums?

print("        pairs of pairs     moving sums")
print("layers  width   params   width   params")
for count in depth.DEPTHS:
    stacks = [depth.stack(name, count, seed=0) for name in depth.TASKS]
    cells = (f"{s.fc.in_features:6d}{count_parameters(s):9,d}" for s in stacks)
    print(f"{count:6d} ", "  ".join(cells))
print(f"\nbest sum without memory: error {MovingSum().baseline:.2f}")
fig = pictures.scores(result, depth.SUMS_BASELINE)

# %%
# A dot is one training run on fresh data, thin lines join the runs of a seed.
#
# .. dropdown:: The answer
#
#    On the pairs of pairs two and three layers are ahead of one in every run. On the sums three
#    layers are behind one in most runs, perhaps because they carry numbers through two more
#    squashing functions than anybody needs, and their state is less than half as wide.
#
# So layers help where there are stages. Before you take that home, look at the hollow diamonds.
# They are the *single* layer after three times as many updates, and they lie above the three layers
# of the same seed. It was not unable, it was slower. Is that a fair comparison? At an equal number
# of parameters an update costs equally many multiplications, so the single layer has had three
# times as many. But it has had no more steps that wait for each other: in a stack of three, each
# step of the sequence is three, one layer after another, unless a layer begins before the one below
# has come to the end. What depth buys here is learning per update and per parameter. Whether it
# also buys learning per second depends on your machine.
#
# What does each layer know?
# --------------------------
#
# "Deeper layers are more abstract" can be checked where one knows what the stages are. Take the
# trained networks, and let a :term:`linear probe` read two things from the states of each layer:
# the name of the present pair, which is the first stage, and the answer, which is the second.

print("accuracy of the probe, mean of the runs\n")
print("network     layer    name   answer")
for count in (*depth.DEPTHS, 0):
    for layer in range(1, (count or depth.DEPTHS[-1]) + 1):
        name, answer = (result.read[count, layer, what].mean() for what in ("name", "answer"))
        label = f"{count} layer{'s' * (count > 1)}" if count else "untrained"
        print(f"{label if layer == 1 else '':9s}{layer:8d}{name:8.2f}{answer:9.2f}")

# %%
# Read the rows of three layers. The answer becomes readable from layer to layer, and in the
# untrained stack it does not. (That the lowest layer has the name and hardly the answer is no
# finding: the same holds before training, since a name needs two symbols and an answer four.) In
# this task, then, training uses depth for stages, the way its builder had in mind. The single layer
# has to do both at once, in one and the same state. This is a finding
# about one task with two stages in it. What the layers of a language model hold is a question of
# its own, and has to be measured there.
#
# Down the layers and back in time
# --------------------------------
#
# The :term:`gradient` has two ways to go: :doc:`back in time
# </chapters/2_training/plot_02_gradient_flow>` within a layer, and down from one layer to the next.
# Both pass weights and a tanh. Is a step down like a step back? Take a stack of four layers, give
# one answer at the last step, and ask how much of its gradient reaches each state of each layer:
#
# .. source:: rnnbook.jacobians.over_layers_and_time
#    :nodoc:

fig = pictures.heat(result)

print("gradient, the last state's is 1\n")
print("default weights      same step  20 back")
for layer in reversed(range(4)):
    here = result.gradients["default weights"][:, layer, -1].mean()
    back = result.far["default weights"][:, layer].mean()
    print(f"layer {layer + 1:13d}{here:11.2f}{back:9.0e}")
print("\nshare that one step leaves, by seed")
for way, shares in result.passed.items():
    print(f"a step {way}", *(f"{share:7.2f}" for share in shares))

plt.show()  # a script shows its figures here, in windows

# %%
# Each square is a state, each row a layer; the answer is given at the upper right corner. The
# colour is on a logarithmic scale, typical of the three seeds.
#
# The last two rows are means along a way: the third root of what is left three layers further down
# at the same step, and the twentieth root of what is left in the top layer twenty steps before. A
# step down costs about as much as a step back. But there are only three steps down, and there are
# twenty-nine back. So with default weights the map darkens from right to left and hardly from top
# to bottom: **in this stack depth does not make the gradient vanish, time does**, and adding layers
# is no cure for it either, since all of them forget. Orthogonal recurrent weights, the cure for
# time from the chapter on :doc:`starting right </chapters/2_training/plot_05_initialisation>`, work
# in every layer at once.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Layers help where there are stages. On pairs of pairs the median run of two or three layers
#      beats one by more than 0.04 of the answers; one layer with 3 times the updates overtakes
#      three by as much.
#    * Without stages one layer is enough. On moving sums every run of a single layer ends below 0.1
#      of the error of the best answer without memory.
#    * Time costs more than depth. In an untrained stack with default weights one step down or back
#      leaves 0.4 to 0.75 of the gradient; 20 steps back the median run has less than 0.001 in any
#      layer.
#    * The answer comes up through the layers. In the median trained stack of three, a linear probe
#      reads it from each layer better than from the one below, by more than 0.04.
#    * Half the width, four layers, is larger. Reading 10 numbers, one layer of 128 units has 17920
#      parameters, four of 64 have 29824.
