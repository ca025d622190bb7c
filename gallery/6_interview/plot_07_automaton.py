# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
In what sense is a recurrent network an automaton?
==================================================

.. asked:: basics 2

.. stands-on:: automata

.. answer::

   One rule turns a state and an input into the next state, as in a finite automaton, and at finite
   precision only finitely many states exist. In a trained network they may form a few groups, which
   can be read out as a small machine.
"""

# %%
# .. claim:: The machine can be parity itself. In the median run, the machine read out of a network
#    trained on strings of 12 bits has 2 states and is right on strings of any length.

from rnnbook.experiments import automata

network = automata.parity_network(seed=0)
found = automata.read_out(network, automata.PARITY, seed=0)
print("clusters", *automata.CLUSTERS[: len(found.agreement)])
print("agree   ", *(f"{share:.2f}" for share in found.agreement))
machine = found.machine.minimised()
for state, (zero, one) in enumerate(machine.table):
    print(f"state {state} says {machine.answers[state]:4s}  reads 0 -> {zero}  reads 1 -> {one}")
print("same as parity:", machine.agrees_with(automata.PARITY.machine))

# %%
# The states were sorted into more and more clusters, until a machine made of them gave the
# network's answers on every fresh string; "agree" is the share of strings on which it did. Merging
# states that no string tells apart leaves these two.
#
# .. wrong-answer:: It is a Markov chain of its inputs: only the last few count for the next state.
#
#    Given the *state*, the past no longer counts; given only the last few *inputs*, it still can.
#    If only the last few inputs counted, no machine read out would be parity itself. Parity,
#    whether the number of ones is even or odd, depends on every bit.
#
# .. follow-up:: Is a recurrent network Turing complete?
#
#    :cite:t:`siegelmann1995computational` prove it for networks that have unlimited time and whose
#    states are rational numbers of unlimited precision. With 32 bits per number there are finitely
#    many states.
#
# .. follow-up:: How is the machine read out?
#    :further:
#
#    Cluster the states, let every step vote for a transition and an answer, then merge clusters
#    that no string tells apart. :cite:t:`giles1992learning` divide the states into a grid of boxes,
#    and :cite:t:`weiss2018extracting` ask the network about chosen strings.
#
# .. follow-up:: What is the machine good for?
#    :further:
#
#    Each of its steps is exact, at any length, whereas the network may :doc:`go wrong on long
#    strings </chapters/1_foundations/plot_07_automata>`. And you can compare it with the rule that
#    you meant to teach.
#
# .. checklist::
#
#    * next state from state and input, one rule
#    * finitely many states at finite precision
#    * trained states can form a few clusters
#    * Turing completeness needs unlimited precision
