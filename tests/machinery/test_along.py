"""What a reader takes along says what the site says, and all that is to be remembered."""

from io import StringIO

import pytest
from countdown import SENTENCES, build, small_book
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

  **x** - A number.
"""


def twin_of(folder, source):
    """Return the twin of a page of reST, and what was warned of."""
    wanted = "['sphinx_design', 'themed_figures', 'along']"
    (folder / "conf.py").write_text(f"extensions = {wanted}\n", encoding="utf-8")
    (folder / "index.rst").write_text(source, encoding="utf-8")
    for name in ("a.svg", "b.svg"):
        (folder / name).write_text("<svg/>", encoding="utf-8")
    warned = StringIO()
    places = (folder, folder, folder / "out", folder / "trees")
    with patch_docutils(), docutils_namespace():
        Sphinx(*places, "twins", status=None, warning=warned).build()
    return (folder / "out/index.md").read_text(encoding="utf-8"), warned.getvalue()


def test_a_twin_says_what_its_page_says(tmp_path):
    assert twin_of(tmp_path, SOURCE) == (
        TWIN.removeprefix("\n").replace("x** -", "x** \N{EN DASH}"),
        "",
    )


def test_what_has_no_markdown_is_warned_of(tmp_path):
    _, warned = twin_of(tmp_path, "A page\n======\n\n.. centered:: Words\n")
    assert "index.rst:4: WARNING: twin: a notebook has nothing for a centered" in warned


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build a small book, and a twin beside each of its pages."""
    root = small_book(tmp_path_factory.mktemp("book"))
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
