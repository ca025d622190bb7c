"""What a reader takes along says what the site says, and all that is to be remembered."""

import io
import re
import shutil
import subprocess
import sys
import zipfile
from xml.etree import ElementTree

import pack
import pytest
from along import TwinWriter
from bs4 import BeautifulSoup
from countdown import SENTENCES, build, small_book
from elements.typed_model import Model
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

PAGE = "chapters/1_foundations/plot_09_countdown"
SOURCE = """\
A page
======

It says one thing. Then another, with ``code``, :math:`h_t` and a `link <https://a.example>`__.

.. tip:: Take *it*.

.. admonition:: Commit

   To 3 * 4.

.. dropdown:: The answer

   Twelve.

   - one
   - two

term
    What it is.

.. list-table::
   :header-rows: 1

   * - a
     - b
   * - 1 | 2
     - | two
       | lines

>>> 1 + 1
2

.. math:: a = b
   :label: eq

By :eq:`eq`, see :doc:`index`.

.. raw:: html

   <svg class="a" aria-label="A dot."><circle/></svg><svg><a/></svg><div class="live"></div>

.. themed-figure:: a.svg
   :dark: b.svg
   :width: 538
   :height: 300
   :alt: A line that rises in nine steps.

.. py:function:: f(x)

   Give back ``x``.

   :param x: A number.
   :returns:
      - **a** -- One.
      - **b** -- Two.

   .. versionadded:: 1
"""
TWIN = r"""
# A page

It says one thing. Then another, with `code`, $h_t$ and a [link](https://a.example).

> **Tip**
>
> Take *it*.

> **Commit**
>
> To 3 \* 4.

> **The answer**
>
> Twelve.
>
> - one
> - two

- **term**

  What it is.

| a | b |
| --- | --- |
| 1 \| 2 | two lines |

```pycon
>>> 1 + 1
2
```

$$
a = b \tag{1}
$$

By (1), see A page.

<p>A dot.</p>

![A line that rises in nine steps.](_images/a.svg)

**`f(x)`**

Give back `x`.

- **Parameters**

  x - A number.

- **Returns**

  - **a** - One.
  - **b** - Two.

Added in version 1.
"""


def twin_of(folder, source):
    """Return the twin of a page of reST, and what was warned of."""
    wanted = "['sphinx_design', 'themed_figures', 'along']"
    (folder / "conf.py").write_text(f"extensions = {wanted}\n", encoding="utf-8")
    (folder / "index.rst").write_text(source, encoding="utf-8")
    for name in ("a.svg", "b.svg"):
        (folder / name).write_text("<svg/>", encoding="utf-8")
    warned = io.StringIO()
    places = (folder, folder, folder / "out", folder / "trees")
    with patch_docutils(), docutils_namespace():
        Sphinx(*places, "twins", status=None, warning=warned).build()
    return (folder / "out/index.md").read_text(encoding="utf-8"), warned.getvalue()


def test_a_twin_says_what_its_page_says(tmp_path):
    assert twin_of(tmp_path, SOURCE) == (
        TWIN.removeprefix("\n").replace(" x -", " x \N{EN DASH}").replace("** -", "** \N{EN DASH}"),
        "",
    )


def test_what_has_no_markdown_is_warned_of(tmp_path):
    _, warned = twin_of(tmp_path, "A page\n======\n\n.. centered:: Words\n")
    assert "index.rst:4: WARNING: twin: a notebook has nothing for a centered" in warned


