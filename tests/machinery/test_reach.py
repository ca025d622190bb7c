"""Which code a digest covers: all that is reached, and nothing else."""

import pytest
import reach

FILES = {
    "rnnbook/__init__.py": "",
    "rnnbook/models/__init__.py": (
        "from rnnbook.models.plain import Plain\nfrom rnnbook.models.other import Other\n"
    ),
    "rnnbook/models/plain.py": (
        "from rnnbook import _check\n\nSIZE = 3\n\n\n"
        "class Plain:\n    def go(self):\n        return _check.sizes(SIZE)\n"
    ),
    "rnnbook/models/other.py": "class Other:\n    pass\n",
    "rnnbook/_check.py": "def sizes(n):\n    return n\n\n\ndef floats(n):\n    return n\n",
    "rnnbook/data/__init__.py": "def load():\n    return 1\n",
    "rnnbook/data/text.txt": "to be",
    "rnnbook/experiments/__init__.py": "",
    "rnnbook/experiments/topic.py": (
        '"""A topic."""\n\nfrom rnnbook.models import Plain\n\nSTEPS = 1\n\n\n'
        'def one(seed):\n    """Do."""\n    return helper(seed)\n\n\n'
        "def helper(seed, more=1):\n    return Plain().go() + STEPS\n\n\n"
        "def gated(seed):\n    from rnnbook.data import load\n    return load()\n\n\n"
        "def two(seed, length):\n    return 1\n"
    ),
    "tests/claims/test_topic.py": "def test_it(result, show):\n    show('x', result, below=1)\n",
    "tests/claims/conftest.py": "JUDGE = 1\n",
}
TOPIC = "rnnbook/experiments/topic.py"


@pytest.fixture
def book(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def digests(book):
    """The digests of the functions of the experiment, by their last name, and of the claims."""
    reader = reach.Reader(book)
    found = {name.rpartition(".")[2]: d for name, d in reach.functions(reader).items()}
    return found | {"claims": reach.claims(reader)["topic"]}


def changed(book, name, old, new):
    """The names whose digest an edit changes."""
    before = digests(book)
    path = book / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    after = digests(book)
    return {key for key in before if before[key] != after.get(key)}


def test_functions_that_take_a_seed_alone_are_known(book):
    assert set(digests(book)) == {"one", "helper", "gated", "claims"}


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        (TOPIC, "STEPS = 1", "STEPS = 2", {"one", "helper", "claims"}),
        (TOPIC, "return load()", "return load() + 1", {"gated", "claims"}),
        (TOPIC, '"""Do."""', '"""Do it."""', set()),
        (TOPIC, "STEPS = 1\n", "STEPS = 1  # why\n\n", set()),
        ("rnnbook/models/plain.py", "SIZE = 3", "SIZE = 4", {"one", "helper", "claims"}),
        (
            "rnnbook/_check.py",
            "def sizes(n):\n    return n",
            "def sizes(n):\n    return -n",
            {"one", "helper", "claims"},
        ),
        (
            "rnnbook/_check.py",
            "def floats(n):\n    return n",
            "def floats(n):\n    return -n",
            set(),
        ),
        ("rnnbook/models/other.py", "pass", "x = 1", set()),
        ("rnnbook/data/text.txt", "to be", "not to be", {"gated", "claims"}),
        ("tests/claims/test_topic.py", "below=1", "below=2", {"claims"}),
        ("tests/claims/conftest.py", "JUDGE = 1", "JUDGE = 2", {"claims"}),
    ],
)
def test_an_edit_reaches_what_stands_on_it_and_nothing_else(book, name, old, new, wanted):
    assert changed(book, name, old, new) == wanted


def test_other_versions_change_everything(book, monkeypatch):
    before = digests(book)
    monkeypatch.setattr(reach, "installed", lambda: "another torch")
    after = digests(book)
    assert all(before[key] != after[key] for key in before)


def test_runs_that_are_not_current_go(book, tmp_path):
    store = tmp_path / "runs"
    reach.refresh(reach.Reader(book), store)
    current = reach.functions(reach.Reader(book))["rnnbook.experiments.topic.one"]
    folder = store / "topic.one"
    folder.mkdir()
    for name in (f"0-{current}.pickle", "0-old.pickle", f"1-{current}.123"):
        (folder / name).touch()
    reach.refresh(reach.Reader(book), store)
    assert [path.name for path in folder.iterdir()] == [f"0-{current}.pickle"]


def test_what_can_train_speaks_of_an_optimiser(book):
    claims = book / "tests/claims/test_topic.py"
    assert not reach.can_train(reach.Reader(book), claims)
    other = book / "rnnbook/models/other.py"
    other.write_text("import torch\n\nOther = torch.optim.Adam\n", encoding="utf-8")
    assert not reach.can_train(reach.Reader(book), claims)  # nothing of the topic reaches it
    changed(book, TOPIC, "import Plain", "import Other as Plain")
    assert reach.can_train(reach.Reader(book), claims)
