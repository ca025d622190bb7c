"""Every public module of the package has its place in the reference, by the name a reader uses."""

import api_pages
import pytest
from sphinx.errors import ExtensionError


def test_every_module_is_listed_once():
    shown = api_pages.modules()
    listed = [name for _, names in api_pages.floors(shown).values() for name in names]
    assert sorted(listed) == sorted(shown)
    text = "\n".join(api_pages.texts(shown).values())
    for name in shown:
        assert text.count(f" {name}\n") == 1, name


def test_a_module_on_no_floor_stops_the_build():
    with pytest.raises(ExtensionError, match=r"no floor for rnnbook\.attic"):
        api_pages.floors(["rnnbook.cells", "rnnbook.attic"])


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("rnnbook.models.VanillaRNN", "rnnbook.models.aligned.VanillaRNN"),
        ("rnnbook.cells.LSTMCell.step", "rnnbook.cells.LSTMCell.step"),
        ("rnnbook.cells.Nothing", None),
        ("rnnbook.nowhere.LSTMCell", None),
        ("rnnbook.cells", None),
    ],
)
def test_names_are_followed_to_where_they_are_written(name, written):
    assert api_pages.origin(name) == written
