"""How Sphinx turns the gallery, the pages and the docstrings into the book.

No function appears in this file: Sphinx cannot pickle them, and would rebuild everything each
time. Whatever needs code lives in ``_ext`` and is named here by its dotted name.
"""

import os
import site
import sys
from pathlib import Path
from urllib.parse import urlsplit

from sphinx.errors import ConfigError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
for folder in (HERE / "_ext", ROOT):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import edition  # noqa: E402  # the paths above have to be set first
import environment  # noqa: E402

environment.take(ROOT)
if site.ENABLE_USER_SITE:  # packages that this Python has are there for all that it starts
    del os.environ["PYTHONNOUSERSITE"]
if sys.flags.optimize:
    raise ConfigError("Python leaves checks and docstrings out: unset PYTHONOPTIMIZE, or no -O")

import rnnbook  # noqa: E402  # in the environment that is taken above

# -- The book ----------------------------------------------------------------------------------

project = "Recurrent Networks, Measured"
author = "the authors of Recurrent Networks, Measured"
project_copyright = "the authors of this book. Text and figures: CC BY 4.0. Code: MIT"
version = release = rnnbook.__version__
language = "en"

extensions = [
    "whole",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.doctest",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "myst_nb",
    "sphinx_gallery.gen_gallery",
    "sphinx_design",
    "sphinx_copybutton",
    "sphinxcontrib.bibtex",
    "sphinxext.opengraph",
    "notfound.extension",
    "themed_figures",
    "gallery_pages",
    "api_pages",
    "runtimes",
    "mathml",
    "claims",
    "proofs",
    "elements",
    "questions",
    "downloads",
    "along",
    "moved",
    "social",
    "sidebar",
    "a11y",
    "bundle",
]
# Where the site will stand, if known: told by who builds it, or by Read the Docs.
BASEURL = os.environ.get("RNNBOOK_BASEURL") or os.environ.get("READTHEDOCS_CANONICAL_URL", "")
if BASEURL:
    extensions.append("sphinx_sitemap")  # a sitemap holds full addresses, so it needs the site's

root_doc = "index"
templates_path = ["_templates"]
exclude_patterns = [
    "_build",
    "_templates",
    "chapters/**/*.ipynb",  # downloads, not pages: myst-nb would claim and run them again
    "chapters/**/*.py",
    "chapters/**/README*",
    "chapters/**/GALLERY_HEADER.rst",
]
nitpicky = True
nitpick_ignore_regex = [
    # words that numpydoc lets a type line use and that name no Python object
    (r"py:class", r"(optional|callable|iterable|array|array-like|sequence|\.\.\.)"),
    (r"py:class", r"(shape|default).*"),
]
highlight_language = "python"
pygments_style = "code_colours.Light"
pygments_dark_style = "code_colours.Dark"
numfig = False

# -- Chapters: scripts that run while the book is built ----------------------------------------

plot_gallery = os.environ.get("RNNBOOK_PLOT_GALLERY", "1") not in ("0", "False", "false")
if not plot_gallery:  # a quick look at the pages: most of the time would go into the reference
    exclude_patterns.append("api/generated/**")
sphinx_gallery_conf = {
    "examples_dirs": ["../gallery"],
    "gallery_dirs": ["chapters"],
    "backreferences_dir": "api/generated/backreferences",
    "doc_module": ("rnnbook",),
    "filename_pattern": r"[\\/]plot_[^\\/]*$",  # matches whole paths, those of Windows too
    "ignore_pattern": r"^_",  # matches names of files: what pages share
    "within_subsection_order": "FileNameSortKey",
    "image_scrapers": ("themed_figures.scrape", "elements.audio.scrape"),
    "reset_modules": ("runtimes.reset",),
    "reset_modules_order": "both",  # after a chapter, its processor time is written down
    "capture_repr": ("_repr_html_",),
    "abort_on_example_error": True,
    "only_warn_on_example_error": False,
    "plot_gallery": plot_gallery,
    "write_computation_times": False,
    "min_reported_time": 10_000_000,  # our own table shows run times: theirs loads other hosts
    "show_memory": False,
    "show_signature": False,
    "download_all_examples": False,  # the downloads extension writes the zip, with the wheel
    "notebook_extensions": set(),  # so does it the notebooks
    "remove_config_comments": True,
    "inspect_global_variables": True,
    "reference_url": {"rnnbook": None},
    "default_thumb_file": str(HERE / "_static" / "no-figure.svg"),
    "css": (),
    "parallel": int(os.environ.get("RNNBOOK_JOBS", "1")) > 1 and int(os.environ["RNNBOOK_JOBS"]),
    "log_level": {"backreference_missing": "debug"},
}

# -- Pages written in Markdown -----------------------------------------------------------------

nb_execution_mode = "cache" if plot_gallery else "off"
nb_execution_cache_path = str(HERE / "_build" / "jupyter-cache")
nb_execution_raise_on_error = True
nb_execution_timeout = 60
nb_merge_streams = True
nb_mime_priority_overrides = [("twins", "text/plain", 10)]  # myst-nb knows no such builder
nb_code_prompt_show = "Show the {type}"
nb_code_prompt_hide = "Hide the {type}"
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
myst_links_external_new_tab = False

# -- The package -------------------------------------------------------------------------------

