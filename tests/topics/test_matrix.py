"""The experiment on matrix states, its task, and the attention it compares with."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnnbook.batch import UNASKED
from rnnbook.experiments import matrix
from rnnbook.tasks.keys_and_values import KeysAndValues


@given(
    seed=st.integers(0, 2**31),
    pairs=st.integers(1, 12),
    keys=st.integers(1, 12),
    again=st.booleans(),
)
def test_each_question_is_about_a_key_and_its_last_value(seed, pairs, keys, again):
    keys = keys if again else keys + pairs
    task = KeysAndValues(pairs=pairs, keys=keys, values=5, asked=(pairs + 1) // 2, again=again)
    batch = task.batch(3, torch.Generator().manual_seed(seed))
    for row in range(3):
        keys_read, values, target = (x[row].tolist() for x in (*batch.inputs, batch.target))
        held = dict(zip(keys_read[:pairs], values[:pairs], strict=True))
        assert len(held) == pairs or again
        assert target[:pairs] == [UNASKED] * pairs
        assert values[pairs:] == [task.none] * task.asked
        assert target[pairs:] == [held[key] for key in keys_read[pairs:]]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"pairs": 0}, "must be at least 1, got 0, 64, 8 and 8"),
        ({"pairs": 4, "asked": 5}, "at most 4 questions, one a pair, got asked=5"),
        ({"keys": 15}, "at least 16 keys, one a pair, got 15"),
    ],
)
def test_what_makes_no_task_is_refused(options, words):
    with pytest.raises(ValueError, match=f"KeysAndValues: .*{words}"):
        KeysAndValues(**options)


def test_softmax_attention_sees_no_later_step_and_weighs_the_earlier_ones():
    torch.manual_seed(0)
    layer, xs = matrix.SoftmaxAttention(3, 4, key_size=2), torch.randn(1, 6, 3)
    scores = layer.query(xs) @ layer.key(xs).mT / 2**0.5
    weights = scores.masked_fill(torch.ones(6, 6).triu(1).bool(), float("-inf")).softmax(-1)
    torch.testing.assert_close(layer(xs)[0], weights @ layer.value(xs))


def test_a_second_layer_reads_the_first_and_the_answer_all():
    layers = [matrix.NETWORKS[name](matrix.SMALL) for name in ("sum", "softmax")]
    model = matrix.Reader(matrix.DISTINCT, *layers)
    embedded = sum(matrix.EMBEDDED)
    assert model.layers[1].query.in_features == embedded + matrix.SIZE
    assert model.fc.in_features == embedded + 2 * matrix.SIZE


def test_a_sum_holds_both_values_a_decay_fades_all_and_delta_replaces_one():
    off = matrix.off(200)
    assert off["sum", "others"] < 1e-12 < off["sum", "again"]
    # the last of the three fades for one step, the others for two and three
    assert off["decay", "others"] == pytest.approx(np.mean([1 - 0.9**n for n in (1, 2, 3)]))
    assert max(off["delta", "again"], off["delta", "others"]) < 1e-12
    assert matrix.descent(200) < 1e-12


def test_each_network_is_trained_for_its_updates(monkeypatch):
    for name in ("UPDATES", "UPDATES_AGAIN"):
        monkeypatch.setattr(matrix, name, 2)
    monkeypatch.setattr(matrix, "COMPARED", 8)
    result = matrix.one(0)
    assert {name for name, _ in result.right} == set(matrix.NETWORKS)
    assert set(matrix.one_overwritten(0).updates.values()) == {2}
    assert matrix.one_hybrids(0).right.keys() == matrix.HYBRIDS.keys()
    monkeypatch.setattr(matrix, "RATES", (1e-2,))
    assert len(matrix.rates((0,))) == 2 * (len(matrix.NETWORKS) + len(matrix.HYBRIDS))
