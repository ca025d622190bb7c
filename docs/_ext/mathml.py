r"""Write the book's formulas as native MathML while the pages are built.

A renderer for Sphinx's ``html_math_renderer``: no JavaScript, no request to another host, and
formulas that a screen reader reads as formulas. The conversion itself is latex2mathml's. That
library lets much pass in silence (an unknown command, ``\frac{a``, a stray ``$``, ``\label``), so
the TeX is checked first against the list of what this book may use, and what comes out is put
right for the subset of MathML that browsers draw (MathML Core). Whatever fails becomes a Sphinx
warning with its file and line; TeX is never shown on the page.

>>> to_mathml(r"h_t")
'<math><mrow><msub><mi>h</mi><mi>t</mi></msub></mrow></math>'
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Any, NamedTuple
from xml.etree import ElementTree

from docutils import nodes
from latex2mathml.converter import Converter
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

# ---------------------------------------------------------------- what the book may write


def _words(text: str) -> frozenset[str]:
    """Return the commands written in ``text``, for lists that are read by people."""
    return frozenset(text.split())


GREEK = _words(
    r"\alpha \beta \gamma \delta \epsilon \varepsilon \zeta \eta \theta \iota \kappa \lambda \mu"
    r" \nu \xi \pi \rho \sigma \tau \upsilon \phi \varphi \chi \psi \omega"
    r" \Gamma \Delta \Theta \Lambda \Xi \Pi \Sigma \Phi \Psi \Omega"
)

SYMBOLS = _words(
    r"\cdot \cdots \ldots \dots \vdots \ddots \times \div \pm \mp \odot \oplus \otimes \circ \ast"
    r" \star \in \notin \ni \subset \subseteq \supset \cup \cap \setminus \emptyset \forall"
    r" \exists \to \rightarrow \leftarrow \leftrightarrow \longrightarrow \mapsto \Rightarrow"
    r" \Leftarrow \Leftrightarrow \uparrow \downarrow \infty \partial \nabla \sum \prod \int \le"
    r" \leq \ge \geq \ne \neq \ll \gg \approx \sim \simeq \propto \equiv \top \bot \perp \ell"
    r" \mid \land \lor \neg \lVert \rVert \lvert \rvert \langle \rangle \lfloor \rfloor \lceil"
    r" \rceil \prime \dagger"
) | {r"\|", r"\{", r"\}", r"\%", r"\_"}

SPACES = frozenset({r"\,", r"\:", r"\;", r"\quad", r"\qquad"})

FUNCTIONS = _words(r"\tanh \sin \cos \tan \sinh \cosh \arctan \exp \log \ln \dim \ker \deg")
FUNCTIONS_WITH_LIMITS = _words(r"\max \min \lim \sup \inf \det \Pr \gcd")

ALPHABETS = _words(r"\mathbb \mathbf \mathcal \mathrm \mathtt \mathit \boldsymbol")
ACCENTS = _words(r"\hat \tilde \bar \dot \ddot")
WIDE = _words(r"\widehat \overline \underline \overbrace \underbrace")
FRACTIONS = _words(r"\frac \dfrac \tfrac \binom \overset \underset")
DELIMITED = frozenset({r"\left", r"\right", r"\middle"})
SIZES = frozenset(
    command + side
    for command in (r"\big", r"\Big", r"\bigg", r"\Bigg")
    for side in ("", "l", "r", "m")
)
STYLES = frozenset({r"\displaystyle", r"\textstyle"})
ENVIRONMENTS = frozenset(
    {"align*", "cases", "matrix", "pmatrix", "bmatrix", "vmatrix", "Vmatrix", "array"}
)

# How many braced arguments a command takes. Braces are required: \frac12 is refused.
ARGUMENTS = (
    dict.fromkeys(ALPHABETS | ACCENTS | WIDE | {r"\sqrt", r"\text", r"\operatorname"}, 1)
    | dict.fromkeys(FRACTIONS, 2)
    | {r"\operatorname*": 1}
)

COMMANDS = (
    GREEK
    | SYMBOLS
    | SPACES
    | FUNCTIONS
    | FUNCTIONS_WITH_LIMITS
    | DELIMITED
    | SIZES
    | STYLES
    | frozenset(ARGUMENTS)
    | {r"\\", r"\begin", r"\end"}
)

DELIMITERS = frozenset("()[]|/.") | _words(
    r"\| \{ \} \langle \rangle \lVert \rVert \lvert \rvert \lfloor \rfloor \lceil \rceil"
)

ADVICE = {
    r"\label": "name the equation with the :label: option",
    r"\tag": "name the equation with the :label: option",
    r"\bm": r"write \boldsymbol",
    r"\argmax": r"write \operatorname*{arg\,max}",
    r"\argmin": r"write \operatorname*{arg\,min}",
    r"\hbox": r"write \text",
    r"\mbox": r"write \text",
    r"\textrm": r"write \text",
    r"\over": r"write \frac",
    "aligned": "write align*",
    "align": "write align*, and number the equation with the :label: option",
    "split": "write align*",
    "equation": "leave the environment out, the directive is one",
    "equation*": "leave the environment out, the directive is one",
    "gather*": "write align*",
}

TOKEN = re.compile(r"\\operatorname\*|\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)


class MathError(ValueError):
    """The formula uses something this book's renderer does not draw."""


