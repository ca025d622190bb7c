"""How the changes that tests did not notice are counted."""

import mutants

SURVIVED = [f"rnnbook/text.py: - {n} + {n + 1}" for n in range(20)]


def test_nineteen_of_twenty_are_enough():
    assert mutants.verdict(20, SURVIVED[:1])[0]
    assert not mutants.verdict(20, SURVIVED[:2])[0]
    assert mutants.verdict(100, [])[1] == "100 of 100 killed, 0 equal, 0 survived"


def test_equal_changes_are_excused_with_their_reason_up_to_a_share(monkeypatch):
    monkeypatch.setattr(mutants, "EQUIVALENT", dict.fromkeys(SURVIVED, "the same sum"))
    good, report = mutants.verdict(100, SURVIVED[:4])
    assert good
    assert report.splitlines()[:2] == [SURVIVED[0], "    equal: the same sum"]
    assert report.endswith(f"{SURVIVED[3]}\n    survived\n96 of 100 killed, 3 equal, 1 survived")


def test_every_module_and_its_tests_exist():
    for path, tests in mutants.TESTS.items():
        assert (mutants.ROOT / path).is_file()
        assert (mutants.ROOT / tests).is_file()
