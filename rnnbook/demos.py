"""Demonstrations that tutorials on recurrent networks end with, under the names they have there.

Each is a few lines over the rest of the package. Three more stand where they belong:
:func:`rnnbook.jacobians.analyze_gradient_flow`, :func:`rnnbook.text.one_hot_encode` and
:func:`rnnbook.experiments.clipping.gradient_clipping_demo`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from rnnbook import _check
from rnnbook.figures import bptt as pictures
from rnnbook.models import CharRNN, CopyFirstTask
from rnnbook.tasks.characters import Characters
from rnnbook.tasks.copy_first import CopyFirst
from rnnbook.text import Vocabulary
from rnnbook.training import fit


def create_sequences(
    text: str, seq_length: int, vocabulary: Vocabulary | None = None
) -> tuple[Tensor, Tensor]:
    """Return every window of a text, and the same window one character on.

    Parameters
    ----------
    text : str
        At least one character longer than a window.
    seq_length : int
        Characters in a window.
    vocabulary : Vocabulary, optional
        Gives the ids; that of the text itself if left out.

    Returns
    -------
    inputs, targets : Tensor
        Ids, each (windows, seq_length), int64. There are ``len(text) - seq_length`` windows.

    Raises
    ------
    TypeError, ValueError
        If ``seq_length`` is not a positive whole number, the text is too short, or a character is
        not in the vocabulary.

    Notes
    -----
    Two neighbouring windows share all characters but one. Cut the text into a part for training and
    one for the measurement first, as :class:`rnnbook.tasks.characters.Characters` does: of windows
    that are split at random, nearly all of the held-out text was trained on.

    Examples
    --------
    >>> from rnnbook.demos import create_sequences
    >>> from rnnbook.text import Vocabulary
    >>> vocabulary = Vocabulary("hello")
    >>> inputs, targets = create_sequences("hello", 3, vocabulary)
    >>> for x, y in zip(inputs, targets):
    ...     print("".join(vocabulary.decode(x)), "".join(vocabulary.decode(y)))
    hel ell
    ell llo
    """
    _check.sizes("create_sequences", seq_length=seq_length)
    if len(text) <= seq_length:
        raise ValueError(
            f"create_sequences: expected a text of more than {seq_length} characters, one window, "
            f"got {len(text)}; take a longer text, or a shorter window"
        )
    ids = (vocabulary or Vocabulary(text)).encode(text)
    windows = ids.unfold(0, seq_length, 1)
    return windows[:-1], windows[1:]


def train_char_rnn(
    text: str | None = None, *, seq_length: int = 50, steps: int = 50, seed: int = 0
) -> tuple[CharRNN, Mapping[str, int], Mapping[int, str]]:
    """Train a network of two plain layers to predict the next character of a text.

    Parameters
    ----------
    text : str, optional
        The text, *Hamlet* if left out. Its last tenth is never trained on.
    seq_length : int
        Characters in a window.
    steps : int
        Updates, each on a batch of 64 windows. A count such as this is often called epochs, but
        an epoch would read the whole text.
    seed : int
        Seeds the weights and the windows.

    Returns
    -------
    model : CharRNN
        The trained network.
    char_to_idx, idx_to_char : mapping
        From characters to ids and back, as :meth:`rnnbook.models.CharRNN.generate` takes them.

    Raises
    ------
    TypeError, ValueError
        If a number is not a positive whole one, or a part of the text is shorter than a window.

    Notes
    -----
    :mod:`rnnbook.experiments.hamlet` measures such a network on the part that was held out, beside
    tables of counts and compressors.

    Examples
    --------
    >>> from rnnbook.demos import train_char_rnn
    >>> text = "to be or not " * 20
    >>> model, char_to_idx, idx_to_char = train_char_rnn(text, seq_length=9, steps=2)
    >>> len(model.generate("t", char_to_idx, idx_to_char, length=30))
    31
    """
    task = Characters(text=text, window=seq_length)
    vocabulary = task.vocabulary
    torch.manual_seed(seed)
    model = CharRNN(len(vocabulary), 64, 128, 2)
    fit(model, task, steps=steps, seed=seed, batch_size=64, learning_rate=3e-3, clip=5.0)
    return model, vocabulary.token_to_id, vocabulary.id_to_token


def bptt_visualization(steps: int = 4) -> Figure:
    """Draw how the gradient goes back through time: one term of a sum for each step.

    Parameters
    ----------
    steps : int
        Steps of the network, at least 2. The loss is at the last.

    Returns
    -------
    Figure
        A picture of ``matplotlib``; it is not shown.

    Raises
    ------
    TypeError, ValueError
        If ``steps`` is not a whole number of at least 2.

    Notes
    -----
    With the loss at the last step, T, the gradient is a sum over steps::

        dL/dW_hh = sum_t  dL/dh_T  dh_T/dh_{T-1} ... dh_{t+1}/dh_t  dh_t/dW_hh

    The last factor is what the weights do at step t alone, with ``h_{t-1}`` held fixed. The
    function :func:`rnnbook.bptt.terms` computes the terms.

    Examples
    --------
    >>> from rnnbook.demos import bptt_visualization
    >>> figure = bptt_visualization()
    >>> type(figure).__name__
    'Figure'
    """
    _check.sizes("bptt_visualization", steps=steps)
    if steps < 2:
        raise ValueError(
            f"bptt_visualization: expected at least 2 steps, got {steps}; within a single step "
            "nothing goes back through time"
        )
    return pictures.backwards(steps)


def train_copy_task(
    seq_length: int,
    hidden_size: int = 32,
    num_epochs: int = 1000,
    *,
    seed: int = 0,
    layer: Callable[..., nn.Module] = nn.RNN,
) -> list[float]:
    """Train a network to answer with the first number of a sequence, and return its losses.

    Parameters
    ----------
    seq_length : int
        Numbers in a sequence.
    hidden_size : int
        Numbers in the state.
    num_epochs : int
        Updates, each on 32 fresh sequences; nothing is read twice.
    seed : int
        Seeds the weights and the sequences.
    layer : callable, optional
        Builds the recurrent layer: ``nn.RNN``, ``nn.LSTM``, or one of :mod:`rnnbook.layers`.

    Returns
    -------
    list of float
        The mean squared error before each update. Always answering zero, you have about one.

    Raises
    ------
    TypeError, ValueError
        If a size or ``num_epochs`` is not a positive whole number.

    Notes
    -----
    The gradient is clipped at a norm of 1, as in all of the book: see :func:`rnnbook.training.fit`.

    Examples
    --------
    >>> from rnnbook.demos import train_copy_task
    >>> losses = train_copy_task(seq_length=2, hidden_size=8, num_epochs=60)
    >>> losses[-1] < losses[0]
    True
    """
    _check.sizes("train_copy_task", seq_length=seq_length, num_epochs=num_epochs)
    torch.manual_seed(seed)
    model = CopyFirstTask(hidden_size, layer=layer)
    return fit(model, CopyFirst(seq_length), steps=num_epochs, seed=seed, learning_rate=1e-2).losses


def demonstrate_vanishing_gradient_impact(
    seq_lengths: Sequence[int] = (10, 30, 50, 100),
    *,
    hidden_size: int = 32,
    num_epochs: int = 1000,
    seeds: Sequence[int] = (0, 1, 2),
    layer: Callable[..., nn.Module] = nn.RNN,
) -> dict[int, list[list[float]]]:
    """Train on the task of :func:`train_copy_task` at several lengths, each on several seeds.

    One seed may contradict the next, so each has a curve of its own.

    Parameters
    ----------
    seq_lengths : sequence of int
        Numbers in a sequence.
    hidden_size, num_epochs, layer
        As in :func:`train_copy_task`.
    seeds : sequence of int
        A run for each.

    Returns
    -------
    dict
        By length, the losses of each run: a list of lists of float.

    Raises
    ------
    TypeError, ValueError
        As in :func:`train_copy_task`.

    Notes
    -----
    :mod:`rnnbook.experiments.copy_first` judges such runs on fresh data, beside gated networks.

    Examples
    --------
    >>> from rnnbook.demos import demonstrate_vanishing_gradient_impact
    >>> runs = demonstrate_vanishing_gradient_impact((2, 5), num_epochs=3, seeds=(0, 1))
    >>> {length: [len(losses) for losses in curves] for length, curves in runs.items()}
    {2: [3, 3], 5: [3, 3]}
    """
    return {
        length: [
            train_copy_task(length, hidden_size, num_epochs, seed=seed, layer=layer)
            for seed in seeds
        ]
        for length in seq_lengths
    }
