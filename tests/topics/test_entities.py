"""Named entities: a chain equals enumeration, names are kept apart, one's own file is read."""

import itertools
import sys
import unicodedata

import pytest
import torch
from torch import nn

from rnnbook.batch import UNASKED
from rnnbook.crf import CRF, Chain, legal
from rnnbook.data import read_tagged
from rnnbook.experiments import entities
from rnnbook.models import BidirectionalRNN
from rnnbook.tasks.entities import (
    NAMES,
    NEW_NAMES,
    NEW_SURNAMES,
    SHAPES,
    SURNAMES,
    TRAINING,
    Entities,
    Sentence,
    spans,
)

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


# The chain


def chains(seed, *, masked):
    """A batch of random chains of different lengths, in 64 bits, and the lengths."""
    generator = torch.Generator().manual_seed(seed)
    size = len(TAGS)
    shapes = ((3, 4, size), (size, size), (size,))
    parts = [torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes]
    chain = Chain(*parts)
    return (chain.masked(*legal(TAGS)) if masked else chain), torch.tensor([4, 1, 3])


def enumerated(chain, row, length):
    """Every sequence of tags with its score, added up one by one."""
    for tags in itertools.product(range(len(TAGS)), repeat=length):
        score = chain.start[tags[0]] + sum(chain.emissions[row, t, k] for t, k in enumerate(tags))
        score += sum(chain.transitions[i, j] for i, j in itertools.pairwise(tags))
        yield tags, score


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_partition_function_is_the_sum_over_all_sequences(seed, masked):
    chain, lengths = chains(seed, masked=masked)
    for row, found in enumerate(chain.log_partition(lengths)):
        scores = torch.stack([s for _, s in enumerated(chain, row, int(lengths[row]))])
        assert found == pytest.approx(scores.logsumexp(0).item(), abs=1e-12)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_viterbi_finds_the_best_of_all_sequences(seed, masked):
    chain, lengths = chains(seed, masked=masked)
    paths = chain.viterbi(lengths)
    scores = chain.score(paths, lengths)
    for row, found in enumerate(paths.tolist()):
        n = int(lengths[row])
        best, score = max(enumerated(chain, row, n), key=lambda pair: pair[1])
        assert tuple(found[:n]) == best
        assert found[n:] == [UNASKED] * (4 - n)
        assert scores[row].item() == pytest.approx(score.item(), abs=1e-12)


def test_probabilities_sum_to_one_and_the_loss_is_their_logarithm_per_word():
    chain, lengths = chains(0, masked=False)
    whole = chain.log_partition(lengths)
    for row in range(3):
        n = int(lengths[row])
        total = sum((s - whole[row]).exp() for _, s in enumerated(chain, row, n))
        assert total == pytest.approx(1.0, abs=1e-12)
    tags = torch.zeros(3, 4, dtype=torch.int64)
    missing = (whole - chain.score(tags, lengths)).sum() / lengths.sum()
    assert chain.loss(tags, lengths).item() == pytest.approx(missing.item())


def test_slope_of_the_partition_function_is_the_chance_of_each_tag():
    chain, lengths = chains(1, masked=True)
    emissions = chain.emissions.clone().requires_grad_()
    free = Chain(emissions, chain.transitions, chain.start)
    free.log_partition(lengths).sum().backward()
    chances = torch.zeros_like(emissions)
    for row, whole in enumerate(chain.log_partition(lengths)):
        for tags, score in enumerated(chain, row, int(lengths[row])):
            for t, k in enumerate(tags):
                chances[row, t, k] += (score - whole).exp()
    assert torch.allclose(emissions.grad, chances, atol=1e-12)


def test_without_a_table_the_chain_is_a_softmax_at_each_word():
    emissions = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(0)).double()
    tags = torch.randint(4, (2, 5), generator=torch.Generator().manual_seed(1))
    chain = Chain(emissions, torch.zeros(4, 4).double(), torch.zeros(4).double())
    loss = nn.functional.cross_entropy(emissions.flatten(0, 1), tags.flatten())
    assert chain.loss(tags).item() == pytest.approx(loss.item())
    assert torch.equal(chain.viterbi(), emissions.argmax(-1))


