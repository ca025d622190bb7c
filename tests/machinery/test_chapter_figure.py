"""A page may show a figure of a chapter: as it was written into the chapter's page."""

from elements.chapter_figure import FIGURE
from themed_figures import RST

ALT = "A line: it rises from 0 to 1, in nine steps."


def test_what_is_written_is_found_again():
    both = [
        RST.format(light=f"f/{n}.svg", dark=f"f/{n}_dark.svg", alt=ALT, width=538, height=298)
        for n in (1, 2)
    ]
    found = list(FIGURE.finditer("Text.\n".join(both)))
    assert [one["light"] for one in found] == ["/f/1.svg", "/f/2.svg"]
    assert found[1].groupdict() == {
        "light": "/f/2.svg",
        "dark": "/f/2_dark.svg",
        "alt": ALT,
        "width": "538",
        "height": "298",
    }
