"""What holds for every page of the gallery: the form its kind asks for, read from its script."""

import ast
import re
import sys
from pathlib import Path

import claims
import pytest
import reading
from book import claims_file, metadata, scripts
from elements.source import source_of

import rnnbook

ROOT = Path(__file__).parents[2]
PAGES = scripts(ROOT)

# What a script may import: the standard library, what the package depends on, and what an extra
# brings if the script asks for that extra.
PACKAGES = {"matplotlib", "numpy", "rnnbook", "sklearn", "torch"}
EXTRAS = {"data": {"babel", "faker", "music21", "nltk", "statsmodels"}}

# Decimals and percentages that a chapter states because they are given, not measured: a definition,
# a date, somebody else's finding. Topic, then number, then the reason. A number that the code sets
# needs no entry: write it as a literal (``0.01``), and it is looked up in the code.
GIVEN: dict[str, dict[str, str]] = {}


@pytest.fixture
def script(page):
    """The cells of a page."""
    return reading.Script(page)


def each(rule=lambda kind: True):
    """Run a test for every page whose kind has a rule."""
    pages = [page for page in PAGES if rule(page.kind)]
    return pytest.mark.parametrize("page", pages, ids=lambda page: page.path.stem)


def test_every_script_is_a_page():
    assert PAGES
    assert {page.path for page in PAGES} == set((ROOT / "gallery").rglob("*.py"))


@each()
def test_topic_finds_the_files_of_its_kind(page):
    assert re.fullmatch(r"\d_\w+", page.part), "a script lies in a part, N_part"
    missing = [name for name in files(page) if not (ROOT / name).is_file()]
    assert not missing, f"a {page.kind.name} has {missing}"


def files(page):
    return [name.format(topic=page.topic) for name in page.kind.files]


def test_topics_places_and_names_are_unique():
    for what in ("topic", "number", "file"):
        found = [getattr(page, what) for page in PAGES]
        assert len(set(found)) == len(found), what
    stems = [page.path.stem for page in PAGES]
    assert len(set(stems)) == len(stems), "run times are noted by the name of the script"


@each()
def test_question_names_topics_and_one_of_them_proves_its_claim(page):
    known = {other.topic for other in PAGES if not other.kind.stands_on}
    assert bool(page.stands_on) == page.kind.stands_on, "a question: .. stands-on:: clipping gru"
    assert set(page.stands_on) <= known
    proofs = [claims_file(topic) for topic in (page.topic, *page.stands_on, *measured(page))]
    proved = {c.sentence for name in proofs for c in claims_of(name)}
    said = [s.text for s in claims.sentences_of(page.path)]
    assert [text for text in said if text not in proved] == [], f"none of {proofs} proves it"


def measured(page):
    """The experiments that a chapter imports: it may say what the claims of any of them prove."""
    nodes = ast.walk(ast.parse(page.text))
    found = [n for n in nodes if isinstance(n, ast.ImportFrom) and n.module]
    names = [a.name for n in found if n.module == "rnnbook.experiments" for a in n.names]
    return () if page.kind.stands_on else tuple(names)


def claims_of(name):
    return claims.claims_of(ROOT / name) if (ROOT / name).is_file() else ()


@each()
def test_as_many_claims_as_its_kind_says(page):
    said = [s for s in claims.sentences_of(page.path) if not s.takeaway]
    assert len(said) == page.kind.claims


@each()
def test_script_opens_with_its_requirements(page):
    assert page.text.startswith("# /// script\n"), "a PEP 723 block comes first"
    needs = metadata(page.text)
    assert needs["requires-python"]
    ours = [d for d in needs["dependencies"] if d.startswith("rnnbook")]
    assert [re.sub(r"\[.*\]", "", d) for d in ours] == [f"rnnbook=={rnnbook.__version__}"]


@each()
def test_script_imports_only_what_it_asks_for(page, script):
    asked = " ".join(metadata(page.text)["dependencies"])
    extras = re.findall(r"rnnbook\[([\w,\s]+)\]", asked)
    allowed = PACKAGES.union(*(EXTRAS[e.strip()] for names in extras for e in names.split(",")))
    assert script.imports <= allowed | set(sys.stdlib_module_names)


@each(lambda kind: kind.shows)
def test_script_shows_its_figures(script):
    """Once, after the last figure: a page needs no call, a person who runs the script does."""
    last = [block.content for block in script.blocks if block.kind == "code"][-1]
    assert script.code.count("plt.show()") == 1
    assert "plt.show()" in last


@each()
def test_title_is_a_question_or_a_claim(page):
    title = page.title
    assert title[0].isupper() or not title[0].isalpha()
    assert title.endswith("?") or not page.kind.asks
    assert len(title.split()) >= 3, f"{title!r} is too short to ask or claim something"
    assert not title.endswith((":", ".", "…")), title
    assert len(title) <= 70, "a title has to fit on a phone and in the sidebar"