class Token(NamedTuple):
    """One piece of TeX and where it starts."""

    text: str
    at: int


def tokenize(tex: str) -> list[Token]:
    r"""Cut TeX into commands and single characters, white space left out.

    >>> [token.text for token in tokenize(r"\frac{a}{b} + 1")]
    ['\\frac', '{', 'a', '}', '{', 'b', '}', '+', '1']
    """
    found = (Token(match.group(), match.start()) for match in TOKEN.finditer(tex))
    return [token for token in found if not token.text.isspace()]


def check(tex: str) -> None:
    r"""Raise `MathError` at the first thing in ``tex`` that the book may not write.

    >>> check(r"\frac{a}{b}")
    >>> check(r"\frac{a")
    Traceback (most recent call last):
    mathml.MathError: a { is never closed
    """
    if not tex.strip():
        raise MathError("the formula is empty")
    if not tex.isascii():
        strange = next(letter for letter in tex if not letter.isascii())
        raise MathError(f"write a command for the character {strange!r}, not the character itself")
    tokens = tokenize(tex)
    _check_nesting(tokens)
    index = 0
    while index < len(tokens):
        index = _check_token(tex, tokens, index)


def _check_nesting(tokens: list[Token]) -> None:
    r"""Braces, \left and \right, \begin and \end: each closed by its own kind, in order."""
    open_: list[str] = []
    for index, token in enumerate(tokens):
        if token.text in ("{", r"\left"):
            open_.append(token.text)
        elif token.text == "}":
            if not open_ or open_.pop() != "{":
                raise MathError("a } closes nothing")
        elif token.text == r"\right":
            if not open_ or open_.pop() != r"\left":
                raise MathError(r"a \right has no \left")
        elif token.text == r"\middle" and r"\left" not in open_:
            raise MathError(r"a \middle has no \left")
        elif token.text == r"\begin":
            open_.append(r"\begin" + _environment(tokens, index))
        elif token.text == r"\end":
            name = _environment(tokens, index)
            if not open_ or open_.pop() != r"\begin" + name:
                raise MathError(rf"\end{{{name}}} does not match its \begin")
    if open_:
        raise MathError(f"a {open_[-1]} is never closed")


def _environment(tokens: list[Token], index: int) -> str:
    r"""Return the name between the braces after \begin or \end at ``index``."""
    rest = [token.text for token in tokens[index + 1 :]]
    if not rest or rest[0] != "{" or "}" not in rest:
        raise MathError(f"{tokens[index].text} needs a name in braces")
    return "".join(rest[1 : rest.index("}")])


def _group_end(tokens: list[Token], index: int) -> int:
    """Return the index after the brace group that starts at ``index``."""
    depth = 0
    for end in range(index, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[end].text, 0)
        if depth == 0:
            return end + 1
    raise MathError("a { is never closed")


