"""Formulas become MathML that browsers draw, and bad TeX becomes a warning with its place."""

import doctest
import re
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import make_fonts
import mathml
import pytest
from fontTools.ttLib import TTFont
from mathml import MathError, to_mathml
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

LSTM = r"""
\begin{align*}
i_t &= \sigma(W_{xi} x_t + W_{hi} h_{t-1} + b_i) \\
\tilde{c}_t &= \tanh(W_{xc} x_t + W_{hc} h_{t-1} + b_c) \\
c_t &= f_t \odot c_{t-1} + i_t \odot \tilde{c}_t
\end{align*}
"""


def tree(tex, display=True):
    return ElementTree.fromstring(to_mathml(tex, display=display))


def text(element):
    return "".join(element.itertext())


def test_doctests_of_the_module_hold():
    assert doctest.testmod(mathml).failed == 0


def test_elman_update_keeps_its_letters_in_order():
    root = tree(r"h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1} + b_h)")
    assert text(root) == "ht=tanh\u2061(Wxhxt+Whhht−1+bh)"
    assert [text(item) for item in root.iter("msub")] == ["ht", "Wxh", "xt", "Whh", "ht−1", "bh"]


def test_product_of_jacobians_has_its_limits_below_and_above():
    root = tree(r"\prod_{t=2}^{T} \frac{\partial h_t}{\partial h_{t-1}}")
    product = root.find(".//munderover")
    assert [text(part) for part in product] == ["∏", "t=2", "T"]
    fraction = root.find(".//mfrac")
    assert [text(part) for part in fraction] == ["∂ht", "∂ht−1"]


def test_aligned_gates_are_rows_of_a_right_and_a_left_cell():
    root = tree(LSTM)
    table = root.find(".//mtable")
    assert table.get("class") == "align"
    assert table.get("displaystyle") == "true"
    assert [[cell.get("class") for cell in row] for row in table] == [["right", "left"]] * 3
    assert [text(row[0]) for row in table] == ["it", "c˜t", "ct"]


def test_tilde_is_an_accent_that_does_not_stretch():
    accent = tree(r"\tilde{c}_t").find(".//mover")
    assert accent.get("accent") == "true"
    assert text(accent[0]) == "c"
    assert accent[1].get("stretchy") == "false"


def test_underbrace_has_its_words_below():
    outer = tree(r"\underbrace{W_{hh}h_{t-1}}_{\text{memory}}").find(".//munder")
    assert outer[0].tag == "munder"
    assert text(outer[0]) == "Whhht−1⏟"
    assert (outer[1].tag, outer[1].text) == ("mtext", "memory")


def test_norm_bars_stretch_around_the_fraction():
    root = tree(r"\left\|\frac{\partial h_t}{\partial h_{t-1}}\right\|")
    bars = [item for item in root.iter("mo") if item.text == "‖"]
    assert [bar.get("form") for bar in bars] == ["prefix", "postfix"]
    assert {bar.get("stretchy") for bar in bars} == {"true"}


def test_reals_are_double_struck():
    assert text(tree(r"\mathbb{R}^{h\times d}", display=False)) == "ℝh×d"


def test_pmatrix_has_brackets_of_its_own_row():
    matrix = tree(r"A = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}").findall("./mrow/mrow")[0]
    assert [item.tag for item in matrix] == ["mo", "mtable", "mo"]
    assert [[text(cell) for cell in row] for row in matrix[1]] == [["1", "2"], ["3", "4"]]


def test_cases_have_one_brace_and_cells_to_the_left():
    root = tree(r"\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}")
    assert [item.text for item in root.iter("mo")][:1] == ["{"]
    assert {cell.get("class") for cell in root.iter("mtd")} == {"left"}
    assert text(root.findall(".//mtr")[0]) == "{1if\xa0x>0".removeprefix("{")


def test_bare_rows_are_aligned():
    assert tree(r"x &= 1 \\ y &= 2").find(".//mtable").get("class") == "align"
    assert len(tree("a = 1\n\nb = 2").findall(".//mtr")) == 2


def test_argmax_is_one_word_with_its_limit_below():
    limit = tree(r"\operatorname*{arg\,max}_{k} z_k").find(".//munder")
    assert (limit[0].tag, limit[0].text) == ("mo", "arg\u2009max")


def test_function_names_keep_their_distance():
    row = tree(r"x \log p", display=False)[0]
    assert [item.tag for item in row] == ["mi", "mspace", "mi", "mo", "mi"]
    assert row[3].get("rspace") == mathml.THIN
    row = tree(r"\tanh(x)", display=False)[0]
    assert row[1].get("rspace") == "0"


def test_a_leading_minus_is_a_sign():
    minus = next(item for item in tree(r"L = -\frac{1}{T}").iter("mo") if item.text == "−")
    assert minus.get("form") == "prefix"
    minus = next(item for item in tree("a - b").iter("mo") if item.text == "−")
    assert minus.get("form") is None


def test_a_prime_stands_beside_its_letter():
    assert text(tree("h_t'")) == "h′t"
    assert tree("f'(x)").find(".//msup") is None


