"""Cut STIX Two Math down to what the book's formulas can contain.

Run by hand when `mathml.COMMANDS` grows, never by the build:

    python docs/_ext/make_math_font.py STIXTwoMath-Regular.ttf

The whole font (SIL Open Font License 1.1) is published at https://github.com/stipub/stixfonts; the
package ``ziamath`` carries it too. The subset is written beside its licence.
"""

from __future__ import annotations

import argparse
import string
from pathlib import Path

import mathml
from fontTools import subset

FONT = Path(__file__).parent.parent / "_static" / "fonts" / "math-stix-two.woff2"

# Bold, double-struck and script letters: the alphabets a formula of this book may ask for.
ALPHABETS = {
    "bold": string.ascii_letters + string.digits,
    "italic": string.ascii_letters,
    "bold-italic": string.ascii_letters,
    "script": string.ascii_uppercase,
    "double-struck": string.ascii_uppercase + "1",
    "monospace": string.ascii_letters,
}
GREEK_SMALL = "αβγδεζηθικλμνξπρστυφχψω"
GREEK_CAPITAL = "ΓΔΘΛΞΠΣΦΨΩ"
HOLES = "ℎℬℰℱℋℐℒℳℛℂℍℕℙℚℝℤ"  # letters that Unicode keeps outside of their alphabet


def characters() -> set[str]:
    """Return every character that a formula of the book may put on a page."""
    found = set(string.ascii_letters + string.digits + string.punctuation + " \xa0\u2009\u2061")
    found |= set(GREEK_SMALL + GREEK_CAPITAL + HOLES + "∂ϵϑϕϱϖ")
    for alphabet, letters in ALPHABETS.items():
        for letter in letters:
            try:
                found.add(mathml._letter(letter, alphabet))
            except mathml.MathError:
                continue  # a hole, listed above
    for letter in GREEK_SMALL + GREEK_CAPITAL:
        found |= {mathml._letter(letter, name) for name in ("italic", "bold-italic", "bold")}
    found |= {"𝜕", "𝛛", "𝝏", "𝜖", "𝝐", "𝜑", "𝝋", "𝜙", "𝝓", "𝛁"}
    found |= set("".join(one + wide for one, wide in mathml.ACCENT_OF.values()))
    found |= set("−′″‖⏞⏟√")
    for command in mathml.COMMANDS - set(mathml.ARGUMENTS):
        try:
            found |= set("".join(mathml.plain_text(rf"a {command}")))
        except mathml.MathError:
            continue  # \left, \begin, \big: they need company, and bring no character
    return found


def main() -> None:
    """Write the subset."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("font", type=Path, help="the whole STIX Two Math")
    whole = parser.parse_args().font
    options = subset.Options()
    options.flavor = "woff2"
    options.layout_features = []  # browsers size scripts themselves and use none of its features
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
    options.drop_tables += ["DSIG", "GPOS"]
    font = subset.load_font(str(whole), options)
    font.recalcTimestamp = False
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(sorted(characters())))
    cutter.subset(font)
    FONT.parent.mkdir(parents=True, exist_ok=True)
    subset.save_font(font, str(FONT), options)
    print(f"{FONT}: {FONT.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