def _check_token(tex: str, tokens: list[Token], index: int) -> int:
    """Check the token at ``index``; return the index of the next one to check."""
    token = tokens[index].text
    following = tokens[index + 1].text if index + 1 < len(tokens) else ""
    if token.startswith("\\"):
        if token not in COMMANDS:
            advice = f": {ADVICE[token]}" if token in ADVICE else ""
            raise MathError(f"the command {token} is not in the list of mathml.py{advice}")
        if token in DELIMITED and following not in DELIMITERS:
            raise MathError(f"{token} needs a delimiter, got {following or 'the end'!r}")
        if token in DELIMITED:
            return index + 2
        if token == r"\\" and following == "[":
            raise MathError(r"\\[...] is not supported: leave the row distance out")
        if token == r"\sqrt" and following == "[":
            raise MathError(r"\sqrt[n] is not supported: write a power")
        if token in (r"\begin", r"\end"):
            return _check_environment(tokens, index)
        return _check_arguments(tex, tokens, index)
    if token in "$#%":
        raise MathError(f"a bare {token} cannot stand in a formula")
    if token in "_^" and following in ("", "}", "&", "_", "^", r"\\", r"\end", r"\right"):
        raise MathError(f"nothing follows {token}")
    return index + 1


def _check_environment(tokens: list[Token], index: int) -> int:
    name = _environment(tokens, index)
    if name not in ENVIRONMENTS:
        advice = f": {ADVICE[name]}" if name in ADVICE else ""
        raise MathError(f"the environment {name} is not in the list of mathml.py{advice}")
    end = _group_end(tokens, index + 1)
    if name == "array" and tokens[index].text == r"\begin":
        columns = _group_end(tokens, end)
        if set("".join(token.text for token in tokens[end + 1 : columns - 1])) - set("lcr"):
            raise MathError("the columns of array are letters l, c and r")
        return columns
    return end


def _check_arguments(tex: str, tokens: list[Token], index: int) -> int:
    r"""Check that the braced arguments are there; look into those of \text and \operatorname."""
    command = tokens[index].text
    start = index + 1
    for _ in range(ARGUMENTS.get(command, 0)):
        if start >= len(tokens) or tokens[start].text != "{":
            raise MathError(f"{command} needs {ARGUMENTS[command]} argument(s) in braces")
        end = _group_end(tokens, start)
        if end == start + 2:
            raise MathError(f"{command} has an empty argument")
        inside = tex[tokens[start].at + 1 : tokens[end - 1].at]
        if command == r"\text" and re.search(r"[\\{}$&#%_^~]", inside):
            raise MathError(rf"\text holds words only, got {inside!r}")
        if command.startswith(r"\operatorname") and not re.fullmatch(r"([A-Za-z]|\\,)+", inside):
            raise MathError(rf"{command} holds letters and \, only, got {inside!r}")
        if command in (r"\mathbb", r"\mathcal") and not re.fullmatch(r"[A-Z1 ]+", inside):
            raise MathError(rf"{command} has capital letters only, got {inside!r}")
        start = end
    if command in (r"\text", r"\operatorname", r"\operatorname*"):
        return start
    return index + 1


# ---------------------------------------------------------------- TeX to MathML

FUNCTION_PATTERN = re.compile(r"\\operatorname(?P<star>\*?)\s*\{(?P<name>[^}]*)\}|\\[A-Za-z]+")
FIRST_PLACEHOLDER = 0xE000  # a private-use character stands for a function's name on the way

SCRIPTS = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
ACCENT_OF = {  # as latex2mathml writes it: over one letter, and stretched over more
    "^": ("\u02c6", "\u0302"),
    "~": ("\u02dc", "\u02dc"),
    "\u00af": ("\u00af", "\u203e"),
    "\u2015": ("\u203e", "\u203e"),
    "\u02d9": ("\u02d9", "\u02d9"),
    "\u00a8": ("\u00a8", "\u00a8"),
}
RELATIONS = frozenset("=<>≤≥≪≫≈∼≃≡∝≠∈∉∋→←↦⇒⇐⇔∣,([{⟨⌊⌈:;") | {""}
SIGNS = frozenset("+−±∓-")
NOT_OPERATORS = frozenset("∂∞∇∅∀∃⊤⊥")
DOTS = frozenset("…⋯")
BIG_OPERATORS = frozenset("∑∏")
OPENING = frozenset("([{⟨⌊⌈")
ALPHABET_NAMES = {
    "bold": "BOLD",
    "italic": "ITALIC",
    "bold-italic": "BOLD ITALIC",
    "script": "SCRIPT",
    "double-struck": "DOUBLE-STRUCK",
    "monospace": "MONOSPACE",
}
THIN = "0.1667em"


