"""Every claim was judged on seeds that nobody chose, and nothing it depends on has moved since."""

import json

import calibrate
import pytest


@pytest.mark.parametrize("topic", calibrate.topics())
def test_calibration_is_there_accepted_and_current(topic):
    found = calibrate.outdated(topic)
    assert not found, "\n".join(["", *found])


def test_no_calibration_is_left_over():
    folder = calibrate.ROOT / calibrate.FOLDER
    kept = {p.relative_to(folder).with_suffix("").as_posix() for p in folder.rglob("*.json")}
    assert kept <= set(calibrate.topics())


def test_a_calibration_counts_on_if_nothing_moved(tmp_path, monkeypatch):
    now = calibrate.digests("radius")
    before = {**now, "reach": "that of other code", "claims": {"test_it": {"held": 20}}}
    (tmp_path / "radius.json").write_text(json.dumps(before))
    monkeypatch.setattr(calibrate, "FOLDER", tmp_path)
    monkeypatch.setattr(calibrate, "outdated", lambda topic: ["it moved"])
    assert calibrate.compare("radius") == ["it moved"]
    assert json.loads((tmp_path / "radius.json").read_text()) == before
    monkeypatch.setattr(calibrate, "outdated", lambda topic: [])
    assert calibrate.compare("radius") == []
    assert json.loads((tmp_path / "radius.json").read_text()) == {**before, **now}


def test_what_describes_the_page_is_not_what_was_calibrated(tmp_path):
    claims = tmp_path / "test_it.py"
    claims.write_text("def test_claimed(show):\n    show('a', [1], above=0)\n")
    before = calibrate.own_text(claims)
    page = (
        "import pytest\n\n\n@pytest.mark.here\ndef test_page(show):\n    show('b', [1], above=0)\n"
    )
    claims.write_text(page + claims.read_text())
    assert calibrate.own_text(claims) == before
    claims.write_text(claims.read_text().replace("@pytest.mark.here\n", ""))
    assert calibrate.own_text(claims) != before


def test_no_group_shares_a_seed_while_there_are_enough():
    groups = calibrate.groups(3)
    assert len(groups) == calibrate.GROUPS
    assert len({seed for group in groups for seed in group}) == len(calibrate.SEEDS)
    assert len(set(calibrate.groups(7))) == calibrate.GROUPS
