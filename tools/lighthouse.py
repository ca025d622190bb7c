"""Ask Lighthouse how quickly four pages show: the median of five runs each has to be good.

``nox -s lighthouse`` installs Lighthouse; it needs npm and a Chromium. It serves the built site on
this machine, compressed as any host does. A busy machine is a slow page: run nothing beside it.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import NamedTuple

PAGES = (
    "index.html",
    "chapters/2_training/plot_02_gradient_flow.html",
    "chapters/6_interview/plot_20_long_sequences.html",
    "api/generated/rnnbook.layers.html",
)
RUNS = 5
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
FLAGS = "--headless --no-sandbox --disable-gpu"
COMPRESSED = {".html", ".css", ".js", ".svg", ".json", ".txt", ".xml"}


class Seen(NamedTuple):
    """What one run saw of a page: the score, milliseconds that block, and how far things move."""

    score: float
    blocked: float
    moved: float


class Handler(SimpleHTTPRequestHandler):
    """Serve files, text compressed."""

    def do_GET(self) -> None:
        """Answer a request."""
        path = Path(self.translate_path(self.path))
        if not (path.is_file() and path.suffix in COMPRESSED):
            super().do_GET()
            return
        content = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


def serve(site: Path) -> ThreadingHTTPServer:
    """Serve a folder on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def look(tool: str, address: str, browser: str) -> Seen:
    """Run Lighthouse once."""
    command = [tool, address, "--quiet", "--output=json", "--only-categories=performance"]
    done = subprocess.run(
        [*command, f"--chrome-flags={FLAGS}"],
        env={**os.environ, "CHROME_PATH": browser},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"lighthouse: {address} was not measured: {done.stderr[-2000:]}")
    report = json.loads(done.stdout)
    audits = report["audits"]
    return Seen(
        100 * report["categories"]["performance"]["score"],
        audits["total-blocking-time"]["numericValue"],
        audits["cumulative-layout-shift"]["numericValue"],
    )


def middle(runs: Sequence[Seen]) -> Seen:
    """Return the median of each number.

    >>> middle([Seen(100, 0, 0), Seen(90, 70, 0), Seen(99, 10, 0.1)])
    Seen(score=99, blocked=10, moved=0)
    """
    return Seen(*(median(values) for values in zip(*runs, strict=True)))


def problems(seen: Seen) -> list[str]:
    """Return what is not good enough.

    >>> problems(Seen(98, 50, 0))
    []
    >>> problems(Seen(97, 51, 0.01))
    ['a score below 98', 'more than 50 ms blocked', 'things move']
    """
    bad = {
        "a score below 98": seen.score < 98,
        "more than 50 ms blocked": seen.blocked > 50,
        "things move": seen.moved >= 0.005,  # a hundredth is what Lighthouse shows
    }
    return [words for words, true in bad.items() if true]


def main() -> None:
    """Measure all pages of the site that is named, with the Lighthouse that is named."""
    site, tool = Path(sys.argv[1]), sys.argv[2]
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else RUNS
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"lighthouse: expected one of {', '.join(BROWSERS)}, found none")
    server = serve(site)
    failed = False
    for name in PAGES:
        address = f"http://127.0.0.1:{server.server_port}/{name}"
        seen = middle([look(tool, address, browser) for _ in range(runs)])
        bad = problems(seen)
        failed |= bool(bad)
        points, blocked, moved = seen
        said = f"{points:4.0f} points, {blocked:4.0f} ms blocked, {moved:.3f} moved: {name}"
        print(said, *bad, sep="; ", flush=True)
    server.shutdown()
    sys.exit(failed)


if __name__ == "__main__":
    main()
