"""The same book comes out of every folder and for every user, and a build that did less fails.

One small book is built as it is, and again in a folder with an odd name, for a user whose settings
of Python, Jupyter, IPython, matplotlib and the rest would each spoil it.
"""

import json
import runpy
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import SimpleNamespace

import countdown
import pytest
import whole
from sphinx.errors import SphinxError
from sphinx_gallery.gen_rst import executable_script

ODD = "o'dd & \N{LATIN SMALL LETTER U WITH DIAERESIS}ber #1 100% [x] " + "long" * 20
CHAPTER = "chapters/1_foundations/plot_09_countdown.html"
STARTUP = "import builtins\nbuiltins.print = lambda *a, say=print, **k: say('[mine]', *a, **k)\n"
BAD_KERNEL = json.dumps({"argv": ["false"], "display_name": "Mine", "language": "python"})
BAD_FIGURES = "text.usetex: True\nfigure.autolayout: True\nlines.linewidth: 9\n"
SITE = f".local/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
HOME = {
    ".ipython/profile_default/startup/0.py": STARTUP,
    ".ipython/profile_default/ipython_kernel_config.py": "import this_is_not_there\n",
    ".local/share/jupyter/kernels/python3/kernel.json": BAD_KERNEL,
    ".jupyter/jupyter_config.json": '{"KernelManager": {"kernel_cmd": ["false"]}}',
    ".config/matplotlib/matplotlibrc": BAD_FIGURES,
    ".docutils": "[general]\nlanguage_code: de\n",
    ".gitconfig": "[core]\n\tquotepath = true\n[log]\n\tshowSignature = true\n",
    f"{SITE}/usercustomize.py": STARTUP,
    "modules/book.py": "raise RuntimeError('not the module of this book')\n",
    "modules/torch_of_mine.py": "",
    "startup.py": STARTUP,
}


def settings_of(home: Path) -> dict[str, str]:
    """Return the variables of a user who has set everything otherwise."""
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "PYTHONPATH": str(home / "modules"),
        "PYTHONSTARTUP": str(home / "startup.py"),
        "PYTHONSAFEPATH": "1",
        "PYTHONWARNINGS": "always",
        "PYTHONHASHSEED": "7",
        "IPYTHONDIR": str(home / ".ipython"),
        "JUPYTER_PATH": str(home / ".local/share/jupyter"),
        "JUPYTER_CONFIG_DIR": str(home / ".jupyter"),
        "MATPLOTLIBRC": str(home / ".config/matplotlib/matplotlibrc"),
        "MPLBACKEND": "no_such_backend",
        "OMP_NUM_THREADS": "2",
        "TORCH_LOGS": "no_such_log",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "LANGUAGE": "de",
        "COLUMNS": "20",
        "SOURCE_DATE_EPOCH": "soon",
        "GIT_DIR": str(home),
    }


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small book, built in a plain folder."""
    root = countdown.small_book(tmp_path_factory.mktemp("plain"))
    done = countdown.build(root)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return root


def site(root: Path) -> dict[str, bytes]:
    """Return the built pages; what Sphinx notes of its settings, folders among them, is none."""
    pages = countdown.files(root / "docs" / "_build" / "html")
    del pages[".buildinfo"]
    return pages


def test_same_book_in_an_odd_folder_for_an_odd_user(plain: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    countdown.write(home, HOME)
    root = countdown.small_book(tmp_path / ODD)
    countdown.write(root, {"matplotlibrc": BAD_FIGURES, "docutils.conf": HOME[".docutils"]})
    done = countdown.build(root, umask=0o077, **settings_of(home))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    wanted, made = site(plain), site(root)
    assert sorted(made) == sorted(wanted)
    assert [name for name in wanted if made[name] != wanted[name]] == []
    assert (root / "docs/_build/html/index.html").stat().st_mode & 0o044 == 0o044


def test_second_build_changes_no_file(plain: Path) -> None:
    before = countdown.files(plain / "docs" / "_build" / "html")
    assert countdown.build(plain).returncode == 0
    after = countdown.files(plain / "docs" / "_build" / "html")
    assert [name for name in before | after if before.get(name) != after.get(name)] == []


def test_build_that_ran_less_than_it_promises_names_what_did_not_run(plain: Path) -> None:
    """Nothing matches the pattern of the gallery, and no page with code is executed."""
    (chapter,) = plain.glob("gallery/*/plot_*.py")
    (page,) = plain.glob("docs/run.md")
    for path in (chapter, page):  # what was kept of an earlier run is that of another text
        path.write_text(path.read_text(encoding="utf-8") + "\n# More.\n", encoding="utf-8")
    none = ("-D", "sphinx_gallery_conf.filename_pattern=none", "-D", "nb_execution_mode=off")
    done = countdown.build(plain, *none)
    assert done.returncode != 0
    assert "gallery/1_foundations/plot_09_countdown.py, docs/run.md" in done.stderr
    # A quick look at the pages promises nothing else, and leaves nothing that is taken for more.
    assert countdown.build(plain, *none, RNNBOOK_PLOT_GALLERY="0").returncode == 0
    assert "runs in" not in (plain / "docs/_build/html" / CHAPTER).read_text(encoding="utf-8")
    assert countdown.build(plain).returncode == 0
    assert "runs in" in (plain / "docs/_build/html" / CHAPTER).read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["epub", "man", "texinfo", "latex", "text"])
def test_forms_that_the_book_is_not_made_in_are_refused(form: str) -> None:
    app = SimpleNamespace(builder=SimpleNamespace(name=form))
    with pytest.raises(SphinxError, match=f"the book is not made as {form}"):
        whole.begin(app)


def test_chapters_are_found_on_every_system_and_what_they_share_gets_no_page(plain: Path) -> None:
    gallery = runpy.run_path(str(countdown.ROOT / "docs" / "conf.py"))["sphinx_gallery_conf"]
    for path in (
        PureWindowsPath("C:/b/gallery/1/plot_01_a.py"),
        PurePosixPath("/g/1/plot_01_a.py"),
    ):
        assert executable_script(path, gallery)
    assert not executable_script(PurePosixPath("/plot_1/gallery/1/a.py"), gallery)
    assert not [name for name in site(plain) if "_shared" in name]
