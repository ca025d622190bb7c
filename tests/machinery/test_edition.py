"""The foot of a page names its edition, and where to report a mistake, if that is known."""

import shutil
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import edition
import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

ROOT = Path(__file__).parents[2]
HOST = "https://host.example"


@pytest.fixture
def checkout(tmp_path):
    """Make a repository of one file."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    (tmp_path / "a").write_text("a", encoding="utf-8")
    who = ("-c", "user.name=a", "-c", "user.email=a@b.example")
    for words in (("init", "-q"), ("add", "a"), (*who, "commit", "-qm", "a")):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    return tmp_path


def test_a_commit_is_named_and_a_change_shows(checkout):
    clean = edition.commit(checkout)
    (checkout / "built").write_text("is not tracked", encoding="utf-8")
    assert len(clean) == 8
    assert edition.commit(checkout) == clean
    (checkout / "a").write_text("b", encoding="utf-8")
    assert edition.commit(checkout) == f"{clean}+"


def test_without_a_repository_no_commit_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert edition.commit(tmp_path) == ""
    monkeypatch.setenv("PATH", "")
    assert edition.commit(tmp_path) == ""


def test_a_commit_is_written_once_and_changes_nothing_else(tmp_path):
    page = tmp_path / "a" / "b.html"
    page.parent.mkdir()
    before = '<p>version 1<span class="commit"></span>.\r\n</p>'
    page.write_bytes(before.encode())
    assert edition.stamp(tmp_path, "12345678") == 1
    assert page.read_text() == before.replace("><", ">, commit 12345678<").replace("\r\n", "\n")
    at = page.stat().st_mtime_ns
    assert edition.stamp(tmp_path, "12345678") == 0
    assert page.stat().st_mtime_ns == at
    edition.stamp(tmp_path, "87654321+")
    edition.stamp(tmp_path, "")
    assert page.read_bytes().decode() == before


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, ""),
        ({"READTHEDOCS_GIT_CLONE_URL": f"{HOST}/we/book.git"}, f"{HOST}/we/book"),
        ({"READTHEDOCS_GIT_CLONE_URL": "git@host.example:we/book.git"}, f"{HOST}/we/book"),
        ({"READTHEDOCS_GIT_CLONE_URL": "ssh://git@host.example/we/book"}, f"{HOST}/we/book"),
        ({"READTHEDOCS_GIT_CLONE_URL": "/srv/book.git"}, ""),
        ({"GITHUB_SERVER_URL": HOST, "GITHUB_REPOSITORY": "we/book"}, f"{HOST}/we/book"),
        ({"GITHUB_REPOSITORY": "we/book"}, ""),
    ],
)
def test_the_repository_is_that_of_the_host(tmp_path, given, found):
    assert edition.repository(tmp_path, given) == found


def test_an_address_of_the_project_comes_first(tmp_path):
    told = f'[project]\nname = "a"\n[project.urls]\nRepository = "{HOST}/ours/"\n'
    (tmp_path / "pyproject.toml").write_text(told, encoding="utf-8")
    given = {"READTHEDOCS_GIT_CLONE_URL": f"{HOST}/we/book"}
    assert edition.repository(tmp_path, given) == f"{HOST}/ours"


@pytest.mark.parametrize("base", ["", "https://book.example/en/"])
@pytest.mark.parametrize("repository", ["", f"{HOST}/we/book"])
def test_a_mistake_can_be_reported_where_a_repository_is_known(tmp_path, repository, base):
    settings = f"""\
extensions = []
html_theme = "furo"
project, release, html_baseurl = "Book", "1.2", {base!r}
templates_path = [{str(ROOT / "docs" / "_templates")!r}]
html_context = {{"repository": {repository!r}}}
"""
    (tmp_path / "conf.py").write_text(settings, encoding="utf-8")
    (tmp_path / "index.rst").write_text("A\n=\n\n.. toctree::\n\n   b c\n", encoding="utf-8")
    (tmp_path / "b c.rst").write_text("B\n=\n", encoding="utf-8")
    places = (tmp_path, tmp_path, tmp_path / "out", tmp_path / "trees")
    with patch_docutils(), docutils_namespace():
        app = Sphinx(*places, "html", status=None, warning=None, warningiserror=True)
        app.build()
    assert app.statuscode == 0
    foot = BeautifulSoup((tmp_path / "out/b c.html").read_bytes(), "html.parser").footer
    assert foot.select_one(".commit").get_text() == ""
    link = foot.select_one("a.report")
    assert (link is None) == (not repository)
    if link:
        parts = urlsplit(link["href"])
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{repository}/issues/new"
        (title,) = parse_qs(parts.query)["title"]
        where = f"{base}b%20c.html" if base else "b c.html"
        assert title == f"Mistake on {where}, version 1.2"
