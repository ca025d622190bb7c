"""The form of every file of claims, read from its syntax tree, helpers included."""

import ast
from pathlib import Path

import claims
import pytest
from book import claims_files, topic_of

ROOT = Path(__file__).parents[2]
FILES = claims_files(ROOT)


def each(function):
    return pytest.mark.parametrize("path", FILES, ids=topic_of)(function)


def calls(node, name):
    """The calls of one function below a node."""
    found = (n for n in ast.walk(node) if isinstance(n, ast.Call))
    return [call for call in found if ast.unparse(call.func) == name]


def keywords(call):
    return {keyword.arg: keyword.value for keyword in call.keywords}


def each_claim(path):
    """Each claim of a file with the syntax tree of its function."""
    return [(c, ast.parse(c.source).body[0]) for c in claims.claims_of(path)]


@each
def test_measurements_go_through_show(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    asserts = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    assert not asserts, f"lines {asserts}: call show(label, values, below=…) instead of asserting"


@each
def test_every_claim_shows_something(path):
    for claim, function in each_claim(path):
        assert calls(function, "show"), f"{claim.test} shows nothing"


@each
def test_the_experiment_runs_in_the_fixture_alone(path):
    """One run of a seed serves chapter and claims: ``result``, or ``page`` on the page's seeds."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    others = [node for node in tree.body if getattr(node, "name", "") != "result"]
    parts = (n for other in others for n in ast.walk(other))
    runs = [n.lineno for n in parts if isinstance(n, ast.Attribute) and n.attr == "run"]
    assert not runs, f"lines {runs}: use the fixture result"


@each
def test_settings_are_constants_and_nothing_that_was_measured(path):
    """Nothing that the test is given, and nothing that it has computed."""
    for _, function in each_claim(path):
        given = {argument.arg for argument in function.args.args}
        assigned = [n for n in ast.walk(function) if isinstance(n, ast.Assign | ast.NamedExpr)]
        targets = (t for n in assigned for t in getattr(n, "targets", [getattr(n, "target", None)]))
        given |= {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
        for call in calls(function, "setting"):
            names = {n.id for n in ast.walk(call.args[0]) if isinstance(n, ast.Name)}
            assert names, f"line {call.lineno}: a setting has a name: {ast.unparse(call)}"
            assert not names & given, f"line {call.lineno}: {ast.unparse(call)}"


@each
def test_places_have_names(path):
    """Results are keyed by name: no ``A, B, C = range(3)``, no search for a place."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        counted = isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("range(")
        assert not counted, f"line {node.lineno}: {ast.unparse(node)}"
    searched = [
        n.lineno
        for n in ast.walk(tree)
        if getattr(n, "attr", "") == "index" and not getattr(n.value, "attr", "").isupper()
    ]
    assert not searched, f"lines {searched}: key the result by name"


@each
def test_conditions_are_told_once(path):
    assert len(claims.conditions_of(path)) > 20, "CONDITIONS says what the takeaways share"


@each
def test_only_what_is_about_learning_may_hold_without_training(path):
    for claim, function in each_claim(path):
        shown = [keywords(call) for call in calls(function, "show")]
        excused = [given for given in shown if "untrained_too" in given]
        if not claim.learned:
            assert not excused, f"{claim.test}: untrained_too belongs to claims about learning"
        else:
            assert len(excused) < len(shown), f"{claim.test}: is it about learning?"
        for given in excused:
            reason = given["untrained_too"]
            assert isinstance(reason, ast.Constant), f"{claim.test}: say why, in words"
            assert len(reason.value) > 10, f"{claim.test}: say why, in words"


@each
def test_here_stands_on_the_page_and_claims_on_any_seeds(path):
    for claim, function in each_claim(path):
        asked = {argument.arg for argument in function.args.args}
        wrong = {"result", "seeds"} if claim.here else {"page"}
        assert not asked & wrong, f"{claim.test} asks for {asked & wrong}"


@each
def test_takeaways_have_a_headline_and_a_short_measured_sentence(path):
    for claim in claims.claims_of(path):
        if claim.here:
            continue
        head, rest = claims.headline(claim.sentence)
        assert head, f"{claim.test}: no headline of at most 60 characters: {claim.sentence}"
        assert len(head.split()) <= 8, f"{claim.test}: a headline has at most eight words: {head}"
        assert len(rest.split()) <= 40, f"{claim.test}: {len(rest.split())} words: {rest}"