def to_mathml(tex: str, display: bool = False) -> str:
    r"""Return ``tex`` as a ``<math>`` element, inline or as a display.

    Raises
    ------
    MathError
        When the formula uses what `check` refuses or cannot be converted.

    Examples
    --------
    >>> to_mathml("x")
    '<math><mrow><mi>x</mi></mrow></math>'
    """
    check(tex)
    names: list[tuple[str, bool]] = []
    prepared = FUNCTION_PATTERN.sub(lambda match: _placeholder(match, names), as_rows(tex))
    try:
        root = Converter(display="block" if display else "inline").convert_to_element(prepared)
    except Exception as error:  # the library's own exceptions share no base class with a message
        raise MathError(f"latex2mathml: {type(error).__name__} {error}".strip()) from error
    del root.attrib["xmlns"]  # not needed inside HTML
    if not display:
        del root.attrib["display"]
    _unescape(root)
    _tidy(root, names)
    text = "".join(root.itertext())
    if "\\" in text or not text.strip():
        raise MathError(f"the conversion left TeX behind: {text!r}")
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)


def plain_text(tex: str) -> str:
    r"""Return the characters that ``tex`` puts on the page, in order.

    >>> plain_text(r"\sigma(x) \le 1")
    'σ(x)≤1'
    """
    return "".join(ElementTree.fromstring(to_mathml(tex)).itertext())


