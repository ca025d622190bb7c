# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Can a nonlinear RNN be computed in parallel over time?
======================================================

.. asked:: today 3

.. stands-on:: scan radius

.. answer::

   Yes: all its states solve one system of equations, and each round of Newton's method is a linear
   recurrence, which a scan computes. A stable network can take few rounds over thousands of steps,
   a chaotic one takes too many, and each round multiplies Jacobians.
"""

# %%
# .. claim:: Few rounds can be enough. A default GRU and tanh network of gain 1 need fewer than 10
#    rounds at 100, 1,000 and 4,000 steps; at gain 3 and 100 steps, 60 are too few.

from rnnbook.experiments import newton as experiment

result = experiment.run()
print(f"rounds by seed, until all states are within {experiment.CLOSE} of the loop's")
for (name, steps), rounds in result.rounds.items():
    counts = (str(count) if count <= experiment.MOST else "none in 60" for count in rounds)
    print(f"{name:12s} {steps:7,d}    " + "   ".join(counts))

# %%
# The plain networks have orthogonal recurrent weights, times the gain. Compare the rows of one
# network: forty times as many steps do not take forty times as many rounds.
#
# .. wrong-answer:: No. A nonlinear step needs the state before it, so T steps take T rounds.
#
#    "So" gives it away: each state depends on the one before, but that does not fix the order of
#    the computation. Newton's method guesses all states and corrects all of them in each round. If
#    a round settled one step, 100 steps would take 100 rounds. That is only the worst case.
#
# .. follow-up:: Why does it fail for a chaotic network?
#
#    An error in one state grows from step to step, so the linear recurrence of a round has products
#    of Jacobians that explode. In exact arithmetic, a round still settles at least one more step
#    from the left. If it settles only one, it is no faster than the loop.
#
# .. follow-up:: What does a round cost?
#    :further:
#
#    The scan multiplies Jacobians of shape (H, H), and each product costs :math:`H^3`. So networks
#    are built to make them cheap: :cite:t:`danieli2025pararnn` change GRU and LSTM so that their
#    Jacobians are diagonal or in small blocks.
#
# .. follow-up:: And the backward pass?
#    :further:
#
#    It is linear already: the gradient of each state is its own step's part, plus a transposed
#    Jacobian times the gradient of the next state. One scan from the other end is enough, without
#    rounds :cite:p:`lim2024parallelizing`.
#
# .. checklist::
#
#    * all states are one system of equations
#    * a Newton round is a linear recurrence, so a scan computes it
#    * stability, more than length, decides the number of rounds
#    * Jacobians cost; diagonal ones are cheap