def test_letters_of_other_alphabets_are_characters():
    assert text(tree(r"\mathbf{W}\boldsymbol{\theta}\mathcal{L}\mathbf{0}")) == "𝐖𝜽ℒ𝟎"
    assert all(
        item.get("mathvariant") in (None, "normal")
        for item in tree(r"\mathbf{x} \mathrm{d} \boldsymbol{b}").iter()
    )


def test_less_than_in_words_is_escaped():
    assert "<mtext>a\xa0&lt;\xa0b</mtext>" in to_mathml(r"\text{a < b}")


BAD = {
    r"\frac{a": "never closed",
    r"\frac{a}": "needs 2 argument",
    r"\frac12": "needs 2 argument",
    r"\frac{}{b}": "empty argument",
    r"a}": "closes nothing",
    r"\foo x": r"\foo is not in the list",
    r"\bm{x}": "boldsymbol",
    r"\text{a $b$}": "words only",
    r"x $ y": "bare $",
    r"x % y": "bare %",
    r"a \label{eq}": ":label:",
    r"\begin{aligned} a \end{aligned}": "align*",
    r"\begin{align} a \end{align}": "align*",
    r"\begin{cases} a \end{pmatrix}": "does not match",
    r"\begin{cases} a": "never closed",
    r"\left( a": "never closed",
    r"a \right)": r"no \left",
    r"\left a \right)": "needs a delimiter",
    r"a_": "nothing follows",
    r"x_a_b": "DoubleSubscripts",
    r"a \\[2pt] b": "row distance",
    r"\operatorname{arg max!}": "letters",
    "σ": "write a command",
    "": "empty",
    "  ": "empty",
    r"\mathbb{r}": "capital letters",
}


@pytest.mark.parametrize("tex", BAD)
def test_bad_tex_is_refused_with_its_reason(tex):
    with pytest.raises(MathError, match=re.escape(BAD[tex])):
        to_mathml(tex)


def samples():
    """Return one formula for each command of the list that stands by itself."""
    for command in sorted(mathml.COMMANDS - {r"\\", r"\begin", r"\end", *mathml.DELIMITED}):
        arguments = mathml.ARGUMENTS.get(command, 0)
        body = "{X}" * arguments if arguments else " (" if command in mathml.SIZES else " x"
        yield "a " + command + body


@pytest.mark.parametrize("tex", list(samples()))
def test_each_allowed_command_converts_and_is_in_the_font(tex):
    shown = text(tree(tex))
    assert "\\" not in shown
    font = set(TTFont(make_fonts.MATH).getBestCmap())
    assert {letter for letter in shown if not letter.isspace()} <= {chr(code) for code in font}


def test_the_font_is_small_and_has_its_licence():
    assert make_fonts.MATH.stat().st_size < 120_000
    licence = make_fonts.MATH.with_name("math-stix-two-LICENSE.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE" in licence
    assert "MATH" in TTFont(make_fonts.MATH)


def build(folder: Path, text: str, name="index.rst"):
    source = folder / "source"
    source.mkdir()
    (source / "conf.py").write_text(
        "extensions = ['mathml', 'myst_parser']\n"
        "myst_enable_extensions = ['dollarmath', 'amsmath']\n"
        "html_math_renderer = 'mathml'\n"
    )
    (source / name).write_text(text, encoding="utf-8")
    warnings = StringIO()
    out = folder / "out"
    with docutils_namespace(), patch_docutils(source):
        Sphinx(
            source, source, out, folder / "doctrees", "html", status=None, warning=warnings
        ).build()
    return (out / "index.html").read_text("utf-8"), warnings.getvalue()


REST = r"""
Title
=====

Inline :math:`h_t`.

.. math::
   :label: elman

   h_t = \tanh(a_t)

.. math::

   c_t

See :eq:`elman`.
"""

MYST = r"""
# Title

Inline $h_t$.

```{math}
:label: elman
h_t = \tanh(a_t)
```

$$
c_t
$$ (second)

See {eq}`elman` and {eq}`second`.
"""


@pytest.mark.parametrize(("name", "text"), [("index.rst", REST), ("index.md", MYST)])
def test_equations_are_numbered_and_referenced(tmp_path, name, text):
    page, warnings = build(tmp_path, text, name)
    assert warnings == ""
    assert page.count('id="equation-elman"') == 1
    assert '<span class="eqno">(1)' in page
    assert 'href="#equation-elman">(1)</a>' in page
    assert "mathjax.js" not in page.lower()
    assert "\\tanh" not in page


def test_bad_tex_warns_with_file_and_line_and_shows_no_tex(tmp_path):
    body = (
        "Title\n=====\n\nGood :math:`x`.\n\nBad :math:`\\foo x` here.\n\n.. math::\n\n   \\frac{a\n"
    )
    page, warnings = build(tmp_path, body)
    assert "index.rst:6: WARNING: math: the command \\foo" in warnings
    assert "never closed" in warnings
    assert "index.rst:8" in warnings or "index.rst:10" in warnings
    assert "\\foo" not in page
    assert "\\frac" not in page
    assert page.count("formula missing") == 2


def test_displays_can_be_reached_and_scrolled_by_keyboard(tmp_path):
    page, _ = build(tmp_path, REST)
    assert 'aria-label="Equation 1" tabindex="0"' in page
    assert 'aria-label="Equation" tabindex="0"' in page
