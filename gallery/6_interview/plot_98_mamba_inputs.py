# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Which of Mamba's quantities see the input?
==========================================

.. asked:: today 2

.. stands-on:: selective

.. answer::

   Δ, B and C are computed from each input, and A is a parameter. But a step multiplies the state by
   exp(ΔA), which does see the input through Δ: that is a gate, but one that never sees the state.
"""

# %%
# .. claim:: Two inputs share A, but not exp(ΔA). Between them, Δ, B, C and exp(ΔA) move by more
#    than 0.1 of their size, and A by exactly 0.

from rnnbook.experiments import selective as experiment

result = experiment.run()
for name, found in result.moved.items():
    print(f"{name:12s}", *(f"{value:.2f}" for value in found))

# %%
# A row is a quantity of an untrained layer, and a column is a seed. The number is the largest
# change between two inputs, relative to the largest value. :doc:`The chapter
# </chapters/5_today/plot_06_selective>` says what each does.
#
# .. wrong-answer:: Δ, B and C do, so the decay of the state is fixed, because A is.
#
#    A is fixed, but it is not the decay. If the decay were fixed, exp(ΔA) would be the same for
#    both inputs. It is not, because each input has its own Δ.
#
# .. follow-up:: How is that different from the gates of an LSTM?
#
#    An LSTM's gates read the previous state as well as the input. Mamba's read the input alone, so
#    a step is linear in the state and a scan can compute all steps.
#
# .. follow-up:: The paper writes a zero-order hold. Why does the code have B̄ = ΔB?
#    :further:
#
#    It is simpler: Euler's rule, the first term of the hold's series. The hold writes :math:`(1 -
#    e^{A\Delta}) / (-A\Delta)` times as much. That is nearly the same in a short step, and less in
#    a long one. B and Δ are learned under either rule.
#
# .. follow-up:: Would it help to read A from the input too?
#    :further:
#
#    :cite:t:`gu2023mamba` expect about the same performance. They leave A a parameter, because A
#    acts only through ΔA, and Δ already sees the input.
#
# .. checklist::
#
#    * Δ, B and C see the input; A does not
#    * exp(ΔA) does, through Δ
#    * nothing sees the state, so a scan can compute it
#    * exp(ΔA) gates the state, without seeing it