def test_no_sequence_of_a_masked_chain_is_illegal():
    follows, opens = legal(TAGS)
    for seed in range(50):
        chain, lengths = chains(seed, masked=True)
        for row in chain.viterbi(lengths).tolist():
            tags = [TAGS[k] for k in row if k != UNASKED]
            assert entities.is_legal(tags)
    for one, other in itertools.product(range(len(TAGS)), repeat=2):
        assert bool(follows[one, other]) == entities.is_legal(
            [TAGS[one].replace("I", "B"), TAGS[one], TAGS[other]][TAGS[one] == "O" :]
        )
        assert bool(opens[one]) == entities.is_legal([TAGS[one]])


def test_a_learned_table_alone_promises_nothing():
    crf = CRF(len(TAGS))
    with torch.no_grad():  # as sure of the rules as training could make it
        crf.transitions.masked_fill_(~legal(TAGS)[0], -10.0)
    scores = torch.zeros(1, 2, len(TAGS))
    scores[0, 0, TAGS.index("O")] = scores[0, 1, TAGS.index("I-PER")] = 20.0
    found = crf(scores).viterbi()[0].tolist()
    assert [TAGS[k] for k in found] == ["O", "I-PER"]


def test_padding_changes_nothing():
    chain, lengths = chains(0, masked=False)
    longer = Chain(
        nn.functional.pad(chain.emissions, (0, 0, 0, 3), value=9.0), chain.transitions, chain.start
    )
    assert torch.equal(longer.log_partition(lengths), chain.log_partition(lengths))
    assert torch.equal(longer.viterbi(lengths)[:, :4], chain.viterbi(lengths))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Chain(torch.zeros(2, 3), torch.zeros(3, 3), torch.zeros(3)), "batch, time, tags"),
        (lambda: Chain(torch.zeros(1, 2, 3), torch.zeros(2, 2), torch.zeros(3)), "transitions"),
        (lambda: Chain(torch.zeros(1, 2, 3), torch.zeros(3, 3), torch.zeros(2)), "start"),
        (lambda: CRF(3)(torch.zeros(1, 2, 3)).score(torch.zeros(1, 3).long()), "tags of shape"),
        (lambda: CRF(3)(torch.zeros(1, 2, 3)).score(torch.full((1, 2), 3)), "between 0 and 2"),
        (lambda: legal(["O", "S-PER"]), "BIOES"),
        (
            lambda: (
                CRF(2)(torch.zeros(1, 2, 2))
                .masked(torch.zeros(2, 2).bool(), torch.ones(2).bool())
                .viterbi()
            ),
            "forbids too much",
        ),
        (
            lambda: CRF(2)(torch.zeros(1, 2, 2)).masked(torch.ones(2).bool(), torch.ones(2).bool()),
            r"follows of shape \(2, 2\), got \(2,\)",
        ),
        (
            lambda: CRF(1)(torch.full((1, 2, 1), torch.nan)).viterbi(),
            "expected numbers as scores, got a NaN",
        ),
    ],
)
def test_wrong_chain_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_mask_of_numbers_is_refused():
    with pytest.raises(TypeError, match=r"follows of torch.bool, .* got torch.float32"):
        CRF(2)(torch.zeros(1, 2, 2)).masked(torch.ones(2, 2), torch.ones(2))
    assert repr(CRF(2)) == "CRF(2)"


# The sentences


def test_half_of_the_held_out_names_are_new_and_no_sentence_is_in_both_parts():
    task = Entities()
    assert not set(NEW_NAMES) & {w for s in task.sentences("training") for w in s.words}
    assert set(NEW_NAMES) < set(NAMES)
    assert set(NEW_SURNAMES) < set(SURNAMES)
    held_out = task.sentences("held out")
    assert [task.seen(s) for s in held_out] == [True] * 200 + [False] * 200
    for sentence in held_out[200:]:
        firsts = [sentence.words[start] for start, _, _ in spans(sentence.tags)]
        assert firsts
        assert set(firsts) <= set(NEW_NAMES)
    training = {s.words for s in task.sentences("training")}
    assert len(training) == TRAINING
    assert not training & {s.words for s in held_out}


def test_each_name_may_be_any_of_the_three_types():
    found = {}
    for sentence in Entities().sentences("training"):
        for start, _, kind in spans(sentence.tags):
            found.setdefault(sentence.words[start], set()).add(kind)
    assert all(len(kinds) == 3 for kinds in found.values())


