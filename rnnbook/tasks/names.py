"""Where is a surname from? Names of thirteen countries, or of a folder of the reader's own."""

from __future__ import annotations

import hashlib
import importlib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from rnnbook.batch import Batch
from rnnbook.data import read_text_file
from rnnbook.text import UNK, Vocabulary

PARTS = ("training", "held out")
#: The list of Faker that stands for each label. All hold one form a family: no list of women's
#: forms beside one of men's, or "Novak" could be trained on and "Novakova" measured on.
LOCALES = {
    "Croatian": "hr_HR",
    "Danish": "da_DK",
    "Dutch": "nl_NL",
    "English": "en_GB",
    "Finnish": "fi_FI",
    "French": "fr_FR",
    "German": "de_DE",
    "Hungarian": "hu_HU",
    "Italian": "it_IT",
    "Portuguese": "pt_PT",
    "Slovene": "sl_SI",
    "Spanish": "es_ES",
    "Swedish": "sv_SE",
}
#: Letters that Unicode does not take apart into a letter of ASCII and a mark.
LETTERS = {
    0xC6: "Ae", 0xD0: "D", 0xD8: "O", 0xDE: "Th", 0xDF: "ss", 0xE6: "ae", 0xF0: "d", 0xF8: "o",
    0xFE: "th", 0x110: "D", 0x111: "d", 0x131: "i", 0x141: "L", 0x142: "l", 0x152: "Oe",
    0x153: "oe", 0x2019: "'",
}  # fmt: skip
#: What a folder may hold.
FEWEST_OF_A_LABEL, FEWEST_NAMES, MOST_NAMES, MOST_LABELS = 5, 50, 100_000, 100
#: The longest name; the lines of a running text have more words.
MOST_CHARACTERS, MOST_WORDS = 80, 10


@dataclass(frozen=True)
class Names:
    """Which list is a name from? The names are Faker's surnames, or those of your own folder.

    No name is in two lists, and none is trained on and measured on: a name that several labels
    share is dropped, because it has no one right answer. Of each label the same share of names is
    held out, so that a rare label is measured too. Which ones depends on their letters alone.

    Parameters
    ----------
    path : str or Path, optional
        Your own folder: a text file in UTF-8 for each label, ``<Label>.txt``, with a name a line.
        Without it, the names are the surnames of :data:`LOCALES`.
    held_out : float
        The share of each label's names that is kept for the measurement, at least one name.
    part : {"training", "held out"}
        Where batches are drawn from; see :attr:`rest` for the other part.

    Raises
    ------
    FileNotFoundError
        If there is no folder at ``path``.
    ValueError
        If the folder holds no text file, only one or more than a hundred, a file is not UTF-8 or
        not a list of names, a label has fewer than five, or there are fewer than 50 or more than
        100,000 names in all; if another parameter is out of range.
    ImportError
        If Faker is missing.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.tasks.names import Names
    >>> task = Names()
    >>> batch = task.batch(3, torch.Generator().manual_seed(0))
    >>> len(batch.inputs[0]), batch.target.shape
    (3, torch.Size([3]))
    >>> set(task.names) & set(task.rest.names)
    set()
    """

    path: str | Path | None = None
    held_out: float = 0.2
    part: str = "training"

    def __post_init__(self) -> None:
        if not 0 < self.held_out < 1:
            raise ValueError(
                f"Names: held_out must be a share between 0 and 1, got {self.held_out}; with "
                "nothing held out there is nothing to measure on"
            )
        if self.part not in PARTS:
            raise ValueError(f"Names: part must be one of {PARTS}, got {self.part!r}")
        assert self.lists  # a broken folder is refused here, not at the first batch

    @property
    def unit(self) -> str:
        """What the score counts; more is better."""
        return "accuracy"

    @cached_property
    def baseline(self) -> float:
        """The share of the part that is right if the label is always that of most names."""
        return float((self.targets == self.trivial_label).float().mean())

    @cached_property
    def lists(self) -> dict[str, tuple[str, ...]]:
        """The names of each label, sorted, without those that two labels share."""
        return surnames() if self.path is None else read_folder(self.path)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in the order of their numbers."""
        return tuple(self.lists)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the part that batches are drawn from, label after label."""
        return tuple(name for names in self._parts[self.part] for name in names)

    @cached_property
    def targets(self) -> Tensor:
        """The number of the label of each of :attr:`names`, (names,)."""
        sizes = torch.tensor([len(names) for names in self._parts[self.part]], device="cpu")
        return torch.arange(len(sizes), device="cpu").repeat_interleave(sizes)

    @property
    def trivial_label(self) -> int:
        """The number of the label with the most names to train on."""
        return max(range(len(self.labels)), key=lambda i: len(self._parts["training"][i]))

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The characters of the training part; one that only held-out names have is ``UNK``."""
        return Vocabulary("".join(name for names in self._parts["training"] for name in names))

    @cached_property
    def rest(self) -> Names:
        """The same task on the part that this one does not draw from."""
        return replace(self, part=PARTS[1 - PARTS.index(self.part)])

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """Draw ``size`` names of one length: ids ``(size, length)``, and label numbers.

        The length is that of a name drawn first, so every name is equally likely to be drawn. With
        names of one length nothing is padded, and reading them takes a fraction of the time.
        """
        if size < 1:
            raise ValueError(f"Names.batch: size must be at least 1, got {size}")
        device = generator.device
        ids, lengths = self._encoded
        first = torch.randint(len(lengths), (), generator=generator, device=device).item()
        alike = self._by_length[int(lengths[int(first)])]
        drawn = torch.randint(len(alike), (size,), generator=generator, device=device)
        chosen = alike[drawn.cpu()]
        read = ids[chosen, : int(lengths[int(first)])]
        return Batch((read,), self.targets[chosen]).to(device)

    def whole(self) -> Batch:
        """Return every name of the part once, in the order of :attr:`names`."""
        ids, lengths = self._encoded
        return Batch((ids,), self.targets, lengths)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy of logits ``(batch, labels)``, in nats."""
        return F.cross_entropy(output, batch.target)

    def score(self, output: Tensor, batch: Batch) -> float:
        """Return the share of names that get the right label."""
        return (output.argmax(-1) == batch.target).float().mean().item()

    def trivial(self, batch: Batch) -> Tensor:
        """Return the logits of one who knows how often each label occurs, and cannot read."""
        sizes = [float(len(names)) for names in self._parts["training"]]
        counts = torch.tensor(sizes, device="cpu")
        logits = counts.log().to(batch.target.device, torch.get_default_dtype())
        return logits.expand(len(batch), -1)

    def encode(self, names: Iterable[str]) -> tuple[Tensor, Tensor]:
        """Return the ids ``(names, longest)`` and lengths of any names, as a model reads them.

        Parameters
        ----------
        names : iterable of str
            As a person writes them, in any case.
        """
        plain = ascii_letters if self.path is None else tidy
        with torch.device("cpu"):
            return self.vocabulary.encode_batch([plain(n) for n in names], unknown=UNK)

    @cached_property
    def _encoded(self) -> tuple[Tensor, Tensor]:
        with torch.device("cpu"):
            return self.vocabulary.encode_batch(self.names, unknown=UNK)

    @cached_property
    def _by_length(self) -> dict[int, Tensor]:
        lengths = self._encoded[1]
        return {int(n): (lengths == n).nonzero()[:, 0] for n in lengths.unique()}

    @cached_property
    def _parts(self) -> dict[str, list[tuple[str, ...]]]:
        halves = [divided(names, self.held_out) for names in self.lists.values()]
        return {part: [half[i] for half in halves] for i, part in enumerate(PARTS)}


