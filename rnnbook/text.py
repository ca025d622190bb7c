"""From text to numbers: a vocabulary, one-hot vectors, and batches padded to one length."""

from __future__ import annotations

import sys
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import SupportsIndex, cast

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from rnnbook import _check

PAD, START, END, UNK = 0, 1, 2, 3
SPECIAL = ("<pad>", "<start>", "<end>", "<unk>")


class Vocabulary:
    """Give every distinct token an id, after the four special ids that mean the same everywhere.

    Parameters
    ----------
    tokens : iterable of str
        The tokens to know, in any order, repeats allowed; a string counts as its characters.
        They are numbered from 4 in sorted order, so the same tokens always get the same ids.
        ``"<unk>"``, as some data sets write for a rare word, is ``UNK``. All four special tokens
        together, as ``tokens`` begins with them, keep their ids.

    Raises
    ------
    TypeError
        If a token is not a string.
    ValueError
        If there is no token, or one is spelled like another special token.

    Notes
    -----
    Two vocabularies are equal if their tokens are. In a checkpoint, keep ``tokens``, a tuple of
    strings, which ``torch.load`` reads with ``weights_only=True``; ``Vocabulary(tokens)`` is the
    vocabulary again.

    Examples
    --------
    >>> from rnnbook.text import UNK, Vocabulary
    >>> vocabulary = Vocabulary("hello")
    >>> len(vocabulary), vocabulary.tokens[4:]
    (8, ('e', 'h', 'l', 'o'))
    >>> vocabulary.encode("hole")
    tensor([5, 7, 6, 4])
    >>> "".join(vocabulary.decode([5, 7, 6, 4]))
    'hole'
    >>> vocabulary.encode("help", unknown=UNK)
    tensor([5, 4, 6, 3])
    >>> Vocabulary(vocabulary.tokens) == vocabulary
    True
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        found = set(tokens)
        known = found - ({SPECIAL[UNK]} if not found >= set(SPECIAL) else set(SPECIAL))
        for token in known:
            if not isinstance(token, str):
                raise TypeError(
                    f"Vocabulary: every token must be a string, got {token!r}; ids are given by "
                    "the vocabulary, not to it"
                )
        if not known:
            raise ValueError(
                "Vocabulary: expected at least one token, got none; the usual cause is an empty "
                "file or an iterator that was already used up"
            )
        if known & set(SPECIAL):
            raise ValueError(
                f"Vocabulary: {sorted(known & set(SPECIAL))} already have ids; the special tokens "
                f"{SPECIAL} are added for you, and of those only {SPECIAL[UNK]!r} may stand in the "
                "data: leave the others out"
            )
        self.tokens: tuple[str, ...] = (*SPECIAL, *sorted(known))
        self._ids = {token: i for i, token in enumerate(self.tokens)}

    @classmethod
    def from_texts(
        cls,
        texts: Iterable[str],
        split: Callable[[str], Iterable[str]] = str.split,
        minimum_count: int = 1,
    ) -> Vocabulary:
        """Build a vocabulary from whole texts.

        Parameters
        ----------
        texts : iterable of str
            The texts to read; only training texts, or the test set leaks into the vocabulary.
        split : callable
            Cuts one text into tokens: at white space by default, ``list`` for characters.
        minimum_count : int
            Leave out tokens that occur less often than this.

        Examples
        --------
        >>> from rnnbook.text import Vocabulary
        >>> Vocabulary.from_texts(["the cat sat", "the dog sat"], minimum_count=2).tokens[4:]
        ('sat', 'the')
        """
        if isinstance(texts, str):
            raise TypeError(
                "Vocabulary.from_texts: expected several texts, got one string, which would be "
                "read letter by letter; wrap it in a list"
            )
        _check.sizes("Vocabulary.from_texts", minimum_count=minimum_count)
        counts = Counter(token for text in texts for token in split(text))
        return cls(token for token, count in counts.items() if count >= minimum_count)

    def __len__(self) -> int:
        return len(self.tokens)

    def __eq__(self, other: object) -> bool:
        return self.tokens == other.tokens if isinstance(other, Vocabulary) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._ids

    @property
    def token_to_id(self) -> Mapping[str, int]:
        """The id of each token, special ones included; read-only."""
        return MappingProxyType(self._ids)

    @property
    def id_to_token(self) -> Mapping[int, str]:
        """The token of each id, special ones included; read-only."""
        return MappingProxyType(dict(enumerate(self.tokens)))

    def encode(self, tokens: Iterable[str], *, unknown: int | None = None) -> Tensor:
        """Return the ids of ``tokens``, (time,), int64.

        Parameters
        ----------
        tokens : iterable of str
            A list of words, or a string, which is read character by character.
        unknown : int, optional
            The id of every token that is not known, usually ``UNK``; without it they are errors.

        Raises
        ------
        ValueError
            If a token is not known, or ``unknown`` is not an id.

        Warns
        -----
        UserWarning
            If a token is read as ``unknown`` that is known in another normal form of Unicode: an
            accented letter may be one character or two.
        """
        return torch.tensor(self._ids_of("encode", tokens, unknown), dtype=torch.int64)

    def encode_batch(
        self, sequences: Iterable[Iterable[str]], *, unknown: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the ids of several sequences side by side, as :func:`pad` lays them.

        Parameters
        ----------
        sequences : iterable of iterable of str
            Lists of words, or strings, each of one token or more.
        unknown : int, optional
            As in :meth:`encode`, which also says when there is a warning.

        Returns
        -------
        ids : Tensor
            (batch, longest), int64, filled with ``PAD`` at the end.
        lengths : Tensor
            The true lengths, (batch,), int64 on the CPU.

        Raises
        ------
        TypeError, ValueError
            If there is no sequence, one is empty, a token is unknown, or ``unknown`` is not an id.

        Examples
        --------
        >>> from rnnbook.text import Vocabulary
        >>> Vocabulary("abc").encode_batch(["cab", "a"])
        (tensor([[6, 4, 5],
                [4, 0, 0]]), tensor([3, 1]))
        """
        if isinstance(sequences, str):
            raise TypeError(
                "Vocabulary.encode_batch: expected several sequences, got one string, whose every "
                "character would be a sequence; wrap it in a list"
            )
        rows = []
        for tokens in sequences:  # not in a comprehension, which some Pythons call like a function
            rows.append(self._ids_of("encode_batch", tokens, unknown))
        lengths = [len(row) for row in rows]
        if not all(lengths) or not rows:
            raise ValueError(
                "Vocabulary.encode_batch: expected one sequence or more, each of one token or "
                f"more, got the lengths {lengths}; drop what is empty before batching"
            )
        longest = max(lengths)
        padded = [row + [PAD] * (longest - len(row)) for row in rows]
        return torch.tensor(padded), torch.tensor(lengths, device="cpu")

    def _ids_of(self, method: str, tokens: Iterable[str], unknown: int | None) -> list[int]:
        if unknown is not None:
            if isinstance(unknown, bool | float) or unknown not in range(len(self)):
                raise ValueError(
                    f"Vocabulary.{method}: expected unknown to be an id between 0 and "
                    f"{len(self) - 1}, got {unknown!r}; use UNK, which is {UNK}"
                )
            unknown = int(unknown)
        known = list(tokens)
        ids = [self._ids.get(token) for token in known]
        if None not in ids:
            return cast("list[int]", ids)
        position, form = ids.index(None), self._form_that_knows(known)
        if unknown is None:
            usual = (
                "a string is read character by character, so split words first, or pass "
                "unknown=UNK to accept what was never seen"
                if form is None
                else f"more of the text is in it in the form {form}, since an accented letter may "
                f"be one character or two: use unicodedata.normalize({form!r}, text)"
            )
            raise ValueError(
                f"Vocabulary.{method}: {known[position]!r} at position {position} is not in the "
                f"vocabulary of {len(self)} tokens; {usual}"
            )
        if form is not None:
            warnings.warn(
                f"Vocabulary.{method}: some tokens are read as unknown that are known in the form "
                f"{form}, since an accented letter may be one character or two; use "
                f"unicodedata.normalize({form!r}, text)",
                stacklevel=3,
            )
        return [unknown if i is None else i for i in ids]

    def _form_that_knows(self, tokens: list[str]) -> str | None:
        """Return the normal form of Unicode in which fewer tokens are unknown, if there is one."""
        letters = all(len(token) == 1 for token in tokens)
        parts = ["".join(tokens)] if letters else tokens
        fewest = sum(token not in self._ids for token in tokens)
        for form in ("NFC", "NFD"):
            spelled = [unicodedata.normalize(form, part) for part in parts]
            others = spelled[0] if letters else spelled
            if sum(token not in self._ids for token in others) < fewest:
                return form
        return None

    def decode(self, ids: Iterable[int] | Tensor) -> list[str]:
        """Return the tokens of ``ids``, (time,), special tokens in angle brackets included."""
        if isinstance(ids, Tensor):
            _check.rank("Vocabulary.decode", "ids", ids, "(time,)")
            _check.tokens("Vocabulary.decode", "ids", ids, len(self))
            ids = ids.tolist()
        tokens = []
        for i in ids:
            if not 0 <= i < len(self):
                raise ValueError(
                    f"Vocabulary.decode: expected ids between 0 and {len(self) - 1}, got {i}; the "
                    "usual cause is ids of another vocabulary"
                )
            tokens.append(self.tokens[i])
        return tokens


