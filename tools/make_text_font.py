"""Cut Source Serif Pro down to the letters of this book.

Run by hand, never by the build:

    python tools/make_text_font.py FOLDER_WITH_THE_TTF_FILES

Source Serif Pro (Frank Griesshammer, Adobe) is under the SIL Open Font License 1.1, which reserves
the name "Source" for the unchanged font: the subsets are renamed "Measured Serif". The licence is
copied beside them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "_static" / "fonts"
FAMILY = "Measured Serif"
CUTS = {"Regular": "regular", "It": "italic", "Semibold": "semibold"}

#: Latin with the accents of the languages that the chapters quote, punctuation, a few arrows.
CHARACTERS = "20-7E,A0-17F,2010-2027,2032,2033,20AC,2190,2192,2212,2248,2260,2264,2265"


def rename(font: TTFont, style: str) -> None:
    """Write our own family name into the font's table of names."""
    for record in font["name"].names:
        if record.nameID in (1, 16):
            record.string = FAMILY
        elif record.nameID in (3, 4):
            record.string = f"{FAMILY} {style}"
        elif record.nameID == 6:
            record.string = f"{FAMILY.replace(' ', '')}-{style}"


def cut(source: Path, style: str) -> Path:
    """Write one subset and return its path."""
    path = FOLDER / f"text-serif-{CUTS[style]}.woff2"
    subset.main(
        [
            str(source),
            f"--unicodes={CHARACTERS}",
            f"--output-file={path}",
            "--flavor=woff2",
            "--no-hinting",
            "--layout-features=kern,liga,ccmp,locl,mark,mkmk,lnum,tnum",
            "--name-IDs=0,1,2,3,4,5,6,13,14",
        ]
    )
    font = TTFont(path, recalcTimestamp=False)
    rename(font, style)
    font.save(path)
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Subset the text font of the book.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for style in CUTS:
        path = cut(folder / f"SourceSerifPro-{style}.ttf", style)
        print(path.name, path.stat().st_size)
    licence = (folder / "LICENSE.txt").read_text(encoding="utf-8")
    (FOLDER / "text-serif-LICENSE.txt").write_text(licence, encoding="utf-8")
