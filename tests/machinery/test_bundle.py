"""A page asks for one style sheet and one script in place of many, in the same order."""

import re

from bundle import LATE, bundle
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils


def test_files_are_joined_in_their_order(tmp_path):
    (tmp_path / "_static").mkdir()
    for name in "ab":
        (tmp_path / name).write_text(f"{name} {{}}", encoding="utf-8")
    name = bundle(tmp_path, ["b", "a"], "css")
    assert (tmp_path / name).read_text(encoding="utf-8") == "b {}\na {}"
    at = (tmp_path / name).stat().st_mtime_ns
    assert bundle(tmp_path, ["b", "a"], "css") == name
    assert (tmp_path / name).stat().st_mtime_ns == at
    assert bundle(tmp_path, ["a", "b"], "css") != name


def test_a_page_names_its_bundles_and_what_must_stay_apart(tmp_path):
    (tmp_path / "own.js").write_text("1", encoding="utf-8")
    settings = """\
extensions = ["bundle"]
html_theme = "furo"
html_static_path = ["own.js"]
html_js_files = [("own.js", {"defer": "defer"})]
"""
    (tmp_path / "conf.py").write_text(settings, encoding="utf-8")
    (tmp_path / "index.rst").write_text("A\n=\n\nWords.\n", encoding="utf-8")
    with patch_docutils(), docutils_namespace():
        Sphinx(tmp_path, tmp_path, tmp_path / "out", tmp_path / "t", "html", status=None).build()
    text = (tmp_path / "out/index.html").read_text(encoding="utf-8")
    sheets = re.findall(r'<link rel="stylesheet"[^>]*href="([^?"]*)', text)
    assert sheets[0] == LATE
    assert len(sheets) == 2
    joined = (tmp_path / "out" / sheets[1]).read_text(encoding="utf-8")
    extra = (tmp_path / "out/_static/styles/furo-extensions.css").read_text(encoding="utf-8")
    assert joined.endswith(extra)  # it has a late place
    scripts = re.findall(r'<script[^>]*src="([^?"]*)', text)
    assert [name.partition("-")[0] for name in scripts] == ["_static/bundle", "_static/own.js"]
