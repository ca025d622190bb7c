"""A cell that ends in a sound becomes a player on its page, with words and a link to the file."""

import numpy as np
import pytest
from bs4 import BeautifulSoup
from elements import audio
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from rnnbook.sound import Sound

TEXT = "Silence & nothing else, for a tenth of a second."
SILENCE = Sound(np.zeros(800), 8000, "Silence", TEXT)


def scraped(folder, code="Sound(...)", shown=SILENCE, line=7):
    given = {"example_globals": {"___": shown}, "target_file": str(folder / "part/plot_01_x.py")}
    return audio.scrape(("code", code, line), given, {"src_dir": str(folder)})


def test_a_sound_is_saved_and_shown(tmp_path):
    text = scraped(tmp_path)
    file = tmp_path / "part/images/sphx_glr_plot_01_x_0007.wav"
    assert file.read_bytes() == SILENCE.wav()
    assert ".. audio:: /part/images/sphx_glr_plot_01_x_0007.wav" in text
    assert ":size: 0.1 s, 2 KB" in text


@pytest.mark.parametrize(
    ("code", "shown"), [("x = 1", SILENCE), ("Sound(...)", None), ("", SILENCE)]
)
def test_a_cell_that_ends_in_something_else_shows_none(tmp_path, code, shown):
    assert scraped(tmp_path, code, shown) == ""
    assert not (tmp_path / "part").exists()


def test_a_sound_that_is_too_large_is_refused(tmp_path):
    large = Sound(np.zeros(audio.LARGEST), 8000, "Silence", TEXT)
    with pytest.raises(ValueError, match=r"plot_01_x\.py, line 7: .* at most 150000 bytes"):
        scraped(tmp_path, shown=large)


def test_page_has_a_player_words_and_a_link(tmp_path):
    docs = tmp_path / "docs"
    (docs / "part").mkdir(parents=True)
    (docs / "conf.py").write_text("extensions = ['elements']\n", encoding="utf-8")
    page = f"A page\n======\n{scraped(docs)}"
    (docs / "part" / "page.rst").write_text(page, encoding="utf-8")
    (docs / "index.rst").write_text("A\n=\n\n.. toctree::\n\n   part/page\n", encoding="utf-8")
    with patch_docutils(), docutils_namespace():
        places = (docs, docs, tmp_path / "out", tmp_path / "trees")
        Sphinx(*places, "html", status=None, warningiserror=True).build()
    built = tmp_path / "out" / "part" / "page.html"
    soup = BeautifulSoup(built.read_text(encoding="utf-8"), "html.parser")
    figure = soup.select_one("figure.sound")
    player, link = figure.select_one("audio"), figure.select_one("a[download]")
    assert player["preload"] == "metadata"
    assert player["aria-label"] == "Silence"
    assert TEXT in figure.get_text()
    assert link["href"] == player["src"]
    assert (built.parent / player["src"]).read_bytes() == SILENCE.wav()
