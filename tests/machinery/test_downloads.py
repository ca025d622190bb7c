"""What the site offers to take away: what scripts declare, what is packed, what is linked."""

import doctest
import importlib.metadata
import io
import zipfile
from pathlib import Path

import downloads
import pytest
from downloads import Project, bar, built_script, colab, without_gallery_links, zip_bytes

ROOT = Path(__file__).parents[2]
PROJECT = Project(ROOT)
ADDRESS = "https://book.example/rnn/"

PYPROJECT = """
[project]
name = "rnnbook"
version = "1.2.3"
requires-python = ">=3.11"
dependencies = ["numpy", "torch>=2"]
[project.optional-dependencies]
data = ["nltk>=3"]
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[tool.hatch.build.targets.wheel]
packages = ["rnnbook"]
"""
SCRIPT = '''\
# /// script
# requires-python = ">=3.11"
# dependencies = ["{requirement}"]
# ///
"""
A question?
===========

Two sentences.
"""

# sphinx_gallery_thumbnail_number = 2
{code}
'''
PACKAGE = {"__init__.py": "", "plain.py": "def f():\n    return 1\n"}


@pytest.fixture
def project(tmp_path):
    """Make a project with a small package and one chapter."""

    def make(code, requirement="rnnbook==1.2.3"):
        for name, text in PACKAGE.items():
            path = tmp_path / "rnnbook" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
        for name in ("LICENSE", "LICENSE-docs"):
            (tmp_path / name).write_text("free", encoding="utf-8")
        script = tmp_path / "gallery" / "1_part" / "plot_01_try.py"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(SCRIPT.format(code=code, requirement=requirement), encoding="utf-8")
        return Project(tmp_path)

    return make


def test_doctests_of_the_module_hold():
    assert doctest.testmod(downloads).failed == 0


@pytest.mark.parametrize("script", PROJECT.scripts, ids=lambda page: page.topic)
def test_every_chapter_declares_what_it_needs(script):
    assert list(PROJECT.wrong(script)) == []


def test_the_version_is_that_of_the_package():
    assert PROJECT.version == importlib.metadata.version("rnnbook")


def messages(made):
    return [problem.message for problem in made.problems()]


def test_right_blocks_have_no_problem(project):
    assert messages(project("x = 1")) == []
    assert messages(project("x = 1", "rnnbook[data]==1.2.3")) == []


def test_wrong_blocks_are_told(project):
    assert "1.2.3" in messages(project("x = 1", "rnnbook==1.2.2"))[0]
    assert "rnnbook[data]==1.2.3" in messages(project("x = 1", "rnnbook[all]==1.2.3"))[0]
    made = project("x = 1")
    made.scripts[0].path.write_text('"""A\n=\n"""\n', encoding="utf-8")
    assert "'# /// script': expected requires-python = '>=3.11', got None" in messages(made)[0]


def test_built_script_says_where_the_package_is(project):
    script = project("x = 1").scripts[0]
    wheel = "rnnbook-1.2.3-py3-none-any.whl"
    alone = built_script(script, "rnnbook==1.2.3", wheel, "")
    assert "rnnbook_chapters.zip" in alone
    assert "http" not in alone
    hosted = built_script(script, "rnnbook[data]==1.2.3", wheel, ADDRESS)
    line = '#     pip install "rnnbook[data] @ https://book.example/rnn/downloads/'
    assert line + wheel + '"' in hosted
    for text in (alone, hosted):
        assert "sphinx_gallery" not in text
        assert text.startswith("# A chapter of")
        compile(text, "script", "exec")
        assert downloads.metadata(text)["dependencies"] == ["rnnbook==1.2.3"]


def test_everything_is_packed_and_twice_the_same(project, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    made = project("from rnnbook.plain import f\n\nprint(f())")
    runs = []
    for name in ("a", "b"):
        wheel = downloads.build_wheel(made.root, tmp_path / name)
        runs.append(downloads.files(made, wheel, ADDRESS))
    assert runs[0] == runs[1]
    written = runs[0]
    wheel = "rnnbook-1.2.3-py3-none-any.whl"
    own = {"1_part/plot_01_try.py", "1_part/plot_01_try.ipynb", wheel}
    assert set(written) == own | {downloads.ZIP}
    with zipfile.ZipFile(io.BytesIO(written[downloads.ZIP])) as archive:
        names = {name.removeprefix("rnnbook_chapters/") for name in archive.namelist()}
        assert names == own | {"README.txt", "LICENSE", "LICENSE-docs"}
        for name in own:
            assert archive.read(f"rnnbook_chapters/{name}") == written[name]
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 1, 1, 0, 0, 0)}
        text = archive.read("rnnbook_chapters/README.txt").decode()
    assert "uv run --find-links . 1_part/plot_01_try.py" in text
    assert 'pip install --find-links . "rnnbook==1.2.3"' in text
    assert 'pipx run --pip-args="--find-links ." 1_part/plot_01_try.py' in text


def test_zip_does_not_depend_on_the_order_of_its_files():
    assert zip_bytes({"a": b"1", "b": b"2"}) == zip_bytes({"b": b"2", "a": b"1"})


def test_all_problems_come_at_once(project):
    made = project("x = 1", "rnnbook==1.0")
    text = made.scripts[0].text.replace("Two sentences.", "Two `sentences`.")
    made.scripts[0].path.write_text(text, encoding="utf-8")
    assert len(made.problems()) == 2


def test_colab_is_offered_only_where_its_address_is_known(monkeypatch):
    for name in ("GITHUB_REPOSITORY", "RNNBOOK_NOTEBOOK_BRANCH"):
        monkeypatch.delenv(name, raising=False)
    assert colab("1_part/plot_01_try") is None
    assert "olab" not in bar("1_part/plot_01_try", str)
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/rnnbook")
    assert colab("1_part/plot_01_try") is None
    monkeypatch.setenv("RNNBOOK_NOTEBOOK_BRANCH", "gh-pages")
    assert colab("1_part/plot_01_try") == (
        "https://colab.research.google.com/github/someone/rnnbook/blob/gh-pages/"
        "downloads/1_part/plot_01_try.ipynb"
    )
    assert ">Open in Colab</a>" in bar("1_part/plot_01_try", str)
    monkeypatch.setenv("GITHUB_REPOSITORY", "not a name")
    assert colab("1_part/plot_01_try") is None


def test_bar_names_its_links_and_has_no_ids():
    html = bar("1_part/plot_01_try", lambda name: f"../../{name}")
    for name in ("1_part/plot_01_try.py", "1_part/plot_01_try.ipynb", downloads.ZIP):
        assert f'href="../../downloads/{name}" download>' in html
    assert " id=" not in html


GALLERY_PAGE = """
.. DO NOT EDIT.

.. only:: html

    .. note::
        :class: sphx-glr-download-link-note

        :ref:`Go to the end <sphx_glr_download_x>`
        to download the full example code.

.. rst-class:: sphx-glr-example-title

Title
=====

.. _sphx_glr_download_x:

.. only:: html

  .. container:: sphx-glr-footer sphx-glr-footer-example

      :download:`Download Python source code: x.py <x.py>`
"""


def test_links_of_the_gallery_are_taken_out_and_lines_stay():
    text = without_gallery_links(GALLERY_PAGE)
    assert "download" not in text.lower()
    assert text.splitlines().index("Title") == GALLERY_PAGE.splitlines().index("Title")
    with pytest.raises(ValueError, match="used to be"):
        without_gallery_links("Title\n=====\n")