def divided(names: Iterable[str], held_out: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Divide names into those to train on and a share to hold out, both sorted, neither empty.

    The names are put in the order of their SHA-256, which is the same on every machine and has
    nothing to do with how they sound, and the first of them are held out.

    Examples
    --------
    >>> from rnnbook.tasks.names import divided
    >>> divided(["ann", "bo", "cy", "di", "ed"], held_out=0.2)
    (('ann', 'bo', 'cy', 'ed'), ('di',))
    """
    mixed = sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())
    count = min(max(round(len(mixed) * held_out), 1), len(mixed) - 1)
    return tuple(sorted(mixed[count:])), tuple(sorted(mixed[:count]))


def unshared(lists: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Return each label's names once, sorted, and without those that another label has too.

    Examples
    --------
    >>> from rnnbook.tasks.names import unshared
    >>> unshared({"Danish": ["holm", "bach"], "German": ["bach", "vogel", "vogel"]})
    {'Danish': ('holm',), 'German': ('vogel',)}
    """
    different = {label: set(names) for label, names in lists.items()}
    counts = Counter(name for names in different.values() for name in names)
    return {
        label: tuple(sorted(name for name in names if counts[name] == 1))
        for label, names in different.items()
    }


def ascii_letters(name: str) -> str:
    """Return a Latin name in small letters of ASCII: without marks, a letter that is alone is not.

    A mark would often be the whole answer, and whether a list has them is up to its author.

    Examples
    --------
    >>> from rnnbook.tasks.names import ascii_letters
    >>> ascii_letters("Núñez"), ascii_letters("Sørensen"), ascii_letters("Žižić")
    ('nunez', 'sorensen', 'zizic')
    """
    apart = unicodedata.normalize("NFKD", name.translate(LETTERS))
    return "".join(c for c in apart if not unicodedata.combining(c)).lower()


def tidy(name: str) -> str:
    """Return a name in small letters, in one spelling of Unicode, with single spaces.

    Whether an accented letter is stored as one character or two, and what is a capital, says which
    program wrote a file and nothing of the name. Marks stay: many alphabets need them.

    Examples
    --------
    >>> from rnnbook.tasks.names import tidy
    >>> tidy("  DE  LA Cruz "), len(tidy("e" + chr(0x301)))
    ('de la cruz', 1)
    """
    return unicodedata.normalize("NFC", " ".join(name.split()).casefold())


@cache
def surnames() -> dict[str, tuple[str, ...]]:
    """Return Faker's surnames by label, in letters of ASCII, without those that two labels share.

    Raises
    ------
    ImportError
        If Faker is missing.

    Examples
    --------
    >>> from rnnbook.tasks.names import surnames
    >>> lists = surnames()
    >>> "korhonen" in lists["Finnish"], "martin" in lists["English"]
    (True, False)
    """
    try:
        import faker  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "Names: the surnames come from Faker, which comes with the extra: "
            "pip install 'rnnbook[data]'; a folder of your own needs nothing"
        ) from error

    lists = {}
    for label, locale in LOCALES.items():
        module = importlib.import_module(f"faker.providers.person.{locale}")
        lists[label] = [ascii_letters(name) for name in module.Provider.last_names]
    return unshared(lists)


