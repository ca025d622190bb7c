# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Batch norm or layer norm inside a recurrence?
=============================================

.. asked:: gates 3

.. stands-on:: whole_sequence padding

.. answer::

   Layer norm: it uses the units of one example at one step, so it needs no batch, running averages
   or maximum length. Batch statistics depend on the other examples and on the step, and steps
   beyond the training length have none of their own.
"""

# %%
# .. claim:: Batch statistics differ at the first step. Before training, the variance of the sums
#    before tanh more than doubles from step 1 to 20; layer norm gives a batch of one the same
#    states, to 1e-5.

from rnnbook.experiments import norm_in_time as experiment

result = experiment.run()
print("step   variance over the batch")
for step in (1, 2, 5, 20):
    print(f"{step:4d}   {result.variance[:, step - 1].mean():.2f}")
print("\nstates of one example, if the rest of the batch is replaced")
for norm, moved in result.company.items():
    print(f"{norm} norm: moved by {moved.mean():.2f}")

# %%
# At step 1 the state is still zero, so the sums vary less. From step 2 on the variance hardly
# moves. Here a step brings only 8 numbers; with many more, the state adds a smaller share. With
# batch norm, an example's states in training depend on the other examples of its batch.
#
# .. wrong-answer:: Put nn.BatchNorm1d on the state at each step, as in a convolutional network; one
#    running average takes care of testing.
#
#    "One running average" gives it away. If one running variance served all steps, the variance
#    would be the same at each. Here the first step differs, and padded steps would enter the
#    average.
#
# .. follow-up:: So can batch norm not work in a recurrence?
#
#    It can. :cite:t:`cooijmans2017recurrent` keep separate statistics for each step, start with a
#    small scale and do not normalise the update of the cell state. Beyond the longest training
#    length they use the statistics of that length's last step, because these have settled by then.
#
# .. follow-up:: What does layer norm cost?
#    :further:
#
#    A mean and a variance over the units at each step, inside the loop. PyTorch's layers have no
#    option for it, so you lose their fast kernels.
#
# .. follow-up:: What happens to batch norm in a batch of one?
#    :further:
#
#    In training, on one step, every number would equal its own mean, so PyTorch raises an error. On
#    a whole sequence, (1, units, time), it runs, and averages over time.
#
# .. checklist::
#
#    * layer norm: one example, one step, nothing kept
#    * batch statistics differ at the start of a sequence
#    * they depend on the rest of the batch
#    * steps beyond the longest training length have no statistics of their own