def test_a_model_that_runs_on_its_page_is_no_part_of_the_twin():
    writer = TwinWriter.__new__(TwinWriter)
    assert writer.block(Model()) == ""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build a small book, and a twin beside each of its pages."""
    root = small_book(tmp_path_factory.mktemp("book"))
    index = (
        root / "docs/index.md"
    )  # the list of the part is that of the real book, without chapters
    named = f"chapters/index\nchapters/1_foundations/index\n{PAGE}"
    index.write_text(index.read_text().replace("chapters/index", named))
    for builder in ("html", "twins"):
        done = build(root, "-b", builder)
        assert done.returncode == 0, done.stderr[-6000:]
        assert "twin: " not in done.stderr
    return root / "docs/_build/html"


def words(site, name):
    """Return a twin without the marks of what is bold."""
    return (site / name).read_text(encoding="utf-8").replace("**", "")


def test_each_page_has_a_twin_and_the_list_names_it(site):
    twins = {path.relative_to(site).as_posix() for path in site.rglob("*.md")}
    pages = {f"{name.removesuffix('.md')}.html" for name in twins}
    assert f"{PAGE}.md" in twins
    assert all((site / page).is_file() for page in pages)
    listed = words(site, "llms.txt")
    assert {name for name in twins if f"]({name})" in listed} == twins
    assert "\n## 1. Foundations\n\n- [How long does a countdown take?]" in listed
    assert listed.index("## Optional") < listed.index("(proofs/countdown.md)")


def test_twins_hold_every_takeaway(site):
    for name in (f"{PAGE}.md", "takeaways.md", "proofs/countdown.md"):
        said = " ".join(words(site, name).replace("#", "").split())
        assert [sentence for sentence in SENTENCES if sentence not in said] == [], name


def test_what_a_twin_names_is_there(site):
    said = words(site, f"{PAGE}.md")
    for name in ("../../_images/sphx_glr_plot_09_countdown_001.svg", "../../proofs/countdown.md"):
        assert f"({name})" in said
        assert (site / PAGE).parent.joinpath(name).is_file()
    assert "_dark.svg" not in said


@pytest.fixture(scope="module")
def packed(site, tmp_path_factory):
    """Pack the small book."""
    folder = tmp_path_factory.mktemp("along")
    shutil.copytree(site, folder / "site")
    done = subprocess.run(
        [sys.executable, pack.__file__, folder.name],  # relative, as the session names it
        cwd=folder.parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 or "found none" in done.stderr, done.stderr  # no browser, no PDF
    return folder


@pytest.fixture(scope="module")
def epub(packed):
    """Read the files of the EPUB."""
    with zipfile.ZipFile(packed / "rnnbook.epub") as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_zip_of_the_site_holds_all_of_it(packed):
    with zipfile.ZipFile(packed / "rnnbook_site.zip") as archive:
        held = set(archive.namelist())
    there = {path for path in (packed / "site").rglob("*") if path.is_file()}
    assert held == {path.relative_to(packed).as_posix() for path in there}
    assert {"site/llms.txt", f"site/{PAGE}.md", f"site/{PAGE}.html"} <= held


def test_the_epub_holds_every_takeaway_and_no_proof(epub):
    page = epub[f"book/{PAGE}.xhtml"].decode()
    said = " ".join("".join(ElementTree.fromstring(page).itertext()).split())
    assert [sentence for sentence in SENTENCES if sentence not in said] == []
    assert not [name for name in epub if "proofs" in name or name.endswith("_dark.svg")]
    for word in ("<script", "_dark.svg", "proofs/", "proof<", "Run it yourself", "tabindex"):
        assert word not in page, word
    assert '<details class="sd-sphinx-override' in page
    assert 'open="open"' in page


def test_each_file_of_the_epub_is_well_formed_and_listed(epub):
    package = ElementTree.fromstring(epub["book/book.opf"])
    listed = {}
    for item in package.iter("{http://www.idpf.org/2007/opf}item"):
        listed[f"book/{item.attrib['href']}"] = item.attrib.get("properties", "")
    assert listed.keys() == {name for name in epub if name.startswith("book/")} - {"book/book.opf"}
    for name, data in epub.items():
        if name.endswith(("ml", ".opf")):
            tree = ElementTree.fromstring(data)
            holds = {
                tag for tag in ("math", "svg") if tree.find(f".//{{{pack.NAMESPACES[tag]}}}{tag}")
            }
            assert not holds or listed[name].split() == [*holds]


def test_the_contents_of_the_epub_lead_to_its_pages(epub):
    listing = BeautifulSoup(epub["book/nav.xhtml"], "html.parser")
    assert {f"book/{link['href']}" for link in listing.select("a")} == {
        name for name in epub if name.endswith(".xhtml") and "nav" not in name
    }
    (chapter,) = listing.select(f"li > ol > li > a[href='{PAGE}.xhtml']")
    assert chapter.find_parent("ol").parent.a.get_text() == "1. Foundations"


def test_a_page_says_whether_it_holds_formulas_and_drawings(tmp_path):
    text = (
        '<article><h1>A<a class="headerlink" href="#a">#</a></h1><math><mi>x</mi></math>'
        '<svg viewBox="0 0 1 1" tabindex="0"><g marker-end="url(#m)" id="m"></g></svg></article>'
    )
    (tmp_path / "index.html").write_text(text, encoding="utf-8")
    (leaf,) = pack.leaves(tmp_path)
    one = pack.whole([leaf]).decode()
    assert (leaf.title, leaf.article.svg["viewBox"]) == ("A", "0 0 1 1")
    assert 'id="index--m" marker-end="url(#index--m)"' in re.sub(
        r'(marker-end="[^"]*") (id="[^"]*")', r"\2 \1", one
    )
    with zipfile.ZipFile(io.BytesIO(pack.epub(tmp_path, [leaf]))) as archive:
        assert b'properties="mathml svg"' in archive.read("book/book.opf")


def test_drawings_in_the_epub_keep_to_its_rules(tmp_path):
    page = '<article><h1>A</h1><img src="a.svg" alt="A space."/></article>'
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    drawn = '<!DOCTYPE svg PUBLIC "-">\n<svg><path id="d"/><path d="M0 0"/></svg>'
    (tmp_path / "a.svg").write_text(drawn, encoding="utf-8")
    with zipfile.ZipFile(io.BytesIO(pack.epub(tmp_path, pack.leaves(tmp_path)))) as archive:
        assert archive.read("book/a.svg").decode() == (
            '<svg><path d="" id="d"/><path d="M0 0"/></svg>'
        )


@pytest.mark.skipif(shutil.which("epubcheck") is None, reason="Debian's epubcheck is not installed")
def test_epubcheck_finds_nothing(packed):
    jar = shutil.which("epubcheck")
    done = subprocess.run(
        ["java", "-jar", jar, packed / "rnnbook.epub"], capture_output=True, text=True
    )
    assert "No errors or warnings detected" in done.stdout, done.stdout + done.stderr


def test_the_whole_book_on_one_page_holds_every_takeaway_and_its_links_lead_somewhere(packed):
    one = BeautifulSoup(pack.whole(pack.leaves(packed / "site")), "html.parser")
    said = " ".join(one.get_text().split())
    assert [sentence for sentence in SENTENCES if sentence not in said] == []
    places = [tag["id"] for tag in one.find_all(id=True)]
    assert len(places) == len(set(places))
    links = [link["href"][1:] for link in one.select("a[href^='#']")]
    assert pack.place(f"{PAGE}.html") in links
    assert set(links) <= set(places)
    for image in one.select("img"):
        assert (packed / "site" / image["src"]).is_file()


@pytest.mark.skipif(not any(map(shutil.which, pack.BROWSERS)), reason="no browser prints here")
def test_the_pdf_is_tagged_and_has_an_outline(packed):
    data = (packed / "rnnbook.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    assert b"/StructTreeRoot" in data
    assert b"/Outlines" in data
