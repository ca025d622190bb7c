# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Why is my loss NaN?
===================

A loss that turns into NaN ("not a number") says that something broke, and neither what nor where.
Worse are the bugs that leave a loss of ordinary numbers; this chapter plants fifteen of both kinds,
one at a time, and finds each with a check that you can run on your own model.
"""

# %%
# A model that is well
# --------------------
#
# First the check-list on something healthy: a recurrent network that names the next letter of a
# random text. Sequences differ in length, so there is :term:`padding`. A ``Batch`` holds what the
# model is called with, the target and the true lengths. To ask about a model of your own, wrap your
# tensors in one and write your loss as a function of output and batch.

import math
from textwrap import fill

import matplotlib.pyplot as plt
import torch

from rnnbook.diagnosis import diagnose, gradient_by_step, nonfinite, padding_leak, states
from rnnbook.experiments import nan_loss
from rnnbook.figures import nan_loss as pictures

torch.manual_seed(0)
model = nan_loss.NextLetter()
batch = nan_loss.letters(16, torch.Generator().manual_seed(0))
print("inputs", tuple(batch.inputs[0].shape), " target", tuple(batch.target.shape))
print("lengths", batch.lengths.tolist(), "\n")
print(diagnose(model, batch, nan_loss.cross_entropy, learning_rate=1e-2))

# %%
# Nine checks, one a line. ``diagnose`` asks each of them and trains nothing. A dash would mean that
# a question does not apply. Every line is also a function of :mod:`rnnbook.diagnosis` that returns
# its numbers.
#
# Fifteen patients
# ----------------
#
# Each bug below is this model, or a like one, with one thing wrong. All of them are examined before
# training, and then trained for twenty steps, without clipping.
#
# .. predict::
#
#    Here are some of them: a blank cell in the data, a learning rate a thousand times too large,
#    recurrent weights that double the state, targets that were not shifted, a softmax too many. How
#    many of the fifteen end in NaN or infinity?

result = nan_loss.run()
fig = pictures.who_finds_what(result, {case.name: case.check for case in nan_loss.BUGS})

# %%
# A filled dot is the check that is made for the bug, an open one another that fails as well, both
# in every seed. On the right is how training ended.
#
# .. dropdown:: The answer
#
#    A third of them. Two stop with an error, and more than half go on with a loss that is an
#    ordinary number, though some of these numbers are absurd. Of the loud ones, only the filled dot
#    of a row tells the cause: gradients that are not finite often follow from a loss that is not
#    finite, whatever made it so.
#
# So "the loss is NaN, therefore the gradient exploded, therefore clip" is a guess. The five bugs
# that end in NaN or infinity here have other causes. Look at them one by one.
# ``show`` trains a case for twenty steps and prints what came of it, and then those lines of the
# check-list that fail.


def show(name, seed=0):
    """Print how training a bug ends, and which checks find it."""
    case = nan_loss.bug(name)
    outcome = nan_loss.trained(case, seed)[1]
    ending = outcome.message.split(";")[0].split(" (")[0].split(": [")[0]
    print(fill(f"{name.upper()}: {ending or f'loss {outcome.loss:.3g}'}", 72))
    torch.manual_seed(seed)
    batch = case.batch(16, torch.Generator().manual_seed(seed))
    report = diagnose(case.build(), batch, case.loss, learning_rate=case.learning_rate)
    print("\n".join(line for line in str(report).splitlines() if "FAILS" in line), "\n")


show("a hole in the data")
show("log of zero")

# %%
# The messages of our training loop, which stops at the first number that is not finite, begin with
# what is no longer finite, the loss or the gradient, and go on with a list of usual causes, left
# out here: the loop cannot tell which it was. The line ``finite`` can.
# The function behind it follows the batch through the model and names the first place where finite
# numbers turn into others: a tensor of the data, a parameter, or an operation and the module it
# runs in. Only what is still not finite at the loss counts. The minus infinity of a mask, which a
# softmax turns into a zero, is no cause.
#
# A missing value counts as a number in an array of floats, so a table with one blank cell is
# enough. **Cure:** look at the data, ``torch.isfinite(xs).all()``, before anything else.
#
# .. source:: rnnbook.experiments.nan_loss.log_of_softmax
#    :nodoc:
#
# The second takes a :term:`softmax` and then its logarithm. A probability can be too small for a
# float, the logarithm of the zero that is left is minus infinity. **Cure:** ``F.cross_entropy`` on
# the logits, or ``log_softmax``, which never forms the probability.

show("mask of nothing")
show("half precision")
show("root of zero")

# %%
# .. source:: rnnbook.experiments.nan_loss.mean_without_guard
#    :nodoc:
#
# A sequence in which everything is padding has a loss of zero over zero steps. **Cure:** drop it
# before batching, or divide by ``mask.sum(1).clamp(min=1)``.
#
# .. source:: rnnbook.experiments.nan_loss.half_precision_sum
#    :nodoc:
#
# Half precision ends at 65504, which squares reach soon. **Cure:** compute losses in float32;
# automatic mixed precision does so for you.
#
# .. source:: rnnbook.experiments.nan_loss.root_of_error
#    :nodoc:
#
# In the last, the loss is finite and only its *gradient* is NaN: the slope of a root at zero is
# infinite, the slope of the square before it is zero, and their product is NaN. The name on the
# line is the operation whose backward pass made the first infinity or NaN, the root. **Cure:** add
# a small number under the root.
#
# Too large
# ---------

show("wild recurrence")
show("step too large")

# %%
# No NaN within twenty steps, only absurd losses; with longer sequences or more steps the first may
# well get there. What tells them apart is *where* it grows. In the first, the gradient grows from
# step to step back in time:

case = nan_loss.bug("wild recurrence")
batch = case.batch(16, torch.Generator().manual_seed(0))
torch.manual_seed(0)
growth = gradient_by_step(case.build(), batch, case.loss)["rnn"]
print("step      1       5      10      15      20")
print("norm", *(f"{growth[t]:7.1e}" for t in (0, 4, 9, 14, 19)))

# %%
# **Cure:** a better start, and :term:`gradient clipping`: this is what it is for. In the second,
# the gradient is fine, and one step with this learning rate lands on a far higher loss for the very
# batch it came from. **Cure:** divide the rate by ten until one step goes down. (Ask this about a
# *new* model. Near the bottom of a valley a step of fixed size climbs in a healthy run, too.)
#
# Errors of autograd
# ------------------

show("stale graph")
show("changed in place")

# %%
# .. source:: rnnbook.experiments.nan_loss.KeptState.forward
#    :nodoc:
#
# A state that is kept for the next batch brings its graph along, and the graph has been used up.
# **Cure:** keep ``self.h.detach()``; for an LSTM, both parts.
#
# .. source:: rnnbook.experiments.nan_loss.ChangedInPlace.forward
#    :nodoc:
#
# The backward pass of tanh needs its own output, and line two overwrites it. **Cure:** make a new
# tensor, ``hs.masked_fill(...)``.
#
# States that say nothing
# -----------------------

show("unscaled inputs")
show("dead units")

# %%
# Prices, years and heights come in hundreds, and tanh is flat there: it answers plus or minus one,
# and next to no gradient comes through. The opposite is a ReLU below zero for every input. Neither
# gives NaN. The losses just fall too little. The check looks at the states themselves
# (``nan`` stands where there is nothing to ask: a ReLU does not saturate):

for name in ("unscaled inputs", "dead units"):
    case = nan_loss.bug(name)
    torch.manual_seed(0)
    print(name, states(case.build(), case.batch(16, torch.Generator().manual_seed(0))))

# %%
# **Cure:** scale inputs to a size around one; start biases at zero.
#
# Losses that look fine
# ---------------------

show("targets not shifted")
show("softmax twice")
show("padding in the loss")
show("padding in the state")

# %%
# Nobody can know the next letter of a random text, so on average no loss can be below the logarithm
# of the number of letters, except by cheating. The first of these does, since its target is the
# letter it has just read. Longer runs, with that bug and without:

print(f"best possible {nan_loss.BEST:.3f}")
print("not shifted  ", *(f"{loss:8.3f}" for loss in result.unshifted))
print("shifted      ", *(f"{loss:8.3f}" for loss in result.shifted))

# %%
# A loss that is too good is a symptom like any other. **Cure:** ``text[:, :-1]`` in,
# ``text[:, 1:]`` out.
#
# *Softmax twice* gives probabilities to a loss that takes logits. Then even the surest right answer
# is a difference of one between two "logits", and the loss cannot fall below a floor far from zero:

classes = nan_loss.LETTERS + 1
print(f"softmax twice, lowest possible loss: {math.log(1 + (classes - 1) / math.e):.3f}")

# %%
# **Cure:** return logits.
#
# The last two are about padding, and :term:`padding` is best found by changing it: nothing that
# counts may move.

right = padding_leak(
    nan_loss.NextLetter(), nan_loss.letters(16, torch.Generator()), nan_loss.cross_entropy
)
wrong = padding_leak(
    nan_loss.NextLetter(), nan_loss.letters(16, torch.Generator()), nan_loss.padding_counts
)
print("right:", right)
print("wrong:", wrong)

# %%
# **Cure:** ``ignore_index`` or a mask in the loss; the true lengths wherever a final state is read.
#
# Do the checks cry wolf?
# -----------------------
#
# A check that always fails finds every bug. So six models without a bug are asked the same, three
# seeds each, before and after training.

print(f"{'':27s} alarms before  after")
for case in nan_loss.HEALTHY:
    before, after = (
        sum(int(found[case.name, check].sum()) for check in nan_loss.CHECKS)
        for found in (result.alarms, result.later)
    )
    print(f"{case.name:27s} {before:13d} {after:6d}")

# %%
# Any alarm after training comes from the step size, for the reason given above. But these are six
# models, and what looks like a bug in them may be the plan in yours. Here are three models with
# nothing wrong: a readout whose weights start at zero, letters to be repeated, and a softmax in the
# model whose loss takes the logarithm of a probability.

for case in nan_loss.SUSPECTED:
    failed = (c for c in nan_loss.CHECKS if result.mistaken[case.name, c].all())
    print(f"{case.name:27s} fails", ", ".join(failed))

# %%
# So a failing line is a question, not a verdict. Three more networks in good order can raise an
# alarm. If more than half of the ReLU units happen to be silent on the batch, ``states`` fails.
# With ReLU units and the identity as recurrent weights, a single step can also raise the loss
# (``step size``). If you read a bidirectional layer at its first step only, no gradient reaches the
# recurrent weights of its forward half (``gradients``), and over a long sequence the gradient fades
# towards the last step, which ``steps`` takes for growth towards the first.
#
# The list also has blind spots: it looks at one batch, it cannot know what your labels should be,
# and a model that passes can still be wrong. But it is quick, and it asks what is otherwise asked
# last.
#
# When it happens to you, in this order: run ``diagnose`` on the batch that failed, with the weights
# from before. Believe ``backward`` and ``finite`` first. If both pass, a failing line ``gradients``
# says little alone: read the lines below it too, as for the wild recurrence and the dead units. If
# no line fails, try to learn a single small batch by heart; a model that cannot do that has a bug
# that is not on this list.

print(nonfinite(model, batch=nan_loss.letters(4, torch.Generator()), loss=nan_loss.cross_entropy))
plt.show()  # a script shows its figures here, in windows

# %%
# An empty list, as it should be.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Every planted bug is found. Each of the 15 bugs in this chapter fails, before any training,
#      the check that is made for it.
#    * Most bugs give no NaN. Only 5 of the bugs end in numbers that are not finite; 8 train on with
#      a finite loss, and the others stop with an error.
#    * Six models without a bug pass. The six models without a bug in this chapter fail no check
#      before training; after it, no check fails but the step size.
#    * A failing check may be a false alarm. Weights of a readout that start at zero, a target that
#      is the input, and a loss of probabilities each fail a check in a model without a bug.
#    * A loss can be too good. On random letters, targets that are not shifted bring the loss below
#      a tenth of the best possible; shifted ones bring it within 0.1 of the best.