def one_hot_encode(idx: int | Tensor, vocab_size: int) -> Tensor:
    """Turn ids into vectors that are 1 in one place and 0 elsewhere.

    Parameters
    ----------
    idx : int or Tensor
        One id, or ids of any shape.
    vocab_size : int
        How many ids there are.

    Returns
    -------
    Tensor
        The shape of ``idx`` with ``vocab_size`` behind it, of PyTorch's default type.

    Raises
    ------
    TypeError, ValueError
        If an id is not an integer, or not between 0 and ``vocab_size - 1``.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.text import one_hot_encode
    >>> one_hot_encode(2, 4)
    tensor([0., 0., 1., 0.])
    >>> one_hot_encode(torch.tensor([[0, 1, 2]]), 3).shape
    torch.Size([1, 3, 3])
    """
    _check.sizes("one_hot_encode", vocab_size=vocab_size)
    if not isinstance(idx, SupportsIndex | float):
        raise TypeError(
            f"one_hot_encode: expected an id or a tensor of ids, got {type(idx).__name__}; turn "
            "characters into ids first: see Vocabulary.encode"
        )
    ids = idx if isinstance(idx, Tensor) else torch.tensor(idx)
    _check.tokens("one_hot_encode", "idx", ids, vocab_size)
    return F.one_hot(ids.long(), vocab_size).to(torch.get_default_dtype())


