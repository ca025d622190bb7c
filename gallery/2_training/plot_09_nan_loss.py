# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Why is my loss NaN?
===================

.. reading:: run nine checks on a model of your own, and read which of them names the cause
   :before: clipping padding

A loss that turns into NaN ("not a number") tells you that something broke, but not what, and not
where. How do you find such a bug, or a worse bug that leaves the loss an ordinary number, before
you train for an hour?
"""

# %%
# A healthy model passes nine checks
# ----------------------------------
#
# Begin with a healthy model: a recurrent network that names the next letter of a random text. The
# sequences differ in length, so the batch contains :term:`padding`. A ``Batch`` holds the inputs of
# the model, the target and the true lengths. To check your own model, wrap your tensors in a
# ``Batch`` and write your loss as a function of output and batch.

import math
from textwrap import fill

import matplotlib.pyplot as plt
import torch

from rnnbook.diagnosis import diagnose, gradient_by_step
from rnnbook.experiments import nan_loss
from rnnbook.figures import nan_loss as pictures

torch.manual_seed(0)
model = nan_loss.NextLetter()
batch = nan_loss.letters(16, torch.Generator().manual_seed(0))
print("inputs", tuple(batch.inputs[0].shape), " target", tuple(batch.target.shape), "\n")
print(diagnose(model, batch, nan_loss.cross_entropy, learning_rate=1e-2))

# %%
# Each line is a check, and all nine pass. ``diagnose`` leaves the weights as they were. A dash
# would mean that a check could not be made. Every check is also a function of
# :mod:`rnnbook.diagnosis` that returns the measurement behind its line.
#
# Only a third of fifteen bugs end in NaN or infinity
# ---------------------------------------------------
#
# Each bug below is planted in this model or in a similar one, and nothing else is wrong with the
# model. Each faulty model is checked before training and then trained for 20 updates, without
# clipping.
#
# .. predict::
#
#    Among the fifteen bugs are a blank cell in the data, a learning rate a thousand times too
#    large, recurrent weights that double the state, targets that were not shifted, and a softmax
#    too many. How many of the fifteen end in NaN or infinity?

result = nan_loss.run()
fig = pictures.who_finds_what(result, {case.name: case.check for case in nan_loss.BUGS})

# %%
# Each row is a bug, and each column is a check. A dot means that this check fails on this bug with
# every seed. The dot is filled if the check was made for the bug, and open if it was not. The words
# on the right say how training ended: five bugs end in numbers that are not finite, and two stop
# with an error. The other eight bugs go on with a finite loss, though some of these losses are
# absurd.
#
# .. dropdown:: Why are there open dots?
#
#    One fault causes others. For example, if the loss is not finite, the gradients often are not
#    finite either. Only the filled dot of a row names the cause.
#
# "The loss is NaN, so the gradient must have exploded, so clip it" is only a guess. Here the five
# bugs that end in NaN or infinity have other causes.
#
# Five bugs that end in NaN or infinity
# -------------------------------------
#
# For each bug, ``show`` trains for twenty updates, and prints how the training ended and which
# checks fail.


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
# Our training loop stops at the first loss or gradient that is not finite. Its message says whether
# the loss or the gradient broke, but it cannot name the cause. The check ``finite`` can name it.
# This check follows the batch through the model and names the first place where numbers stop being
# finite: a tensor of the data, a parameter, or an operation and its module. An infinity or a NaN
# counts as a cause only if it reaches the loss. For example, the minus infinity of a mask is not a
# cause, because a softmax turns it into a zero.
#
# *A hole in the data*: in an array of floats a missing value is usually a NaN, so a table with one
# blank cell is enough. **Fix:** check ``torch.isfinite(xs).all()`` before anything else.
#
# *Log of zero*: the loss takes a :term:`softmax` and then its logarithm.
#
# .. source:: rnnbook.experiments.nan_loss.log_of_softmax
#    :nodoc:
#
# A probability can be too small for a float. It then becomes zero, and the logarithm of zero is
# minus infinity. (The logits are made a thousand times as large here, so that it happens at once.)
# **Fix:** use ``F.cross_entropy`` on the logits, or ``log_softmax``, which never computes the
# probability itself.

show("mask of nothing")
show("half precision")
show("root of zero")

# %%
# .. source:: rnnbook.experiments.nan_loss.mean_without_guard
#    :nodoc:
#
# *Mask of nothing*: a sequence that is all padding has no steps to average over, so its mean loss
# is zero divided by zero. **Fix:** drop the empty sequence before batching, or divide by
# ``mask.sum(1).clamp(min=1)``.
#
# .. source:: rnnbook.experiments.nan_loss.half_precision_sum
#    :nodoc:
#
# *Half precision* ends at 65504, and squares soon get larger. **Fix:** compute losses in float32.
# Under automatic mixed precision ``F.mse_loss`` runs in float32.
#
# .. source:: rnnbook.experiments.nan_loss.root_of_error
#    :nodoc:
#
# *Root of zero*: the loss is finite, but its *gradient* is NaN. The slope of a root at zero is
# infinite, the slope of the square under the root is zero, and their product is NaN. The check
# names the operation whose backward pass made the first infinity or NaN; here it is the root.
# **Fix:** add a small number under the root.
#
# Two bugs give absurd losses, two raise an error
# -----------------------------------------------

show("wild recurrence")
show("step too large")

# %%
# Within twenty updates these two bugs give no NaN, only absurd losses. To tell them apart, look at
# *where* something grows. With the *wild recurrence*, the gradient grows from step to step as it
# goes back in time:

case = nan_loss.bug("wild recurrence")
batch = case.batch(16, torch.Generator().manual_seed(0))
torch.manual_seed(0)
growth = gradient_by_step(case.build(), batch, case.loss)["rnn"]
print("step      1      10      20")
print("norm", *(f"{growth[t]:7.1e}" for t in (0, 9, 19)))

# %%
# **Fix:** use a better :doc:`initialisation </chapters/2_training/plot_05_initialisation>`, and add
# :doc:`clipping </chapters/2_training/plot_04_clipping>`, which is made for gradients that grow.
#
# With a *step too large* the gradient is fine. But one update at this learning rate leads to a far
# higher loss, even on the very batch that the update was computed from. **Fix:** divide the rate by
# ten until one update lowers the loss. (Do this with a *new* model. Near the bottom of a valley, an
# update of fixed size can raise the loss in a healthy run, too.)
#
# Two bugs raise an error in the backward pass:

show("stale graph")
show("changed in place")

# %%
# .. source:: rnnbook.experiments.nan_loss.KeptState.forward
#    :nodoc:
#
# *Stale graph*: a state that is kept for the next batch brings its graph along, but a backward pass
# has already used up that graph. **Fix:** keep ``self.h.detach()``; for an LSTM, detach both parts.
# See :doc:`truncation </chapters/2_training/plot_06_truncation>`.
#
# .. source:: rnnbook.experiments.nan_loss.ChangedInPlace.forward
#    :nodoc:
#
# *Changed in place*: the backward pass of tanh needs the output of tanh, but the second line
# overwrites that output. **Fix:** make a new tensor, ``hs.masked_fill(...)``.
#
# Six bugs leave the loss looking ordinary
# ----------------------------------------

show("unscaled inputs")
show("dead units")

# %%
# *Unscaled inputs*: prices, years and heights come in hundreds. For such large inputs tanh is flat
# and returns about plus or minus one, so almost no gradient comes through. *Dead units*: the sum
# that goes into a ReLU is below zero for every input, so the unit always answers zero. With both
# bugs the loss stays an ordinary number. **Fix:** scale inputs to a size around one, and start
# biases near zero.

show("targets not shifted")
show("softmax twice")
show("padding in the loss")
show("padding in the state")

# %%
# *Targets not shifted*: the next letter of a random text cannot be known, so the lowest average
# loss is the logarithm of the number of letters. On fresh text, a mean loss clearly below that
# number means that the model cheats. With this bug, the target is the letter just read. Here are
# the losses of longer runs with the bug and without it, by seed:

print(f"best possible {nan_loss.BEST:.3f}")
print("not shifted  ", *(f"{loss:8.3f}" for loss in result.unshifted))
print("shifted      ", *(f"{loss:8.3f}" for loss in result.shifted))

# %%
# **Fix:** use ``text[:, :-1]`` as input and ``text[:, 1:]`` as target.
#
# *Softmax twice* gives probabilities to a loss that takes logits. Even for an answer that is
# certain and right, the "logit" is then only one larger than the others, so the loss cannot fall
# below a floor well above zero:

classes = nan_loss.LETTERS + 1
print(f"softmax twice, lowest possible loss: {math.log(1 + (classes - 1) / math.e):.3f}")

# %%
# **Fix:** return the logits, without a softmax.
#
# To find *padding in the loss* and *padding in the state*, change the numbers at the padded steps.
# If this changes the loss or the answers at real steps, the padding leaks into them. **Fix:** use
# ``ignore_index`` or a mask in the loss, and the true lengths wherever you read a final state, as
# in :doc:`Padding </chapters/2_training/plot_07_padding>`.
#
# A failing check is a question, not a verdict
# --------------------------------------------
#
# A check that always fails would find every bug. So we run the same checks on six models without a
# bug, with three seeds each, before and after training.

print(f"{'':27s} alarms before  after")
for case in nan_loss.HEALTHY:
    before, after = (
        sum(int(found[case.name, check].sum()) for check in nan_loss.CHECKS)
        for found in (result.alarms, result.later)
    )
    print(f"{case.name:27s} {before:13d} {after:6d}")

# %%
# Any alarm after training comes from the check ``step size``, probably for the reason given with
# *step too large*. But your own model may do on purpose something that would be a bug in these six.
# For example, here are three models without a bug. In the first, the weights of the readout start
# at zero. The second has to repeat the letters that it reads. The third ends in a softmax, because
# its loss takes the logarithm of a probability.

for case in nan_loss.SUSPECTED:
    failed = (c for c in nan_loss.CHECKS if result.mistaken[case.name, c].all())
    print(f"{case.name:27s} fails", ", ".join(failed))

# %%
# Three more kinds of network can raise an alarm without a bug. If more than half of the ReLU units
# happen to be silent on the batch, ``states`` fails. With ReLU units and the identity as recurrent
# weights, one update can raise the loss (``step size``). If you read a bidirectional layer at its
# first step only, no gradient reaches the recurrent weights of its forward half (``gradients``).
#
# The list also has blind spots: it looks at one batch, it cannot know what your labels should be,
# and a model that passes can still be wrong.
#
# So if *your* loss is NaN, run ``diagnose`` on the batch that failed, with the weights from before
# the failure. Read two lines first: ``backward`` names the kind of error, and ``finite`` names the
# place. If both checks pass but ``gradients`` fails, read the lines below it, too. If no line
# fails, train on a single small batch until the model knows it by heart. If the model cannot learn
# that batch at any learning rate, it probably has a bug that is not on this list.

plt.show()  # a script shows its figures here, in windows

# %%
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Every planted bug is found. Before any training, each of the 15 faulty models in this chapter
#      fails the check that is made for its bug.
#    * Most planted bugs give no NaN. Only 5 of the bugs end in numbers that are not finite; 8 train
#      on with a finite loss, and the others stop with an error.
#    * Before training, six models without a bug pass. They fail none of the nine checks; after
#      training, they fail no check except the step size.
#    * A failing check may be a false alarm. A readout whose weights start at zero, a target equal
#      to the input, and a loss that takes probabilities each fail a check, with no bug in the
#      model.
#    * A loss can be too good. On random letters, targets that are not shifted bring the loss below
#      a tenth of the best possible loss; shifted targets bring it within 0.1 of the best.
