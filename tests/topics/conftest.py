"""What tests of several chapters do: run the first cells of a script on a reader's own data."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

GALLERY = Path(__file__).parents[2] / "gallery/4_applications"


@pytest.fixture
def first_cells(tmp_path: Path) -> Callable[..., str]:
    """Run the first cells of a chapter's script, which read the command line and the data.

    The call takes the script's name, how many cells, and what stands on the command line; it
    returns what was printed. What is missing has to be refused, in the words of ``refused``.
    """

    def run(name: str, own: object, *, cells: int = 2, refused: str) -> str:
        script = tmp_path / "downloaded.py"
        whole = (GALLERY / name).read_text(encoding="utf-8").split("\n# %%\n")
        script.write_text("\n# %%\n".join(whole[:cells]), encoding="utf-8")

        def done(path: object) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, str(script), str(path)],
                capture_output=True,
                cwd=tmp_path,
                encoding="utf-8",
                env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            )

        ran, missing = done(own), done(tmp_path / "there_is_no_such_thing.txt")
        assert ran.returncode == 0, ran.stderr
        assert missing.returncode != 0
        assert refused in missing.stderr
        return ran.stdout

    return run
