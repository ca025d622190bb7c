"""A reader's own text file: what is no text in UTF-8 is refused by name."""

from __future__ import annotations

import codecs

import pytest

from rnnbook.data import read_hamlet, read_text_file, refuse_controls
from rnnbook.tasks.characters import Characters

TEXT = "The cat sat.\n" * 99


@pytest.fixture
def saved(tmp_path):
    def write(data: bytes) -> str:
        path = tmp_path / "own.txt"
        path.write_bytes(data)
        return str(path)

    return write


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (TEXT.encode("utf-16-le"), "UTF-16-LE"),
        (TEXT.encode("utf-16-be"), "UTF-16-BE"),
        (TEXT.encode("utf-32-le"), "UTF-32-LE"),
        (TEXT.encode("utf-32-be"), "UTF-32-BE"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), "UTF-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "UTF-16"),
        (codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), "UTF-32"),
        (codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"), "UTF-32"),
        (codecs.BOM_UTF16_LE + "猫坐着".encode("utf-16-le"), "UTF-16"),
        ("T".encode("utf-16-le"), "UTF-16-LE"),
    ],
)
def test_wide_encodings_are_named_with_what_to_do(saved, data, name, tmp_path):
    path = saved(data)
    with pytest.raises(ValueError, match=f"expected text in UTF-8 .* got {name}, which") as caught:
        read_text_file(path)
    with pytest.raises(ValueError, match=f"got {name}, which"):
        Characters(path=path)
    # and what the error says to do does it
    encoding = str(caught.value).rpartition("read_text('")[2].partition("'")[0]
    (tmp_path / "new.txt").write_text((tmp_path / "own.txt").read_text(encoding), "utf-8")
    assert read_text_file(tmp_path / "new.txt") == data.decode(encoding)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (bytes(4000), "control character U.0000 at position 0; zero bytes are left over"),
        (b"The cat\0 sat.", "control character U.0000 at position 7; zero bytes"),
        (b"The cat sat.\x1a", r"control character U.001A at position 12; .* str.replace"),
        (b"\x1b[1mThe cat", "control character U.001B at position 0"),
        (b"The \x7fcat", "control character U.007F at position 4"),
        ("The cat \x85 sat".encode(), "control character U.0085 at position 8"),
        (b"The cat \x85 sat", "got the byte 0x85 at position 8"),
        (b"\x1f\x8b\x08\x00gzip", "got the byte 0x8b at position 1"),
    ],
)
def test_control_characters_are_named(saved, data, message):
    with pytest.raises(ValueError, match=message):
        read_text_file(saved(data))


@pytest.mark.parametrize("character", ["\0", "\x1a", "\x85"])
def test_a_text_handed_over_is_looked_at_too(character):
    with pytest.raises(ValueError, match="Characters: expected text, got the control character"):
        Characters(text=TEXT + character)


def test_tabs_form_feeds_and_every_line_end_are_text(saved):
    text = "to\tbe\r\nor\rnot\fto be\vé…\u2028\n"
    assert read_text_file(saved(codecs.BOM_UTF8 + text.encode())) == (
        "to\tbe\nor\nnot\fto be\vé…\u2028\n"
    )


def test_what_comes_with_the_package_is_text():
    refuse_controls("hamlet.txt", read_hamlet())
