"""Every figure comes in two renderings, the same in every build, and says what it shows."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
import themed_figures
from matplotlib.figure import Figure
from PIL import Image
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from rnnbook.figures import style

ALT = "A line that rises from zero to one in nine steps."


@style.styled
def drawn(alt: str = ALT) -> Figure:
    fig, ax = style.figure("strip")
    ax.plot(np.linspace(0, 1, 10), color=style.RNN)
    ax.set_xlabel("step")
    fig.set_label(alt)
    return fig


def scraped(folder: Path, *figures: Figure) -> str:
    paths = (folder / "images" / f"f_{number:03d}.png" for number in range(1, 9))
    (folder / "images").mkdir(exist_ok=True)
    return themed_figures.scrape(None, {"image_path_iterator": paths}, {"src_dir": str(folder)})


@pytest.fixture(autouse=True)
def no_open_figures():
    mpl.use("agg")
    mpl.pyplot.close("all")
    yield
    mpl.pyplot.close("all")


def test_a_figure_is_saved_for_light_and_for_dark_pages(tmp_path):
    text = scraped(tmp_path, drawn())
    light = (tmp_path / "images" / "f_001.svg").read_text()
    dark = (tmp_path / "images" / "f_001_dark.svg").read_text()
    assert style.INK in light
    assert style.INK not in dark
    assert style.ON_DARK[style.INK] in dark
    assert style.RNN in light
    assert style.RNN in dark
    assert f":alt: {ALT}" in text
    assert ":dark: /images/f_001_dark.svg" in text


def test_both_renderings_are_transparent(tmp_path):
    for path in themed_figures.save_pair(drawn(), tmp_path / "f.png"):
        assert "opacity: 0" in path.read_text() or "fill: none" in path.read_text()


def test_the_same_figure_gives_the_same_bytes(tmp_path):
    first = themed_figures.save_pair(drawn(), tmp_path / "a.png")
    second = themed_figures.save_pair(drawn(), tmp_path / "b.png")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert "dc:date" not in one.read_text()


@pytest.mark.parametrize("alt", ["", "too short", "   \n  "])
def test_a_figure_without_alt_text_is_refused(tmp_path, alt):
    fig = drawn(alt)
    with pytest.raises(ValueError, match=r"style\.describe"):
        scraped(tmp_path, fig)


def test_a_figure_that_cannot_be_read_on_a_dark_page_is_refused(tmp_path):
    fig, ax = mpl.pyplot.subplots()
    ax.set_xlabel("drawn in Matplotlib's own black")
    style.describe(fig, ALT)
    with pytest.raises(ValueError, match=r"style\.styled"):
        scraped(tmp_path, fig)


def test_a_heat_map_becomes_a_png_at_twice_the_size(tmp_path):
    fig = drawn()
    fig.axes[0].imshow(np.eye(3))
    light, dark = themed_figures.save_pair(fig, tmp_path / "f.png")
    width, height = themed_figures.size_of(fig)
    assert (light.suffix, dark.name) == (".png", "f_dark.png")
    rows, columns = mpl.pyplot.imread(light).shape[:2]
    assert abs(columns - 2 * width) <= 1  # a pixel is not cut in half
    assert abs(rows - 2 * height) <= 1


def test_many_points_need_few_colours_and_the_shades_of_an_image_stay(tmp_path):
    dense, shaded = drawn(), drawn()
    dense.axes[0].plot(np.random.default_rng(0).random(2 * themed_figures.DENSE))
    shaded.axes[0].imshow(np.linspace(0, 1, 400).reshape(20, 20))
    for fig, mode in ((dense, "P"), (shaded, "RGBA")):
        for path in themed_figures.save_pair(fig, tmp_path / f"{mode}.svg"):
            with Image.open(path) as found:
                assert (path.suffix, found.mode) == (".png", mode)


def test_a_colour_bar_is_no_image():
    fig = drawn()
    points = fig.axes[0].scatter([0, 1], [0, 1], c=[0, 1])
    fig.colorbar(points)
    assert not themed_figures.is_shaded(fig)


def test_many_points_are_dense_and_few_are_not():
    fig = drawn()
    assert not themed_figures.is_dense(fig)
    fig.axes[0].plot(np.zeros(themed_figures.DENSE))
    assert themed_figures.is_dense(fig)


def test_all_figures_of_a_cell_are_shown_and_closed(tmp_path):
    text = scraped(tmp_path, drawn(), drawn())
    assert text.count(".. themed-figure::") == 2
    assert mpl.pyplot.get_fignums() == []


def test_html_gives_sizes_and_loads_only_the_dark_rendering_lazily(tmp_path):
    (tmp_path / "conf.py").write_text("extensions = ['themed_figures']\n", encoding="utf-8")
    for name in ("a.svg", "b.svg"):
        (tmp_path / name).write_text("<svg/>", encoding="utf-8")
    figure = ".. themed-figure:: a.svg\n   :dark: b.svg\n   :width: 538\n   :height: 300\n"
    text = f"A page\n======\n\n{figure}   :alt: {ALT}\n"
    (tmp_path / "index.rst").write_text(text, encoding="utf-8")
    with patch_docutils(), docutils_namespace():
        places = (tmp_path, tmp_path, tmp_path / "out", tmp_path / "trees")
        Sphinx(*places, "html", status=None, warningiserror=True).build()
    html = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert html.count("<img") == 2
    assert html.count(f'alt="{ALT}"') == 2
    assert html.count('width="538"') == 2
    assert html.count('loading="lazy"') == 1
    assert html.index('loading="lazy"') > html.index("only-dark")