autosummary_generate = False  # api_pages does it, and only when a page is out of date
autodoc_typehints = "none"  # the docstrings give types and, what matters more, shapes
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_numpy_docstring = True
napoleon_use_rtype = False
napoleon_preprocess_types = True
napoleon_use_param = True
napoleon_use_ivar = True
# Looked up, annotations would change a setting of autodoc while pages are read, so that the next
# build, finding it as written here, would read every page again.
napoleon_attr_annotations = False
napoleon_type_aliases = {
    "Tensor": ":class:`~torch.Tensor`",
    "nn.Module": ":class:`~torch.nn.Module`",
    "torch.Tensor": ":class:`torch.Tensor`",
    "ndarray": ":class:`~numpy.ndarray`",
    "Figure": ":class:`~matplotlib.figure.Figure`",
    "Axes": ":class:`~matplotlib.axes.Axes`",
    "PackedSequence": ":class:`~torch.nn.utils.rnn.PackedSequence`",
    "Generator": ":class:`torch.Generator`",
    "mapping": ":class:`mapping <collections.abc.Mapping>`",
    "Path": ":class:`~pathlib.Path`",
    "numpy array": ":class:`numpy array <numpy.ndarray>`",
    "callable": ":py:obj:`callable <collections.abc.Callable>`",
}

# Inventories are small and committed (``tools/make_inventory.py`` writes them): the build asks no
# other host for anything, and each link is one that somebody chose.
intersphinx_mapping = {
    "python": ("https://docs.python.org/3", "_inventories/python.inv"),
    "numpy": ("https://numpy.org/doc/stable", "_inventories/numpy.inv"),
    "torch": ("https://docs.pytorch.org/docs/stable", "_inventories/torch.inv"),
    "matplotlib": ("https://matplotlib.org/stable", "_inventories/matplotlib.inv"),
}

# -- Literature --------------------------------------------------------------------------------

bibtex_bibfiles = ["references.bib"]
bibtex_reference_style = "author_year"
bibtex_default_style = "alpha"

# -- The site ----------------------------------------------------------------------------------

html_baseurl = BASEURL
html_context = {"repository": edition.repository(ROOT, os.environ)}
html_math_renderer = "mathml"
html_theme = "furo"
html_title = "Recurrent Networks, Measured"
html_short_title = "Recurrent Networks, Measured"
html_logo = None
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
html_search_scorer = str(HERE / "_templates" / "search_scorer.js")
html_css_files = ["book.css"]
html_js_files = [("book.js", {"defer": "defer"})]
html_domain_indices = False  # the pages of the package list all modules
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = None
html_permalinks_icon = "#"
LIGHT = {
    "color-brand-primary": "#0c6478",
    "color-brand-content": "#0c6478",
    "color-brand-visited": "#4d5a86",
    "color-on-accent": "#ffffff",
    "color-foreground-primary": "#1c2430",
    "color-foreground-secondary": "#4c5664",
    "color-foreground-muted": "#59636f",
    "color-foreground-border": "#8a929c",
    "color-background-primary": "#fdfcf9",
    "color-background-secondary": "#f6f5f1",
    "color-background-hover": "#eceae3",
    "color-background-hover--transparent": "#eceae300",
    "color-background-border": "#e2dfd7",
    "color-background-item": "#cfcbc0",
    "color-inline-code-background": "#f1efe9",
    "color-card": "#ffffff",
    "color-card-figure": "#fdfcf9",
    "color-link-underline": "#a9c6cd",
    "color-link-underline--hover": "#0c6478",
    "color-highlight-on-target": "#fbf1d3",
    "color-api-name": "#1c2430",
    "color-api-pre-name": "#4c5664",
    "color-sidebar-link-text--top-level": "#1c2430",
    "color-problematic": "#a3261d",
}
DARK = {
    "color-brand-primary": "#6cc7da",
    "color-brand-content": "#7fcfe0",
    "color-brand-visited": "#b3bde8",
    "color-on-accent": "#0e1319",
    "color-foreground-primary": "#e9e7e2",
    "color-foreground-secondary": "#b4bcc7",
    "color-foreground-muted": "#9aa4b1",
    "color-foreground-border": "#6d7783",
    "color-background-primary": "#14181e",
    "color-background-secondary": "#1a1f27",
    "color-background-hover": "#252c36",
    "color-background-hover--transparent": "#252c3600",
    "color-background-border": "#2d3540",
    "color-background-item": "#454f5c",
    "color-inline-code-background": "#232a34",
    "color-card": "#1a1f27",
    "color-card-figure": "#14181e",
    "color-link-underline": "#37616c",
    "color-link-underline--hover": "#6cc7da",
    "color-highlight-on-target": "#3a3420",
    "color-api-name": "#e9e7e2",
    "color-api-pre-name": "#b4bcc7",
    "color-sidebar-link-text--top-level": "#e9e7e2",
    "color-problematic": "#ff9b90",
}
html_theme_options = {
    "sidebar_hide_name": False,
    "navigation_with_keys": False,
    "top_of_page_buttons": [],
    "footer_icons": [],
    "light_css_variables": LIGHT,
    "dark_css_variables": DARK,
}
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_exclude = ".linenos, .gp, .go"

ogp_site_url = html_baseurl
ogp_site_name = project
ogp_use_first_image = False
ogp_image = "_static/card.png" if html_baseurl else None
ogp_social_cards = {"enable": False}
ogp_description_length = 320  # social.py takes the broken last sentence away
ogp_custom_meta_tags = ['<meta name="twitter:card" content="summary_large_image" />']
ogp_enable_meta_description = True

sitemap_url_scheme = "{link}"
sitemap_show_lastmod = False
sitemap_excludes = ["404.html", "search.html", "genindex.html", "py-modindex.html"]
notfound_urls_prefix = urlsplit(html_baseurl).path or "/"
notfound_context = {"title": "Page not found", "body": ""}
notfound_template = "404.html"