def as_rows(tex: str) -> str:
    r"""Put bare rows (``\\``, ``&`` or blank lines, no environment around) into align*."""
    parts = [part.strip() for part in re.split(r"\n\s*\n", tex) if part.strip()]
    outside = re.sub(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", "", tex, flags=re.DOTALL)
    rows = r" \\ ".join(parts)
    if len(parts) > 1 or r"\\" in outside or re.search(r"(?<!\\)&", outside):
        return rf"\begin{{align*}}{rows}\end{{align*}}"
    return rows


def _placeholder(match: re.Match[str], names: list[tuple[str, bool]]) -> str:
    if match["name"] is not None:
        names.append((match["name"].replace(r"\,", "\u2009"), bool(match["star"])))
    elif match.group() in FUNCTIONS | FUNCTIONS_WITH_LIMITS:
        names.append((match.group()[1:], match.group() in FUNCTIONS_WITH_LIMITS))
    else:
        return match.group()
    return "{" + chr(FIRST_PLACEHOLDER + len(names) - 1) + "}"


def _unescape(root: ElementTree.Element) -> None:
    """Turn the character references that latex2mathml writes as text into characters."""
    for element in root.iter():
        if element.text:
            element.text = html.unescape(element.text)


def _tidy(root: ElementTree.Element, names: list[tuple[str, bool]]) -> None:
    """Put the tree right for MathML Core."""
    for element in root.iter():
        _leaf(element, names)
    _unwrap(root)
    for element in root.iter():
        _prime(element)
        _script(element)
        _accent(element)
        _table(element)
    for element in list(root.iter()):
        if element.tag in ("msqrt", "mrow", "mtd", "mstyle"):
            _merge_letters(element)
            _wrap_matrix(element)
            _sign(element)
            _space_functions(element)
    for element in root.iter():
        element.attrib.pop("data-name", None)


def _unwrap(row: ElementTree.Element) -> None:
    """Replace an ``<mrow>`` of one child by the child."""
    for index, child in enumerate(list(row)):
        _unwrap(child)
        if child.tag == "mrow" and len(child) == 1 and row.tag != "math":
            only = child[0]
            if only.tag != "mo" or only.get("data-name"):
                row[index] = only


def _leaf(element: ElementTree.Element, names: list[tuple[str, bool]]) -> None:
    """Names of functions, symbols that are no operators, letters of other alphabets."""
    text = element.text or ""
    if len(text) == 1 and 0 <= ord(text) - FIRST_PLACEHOLDER < len(names):
        element.text, limits = names[ord(text) - FIRST_PLACEHOLDER]
        element.attrib.clear()
        element.set("data-name", "limits" if limits else "plain")
        if limits:
            element.tag = "mo"
            element.attrib.update(movablelimits="true", lspace="0", rspace="0")
    elif element.tag == "mo" and text in NOT_OPERATORS:
        element.tag = "mi"
        element.attrib.clear()
        if text != "∂":
            element.set("mathvariant", "normal")
    elif element.tag == "mo" and text in DOTS:
        element.attrib.update(lspace=THIN, rspace=THIN)
    variant = element.get("mathvariant")
    if variant and variant != "normal":
        if element.tag == "mo":
            return
        del element.attrib["mathvariant"]
        element.text = "".join(_letter(letter, variant) for letter in text)
    elif variant == "normal" and element.tag != "mi":
        del element.attrib["mathvariant"]


def _letter(letter: str, variant: str) -> str:
    """Return the mathematical letter of an alphabet, since browsers ignore ``mathvariant``.

    >>> _letter("W", "bold")
    '𝐖'
    """
    try:
        name = re.sub("LATIN |GREEK | LETTER", "", unicodedata.name(letter))
        return unicodedata.lookup(f"MATHEMATICAL {ALPHABET_NAMES[variant]} {name}")
    except KeyError:
        if variant == "italic" and letter == "h":
            return "\u210e"
        if letter.isalnum():
            raise MathError(f"{letter!r} has no {variant} form") from None
        return letter


def _script(element: ElementTree.Element) -> None:
    """Limits of sums, products and operators: below and above in displays, browsers decide."""
    if element.tag in (*SCRIPTS, "munder", "mover", "munderover") and len(element):
        base = element[0]
        for script in element[1:]:
            _tighten(script)
        if base.get("data-name") == "limits" or (base.text or "") in BIG_OPERATORS:
            element.tag = SCRIPTS.get(element.tag, element.tag)


def _tighten(script: ElementTree.Element) -> None:
    """Leave no room around operators in scripts, as TeX does: ``t-1``, not ``t - 1``."""
    for item in script.iter():
        if item.tag == "mo" and (item.text or "") not in BIG_OPERATORS:
            item.set("lspace", "0")
            item.set("rspace", "0")


def _prime(element: ElementTree.Element) -> None:
    """Set a prime beside its letter: the glyph is raised already, a superscript raises it again."""
    if element.tag in ("msup", "msubsup") and set(element[-1].text or "x") <= set("′″‴⁗"):
        prime = ElementTree.Element("mo", lspace="0", rspace="0")
        prime.text = element[-1].text
        base = ElementTree.Element("mrow")
        base.extend([element[0], prime])
        if element.tag == "msup":
            element.tag = "mrow"
            element[:] = list(base)
        else:
            element.tag = "msub"
            element[:] = [base, element[1]]


def _sign(row: ElementTree.Element) -> None:
    """Join a sign that follows a relation or opens a row to what follows it."""
    before = ""
    for item in row:
        if item.tag == "mo" and (item.text or "") in SIGNS and before in RELATIONS:
            item.set("form", "prefix")
            item.attrib.setdefault("lspace", "0")
            item.attrib.setdefault("rspace", "0")
        if item.tag != "mspace":
            before = (item.text or "") if item.tag == "mo" else "operand"
            if item.tag == "mi" and not item.text:
                before = ""


def _accent(element: ElementTree.Element) -> None:
    """Accents sit close to their letter, and only the wide ones stretch."""
    if element.tag not in ("mover", "munder") or len(element) != 2 or element[1].tag != "mo":
        return
    mark = element[1]
    text = mark.text or ""
    if element.tag == "munder" and text == "\u2015":
        mark.text = "_"
        mark.attrib = {"stretchy": "true"}
        element.set("accentunder", "true")
    elif element.tag == "mover" and text in ACCENT_OF and mark.get("form") is None:
        base = element[0]
        wide = len(base) > 1 or len(base.text or "") > 1
        mark.text = ACCENT_OF[text][wide]
        mark.attrib = {"stretchy": "true" if wide or text == "\u2015" else "false"}
        element.set("accent", "true")


def _table(element: ElementTree.Element) -> None:
    """Alignment by class: MathML Core has no attributes for it."""
    if element.tag == "mtable":
        aligned = element.attrib.pop("columnspacing", None) is not None
        element.attrib.pop("rowspacing", None)
        element.attrib.pop("columnalign", None)
        if aligned:
            element.set("class", "align")
    elif element.tag == "mtd":
        side = element.attrib.pop("columnalign", None)
        if side in ("left", "right"):
            element.set("class", side)


def _merge_letters(row: ElementTree.Element) -> None:
    """Join the upright letters of one word, so that it is read as one."""
    index = 1
    while index < len(row):
        before, here = row[index - 1], row[index]
        upright = all(
            item.tag == "mi"
            and item.get("mathvariant") == "normal"
            and (item.text or "").isalpha()
            and (item.text or "").isascii()
            for item in (before, here)
        )
        if upright:
            before.text = (before.text or "") + (here.text or "")
            row.remove(here)
        else:
            index += 1
    for item in row:
        if item.tag == "mi" and len(item.text or "") > 1:
            item.attrib.pop("mathvariant", None)  # longer names are upright by themselves


def _wrap_matrix(row: ElementTree.Element) -> None:
    """Give a matrix and its brackets a row of their own: they stretch to it alone."""
    for index in range(len(row) - 3, -1, -1):
        if index + 3 > len(row):
            continue
        left, table, right = row[index : index + 3]
        if (left.tag, table.tag, right.tag) == ("mo", "mtable", "mo") and not left.get("form"):
            if (left.text or "") not in "([{|‖" or (right.text or "") not in ")]}|‖":
                continue
            group = ElementTree.Element("mrow")
            left.set("form", "prefix")
            right.set("form", "postfix")
            left.set("stretchy", "true")
            right.set("stretchy", "true")
            group.extend([left, table, right])
            row[index : index + 3] = [group]


def _core(element: ElementTree.Element) -> ElementTree.Element:
    """Return what the scripts of ``element`` are attached to."""
    while element.tag in (*SCRIPTS, *SCRIPTS.values()) and len(element):
        element = element[0]
    return element


def _space_functions(row: ElementTree.Element) -> None:
    """Put TeX's thin space between a function's name and its neighbours."""
    spaced: list[ElementTree.Element] = []
    for index, item in enumerate(row):
        named = _core(item).get("data-name")
        if named and index and _core(row[index - 1]).tag not in ("mo", "mspace"):
            spaced.append(ElementTree.Element("mspace", width=THIN))
        spaced.append(item)
        if named and index + 1 < len(row):
            follower = row[index + 1]
            apply = ElementTree.Element("mo", lspace="0", rspace="0")
            apply.text = "\u2061"  # function application: read, not seen
            if follower.tag != "mo" and not _opens(follower):
                apply.set("rspace", THIN)
            if follower.tag != "mo" or (follower.text or "") in OPENING:
                spaced.append(apply)
    row[:] = spaced


def _opens(element: ElementTree.Element) -> bool:
    first = element
    while first.tag == "mrow" and len(first):
        first = first[0]
    return first.tag == "mo" and (first.text or "") in OPENING


# ---------------------------------------------------------------- the Sphinx side


def _location(node: nodes.Element) -> nodes.Node:
    """Return the nearest node that knows its line: inline math does not."""
    here: Any = node
    while here is not None and here.line is None:
        here = here.parent
    return here if here is not None else node


def _render(node: nodes.Element, display: bool) -> str:
    tex = node.astext()
    try:
        return to_mathml(tex, display=display)
    except MathError as error:
        logger.warning(
            "math: %s, in %s", error, " ".join(tex.split()), location=_location(node), type="mathml"
        )
        return '<em class="math-error">(formula missing)</em>'


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write inline math."""
    self.body.append(self.starttag(node, "span", "", CLASS="math"))
    self.body.append(_render(node, display=False) + "</span>")
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a display: the formula in a box that scrolls, its number beside it."""
    ids = [] if node.parent.get("ids") == node["ids"] else node["ids"]  # Furo's wrapper has them
    self.body.append(self.starttag({"ids": ids, "classes": node["classes"]}, "div", CLASS="math"))
    number = get_node_equation_number(self, node) if node.get("number") else ""
    label = f"Equation {number}" if number else "Equation"
    self.body.append(
        f'<div class="math-scroll" role="group" aria-label="{label}" tabindex="0">'
        f"{_render(node, display=True)}</div>"
    )
    if number:
        self.body.append(f'<span class="eqno">({number})')
        if node["ids"]:
            self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer ``mathml`` and its style sheet."""
    app.add_html_math_renderer(
        "mathml", inline_renderers=(visit_inline, None), block_renderers=(visit_block, None)
    )
    app.add_css_file("math.css")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