def read_folder(path: str | Path) -> dict[str, tuple[str, ...]]:
    """Return the names of each ``<Label>.txt`` in a folder, without those that two labels share.

    Parameters
    ----------
    path : str or Path
        The folder. Files whose names begin with a dot or do not end in ``.txt`` are passed over.

    Raises
    ------
    FileNotFoundError
        If there is no folder at ``path``.
    ValueError
        If the files are not lists of names from which labels can be learned; see :class:`Names`.
    """
    folder = Path(path)
    if not folder.is_dir():
        what = "a file" if folder.exists() else "nothing"
        raise FileNotFoundError(
            f"Names: expected a folder at {str(path)!r} with a text file for each label, found "
            f"{what} there; a relative path starts from {str(Path.cwd())!r}"
        )
    files = sorted(
        found
        for found in folder.iterdir()
        if found.suffix.lower() == ".txt" and not found.name.startswith(".")
    )
    if not 2 <= len(files) <= MOST_LABELS:
        raise ValueError(
            f"Names: expected from 2 to {MOST_LABELS} files <Label>.txt in {str(path)!r}, got "
            f"{len(files)}; the usual cause is a folder above or below the one that is meant, or "
            "another ending than .txt"
        )
    found: dict[str, list[str]] = {}
    for file in files:
        label = unicodedata.normalize("NFC", file.stem)
        if label in found:
            raise ValueError(
                f"Names: two files in {str(path)!r} are named {label!r}, in two spellings of "
                "Unicode that look alike; join them"
            )
        found[label] = _read_names(file)
    return _checked(path, found)


def _read_names(file: Path) -> list[str]:
    """Return the names of one file, a line each; raise if a line is no name."""
    names = []
    for number, line in enumerate(read_text_file(file).split("\n"), 1):
        name = tidy(line)
        if not name:
            continue
        long = len(name) > MOST_CHARACTERS or len(name.split()) > MOST_WORDS
        if "\t" in line.strip() or long or not any(map(str.isalpha, name)):
            shown = name if len(name) <= 40 else name[:40] + "..."
            raise ValueError(
                f"Names: expected a name in line {number} of {str(file)!r}, with a letter, without "
                f"a tab and of at most {MOST_CHARACTERS} characters and {MOST_WORDS} words, got "
                f"{shown!r}; the usual cause is a table or a running text: leave one name a line"
            )
        names.append(name)
    return names


def _checked(path: str | Path, found: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """Return the names that no two labels share; raise if too few or too many are left."""
    lists = unshared(found)
    few = [
        f"{label} ({len(names)} of {len(set(found[label]))})"
        for label, names in lists.items()
        if len(names) < FEWEST_OF_A_LABEL
    ]
    if few:
        raise ValueError(
            f"Names: expected at least {FEWEST_OF_A_LABEL} names a label in {str(path)!r} that no "
            f"other label has, got fewer for: {', '.join(few)}; add names, join labels that share "
            "theirs, or take these files out"
        )
    total = sum(map(len, lists.values()))
    if not FEWEST_NAMES <= total <= MOST_NAMES:
        raise ValueError(
            f"Names: expected from {FEWEST_NAMES} to {MOST_NAMES:,} different names in "
            f"{str(path)!r}, got {total:,}; "
            + ("fewer teach nothing" if total < FEWEST_NAMES else "keep a random part of each file")
        )
    return lists
