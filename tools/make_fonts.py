"""Cut the two fonts of the book down to the letters that it uses.

Run by hand, never by the build; for formulas when `mathml.COMMANDS` grows:

    python tools/make_fonts.py --math STIXTwoMath-Regular.ttf --text FOLDER_OF_SOURCE_SERIF_PRO

Both are under the SIL Open Font License 1.1; the subsets are written beside their licences. STIX
Two Math is published at https://github.com/stipub/stixfonts; the package ``ziamath`` carries it
too. Source Serif Pro is by Frank Griesshammer, Adobe; its licence reserves the name "Source" for
the unchanged font: the subsets are renamed "Measured Serif".
"""

from __future__ import annotations

import argparse
import shutil
import string
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

DOCS = Path(__file__).resolve().parents[1] / "docs"
sys.path.insert(0, str(DOCS / "_ext"))
import mathml  # noqa: E402  # the path above has to be set first

FOLDER = DOCS / "_static" / "fonts"
MATH = FOLDER / "math-stix-two.woff2"
FAMILY = "Measured Serif"
CUTS = {"Regular": "regular", "It": "italic", "Semibold": "semibold"}
#: Latin with the accents of the languages that the chapters quote, punctuation, a few arrows.
TEXT = "20-7E,A0-17F,2010-2027,2032,2033,20AC,2190,2192,2212,2248,2260,2264,2265"

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


def cut(source: Path, target: Path, *options: str) -> None:
    """Write the subset of one font."""
    subset.main(
        [str(source), f"--output-file={target}", "--flavor=woff2", "--no-hinting", *options]
    )
    print(f"{target}: {target.stat().st_size / 1000:.0f} kB")


def cut_math(source: Path) -> None:
    """Write the font of the formulas."""
    cut(
        source,
        MATH,
        f"--text={''.join(sorted(characters()))}",
        "--layout-features=",  # browsers size scripts themselves and use none of its features
        "--name-IDs=0,1,2,3,4,5,6,7,13,14",
        "--drop-tables+=DSIG,GPOS",
    )


def cut_text(folder: Path) -> None:
    """Write the fonts of the text, under our own family name."""
    for style, word in CUTS.items():
        target = FOLDER / f"text-serif-{word}.woff2"
        cut(
            folder / f"SourceSerifPro-{style}.ttf",
            target,
            f"--unicodes={TEXT}",
            "--layout-features=kern,liga,ccmp,locl,mark,mkmk,lnum,tnum",
            "--name-IDs=0,1,2,3,4,5,6,13,14",
        )
        font = TTFont(target, recalcTimestamp=False)
        full, postscript = f"{FAMILY} {style}", f"{FAMILY.replace(' ', '')}-{style}"
        ours = {1: FAMILY, 3: full, 4: full, 6: postscript, 16: FAMILY}
        for record in font["name"].names:
            record.string = ours.get(record.nameID, record.string)
        font.save(target)
    shutil.copyfile(folder / "LICENSE.txt", FOLDER / "text-serif-LICENSE.txt")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--math", type=Path, help="the whole STIX Two Math")
    parser.add_argument("--text", type=Path, help="the folder with Source Serif Pro")
    chosen = parser.parse_args()
    if chosen.math:
        cut_math(chosen.math)
    if chosen.text:
        cut_text(chosen.text)