@each(lambda kind: kind.shows)
def test_a_line_under_the_title_names_what_to_read_before_and_only_what_comes_before(script):
    assert len(script.directives("reading")) == 1
    found = re.search(r"(?m)^   :before: (.+)$", script.page.opening)
    topics = [page.topic for page in PAGES]
    before = topics[: topics.index(script.page.topic)]
    assert set(found[1].split() if found else []) <= set(before)


@each(lambda kind: kind.shows)
def test_introduction_states_the_problem_in_two_sentences(script):
    text = reading.prose(script.introduction)
    assert text.strip(), "the problem comes right below the title"
    assert reading.sentences(text) == 2, text


@each(lambda kind: kind.shows)
def test_reader_commits_to_an_answer_before_seeing_it(script):
    asked = [number for number, _, _ in script.directives("predict")]
    revealed = [number for number, _, _ in script.directives("dropdown")]
    assert asked, "no `.. predict::`"
    assert revealed, "no `.. dropdown::` holds the answer"
    for number in asked:
        later = [reveal for reveal in revealed if reveal > number]
        assert later, f"no reveal answers the question of line {script.blocks[number].line}"
        between = script.blocks[number + 1 : later[0]]
        assert any(block.kind == "code" for block in between), "the answer comes from code"


@each(lambda kind: kind.takeaways[1])
def test_chapter_ends_with_what_to_remember(page, script):
    assert script.headings[-1] == "What to remember"
    last = script.blocks[-1]
    assert last.kind == "text"
    found = script.directives("takeaways")
    assert [number for number, _, _ in found] == [len(script.blocks) - 1]
    least, most = page.kind.takeaways
    assert least <= len(claims.bullets(found[0][2])) <= most
    after = last.content[last.content.index(".. takeaways::") :].splitlines()
    assert not "".join(after[1 + len(reading.below(after, 0)) :]).strip(), "nothing follows them"


@each(lambda kind: kind.shows)
def test_page_can_be_read_in_one_sitting(page, script):
    assert script.words <= page.kind.words
    last = script.headings.index("What to remember")
    assert len(script.headings[1:last]) <= 6, "after the title, at most six sections"


@each()
def test_measured_numbers_are_not_typed(page, script):
    """A number in prose is printed by code; a setting is a literal that the code really holds."""
    sources = [script.code]
    for topic in (page.topic, *page.stands_on):
        for folder in ("experiments", "figures"):
            path = ROOT / "rnnbook" / folder / f"{topic}.py"
            sources += [path.read_text(encoding="utf-8")] if path.is_file() else []
    settings = {value for source in sources for value in constants(source)}
    given = GIVEN.get(page.topic, {})
    path = ROOT / claims_file(page.topic)
    proved = [c.sentence for c in claims_of(claims_file(page.topic)) if c.here]
    if page.kind.stands_on and path.is_file():  # what its wrong answer predicts
        proved.append(claims.normal(claims.loaded(path).predicted.__doc__))
    for block in script.blocks:
        if block.kind == "text":
            content = block.content
            for sentence in proved:  # it has its numbers from its test
                content = re.sub(r"\s+".join(map(re.escape, sentence.split())), "", content)
            typed, literal = reading.typed_numbers(content)
            wrong = [n for n in typed if n not in given]
            assert not wrong, f"typed into the text at line {block.line}: {wrong}; print them"
            strange = [n for n in literal if n not in given and float(n) not in settings]
            assert not strange, f"literals at line {block.line} that no code holds: {strange}"


def constants(source):
    """The numbers written in a piece of code."""
    nodes = ast.walk(ast.parse(source))
    values = (node.value for node in nodes if isinstance(node, ast.Constant))
    return {float(v) for v in values if isinstance(v, int | float)}


def test_given_numbers_are_still_given():
    """An entry of GIVEN that no chapter uses any more goes."""
    for topic, entries in GIVEN.items():
        (page,) = (p for p in PAGES if p.topic == topic)
        assert [n for n in entries if n not in page.text] == []
        assert all(reason.strip() for reason in entries.values())


@each()
def test_every_figure_is_read(script):
    assert script.figure_cells or not script.page.kind.shows, "a chapter shows something"
    for number in script.figure_cells:
        after = script.blocks[number + 1 : number + 2]
        read = after and after[0].kind == "text" and reading.opens_with_prose(after[0].content)
        assert read, f"no sentence reads the figure drawn at line {script.blocks[number].line}"


@each()
def test_shown_source_exists(script):
    for _, name, options in script.directives("source"):
        members = [o.split(":", 2)[2] for o in options if o.strip().startswith(":members:")]
        names = tuple(" ".join(members).replace(",", " ").split())
        assert source_of(name, members=names).text
