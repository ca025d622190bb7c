"""Two quiet colour schemes for code; every colour has a contrast of 4.5 to 1 or more."""

from pygments.style import Style
from pygments.token import (
    Comment,
    Error,
    Generic,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Token,
)


def scheme(ink: str, quiet: str, word: str, text: str, number: str, name: str) -> dict:
    """Spread six colours over the kinds of words that code is made of; the rest is ink."""
    return {
        Token: ink,
        Punctuation: quiet,
        Operator: quiet,
        Operator.Word: word,
        Comment: f"italic {quiet}",
        Keyword: word,
        Keyword.Constant: number,
        Name.Function: name,
        Name.Class: f"bold {name}",
        Name.Decorator: name,
        Name.Builtin.Pseudo: quiet,
        Name.Exception: name,
        Name.Tag: word,
        Name.Attribute: name,
        String: text,
        Number: number,
        Generic.Prompt: quiet,
        Generic.Deleted: number,
        Generic.Inserted: text,
        Error: number,
    }


class Light(Style):
    """Ink on paper."""

    background_color = "#f6f5f1"
    highlight_color = "#fbeecb"
    styles = scheme("#1c2430", "#5a6472", "#8a2f6b", "#2b6130", "#9c3d10", "#1c558c")


class Dark(Style):
    """The same words on a dark page."""

    background_color = "#1b2028"
    highlight_color = "#3d3620"
    styles = scheme("#e9e7e2", "#a0a9b6", "#e59ac9", "#a3cf9a", "#f0a67f", "#8fc1f0")
