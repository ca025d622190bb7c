"""Cut STIX Two Math down to what the book's formulas can contain.

Run by hand when `mathml.COMMANDS` grows, never by the build:

    python tools/make_math_font.py STIXTwoMath-Regular.ttf

The whole font (SIL Open Font License 1.1) is published at https://github.com/stipub/stixfonts; the
package ``ziamath`` carries it too. The subset is written beside its licence.
"""

from __future__ import annotations

import argparse
import string
import sys
from pathlib import Path

from fontTools import subset

DOCS = Path(__file__).resolve().parents[1] / "docs"
sys.path.insert(0, str(DOCS / "_ext"))
import mathml  # noqa: E402  # the path above has to be set first

FONT = DOCS / "_static" / "fonts" / "math-stix-two.woff2"

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
    subset.main(
        [
            str(whole),
            f"--text={''.join(sorted(characters()))}",
            f"--output-file={FONT}",
            "--flavor=woff2",
            "--layout-features=",  # browsers size scripts themselves and use none of its features
            "--no-hinting",
            "--name-IDs=0,1,2,3,4,5,6,7,13,14",
            "--drop-tables+=DSIG,GPOS",
        ]
    )
    print(f"{FONT}: {FONT.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
