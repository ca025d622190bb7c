"""What a link to a page shows elsewhere: whole sentences, and an address only where it is known.

``sphinxext.opengraph`` writes the tags; it cuts the description at a number of characters, in the
middle of a word, and writes an address without a host when the site does not know its own.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

DESCRIPTION = re.compile(r'(<meta (?:name="|property="og:)description" content=")([^"]*)(")')
ADDRESS = re.compile(r'<meta property="og:url" content="[^"]*" />\n?')
SENTENCES = re.compile(r"(?s).*[.?!](?:[”)]|&quot;|&#x27;)*(?=\s)")


def whole_sentences(text: str) -> str:
    """Return a description that was cut without its last, broken sentence.

    >>> whole_sentences("It ends. It does not en...")
    'It ends.'
    >>> whole_sentences("One long sentence that does not en...")
    'One long sentence that does not …'
    >>> whole_sentences("Short enough")
    'Short enough'
    """
    if not text.endswith("..."):
        return text
    found = SENTENCES.match(text)
    return found.group() if found else text.rpartition(" ")[0] + " …"


def finish(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Repair the tags of a page once they are written."""
    tags = DESCRIPTION.sub(
        lambda found: found[1] + whole_sentences(found[2]) + found[3], context.get("metatags", "")
    )
    context["metatags"] = tags if app.config.html_baseurl else ADDRESS.sub("", tags)


def setup(app: Sphinx) -> dict[str, Any]:
    """Come after the extension that writes the tags."""
    app.connect("html-page-context", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
