# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Can a network be a machine, and can we read the machine back out?
=================================================================

It is often said that a recurrent network is like a state machine, or like a Markov chain. This
chapter takes both comparisons at their word: it trains networks on languages that small machines
speak, lets Markov chains compete, and then takes the trained network apart to see whether the
machine is in it.
"""

# %%
# A machine with two states
# -------------------------
#
# Bits come in, and after each one you say whether the number of ones so far is odd. This is called
# :term:`parity`, and it needs no more memory than one bit: a machine with two states that changes
# sides at every 1. Such a machine is a :term:`finite automaton`: a table says for each state and
# symbol which state is next.

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
print(*parity.machine.read("1101"))

# %%
# For a network parity is harder than it sounds. Change any one bit and the answer changes, so a
# part of the string tells you nothing: whoever has seen all bits but one still guesses, at
# **chance, one in two**.
#
# Plain recurrent networks of 16 units are trained on strings of 12 bits, in two ways. One is told
# the right answer after every bit, the other only at the end of the string.

batch = parity.batch(1, torch.Generator().manual_seed(0))
print("one-hot inputs, (batch, start sign + bits, symbols):", tuple(batch.inputs[0].shape))
result = automata.run()
print("bits in the string      ", *(f"{length:8d}" for length in automata.BITS))
for name in ("told after every bit", "told at the end"):
    shares = (np.median(result.parity[name, length]) for length in automata.BITS)
    print(f"{name:25s}", *(f"{share:8.2f}" for share in shares))

# %%
# These are shares of strings drawn anew whose last answer is right, medians over three networks.
# (Many strings of 12 bits came up in training, the longer ones never.) One way leaves the network
# at chance; the other makes it right on strings many times as long as any it was trained on.
# Nothing differs but the hints. Told every answer, the network only has to learn
# what one bit does to the answer before, and this one step serves for strings of any length. Told
# only at the end, it has to get all steps right before any of them pays, and with as many steps of
# training it does not find them.
#
# What a trained state looks like
# -------------------------------
#
# Take a network that was told every answer, let it read some strings, and draw every state it
# passes through. Sixteen numbers do not fit on paper, so we look along the two directions in which
# the states differ most.

network = automata.parity_network(seed=0)
points, odd = automata.plane(network, seed=0)
fig = pictures.parity_states(points, odd)

# %%
# The states are not spread out. They lie in a few small clouds, and each cloud belongs to one
# parity. There are more clouds than the two that a machine needs: it is enough that the two
# parities share none. As long as each step leads from cloud to cloud, small errors do not add up,
# and the length of the string does not matter.
#
# What a Markov chain sees
# ------------------------
#
# A :term:`Markov chain` of order :math:`k` answers in the shares in which each symbol followed the
# last :math:`k` ones; where these were never seen together it asks a shorter chain, which is called
# :term:`back-off` :cite:p:`katz1987estimation`.
#
# .. source:: rnnbook.models.MarkovChain.forward
#
# For parity the case is lost from the start: the last three bits say nothing about all
# of them. We want a language in which short chains have a chance. The :term:`Reber grammar`
# :cite:p:`reber1967implicit` is the one on which :cite:t:`cleeremans1989finite` tested the network
# of :cite:t:`elman1990finding`: a machine that spells, where you can leave most states on two
# different letters. The question at each step is which letters may come next.

plain = Reber(least=5, embedded=False)
(word,) = plain.words(plain.batch(1, torch.Generator().manual_seed(1)))
print("string    ", "  ".join(word))
print("may follow", " ".join(plain.machine.read(word)[1:]), "  (. is the end)")

# %%
# In the *embedded* grammar such a string stands between two copies of the same letter: B, then T or
# P, then a whole string, then that T or P again, then E.

task = Reber(most=16, threshold=0.1)
for word in task.words(task.batch(3, torch.Generator().manual_seed(2))):
    print(f"{word[0]} {word[1]} {word[2:-2]} {word[-2]} {word[-1]}")

# %%
# The last letter but one is settled by the second, with a string of any length in between. A step
# counts as right if the model names **exactly** the letters that may follow, each with more than
# ``0.1`` of the probability, and a string if every step of it is right. Naming the same letters at
# every step gets no string right: that is the baseline.
#
# .. predict::
#
#    Chains of order one, two and three have counted thousands of strings of both grammars. Which of
#    them get the plain strings right, and which the embedded ones?

print("strings with every step right")
print("order     plain grammar   embedded")
for order in automata.ORDERS:
    shares = [np.median(result.chains[kind, order]) for kind in ("plain", "embedded")]
    print(f"{order:5d}{shares[0]:18.2f}{shares[1]:11.2f}")

# %%
# .. dropdown:: The answer
#
#    From order two on, every plain string; and not one of the embedded ones, whatever the order.
#
#    The plain grammar is often shown as a test of memory. It asks for two symbols: in this machine,
#    the last two letters always give the state away. Only the embedded grammar needs more than a
#    short chain can see. The chain of order three fails at a single step of each string: the last
#    letter but one.
#
# A network on the embedded grammar
# ---------------------------------
#
# A plain recurrent network of 32 units is trained to predict the next letter of strings of at
# most 16 letters. Its weights from state to state start as an orthogonal matrix, which makes it
# easier to carry something along; :doc:`why </chapters/2_training/plot_05_initialisation>` is a
# chapter of part 2. Nobody tells it which letters *may* come next, only which one came. Then all
# read strings drawn anew, and the same strings with the last letter but one turned around. A string
# is accepted if each of its letters was among those named. (The grammar has only some two hundred
# strings of at most 16 letters, and training meets all of them; the spoiled ones it never meets.)

trained = automata.LENGTHS[0]
print(f"{'':22s}every step right   accepts true   accepts spoiled")
for name in (*(f"order {order}" for order in automata.ORDERS), "network"):
    true, spoiled = (np.median(result.accepted[name, kind]) for kind in ("true", "spoiled"))
    label = f"Markov chain, {name}" if name.startswith("order") else name
    print(f"{label:22s}{np.median(result.right[name, trained]):16.2f}{true:15.2f}{spoiled:18.2f}")

# %%
# The chains take a spoiled string for as good as a true one. The network has carried one letter
# across a whole string of the inner grammar and tells the two apart.
#
# The machine, read back out
# --------------------------
#
# If the states lie in clouds, the clouds may be the states of a machine. The recipe is old:
# :cite:t:`giles1992learning` cut the space of states into boxes, and we sort the states into
# clusters with :term:`k-means`. Then let every step of the network vote: which cluster does this
# letter lead to from here, and which letters did the network name here? The majority makes a table.
#
# .. source:: rnnbook.experiments.automata.machine_of
#
# How many clusters? We try more and more of them until the machine gives the same answers as *the
# network* on all of several hundred strings drawn anew; if none does, we take the one that agrees
# on most of them. The strings are the grammar's own; its table and its answers are not looked at,
# so the machine knows nothing of strings that the grammar does not spell. (With queries instead of
# clusters one can do this more cleverly, see :cite:t:`weiss2018extracting`.)

print("share of strings that the machine reads as its network does")
print("clusters", *(f"{clusters:5d}" for clusters in result.agreement))
for seed, row in zip(automata.SEEDS, zip(*result.agreement.values(), strict=True), strict=True):
    print(f"seed {seed}  ", *("    ." if np.isnan(share) else f"{share:5.2f}" for share in row))

# %%
# The clusters are more than a machine needs: several may stand for one state. Two states can be
# merged if no string tells them apart :cite:p:`moore1956gedanken`, and that leaves the smallest
# machine that gives the same answers. Whether *it* answers as the grammar does, on every string
# however long, can be decided: two finite machines can only be in finitely many pairs of states.

grammar = task.machine.minimised()
for seed, found in zip(automata.SEEDS, result.machine, strict=True):
    print(f"seed {seed}: {len(found)} states; the grammar has {len(grammar)}.", end=" ")
    print("The same language:", found.agrees_with(grammar))

print("States read out of the parity networks:", *(len(m) for m in result.parity_machine))

fig = pictures.machine(
    result.machine[0],
    "State diagram of the machine read out of the network, from top to bottom. After the letters B "
    "and then P or T it splits into two branches that look the same. In each a string of the inner "
    "grammar is spelled; the left branch is left on P, the right one on T. Both end with E.",
)

# %%
# Nobody drew this by hand, and nobody told the network that there are states: it is the table that
# came out of its numbers. The two branches are the memory. They are the same inner grammar twice,
# once for each letter that has to be kept, and which of the two the machine is in *is* what it
# remembers.
#
# .. predict::
#
#    The machine was read out of the network on strings of at most 16 letters. On longer ones, which
#    makes fewer mistakes: the network, or its machine?

fig = pictures.by_length(result)
plt.show()  # a script shows its figures here, in windows

# %%
# Each dot is a network from other initial weights; the lines join the medians.
#
# .. dropdown:: The answer
#
#    The machine makes none, whatever the length: it cannot be anywhere but in one of its states.
#    The network it was read from can. Its states lie near the machine's, and nothing in training
#    asked them to stay there for more than 16 letters. How far it gets depends on the initial
#    weights.
#
# So a network can be right on all lengths it was trained on, have the exact machine in it, for the
# strings of the grammar, and still be wrong on long strings. Some networks are, others are not.
#
# What is true of the two comparisons
# -----------------------------------
#
# **State machine.** Given the inputs, a recurrent network is a deterministic machine: the same
# state and the same input always give the same next state. On a computer its numbers have finitely
# many digits, so it has finitely many states, but far more than anyone could list; the small
# machine above is a simple picture of it, which training has made a good one. With numbers of
# unlimited precision a network can do more than any finite machine
# :cite:p:`siegelmann1995computational`, which is a theorem about numbers that no computer holds.
#
# **Markov chain.** The network's *state* is like a chain of order one, for the next depends on the
# present state and the input alone. Its *answers* are not a chain of any short order in the
# symbols, as the embedded grammar shows. The difference is who decides what to keep: a chain keeps
# the last :math:`k` symbols, a network what training taught it to keep.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Told after every bit, parity can be learned. Some run answers more than 0.95 of strings of
#      300 bits right; told at the end only, every run stays between 0.4 and 0.6.
#    * The network carries the letter. The median run gets more than 0.95 of the short embedded
#      strings wholly right, and accepts at least 0.9 more of them than of spoiled ones.
#    * The machine can be read back out. In some run of three, clustering the states gives the
#      grammar itself, with 20 states, right on strings of any length.
#    * Short chains fail. Markov chains of order 1 to 3 stay between 0.35 and 0.65 on parity, get no
#      embedded string wholly right, and accept more than half of the spoiled ones.
#    * The plain grammar needs two symbols of memory. A Markov chain of order 2 gets every string
#      right.
