"""Cut Source Serif Pro down to the letters of this book.

Run by hand, never by the build:

    python docs/_ext/make_text_font.py FOLDER_WITH_THE_TTF_FILES

Source Serif Pro (Frank Griesshammer, Adobe) is under the SIL Open Font License 1.1, which reserves
the name "Source" for the unchanged font: the subsets are renamed "Measured Serif". The licence is
copied beside them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).resolve().parent.parent / "_static" / "fonts"
FAMILY = "Measured Serif"
CUTS = {"Regular": "regular", "It": "italic", "Semibold": "semibold"}

#: Latin with the accents of the languages that the chapters quote, punctuation, a few arrows.
CHARACTERS = [*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2010, 0x2028), 0x2032, 0x2033]
CHARACTERS += [0x20AC, 0x2190, 0x2192, 0x2212, 0x2248, 0x2260, 0x2264, 0x2265, 0x00D7]


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
    options = subset.Options()
    options.flavor = "woff2"
    options.hinting = False
    options.layout_features = ["kern", "liga", "ccmp", "locl", "mark", "mkmk", "lnum", "tnum"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=CHARACTERS)
    cutter.subset(font)
    rename(font, style)
    path = FOLDER / f"text-serif-{CUTS[style]}.woff2"
    subset.save_font(font, str(path), options)
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
