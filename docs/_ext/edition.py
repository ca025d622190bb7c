"""Which edition a page is of, and where a mistake on it can be reported.

The commit is written into the pages when they are laid out: a new commit lays out none again.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

#: What the template leaves open.
COMMIT = re.compile(r'(?<=<span class="commit">)[^<]*(?=</span>)')
SSH = re.compile(r"(?:ssh://)?git@([^:/]+)[:/](.+)")


def repository(root: Path, given: Mapping[str, str]) -> str:
    """Return the address of the repository, or nothing where it is not known.

    ``pyproject.toml`` may name it among the project's addresses; otherwise the host says where it
    has cloned it from.

    >>> repository(Path("none"), {"READTHEDOCS_GIT_CLONE_URL": "git@host.example:we/book.git"})
    'https://host.example/we/book'
    >>> action = {"GITHUB_SERVER_URL": "https://host.example", "GITHUB_REPOSITORY": "we/book"}
    >>> repository(Path("none"), action)
    'https://host.example/we/book'
    >>> repository(Path("none"), {})
    ''
    """
    settings = root / "pyproject.toml"
    project = tomllib.loads(settings.read_text("utf-8"))["project"] if settings.is_file() else {}
    server, name = given.get("GITHUB_SERVER_URL", ""), given.get("GITHUB_REPOSITORY", "")
    address = (
        project.get("urls", {}).get("Repository")
        or given.get("READTHEDOCS_GIT_CLONE_URL")
        or (f"{server}/{name}" if server and name else "")
    )
    address = SSH.sub(r"https://\1/\2", address).removesuffix("/").removesuffix(".git")
    return address if address.startswith("https://") else ""


def commit(root: Path) -> str:
    """Return the first letters of the commit, with a plus if files differ from it, or nothing."""
    found = git(root, "rev-parse", "HEAD")[:8]  # git's own short form grows with the repository
    changed = found and git(root, "status", "--porcelain", "--untracked-files=no")
    return f"{found}+" if changed else found


def git(root: Path, *words: str) -> str:
    """Return what git says, or nothing if there is no git, or no repository."""
    try:
        return subprocess.run(
            ["git", *words], cwd=root, capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def stamp(site: Path, found: str) -> int:
    """Write the commit into every page that names another; return how many there were."""
    stamped = 0
    words = f", commit {found}" if found else ""
    for path in sorted(site.rglob("*.html")):
        text = path.read_bytes().decode()
        if (new := COMMIT.sub(words, text)) != text:
            path.write_bytes(new.encode())
            stamped += 1
    return stamped


if __name__ == "__main__":
    found = commit(Path(__file__).resolve().parents[2])
    print(f"{stamp(Path(sys.argv[1]), found)} pages stamped with {found or 'no commit'}")