def test_training_hides_names_and_measuring_does_not():
    task = Entities(hidden=1.0)
    hidden = task.batch(50, torch.Generator().manual_seed(0)).inputs[0]
    words = set(task.vocabulary.decode(hidden[hidden > 0]))
    assert not [word for word in words if word[0].isupper()]
    assert SHAPES[0] in words
    shown = task.rest.whole().inputs[0]
    assert "Jordan" in task.vocabulary.decode(shown[shown > 0])
    assert torch.equal(task.rest.whole().target, Entities().rest.whole().target)


def test_spans_are_those_of_nervaluate():
    from nervaluate.loaders import ListLoader

    kinds = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    rows = [list(row) for row in itertools.product(kinds, repeat=4)]
    for row, found in zip(rows, ListLoader().load(rows), strict=True):
        theirs = [(e.start, e.end + 1, e.label) for e in found]
        assert spans(row) == theirs, row


def test_f1_counts_whole_names():
    right = [["B-PER", "I-PER", "O", "B-LOC"]]
    assert entities.f1(right, right) == 1.0
    assert entities.f1([["B-PER", "O", "O", "B-LOC"]], right) == 0.5
    assert entities.f1([["O"] * 4], right) == 0.0


def test_forward_network_does_not_see_what_comes_later():
    task = Entities()
    torch.manual_seed(0)
    ids = task.batch(4, torch.Generator().manual_seed(0)).inputs[0][:, :8]
    other = ids.clone()
    other[:, 5:] = SHAPES.index("<xx>") + 4
    sizes = len(task.vocabulary), len(task.tags)
    for network, blind in ((entities.Forward, True), (entities.BothWays, False)):
        model = network(*sizes)
        same = torch.equal(model(ids)[:, :5], model(other)[:, :5])
        assert same == blind


def test_two_readers_are_the_bidirectional_network():
    task = Entities()
    torch.manual_seed(0)
    ours = entities.BothWays(len(task.vocabulary), len(task.tags))
    theirs = BidirectionalRNN(entities.EMBED, entities.EACH, len(task.tags), layer=nn.LSTM)
    theirs.rnn_forward.load_state_dict(ours.ahead.rnn.state_dict())
    theirs.rnn_backward.load_state_dict(ours.back.rnn.state_dict())
    with torch.no_grad():
        theirs.fc.weight.copy_(torch.cat([ours.ahead.fc.weight, ours.back.fc.weight], dim=1))
        theirs.fc.bias.copy_(ours.ahead.fc.bias + ours.back.fc.bias)
    batch = task.batch(8, torch.Generator().manual_seed(0))
    real = batch.target != UNASKED
    expected = theirs(ours.embedding(batch.inputs[0]), lengths=batch.lengths)
    found = ours(batch.inputs[0], lengths=batch.lengths)
    assert torch.allclose(found[real], expected[real], atol=1e-6)


def test_networks_have_about_as_many_parameters():
    counts = entities.parameters(Entities())
    assert max(counts.values()) < 1.05 * min(counts.values())


def test_lexicon_gives_a_word_its_commonest_tag_and_knows_no_new_one():
    task = Entities()
    said = entities.lexicon(task)
    pairs = [
        (word, tag)
        for sentence, tags in zip(task.sentences("held out"), said, strict=True)
        for word, tag in zip(sentence.words, tags, strict=True)
    ]
    assert {tag for word, tag in pairs if word in NEW_NAMES} == {"O"}
    jordan = [
        tag
        for s in task.sentences("training")
        for word, tag in zip(s.words, s.tags, strict=True)
        if word == "Jordan"
    ]
    (given,) = {tag for word, tag in pairs if word == "Jordan"}
    assert jordan.count(given) == max(map(jordan.count, jordan))


def test_shuffling_keeps_each_word_with_its_tag():
    (mixed,) = entities.shuffled(
        [Sentence(("a", "B", "c"), ("O", "B-PER", "O"), ("", "later", ""))]
    )
    assert sorted(zip(*mixed, strict=True)) == [
        ("B", "B-PER", "later"),
        ("a", "O", ""),
        ("c", "O", ""),
    ]


def test_missing_nervaluate_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "nervaluate", None)
    with pytest.raises(ImportError, match=r"rnnbook\[data\]"):
        entities.f1([["O"]], [["O"]])


# One's own file


