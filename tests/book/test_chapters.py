"""What holds for every chapter: the form that DESIGN gives it, read from its script."""

import ast
import re
import sys
from pathlib import Path

import chapter as directives
import claims
import gallery_script as reading
import pytest

import rnnbook

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "gallery").rglob("*.py"))

# What a chapter may import: the standard library, what the package depends on, and what an extra
# brings if the script asks for that extra.
PACKAGES = {"matplotlib", "numpy", "rnnbook", "sklearn", "torch"}
EXTRAS = {"data": {"babel", "faker", "music21", "nltk", "statsmodels"}}

# Decimals and percentages that a chapter states because they are given, not measured: a definition,
# a date, somebody else's finding. Topic, then number, then the reason. A number that the code sets
# needs no entry: write it as a literal (``0.01``), and it is looked up in the code.
GIVEN: dict[str, dict[str, str]] = {}


@pytest.fixture(params=SCRIPTS, ids=lambda p: p.stem)
def script(request):
    """One chapter."""
    return reading.Script(request.param)


def test_there_are_chapters():
    assert SCRIPTS


def test_topic_finds_experiment_figures_and_claims(script):
    assert script.topic, f"{script.path.name} is not named plot_NN_topic.py"
    assert re.fullmatch(r"\d_\w+", script.path.parent.name), "a chapter lies in a part, N_part"
    for folder, name in (
        ("rnnbook/experiments", f"{script.topic}.py"),
        ("rnnbook/figures", f"{script.topic}.py"),
        ("tests/claims", f"test_{script.topic}.py"),
    ):
        assert (ROOT / folder / name).is_file(), f"{folder}/{name} is missing"


def test_topics_and_places_are_unique():
    topics = [reading.Script(path).topic for path in SCRIPTS]
    assert len(set(topics)) == len(topics)
    places = [(p.parent, p.stem[:7]) for p in SCRIPTS]
    assert len(set(places)) == len(places)


def test_script_opens_with_its_requirements(script):
    needs = script.metadata
    assert needs, "the file does not start with a PEP 723 block (# /// script)"
    assert needs["requires-python"]
    ours = [d for d in needs["dependencies"] if d.startswith("rnnbook")]
    assert [re.sub(r"\[.*\]", "", d) for d in ours] == [f"rnnbook=={rnnbook.__version__}"]


def test_script_imports_only_what_it_asks_for(script):
    asked = " ".join(script.metadata["dependencies"])
    extras = re.findall(r"rnnbook\[([\w,\s]+)\]", asked)
    allowed = PACKAGES.union(*(EXTRAS[e.strip()] for names in extras for e in names.split(",")))
    assert script.imports <= allowed | set(sys.stdlib_module_names)


def test_script_shows_its_figures(script):
    """Once, after the last figure: a page needs no call, a person who runs the script does."""
    last = [block.content for block in script.blocks if block.kind == "code"][-1]
    assert script.code.count("plt.show()") == 1
    assert "plt.show()" in last


def test_title_is_a_question_or_a_claim(script):
    title = script.title
    assert title[0].isupper() or not title[0].isalpha()
    assert len(title.split()) >= 3, f"{title!r} is too short to ask or claim something"
    assert not title.endswith((":", ".", "…")), title
    assert len(title) <= 70, "a title has to fit on a phone and in the sidebar"


def test_introduction_states_the_problem_in_two_sentences(script):
    text = reading.prose(script.introduction)
    assert text.strip(), "the problem comes right below the title"
    assert reading.sentences(text) == 2, text


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


def test_chapter_ends_with_what_to_remember(script):
    assert script.headings[-1] == "What to remember"
    last = script.blocks[-1]
    assert last.kind == "text"
    found = script.directives("takeaways")
    assert [number for number, _, _ in found] == [len(script.blocks) - 1]
    assert 2 <= len(claims.bullets(found[0][2])) <= 5
    after = last.content[last.content.index(".. takeaways::") :].splitlines()
    assert not "".join(after[1 + len(reading.below(after, 0)) :]).strip(), "nothing follows them"


def test_takeaways_are_proved_by_the_claims_of_the_chapter(script):
    proved = {c.sentence for c in claims.claims_of(ROOT / f"tests/claims/test_{script.topic}.py")}
    said = [s for s in claims.sentences_of(script.path) if s.takeaway]
    assert [s.text for s in said if s.text not in proved] == []


def test_measured_numbers_are_not_typed(script):
    """A number in prose is printed by code; a setting is a literal that the code really holds."""
    topic = script.topic
    sources = [script.code]
    for folder in ("experiments", "figures"):
        path = ROOT / "rnnbook" / folder / f"{topic}.py"
        sources += [path.read_text(encoding="utf-8")] if path.is_file() else []
    settings = {value for source in sources for value in constants(source)}
    given = GIVEN.get(topic, {})
    proved = [c for c in claims.claims_of(ROOT / f"tests/claims/test_{topic}.py") if c.here]
    for block in script.blocks:
        if block.kind == "text":
            content = block.content
            for claim in proved:  # a sentence about the page has its numbers from its test
                content = re.sub(r"\s+".join(map(re.escape, claim.sentence.split())), "", content)
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
        (path,) = (p for p in SCRIPTS if reading.Script(p).topic == topic)
        text = path.read_text(encoding="utf-8")
        assert [n for n in entries if n not in text] == []
        assert all(reason.strip() for reason in entries.values())


def test_every_figure_is_read(script):
    assert script.figure_cells, "a chapter shows something"
    for number in script.figure_cells:
        after = script.blocks[number + 1 : number + 2]
        read = after and after[0].kind == "text" and reading.opens_with_prose(after[0].content)
        assert read, f"no sentence reads the figure drawn at line {script.blocks[number].line}"


def test_shown_source_exists(script):
    for _, name, options in script.directives("source"):
        members = [o.split(":", 2)[2] for o in options if o.strip().startswith(":members:")]
        names = tuple(" ".join(members).replace(",", " ").split())
        assert directives.source_of(name, members=names).text