def pad(sequences: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Lay sequences of ids side by side, filling the short ones with ``PAD`` at the end.

    Parameters
    ----------
    sequences : sequence of Tensor
        Ids, each (time,), of any lengths of at least one.

    Returns
    -------
    ids : Tensor
        (batch, longest), int64.
    lengths : Tensor
        The true lengths, (batch,), int64 on the CPU.

    Raises
    ------
    TypeError, ValueError
        If there is no sequence, or one is empty, not one-dimensional, or not integer.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.text import pad
    >>> ids, lengths = pad([torch.tensor([5, 6, 7]), torch.tensor([8])])
    >>> ids
    tensor([[5, 6, 7],
            [8, 0, 0]])
    >>> lengths
    tensor([3, 1])
    """
    if len(sequences) == 0:
        raise ValueError("pad: expected at least one sequence, got none; the batch is empty")
    for i, sequence in enumerate(sequences):
        _check.rank("pad", f"sequences[{i}]", sequence, "(time,)")
        _check.integers("pad", f"sequences[{i}]", sequence)
        _check.not_empty("pad", f"sequences[{i}]", sequence)
    lengths = torch.tensor([len(sequence) for sequence in sequences], device="cpu")
    ids = pad_sequence([s.long() for s in sequences], batch_first=True, padding_value=PAD)
    _check.tokens("pad", "sequences", ids, torch.iinfo(torch.int64).max)
    return ids, lengths


def shifted(target: Tensor) -> Tensor:
    """Return what a model reads while it is taught to write ``target``: the same, one step late.

    ``START`` comes first and the last symbol is dropped, so that at every step the model has read
    what lies before the symbol it is asked for, and never the symbol itself.

    Parameters
    ----------
    target : Tensor
        Ids of whole sequences, each with its ``END``, padded with ``PAD``, (batch, time).

    Returns
    -------
    Tensor
        Ids, (batch, time).

    Raises
    ------
    TypeError, ValueError
        If ``target`` is not (batch, time) of integers, is empty, or already holds a ``START``.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.text import END, PAD, shifted
    >>> shifted(torch.tensor([[7, 8, 9, END], [7, END, PAD, PAD]]))
    tensor([[1, 7, 8, 9],
            [1, 7, 2, 0]])
    """
    _check.rank("shifted", "target", target, "(batch, time)")
    _check.not_empty("shifted", "target", target)
    _check.tokens("shifted", "target", target, torch.iinfo(torch.int64).max)
    if target.device.type != "meta" and bool((target == START).any()):
        raise ValueError(
            "shifted: expected a target without START, got one that holds it; it is put in front "
            "here, and a model that is asked for it has one step too many"
        )
    return F.pad(target[:, :-1], (1, 0), value=START)


def any_console() -> None:
    """Let ``print`` write an escape for a letter that the console cannot show, and not fail.

    A console whose encoding lacks the letter raises ``UnicodeEncodeError``, and the script ends.
    Where ``print`` writes elsewhere, such as into a notebook, nothing changes.

    Examples
    --------
    >>> from rnnbook.text import any_console
    >>> any_console()  # before the first text from a file is printed
    """
    reconfigure = getattr(sys.stdout, "reconfigure", None)  # a notebook's has none
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