def lines(count, *, end="\n"):
    """A file of so many sentences: a name, what it does, and a number that makes each differ."""
    rows = []
    for i in range(count):
        kind, verb = (("PER", "smiled"), ("LOC", "freezes"))[i % 2]
        rows += [f"N{i}\tB-{kind}", "Abel\tI-PER" if kind == "PER" else "now\tO", f"{verb}\tO", ""]
    return end.join(rows)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_own_file_is_read(tmp_path, end, mark):
    path = tmp_path / "own.tsv"
    path.write_bytes(mark + lines(40, end=end).encode())
    task = Entities(path)
    assert task.tags == ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
    parts = [task.sentences(part) for part in ("training", "held out")]
    assert [len(part) for part in parts] == [32, 8]
    kinds = [sorted(t for s in part for t in s.tags if t.startswith("B")) for part in parts]
    assert [k.count("B-PER") for k in kinds] == [16, 4], "spread evenly over the types"
    assert not {s.words for s in parts[0]} & {s.words for s in parts[1]}


def test_sentence_that_occurs_twice_is_kept_once(tmp_path):
    path = tmp_path / "own.tsv"
    path.write_text(lines(40) + "\n\n" + lines(40), encoding="utf-8")
    task = Entities(path)
    assert sum(len(task.sentences(part)) for part in ("training", "held out")) == 40


def test_accents_are_the_same_however_they_are_written(tmp_path):
    found = []
    for form in ("NFC", "NFD"):
        path = tmp_path / f"{form}.tsv"
        path.write_text(unicodedata.normalize(form, "Zoë\tB-PER\nlächelte\tO\n"), encoding="utf-8")
        found.append(read_tagged(path))
    assert found[0] == found[1]
    assert found[0][0][0] == ("Zoë", "lächelte")


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (None, FileNotFoundError, "found nothing"),
        (b"", ValueError, "none of them visible"),
        ("Zoë\tB-PER\n".encode("latin-1"), ValueError, "UTF-8"),
        (b"Jordan B-PER\n", ValueError, "spaces in place of the tab"),
        (b"Jordan\n", ValueError, "a word, a tab and a tag"),
        (b"Jordan\tB-PER\n\tO\n", ValueError, "line 2"),
        (b"Jordan\tNNP\tB-PER\n", ValueError, "CoNLL-2003"),
        (b"Jordan\tS-PER\n", ValueError, "BIOES"),
        (b"B-PER\tJordan\n", ValueError, "the word comes first"),
        (b"Jordan\tB-\n", ValueError, "got 'B-'"),
        (b"Jordan\tI-PER\n", ValueError, "the start of the sentence"),
        (b"Jordan\tB-PER\nBay\tI-LOC\n", ValueError, "got I-LOC after B-PER in line 2"),
        (b"Jordan\tB-PER\nsmiled\tO\n\n", ValueError, "at least 20 different sentences"),
        (lines(19).encode(), ValueError, "at least 20 different sentences"),
        (lines(40).replace("\n\n", "\n").encode(), ValueError, "no empty line"),
        (b"".join(b"w%d\tO\n\n" % i for i in range(40)), ValueError, "every tag is O"),
    ],
)
def test_bad_file_is_refused_with_the_reason(tmp_path, content, error, words):
    path = tmp_path / "own.tsv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=words):
        Entities(path)


def test_names_in_too_few_sentences_are_refused(tmp_path):
    path = tmp_path / "own.tsv"
    plain = "\n\n".join(f"w{i}\tO" for i in range(30))
    path.write_text(f"Jordan\tB-PER\n\n{plain}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="names in both parts"):
        Entities(path)


@pytest.mark.parametrize("wrong", [{"part": "test"}, {"hidden": 1.5}, {"hidden": -0.1}])
def test_wrong_parameter_is_refused(wrong):
    with pytest.raises(ValueError, match="Entities"):
        Entities(**wrong)


def test_experiment_runs_on_a_file(tmp_path):
    path = tmp_path / "own.tsv"
    path.write_text(lines(60), encoding="utf-8")
    result = entities.run((0,), path=path, updates=3)
    assert result.right == {}, "nobody said where the deciding words stand"
    assert result.f1["both ways", "new"].shape == (1,)
    assert result.illegal["table, mask", "shuffled"] == 0


def test_script_takes_sentences_of_the_readers_own(tmp_path, first_cells):
    path = tmp_path / "my_sentences.tsv"
    path.write_text(lines(40), encoding="utf-8")
    said = first_cells("plot_10_entities.py", path, refused="expected a text file")
    assert "32 sentences to train on, 8 held out" in said
