# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Which letter follows the l in "hello"?
======================================

After an h comes an e, but after an l comes another l or an o, and only who remembers what has been
read can tell which. This chapter teaches three networks to spell one word, and works out beforehand
how well the one without a memory can possibly do.
"""

# %%
# Letters become numbers
# ----------------------
#
# A :term:`vocabulary` gives every distinct letter a number. In this book the numbers 0 to 3 always
# mean the same four things (filling, start, end, unknown), so letters begin at 4. This chapter has
# no use for the four; they come along so that every vocabulary of the book works in the same way.

from collections import Counter
from functools import partial

import matplotlib.pyplot as plt
import torch

from rnnbook.decoding import generate, sample
from rnnbook.experiments import hello
from rnnbook.figures import hello as pictures
from rnnbook.models import FeedforwardClassifier, SimpleLSTM, SimpleRNN
from rnnbook.tasks.spelling import Spelling
from rnnbook.text import one_hot_encode
from rnnbook.training import fit

task = Spelling("hello")
vocabulary = task.vocabulary
print("symbols:", *vocabulary.tokens)
print("hello  :", vocabulary.encode("hello").tolist())

# %%
# The numbers are names, not amounts: o is not more than e. A :term:`one-hot` vector says so. It has
# a place for each symbol, a 1 in one of them and 0 elsewhere, so any two letters are equally far
# apart.

for letter in "hel":
    print(letter, one_hot_encode(vocabulary.token_to_id[letter], len(vocabulary)).int().tolist())

# %%
# The word is read up to its last letter but one, and the answer at each letter is the letter after
# it. That makes four questions.

size = len(vocabulary)
batch = task.batch(1, torch.Generator())
xs, target = batch.inputs[0], batch.target
print("read:  ", *"hell")
print("answer:", *vocabulary.decode(target[0]))
print("xs, (batch, time, symbols):", tuple(xs.shape))
print("target, (batch, time):", tuple(target.shape))

# %%
# What memory is worth
# --------------------
#
# If no letter came twice, the present one alone would answer all four questions. But l comes twice.
# Count who follows whom.

for letter, counts in task.followers().items():
    print(f"after {letter}:", ", ".join(f"{other} ({n} x)" for other, n in counts.items()))

# %%
# Whoever sees only the present letter has to give the same answer after both l. The loss is the
# :term:`cross-entropy`, the mean of :math:`-\ln p` over the right letters, and here the best that
# such a reader can do is to give l and o one half each. Two of the four questions then cost
# :math:`\ln 2`, and the other two nothing:
#
# .. math::
#
#    L_{\min} = -\frac{1}{N} \sum_{a} \sum_{b} n(a, b) \ln \frac{n(a, b)}{n(a)}
#             = \frac{2}{4} \ln 2
#
# where :math:`n(a)` counts how often the letter :math:`a` is read, :math:`n(a, b)` how often
# :math:`b` follows it, and :math:`N = 4` questions are asked. It is the entropy of the next letter
# when one letter is known, which :cite:t:`shannon1951prediction` estimated for English. Here are a
# few words, with the share of letters that can be right; put your own name among them.

print(f"{'without memory':14s}  least loss   most right")
for word in ("hello", "world", "banana", "mississippi"):
    other = Spelling(word)
    print(f"{word:14s}{other.floor:12.4f}{other.baseline:13.2f}")

# %%
# A repeated letter is not the difficulty. In "banana" an a is always followed by n, as often as it
# comes, and nobody needs a memory to go on. What takes memory is a letter with *two followers*.
#
# Without a memory
# ----------------
#
# A :class:`~rnnbook.models.FeedforwardClassifier` reads each letter by itself. We show it the word
# again and again.

torch.manual_seed(0)
memoryless = FeedforwardClassifier(size, 16, size)
history = fit(memoryless, task, steps=200, seed=0, batch_size=1)
for step in (0, 24, 49, 99, 199):
    print(f"step {step + 1:3d}: loss {history.losses[step]:.4f}")
print(f"least possible: {task.floor:.4f}")

# %%
# It comes down close to the least possible loss, and cannot pass it. More training, more layers or
# more units cannot help: what is missing is not capacity but the question's other half, which came
# one letter earlier.
#
# With a memory
# -------------
#
# :class:`~rnnbook.models.SimpleRNN` reads the same letters with the layer of the chapters before,
# and answers from its state at every step. :class:`~rnnbook.models.SimpleLSTM` differs in the layer
# alone; what happens inside an :term:`LSTM` is the topic of part 3.
#
# .. source:: rnnbook.models.SimpleRNN
#    :members: __init__ forward
#    :nodoc:

torch.manual_seed(0)
rnn = SimpleRNN(size, 16, size)
print("logits, (batch, time, symbols):", tuple(rnn(xs).shape))
history = fit(rnn, task, steps=200, seed=0, batch_size=1)
for step in (0, 24, 49, 99, 199):
    print(f"step {step + 1:3d}: loss {history.losses[step]:.4f}")

# %%
# It falls through the floor that holds the other network up. A loss near zero means that it is
# nearly sure of the right letter each time, after both l too.
#
# .. predict::
#
#    Read h, e, l to the three networks, then one more l. What does the one without a memory say
#    each time, and how sure is it?

result = hello.run()
fig = pictures.after_l(result, task.word, vocabulary.tokens)

# %%
# Every dot is a training run from other initial weights; the bar is the median.
#
# .. dropdown:: The answer
#
#    It says about one half l, one half o, both times, whatever weights it started from.
#    That is the best answer there is for it, and training finds it. The two networks with a state
#    say l after the first and o after the second, and are sure of it: the same letter comes in, but
#    it meets another state.
#
# Note what *half and half* is not: it is not a network that failed to learn. It has learned the
# right probabilities for all that it sees of the question.
#
# Spelling, letter by letter
# --------------------------
#
# Now each network gets an h and is left alone. What it finds most likely becomes its next input,
# and the state goes along, whole: ``h`` for the RNN, the pair ``(h, c)`` for the LSTM.
#
# .. source:: rnnbook.experiments.hello.one_letter
#    :nodoc:

step = hello.one_letter(rnn)
ids, state = vocabulary.encode("h"), None
for _ in range(4):
    logits, state = step(ids, state)
    ids = logits.argmax(-1)
    print(vocabulary.decode(ids)[0], " state:", tuple(state.shape))
made = generate(step, vocabulary.encode("h"), None, length=4)
print("the same with decoding.generate:", "h" + "".join(vocabulary.decode(made[0])))

# %%
# This is real generation: nobody tells the network what the right letter would have been. Reading
# letter by letter with the state handed on, or the four letters in a single call, is the same
# computation:

with torch.no_grad():
    step, state, rows = hello.one_letter(rnn), None, []
    for letter in "hell":
        logits, state = step(vocabulary.encode(letter), state)
        rows.append(logits)
    print(f"largest difference: {(torch.stack(rows, dim=1) - rnn(xs)).abs().max():.0e}")

# %%
# And here is what every run spells.

for (word, name), spelled in result.spelled.items():
    print(f"{word}   {name:10s}", *(f"{made:8s}" for made in spelled))

# %%
# In "world" every letter has one follower, and the network without a memory spells it as well as
# the others do. On "hello" it is lost at the l: its two answers are nearly equal, one is ahead by a
# hair, and whichever it is, it comes every time. So let it *draw* the next letter, each with the
# probability it gives to it, and spell a thousand times.

for name, model in (("no memory", memoryless), ("RNN", rnn)):
    step, first = hello.one_letter(model), vocabulary.encode("h").expand(1000)
    draw = partial(sample, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        ids = generate(step, first, None, length=4, choose=draw)
    words = Counter("h" + "".join(vocabulary.decode(row)) for row in ids)
    print(f"{name:10s}", *(f"{word} {n}  " for word, n in words.most_common(3)))

# %%
# The right word needs an l after the first l and an o after the second: a half times a half, a
# quarter of the draws. The other words stop too early or too late, and after an o come letters
# that nobody ever asked for.
#
# Is the LSTM better?
# -------------------
#
# Often an LSTM is said to do the same or a little better on a toy like this. Here are all runs.

fig = pictures.curves(result, {word: Spelling(word).floor for word in hello.WORDS})

# %%
# The left panel is the word that needs memory, and its dashed line is the loss we worked out. The
# grey runs settle on it from above. The LSTM passes through it as the RNN does, only later. Count
# the updates until the loss is below ``0.1``:

print("seed    ", *(f"{seed:4d}" for seed in hello.SEEDS))
for name in ("RNN", "LSTM"):
    print(f"{name:8s}", *(f"{updates:4.0f}" for updates in result.reached["hello", name]))

# %%
# With equal units, learning rate and seed, the LSTM is the slower one on this word, in every run,
# and it has four times the recurrent weights to learn. That is no verdict on the LSTM: its strength
# is to hold on to things for long, and a memory of one letter does not ask for it. Where it pays is
# measured in the chapters on training and on architectures.
#
# Your own word
# -------------
#
# Change the word and run this cell again. Long words with many equal letters ask for more memory
# than "hello". In "mississippi" not even four letters are always enough: "issi" is followed by s
# the first time and by p the second.

own = Spelling("mississippi")
torch.manual_seed(0)
model = SimpleLSTM(len(own.vocabulary), 16, len(own.vocabulary))
history = fit(model, own, steps=400, seed=0, batch_size=1, until=0.02)
print(f"least loss without memory {own.floor:.4f}, reached {history.losses[-1]:.4f}")
print(f"after {len(history.losses)} steps it spells", hello.spell(model, own))

plt.show()  # a script shows its figures here, in windows

# %%
# A warning about what was shown. A network that spells one word has learned that word by heart: it
# was trained on it and asked for it. Whether a network has learned something about *language* can
# only be asked with text it has not seen, and that is done where a model reads a play.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Without memory the loss stops at a floor. On hello it never falls below half the natural
#      logarithm of 2, and ends less than 0.01 above it.
#    * A state tells the two l apart. Fed their own answers from the h on, the RNN and the LSTM
#      spell hello in every run.
#    * Without memory both l get one answer. After either l the network gives l and o probabilities
#      within 0.05 of one half, and the same ones both times.
#    * The LSTM learns this word more slowly. In every run its loss on hello falls below 0.1 more
#      than 5 updates after that of the RNN.
#    * Some words need no memory. In world no letter has two followers, and the network without
#      memory spells it in every run.
