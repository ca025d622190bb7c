# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Why is my loss NaN?
===================

.. reading:: run nine checks on a model of your own, and read which of them names the cause
   :before: clipping padding

If your loss turns into NaN ("not a number"), you know that something broke, but not what broke or
where. How do you find such a bug, or a worse bug that leaves the loss looking ordinary, before you
train for an hour?
"""

# %%
# A healthy model passes nine checks
# ----------------------------------
#
# Begin with a healthy model: a recurrent network that predicts the next letter of a random text.
# The sequences differ in length, so the batch contains :term:`padding`. A ``Batch`` holds the
# inputs, the target and the true lengths. To check your own model, wrap your tensors in a ``Batch``
# and write your loss as a function of output and batch.

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
# Each line is a check, and all nine pass. A dash would mean that a check could not be made.
# ``diagnose`` leaves the weights as they were. Every check is also a function of
# :mod:`rnnbook.diagnosis`.
#
# Only 5 of 15 bugs end in NaN or infinity
# ----------------------------------------
#
# Each bug below is planted alone: in this model, a similar model, the data or the loss. Each faulty
# model is checked before training and then trained for 20 updates, without clipping.
#
# .. predict::
#
#    Among the 15 bugs are a blank cell in the data, a learning rate 1,000 times as large as before,
#    and targets that were not shifted. How many of the 15 end in NaN or infinity?

result = nan_loss.run()
fig = pictures.who_finds_what(result, {case.name: case.check for case in nan_loss.BUGS})

# %%
# Each row is a bug, and each column is a check. A dot means that this check fails on this bug with
# every seed. The dot is filled if the check is designed for this bug, and open otherwise. On the
# right you see how training ended: five bugs gave numbers that are not finite, two bugs gave an
# error, and eight bugs gave a finite loss.
#
# .. dropdown:: Why are there open dots?
#
#    One fault causes other faults. For example, if the loss is not finite, the gradients often are
#    not finite either. The filled dot is the check that names the cause.
#
# "The loss is NaN, so the gradient exploded, so I must clip it" is only a guess. Here none of the
# five bugs that end in NaN or infinity is an exploding gradient.
#
# Five bugs that end in NaN or infinity
# -------------------------------------


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
# Our training loop stops at the first loss or gradient that is not finite. Its message says which
# of the two is not finite, but not why. The check ``finite`` follows the batch through the model
# and names the first place with a number that is not finite: a tensor of the data, a parameter, or
# an operation. The minus infinity of a mask does not count, because a softmax turns it into a zero.
#
# *A hole in the data*: in an array of floats, a blank cell of a table is usually a NaN. **Fix:**
# check ``torch.isfinite(xs).all()`` before anything else.
#
# *Log of zero*: the loss takes a :term:`softmax` and then the logarithm of the result.
#
# .. source:: rnnbook.experiments.nan_loss.log_of_softmax
#    :nodoc:
#
# A probability too small for a float becomes zero, and the logarithm of zero is minus infinity.
# (Here the logits are multiplied by 1000, so that this happens at once.) **Fix:** use
# ``F.cross_entropy`` on the logits, or ``log_softmax``.

show("mask of nothing")
show("half precision")
show("root of zero")

# %%
# .. source:: rnnbook.experiments.nan_loss.mean_without_guard
#    :nodoc:
#
# *Mask of nothing*: a sequence whose targets are all padding has no steps to average over, so its
# mean loss is zero divided by zero. **Fix:** drop that sequence before batching, or divide by
# ``(batch.target != PAD).sum(1).clamp(min=1)``.
#
# .. source:: rnnbook.experiments.nan_loss.half_precision_sum
#    :nodoc:
#
# *Half precision* has no finite number above 65504, and the square of 256 is larger than that.
# **Fix:** compute losses in float32, as automatic mixed precision does for ``F.mse_loss``.
#
# .. source:: rnnbook.experiments.nan_loss.root_of_error
#    :nodoc:
#
# *Root of zero*: the loss is finite, but its *gradient* is NaN. At zero the slope of the root is
# infinite, the slope of the square is zero, and the product of both is NaN. The check names the
# operation whose backward pass made the first infinity: the root. **Fix:** add a small number under
# the root.
#
# Two bugs give absurd losses, and two raise an error
# ---------------------------------------------------

show("wild recurrence")
show("step too large")

# %%
# Within 20 updates these two bugs give no NaN, only absurd losses. With the *wild recurrence*, the
# gradient grows with each step back in time:

case = nan_loss.bug("wild recurrence")
batch = case.batch(16, torch.Generator().manual_seed(0))
torch.manual_seed(0)
growth = gradient_by_step(case.build(), batch, case.loss)["rnn"]
print("step      1      10      20")
print("norm", *(f"{growth[t]:7.1e}" for t in (0, 9, 19)))

# %%
# **Fix:** use a better :doc:`initialisation </chapters/2_training/plot_05_initialisation>`, and add
# :doc:`clipping </chapters/2_training/plot_04_clipping>`.
#
# With a *step too large* the checks find no fault in the gradient. But one update at the learning
# rate of this bug leads to a far higher loss, even on the batch that the update was computed from.
# **Fix:** divide the rate by ten until one update lowers the loss. (Do this with a *new* model.
# Near the bottom of a valley, an update of fixed size can raise the loss in a healthy run, too.)
#
# Two bugs raise an error in the backward pass:

show("stale graph")
show("changed in place")

# %%
# .. source:: rnnbook.experiments.nan_loss.KeptState.forward
#    :nodoc:
#
# *Stale graph*: the state that is kept for the next batch still has its graph, but the last
# backward pass has used up that graph. **Fix:** keep ``self.h.detach()``; for an LSTM, detach both
# h and c. See :doc:`truncation </chapters/2_training/plot_06_truncation>`.
#
# .. source:: rnnbook.experiments.nan_loss.ChangedInPlace.forward
#    :nodoc:
#
# *Changed in place*: the backward pass of tanh needs the output of tanh, but the second line
# overwrites a part of this output. **Fix:** make a new tensor, ``hs.masked_fill(...)``.
#
# With six bugs the loss looks ordinary
# -------------------------------------

show("unscaled inputs")
show("dead units")

# %%
# *Unscaled inputs*: prices and years come in hundreds or thousands. For such large inputs tanh is
# flat and mostly returns about plus or minus one. *Dead units*: the sum that goes into a ReLU is
# below zero for every input, so the unit always returns zero and gets no gradient. **Fix:** scale
# inputs to a size around one, and start biases near zero.

show("targets not shifted")
show("softmax twice")
show("padding in the loss")
show("padding in the state")

# %%
# *Targets not shifted*: the target is the letter just read. The next letter of a random text cannot
# be known, so the lowest possible mean loss is the logarithm of the number of letters. If a model's
# mean loss on fresh text is clearly lower than this, the model cheats. Here are the losses of
# longer runs with the bug and without it, by seed:

print(f"best possible {nan_loss.BEST:.3f}")
print("not shifted  ", *(f"{loss:8.3f}" for loss in result.unshifted))
print("shifted      ", *(f"{loss:8.3f}" for loss in result.shifted))

# %%
# **Fix:** use ``text[:, :-1]`` as input and ``text[:, 1:]`` as target.
#
# *Softmax twice*: the loss takes logits but gets probabilities. Even for an answer that is certain
# and right, the "logit" is larger than the others by only one, so the loss has a lower bound above
# zero:

classes = nan_loss.LETTERS + 1
print(f"softmax twice, lowest possible loss: {math.log(1 + (classes - 1) / math.e):.3f}")

# %%
# **Fix:** return the logits, without a softmax.
#
# *Padding in the loss*: if you change the model's answers at padded steps, the loss changes.
# **Fix:** use ``ignore_index`` or a mask. *Padding in the state*: if you change the inputs at
# padded steps, the model's answer changes. **Fix:** use the true lengths wherever you read a final
# state, as in :doc:`Padding </chapters/2_training/plot_07_padding>`.
#
# A failing check is a question, not a verdict
# --------------------------------------------
#
# A check that always fails would find every bug. So run the same checks on six models without a
# bug, with three seeds each, before and after 20 updates.

print(fill("models: " + "; ".join(case.name for case in nan_loss.HEALTHY), 72))
for when, found in (("before", result.alarms), ("after", result.later)):
    failing = [
        f"{case.name} fails {check} in {found[case.name, check].sum():g} runs"
        for case in nan_loss.HEALTHY
        for check in nan_loss.CHECKS
        if found[case.name, check].any()
    ]
    print(f"{when} training:", "; ".join(failing) or "no model fails a check")

# %%
# Any alarm after training comes from the check ``step size``, probably for the reason given for
# *step too large*. But your own model may do on purpose what would be a bug in these six models.
# For example, the weights of a readout may start at zero, or a model may have to repeat the letters
# that it reads. Or a softmax may come before a loss that takes the logarithm of a probability:

for case in nan_loss.SUSPECTED:
    failed = (c for c in nan_loss.CHECKS if result.mistaken[case.name, c].all())
    print(f"{case.name:27s} fails", ", ".join(failed))

# %%
# Other networks can raise an alarm without a bug. If more than half of the ReLU units happen to
# return zero on the batch, ``states`` fails. If you read a bidirectional layer at its first step
# only, no gradient reaches the recurrent weights of its forward half, and ``gradients`` fails.
#
# And a model that passes all checks can still be wrong: the checks look at one batch, and cannot
# know what your labels should be.
#
# So if *your* loss is NaN, run ``diagnose`` on the batch that failed, with the weights from before
# the failure. Read ``finite`` first, because it names the place. If no check fails, train on a
# single small batch until the model knows this batch by heart. If the model cannot learn that batch
# at any learning rate, it probably has a bug that is not on this list.

plt.show()  # a script shows its figures here, in windows

# %%
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Every planted bug is found. Before any training, each of the 15 faulty models in this chapter
#      fails the check designed for its bug.
#    * Most planted bugs give no NaN. Training ends in numbers that are not finite with only 5 of
#      the bugs. With 8 bugs training ends with a finite loss, and with the others it stops with an
#      error.
#    * Before training, six models without a bug pass. They fail none of the nine checks. After
#      training, they fail no check except the check of the step size.
#    * A failing check may be a false alarm. Three models fail a check without having a bug. One
#      starts with a readout of zeros, one has targets equal to the inputs, and one has a loss that
#      takes probabilities.
#    * A loss can be too good. On random letters, the loss with targets that are not shifted falls
#      below a tenth of the best possible loss. With shifted targets, the loss ends within 0.1 of
#      the best possible loss.
