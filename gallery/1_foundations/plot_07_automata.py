# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Automata: can a network be a machine, and can we read it out?
=============================================================

.. reading:: compare a network with a Markov chain, and read a finite automaton out of the network
   :before: one_step memory

Some tasks need so little memory that a machine with a few states is enough. Does a network that
learns such a task contain that machine, and can you read it out?
"""

# %%
# Given every answer, a network learns parity
# -------------------------------------------
#
# Read a string of bits, and say after each bit whether the number of ones so far is odd. This task
# is called :term:`parity`. A machine with two states is enough, if it switches to the other state
# at every 1. Such a machine is a :term:`finite automaton`: a table gives the next state for each
# state and symbol.

import matplotlib.pyplot as plt
import numpy as np
import torch

from rnnbook.experiments import automata
from rnnbook.figures import automata as pictures
from rnnbook.tasks.parity import Parity
from rnnbook.tasks.reber import Reber

parity = Parity(length=12)
for state, row in enumerate(parity.machine.table):
    print(f"state {state} says {parity.machine.answers[state]:4s} ", end="")
    print(*(f"  reads {symbol} -> {to}" for symbol, to in zip("01", row, strict=True)))
print(*"1101", " is read as ", *parity.machine.read("1101")[1:])

# %%
# On parity, knowing most of the bits does not help. If you know all bits except one, you can only
# guess, so **chance is one in two**.
#
# Plain recurrent networks of 16 units are trained on strings of 12 bits. Some networks are told the
# right answer after every bit; the others are told only the last answer.

result = automata.run()
print("bits in the string     ", *(f"{length:8d}" for length in automata.BITS))
for when in ("after every bit", "at the end"):
    shares = (np.median(result.parity[f"told {when}", length]) for length in automata.BITS)
    print(f"answer {when:16s}", *(f"{share:8.2f}" for share in shares))

# %%
# The table shows the share of newly drawn strings whose last answer is right (median of three
# networks). Of the networks with only the last answer, the median network is still at chance after
# 250 updates. Of the networks with every answer, the median network is right on almost every
# string, even on strings 25 times as long as those in training. Perhaps such a network only has to
# learn how one bit changes the previous answer; we did not test this.
#
# The states of this network lie in a few clouds
# ----------------------------------------------
#
# Take a network that was told every answer, let it read some strings, and draw every state. A state
# has 16 numbers; we draw the two directions in which the states differ most.

network = automata.parity_network(seed=0)
points, odd = automata.plane(network, seed=0)
fig = pictures.parity_states(points, odd)

# %%
# The axes are these two directions. Each point is a state; circles and triangles mark the two
# parities. The points lie in a few small clouds. There are more clouds than the machine has states,
# but no cloud holds both parities. If each bit takes all states of a cloud into the same next
# cloud, small errors do not add up, however long the string is.
#
# The embedded grammar needs memory across a whole string
# -------------------------------------------------------
#
# A :term:`Markov chain` of order :math:`k` looks at the last :math:`k` symbols :math:`c` and gives
# the next symbol :math:`s` the probability
#
# .. math::
#
#    p(s \mid c) = \frac{n(c, s)}{\sum_{s'} n(c, s')}
#
# where :math:`n(c, s)` counts how often :math:`s` followed :math:`c` (on parity, :math:`s` is the
# answer). If the chain has never seen :math:`c`, it looks at fewer symbols; this is called
# :term:`back-off` :cite:p:`katz1987estimation`.
#
# .. source:: rnnbook.models.MarkovChain.forward
#
# On parity such a chain can only guess, because the last few bits do not say whether the number of
# ones in a longer string is odd. Short chains may succeed on the :term:`Reber grammar`
# :cite:p:`reber1967implicit`, on which :cite:t:`cleeremans1989finite` tested the network of
# :cite:t:`elman1990finding`. The grammar is a machine that spells: in most of its states, two
# different letters may come next. The task is to name, at each step, the letters that may come
# next.

plain = Reber(least=5, embedded=False)
(word,) = plain.words(plain.batch(1, torch.Generator().manual_seed(1)))
print("string    ", "  ".join(word))
print("may follow", " ".join(plain.machine.read(word)[1:]), "  (. is the end)")

# %%
# In the *embedded* grammar such a string is placed between two copies of the same letter. The
# result is B, then T or P, then the plain string, then the same letter again, then E.

task = Reber(most=16, threshold=0.1)
for word in task.words(task.batch(3, torch.Generator().manual_seed(2))):
    print(f"{word[0]} {word[1]} {word[2:-2]} {word[-2]} {word[-1]}")

# %%
# The second-to-last letter must equal the second letter, however far apart they are. A model
# *names* the letters to which it gives a probability above ``0.1``. A step is right if the model
# names **exactly** the letters that may follow, and a string is right if all its steps are right.
# The baseline names the same letters at every step and gets no string right.
#
# .. predict::
#
#    Chains of order 1, 2 and 3 have counted thousands of strings of each grammar. Which chains get
#    the plain strings right, and which get the embedded strings right?

print("strings with every step right")
print("order     plain grammar   embedded")
for order in automata.ORDERS:
    shares = [np.median(result.chains[kind, order]) for kind in ("plain", "embedded")]
    print(f"{order:5d}{shares[0]:18.2f}{shares[1]:11.2f}")

# %%
# From order 2 on, the chains get every plain string right. No chain gets an embedded string right.
#
# .. dropdown:: Why?
#
#    In the plain grammar the two letters just read always show the state. In the embedded grammar,
#    the chain of order 3 fails at a single step of each string: for the second-to-last letter, it
#    names both T and P.
#
# Now train a plain recurrent network of 32 units to predict the next letter of embedded strings of
# at most 16 letters. Its recurrent weights start as an orthogonal matrix. (:doc:`Part 2
# </chapters/2_training/plot_05_initialisation>` measures what such weights can do.) In training the
# network is told which letter came next, never which letters *may* come next. Afterwards every
# model reads newly drawn strings, and then spoiled copies of these strings: the second-to-last
# letter is swapped (T for P, P for T). A model accepts a string if each letter is among the letters
# that the model named for this step. Training covers all true strings of at most 16 letters (about
# 200 strings), but no spoiled string.

trained = automata.LENGTHS[0]
print(f"{'':22s}every step right   accepts true   accepts spoiled")
for name in ("order 3", "network"):
    true, spoiled = (np.median(result.accepted[name, kind]) for kind in ("true", "spoiled"))
    label = f"Markov chain, {name}" if name.startswith("order") else name
    print(f"{label:22s}{np.median(result.right[name, trained]):16.2f}{true:15.2f}{spoiled:18.2f}")

# %%
# The chain cannot tell spoiled strings from true strings. The median network can tell them apart,
# so it has carried one letter across a whole string of the inner grammar.
#
# The machine can be read back out
# --------------------------------
#
# Clouds of the network's states may stand for the states of a machine. To find such a machine,
# :cite:t:`giles1992learning` cut the space of states into boxes; we sort the states into clusters
# with :term:`k-means`. Then every step of the network votes on two questions about the cluster in
# which the step starts. To which cluster does the letter lead? Which letters does the network name
# in the first cluster? The majority of the votes fills the table of the machine.
#
# .. source:: rnnbook.experiments.automata.machine_of
#
# We try more and more clusters until the machine gives the same answers as *the network* on 300
# strings of at most 16 letters. If no machine agrees with the network on all 300 strings, we take
# the machine that agrees on most. The strings come from the grammar, but neither the table of the
# grammar nor its answers are used.
#
# Several clusters may belong to one state. So we merge two clusters if each string gets the same
# answers from both :cite:p:`moore1956gedanken`, and get the smallest machine with the same answers.
# Two finite machines have finitely many pairs of states, so we can check whether this machine
# answers like the grammar on strings of any length.

grammar = task.machine.minimised()
print("states of the grammar ", len(grammar))
print("read out, each seed   ", *(len(found) for found in result.machine))
print("the same language     ", *(found.agrees_with(grammar) for found in result.machine))
print("from parity networks  ", *(len(found) for found in result.parity_machine))

fig = pictures.machine(
    result.machine[0],
    "State diagram of the machine read out of the network, from top to bottom. After the letters B "
    "and then P or T it splits into two branches that look the same. In each a string of the inner "
    "grammar is spelled; P leads out of the left branch, T out of the right. Both end with E.",
)

# %%
# Each circle is a state, and each arrow is a letter; read the figure from top to bottom. Both
# branches hold the same inner grammar, one branch for each letter that has to be kept. The machine
# remembers the letter by staying in one branch.
#
# .. predict::
#
#    On strings of more than 16 letters, which makes fewer mistakes: the network or its machine?

fig = pictures.by_length(result)
plt.show()  # a script shows its figures here, in windows

# %%
# The horizontal axis is the length of the strings; the vertical axis is the share of strings that
# are wholly right. Each blue dot is one network, and the lines join the medians. The machines stay
# at the top, and the chains of order 3 stay on the baseline, at zero. Some networks get worse on
# longer strings; one network is still near the top on the longest strings.
#
# .. dropdown:: Why?
#
#    The machine is always in one of its states. The network's states may leave the clouds, because
#    in training they never had to stay there for more than 16 letters. We did not measure this.
#
# So you can read the exact machine out of a network that is itself wrong on long strings.
#
# A network is a machine, but its answers need not be those of a short chain
# --------------------------------------------------------------------------
#
# A trained recurrent network is a deterministic machine: the same state and the same input give the
# same next state. Each of its numbers has a fixed number of bits, so the network has finitely many
# states, but far more than you could list. If its numbers could have unlimited digits, a network
# could do more than any finite machine :cite:p:`siegelmann1995computational`.
#
# The network's *state* is like a Markov chain of order 1: the next state depends only on the
# current state and the input. But a short chain cannot always give the network's *answers*. A chain
# keeps the last :math:`k` symbols; a network can keep an older symbol, such as the second letter of
# an embedded string.
#
# So on strings like those in training, a network can work like a machine with few states, and you
# can read that machine out of the network.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * An answer after every bit can teach parity. With an answer after every bit, at least one run
#      gets more than 0.95 of strings of 300 bits right. With an answer only at the end, every run
#      gets a share between 0.4 and 0.6 right.
#    * A network can carry the letter. The median run gets more than 0.95 of the embedded strings of
#      at most 16 letters wholly right. In the median run, the share of accepted strings is at least
#      0.9 higher for true strings than for spoiled strings.
#    * The machine can be read back out. In at least one run of three, clustering the network's
#      states gives the machine of the grammar. This machine has 20 states and is right on strings
#      of any length.
#    * Short chains fail on parity and embedded strings. On parity, Markov chains of order 1 to 3
#      get between 0.35 and 0.65 of the strings right. They get no embedded string wholly right, and
#      they accept more than half of the spoiled strings.
#    * Two symbols are enough for the plain grammar. A Markov chain of order 2 gets every plain
#      string right.
