"""What every exercise has: a stub that says so, a solution that passes, and mistakes with names."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import time

import numpy as np
import pytest
import torch

from rnnbook import exercises
from rnnbook.exercises import bptt, gru_step, lstm_step, masked_loss, rnn_step, scan
from rnnbook.exercises.grade import WIDTH, Grade

EACH = pytest.mark.parametrize(
    "exercise", exercises.EXERCISES, ids=lambda exercise: exercise.LADDER.name
)
EVERY = [
    pytest.param(exercise, variant, id=f"{exercise.LADDER.name}: {variant.says}")
    for exercise in exercises.EXERCISES
    for variant in exercise.LADDER.variants
]


def test_no_exercise_is_left_out():
    found = {name for _, name, _ in pkgutil.iter_modules(exercises.__path__)}
    listed = [exercise.LADDER.name for exercise in exercises.EXERCISES]
    assert set(listed) == {name for name in found if name[0] != "_"} - {"grade"}
    assert {*listed, "Grade", "EXERCISES"} == set(exercises.__all__)


@EACH
def test_the_parts_of_an_exercise(exercise):
    ladder = exercise.LADDER
    assert exercise.__name__ == f"rnnbook.exercises.{ladder.name}"
    assert 2 <= len(exercise.HINTS) <= 3
    stub, solution = inspect.signature(ladder.stub), inspect.signature(exercise.solution)
    assert list(stub.parameters) == list(solution.parameters)
    assert "Parameters\n" in ladder.stub.__doc__
    assert ">>>" in ladder.stub.__doc__
    with pytest.raises(NotImplementedError, match=r"^write "):
        ladder.stub(*(None,) * len(stub.parameters))


@EACH
def test_the_solution_passes_and_the_stub_does_not(exercise):
    passed = exercise.check(exercise.solution)
    assert passed
    assert "FAILS" not in str(passed)
    grade = exercise.check(exercise.LADDER.stub)
    assert (bool(grade), grade.failed, grade.mistake) == (False, 0, "")
    assert "It is not written yet: write " in str(grade)


@pytest.mark.parametrize(("exercise", "variant"), EVERY)
def test_a_known_mistake_is_caught_and_named(exercise, variant):
    began = time.perf_counter()
    grade = exercise.check(variant.fn)
    assert time.perf_counter() - began < 1
    assert not grade
    assert grade.mistake == variant.says
    assert variant.convention in grade.message
    if not variant.convention:
        assert f"what comes out if {variant.says}." in grade.message
    text = str(grade)
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= WIDTH


@EACH
def test_all_words_are_ascii(exercise):
    ladder = exercise.LADDER
    assert all(hint.isascii() for hint in exercise.HINTS)
    assert inspect.getsource(ladder.stub).isascii()
    assert str(exercise.check(exercise.solution)).isascii()


@EACH
def test_no_case_comes_twice_and_later_ones_ask_for_more(exercise):
    names = [rung.name for rung in exercise.LADDER.rungs()]
    assert len({*names}) == len(names) >= 5


@EACH
def test_the_examples_run(exercise):
    module = importlib.import_module(exercise.__name__)
    assert doctest.testmod(module).failed == 0


@EACH
def test_the_cases_are_the_same_each_time(exercise):
    assert str(exercise.check(exercise.LADDER.stub)) == str(exercise.check(exercise.LADDER.stub))


# ------------------------------------------------------------------------ what can go wrong at all


ANY = {
    "a value": (3, "Expected a function, got a value of type int"),
    "None": (None, "Expected a function, got None"),
    "too few arguments": (lambda a: a, r"It is called as scan\(a, b, h_0\), which yours does not"),
    "no return": (lambda a, b, h_0: None, r"It returned None\. Is there a return"),
    "a word": (lambda a, b, h_0: "h", "a value of type str for hs, expected real numbers"),
    "complex": (lambda a, b, h_0: 1j * a, "expected real numbers"),
    "a ragged list": (lambda a, b, h_0: [[1], [1, 2]], "cannot be read as an array"),
    "another shape": (lambda a, b, h_0: a[None], r"hs has shape \(1, 1, 1\), expected shape"),
    "an error": (lambda a, b, h_0: a[9], r"It raised IndexError: .*\nThat was in line \d+: "),
    "an error without words": (lambda a, b, h_0: next(iter(())), "It raised StopIteration\\."),
    "an exit": (lambda a, b, h_0: exit(), "It raised SystemExit"),
    "a NaN": (lambda a, b, h_0: a * np.nan, "you have nan, expected"),
    "a needy tensor": (
        lambda a, b, h_0: torch.tensor(a, requires_grad=True),
        "cannot be read as an array",
    ),
}


@pytest.mark.parametrize(("fn", "says"), ANY.values(), ids=ANY)
def test_what_is_no_answer_is_reported_plainly(fn, says):
    grade = scan.check(fn)
    assert not grade
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(grade.message)


def test_a_pair_as_pytorch_returns_it_is_one_too_many():
    grade = rnn_step.check(lambda xs, h_0, *weights: (rnn_step.solution(xs, h_0, *weights), h_0))
    assert "It returned a tuple of 2, expected hs alone." in grade.message


def test_what_is_printed_is_shown_for_the_case_that_fails_alone(capsys):
    def mine(a, b, h_0):
        print("a =", a.ravel().tolist())
        return scan.solution(a, b, h_0)

    assert scan.check(mine)
    grade = scan.check(lambda a, b, h_0: mine(a, b, h_0) * (len(a) < 2))
    assert capsys.readouterr().out == ""
    assert grade.failed == 2
    assert grade.message.endswith(f"It printed:\na = {grade.case['a'].ravel().tolist()}")
    grade = scan.check(lambda a, b, h_0: [mine(a, b, h_0) for _ in range(30)])
    assert grade.message.count("\na = ") == 20
    assert grade.message.endswith("\n...")


def test_a_pair_has_to_be_a_pair():
    grade = lstm_step.check(lambda x, h, c, *weights: lstm_step.solution(x, h, c, *weights)[0])
    assert "It returned a ndarray, expected the tuple (h, c)." in grade.message
    three = lstm_step.check(lambda x, h, c, *weights: [h, c, c])
    assert "It returned a list of 3, expected the tuple (h, c)." in three.message
    empty = lstm_step.check(lambda x, h, c, *weights: (h, None))
    assert "It returned None for c." in empty.message


def test_arguments_changed_in_place_are_named_though_the_answer_is_right():
    def mine(a, b, h_0):
        b[0] += a[0] * h_0
        for t in range(1, len(a)):
            b[t] += a[t] * b[t - 1]
        return b

    grade = scan.check(mine)
    assert not grade
    assert "It changes b in place" in grade.message


def test_what_is_kept_between_calls_is_found():
    def mine(a, b, h_0, kept=[]):  # noqa: B006  # that is the mistake
        kept.append(1)
        return scan.solution(a, b, h_0) + (len(kept) > 1)

    assert "A second call with the same arguments gives another answer" in scan.check(mine).message


def test_where_it_begins_to_be_wrong_is_said_by_step_and_unit():
    def mine(xs, *rest):
        hs = rnn_step.solution(xs, *rest)
        hs[:, 1:, 1] += 1
        return hs

    message = rnn_step.check(mine).message
    assert message.startswith("At step 2, unit 2: you have ")
    assert "(this is hs[0, 1, 1]). 1 of 4 numbers of hs are wrong." in message

    def later(xs, *rest):
        hs = rnn_step.solution(xs, *rest)
        hs[:, 2:, 1] += 1
        return hs

    grade = rnn_step.check(later)
    assert grade.message.startswith("From step 3 on, unit 2: you have ")
    assert grade.mistake == ""
    assert "what comes out" not in grade.message


def test_two_mistakes_are_not_told_as_one():
    def mine(xs, h_0, W_xh, W_hh, b_xh, b_hh):
        return rnn_step.solution(xs[:, ::-1], h_0, W_xh, W_hh, b_xh, 0 * b_hh)

    message = rnn_step.check(mine).message
    assert "On this case, this is what comes out if b_hh is left out." in message
    assert "it may not be the only mistake" in message


def test_the_case_can_be_tried_again():
    grade = gru_step.check(lambda x, h, W_xh, W_hh, b_xh, b_hh: h)
    assert list(grade.case) == ["x", "h", "W_xh", "W_hh", "b_xh", "b_hh"]
    right = gru_step.solution(**grade.case)
    assert f"expected {right[0, 0]:.4g}" in grade.message


def test_numbers_of_32_bits_lists_and_tensors_are_accepted():
    assert scan.check(lambda a, b, h_0: scan.solution(a, b, h_0).astype(np.float32))
    assert scan.check(lambda a, b, h_0: scan.solution(a, b, h_0).tolist())
    assert scan.check(lambda a, b, h_0: torch.tensor(scan.solution(a, b, h_0)))


def test_a_grade_shows_itself_in_a_notebook():
    grade = Grade("scan", (("one step", "b_1"),))
    assert (
        repr(grade)
        == str(grade)
        == "scan: passed, all 1 cases are right.\n\n  ok     1  one step: b_1"
    )


def test_warnings_of_numpy_are_not_shown(recwarn):
    assert not scan.check(lambda a, b, h_0: b / np.zeros_like(a))
    assert not recwarn.list


# --------------------------------------------------------------------------- the other conventions


@pytest.mark.parametrize(
    ("says", "whose"),
    [
        ("the update gate lets the new in", "Chung et al. (2014) for the update gate"),
        ("the reset gate acts before the product", "Cho et al. (2014) as published"),
        (
            "the reset gate acts before the product and the update gate lets the new in",
            "Chung et al. (2014)",
        ),
        ("the rows are read in the order z, r, n", "Keras, and of ONNX with linear_before_reset"),
    ],
)
def test_another_convention_of_the_gru_is_known_as_such_and_not_accepted(says, whose):
    (variant,) = [v for v in gru_step.LADDER.variants if v.says == says]
    grade = gru_step.check(variant.fn)
    assert not grade
    assert f"Right, in the convention of {whose}" in grade.message
    assert "This exercise asks for PyTorch's" in grade.message


@pytest.mark.parametrize(("step", "before", "new"), [("cho", True, False), ("chung", True, True)])
def test_the_conventions_of_the_checker_are_those_of_the_cells(step, before, new):
    from rnnbook import cells

    (variant,) = [
        v
        for v in gru_step.LADDER.variants
        if v.says.startswith("the reset gate acts before") and ("new" in v.says) == new
    ]
    x, h, W_xh, W_hh, b_xh, b_hh = arguments = drawn(3)
    from_input = torch.tensor(x @ W_xh.T + b_xh)
    theirs = getattr(cells, f"step_of_{step}")(from_input, *map(torch.tensor, (h, W_hh, b_hh)))
    np.testing.assert_allclose(variant.fn(*arguments), theirs.numpy())


# -------------------------------------------------------------------------------- against PyTorch


def drawn(blocks, batch=3, inputs=2, hidden=5):
    """An input, a state, and weights with so many blocks of rows."""
    rng, rows = np.random.default_rng(0), blocks * hidden
    shapes = ((batch, inputs), (batch, hidden), (rows, inputs), (rows, hidden), (rows,), (rows,))
    return [rng.normal(size=shape) for shape in shapes]


def loaded(module, *weights):
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    suffix = "_l0" if isinstance(module, torch.nn.RNNBase) else ""
    values = zip(names, map(torch.tensor, weights), strict=True)
    module.double().load_state_dict({name + suffix: value for name, value in values})
    return module


def test_the_rnn_equals_pytorch():
    _, h, *weights = drawn(1)
    xs = np.random.default_rng(1).normal(size=(3, 4, 2))
    theirs = loaded(torch.nn.RNN(2, 5, batch_first=True), *weights)
    hs, _ = theirs(torch.tensor(xs), torch.tensor(h)[None])
    np.testing.assert_allclose(rnn_step.solution(xs, h, *weights), hs.detach().numpy())
    cell = loaded(torch.nn.RNNCell(2, 5), *weights)
    one = cell(torch.tensor(xs[:, 0]), torch.tensor(h))
    np.testing.assert_allclose(
        rnn_step.solution(xs[:, :1], h, *weights)[:, 0], one.detach().numpy()
    )


def test_the_weights_of_my_rnn_start_as_pytorch_s_do_and_are_trained():
    from rnnbook.exercises import my_rnn

    mine, theirs = my_rnn.solution(3, 16), torch.nn.RNN(3, 16)
    assert [*mine.state_dict()] == ["W_xh", "W_hh", "bias"]
    bounds = [weight.abs().max().item() for weight in (*mine.parameters(), *theirs.parameters())]
    assert max(bounds) <= 0.25
    mine(torch.randn(2, 4, 3))[0].sum().backward()
    assert all(bool(weight.grad.any()) for weight in mine.parameters())


def test_what_a_class_lacks_is_said():
    from rnnbook.exercises import my_rnn

    built = my_rnn.solution(2, 2)
    assert "Expected a class, got a value of type Solution." in my_rnn.check(built).message
    assert "W_xh is missing" in my_rnn.check(type("MyRNN", (torch.nn.RNN,), {})).message
    alone = type("MyRNN", (my_rnn.solution,), {"forward": lambda self, x, h_0=None: x})
    assert "forward returned a Tensor, expected the tuple (outputs" in my_rnn.check(alone).message

    class Wide(my_rnn.solution):
        def __init__(self, input_size, hidden_size):
            super().__init__(input_size, hidden_size + 1)

    assert "W_xh has shape (3, 2), expected (2, 2), as in nn.RNN." in my_rnn.check(Wide).message

    class Raises(my_rnn.solution):
        def forward(self, x, h_0=None):
            return x[9]

    assert "That was in line" in my_rnn.check(Raises).message


def test_the_components_are_eigenvectors_of_the_covariance_and_either_sign_is_right():
    from rnnbook.exercises import hidden_states

    rng = np.random.default_rng(0)
    states, lengths, labels = rng.normal(size=(4, 6, 5)), np.array([6, 2, 3, 1]), np.arange(4)
    points, _, _ = hidden_states.solution(states, lengths, labels)
    rows = np.concatenate([row[:n] for row, n in zip(states, lengths, strict=True)])
    theirs = (rows - rows.mean(0)) @ np.linalg.eigh(np.cov(rows.T))[1][:, :-3:-1]
    np.testing.assert_allclose(np.abs(points), np.abs(theirs), atol=1e-9)

    def mirrored(*arguments):
        points, *others = hidden_states.solution(*arguments)
        return (-points, *others)

    assert hidden_states.check(mirrored)
    for odd in (lambda *_: 3, lambda *_: ("a", 1, 2), lambda *_: (), lambda *_: (np.ones(3), 1, 2)):
        assert not hidden_states.check(odd)


def test_clipping_equals_pytorch_s():
    from rnnbook.exercises import clip_norm

    rng = np.random.default_rng(0)
    gradients = [rng.normal(size=shape) for shape in ((5, 2), (5, 5), (5,))]
    weights = [torch.nn.Parameter(torch.zeros(d.shape, dtype=torch.float64)) for d in gradients]
    for weight, d in zip(weights, gradients, strict=True):
        weight.grad = torch.tensor(d)
    *mine, norm = clip_norm.solution(*gradients, 1.5)
    assert norm == pytest.approx(torch.nn.utils.clip_grad_norm_(weights, 1.5).item())
    for weight, d in zip(weights, mine, strict=True):
        np.testing.assert_allclose(d, weight.grad.numpy(), rtol=1e-5)


def test_a_mask_may_hold_true_and_false():
    from rnnbook.exercises import pad_mask

    def mine(states, lengths):
        mask, means = pad_mask.solution(states, lengths)
        return mask == 1, means

    assert pad_mask.check(mine)
    for odd in (lambda *_: None, lambda *_: ([[1], [1, 2]], 1), lambda *_: ()):
        assert not pad_mask.check(odd)


def test_the_batch_of_the_adding_problem_is_the_book_s():
    from rnnbook.exercises import adding_batch
    from rnnbook.tasks.adding import Adding

    batch = Adding(length=9).batch(5, torch.Generator().manual_seed(0))
    values, marks = batch.inputs[0].double().unbind(-1)
    first, second = (marks.nonzero()[:, 1].view(5, 2) + torch.tensor([0.5, 0.5])).T
    draws = torch.stack([first / 4, (second - 4) / 5], dim=1)
    xs, targets = adding_batch.solution(values.numpy(), draws.numpy())
    np.testing.assert_array_equal(xs, batch.inputs[0].double().numpy())
    np.testing.assert_allclose(targets, batch.target.numpy(), rtol=1e-6)


def test_the_lstm_equals_pytorch():
    x, h, *weights = drawn(4)
    c = np.random.default_rng(1).normal(size=h.shape)
    cell = loaded(torch.nn.LSTMCell(2, 5), *weights)
    theirs = cell(torch.tensor(x), (torch.tensor(h), torch.tensor(c)))
    for mine, their in zip(lstm_step.solution(x, h, c, *weights), theirs, strict=True):
        np.testing.assert_allclose(mine, their.detach().numpy())


def test_the_gru_equals_pytorch():
    x, h, *weights = drawn(3)
    theirs = loaded(torch.nn.GRUCell(2, 5), *weights)(torch.tensor(x), torch.tensor(h))
    np.testing.assert_allclose(gru_step.solution(x, h, *weights), theirs.detach().numpy())


def test_bptt_equals_autograd():
    _, h, W_xh, W_hh, b_h, _ = drawn(1)
    xs = np.random.default_rng(1).normal(size=(3, 4, 2))
    weights = [torch.tensor(w, requires_grad=True) for w in (W_xh, W_hh, b_h)]
    state, total = torch.tensor(h), torch.zeros((), dtype=torch.float64)
    for x in torch.tensor(xs).unbind(1):
        state = torch.tanh(x @ weights[0].T + state @ weights[1].T + weights[2])
        total = total + state.sum()
    total.backward()
    for mine, weight in zip(bptt.solution(xs, h, W_xh, W_hh, b_h), weights, strict=True):
        np.testing.assert_allclose(mine, weight.grad.numpy())


def test_the_masked_loss_equals_cross_entropy_with_ignore_index():
    rng = np.random.default_rng(0)
    logits, targets = rng.normal(size=(3, 5, 4)), rng.integers(0, 4, (3, 5))
    lengths = np.array([5, 2, 1])
    ignored = torch.tensor(targets).masked_fill(
        torch.arange(5) >= torch.tensor(lengths)[:, None], -100
    )
    theirs = torch.nn.functional.cross_entropy(torch.tensor(logits).transpose(1, 2), ignored)
    assert masked_loss.solution(logits, targets, lengths) == pytest.approx(theirs.item())


def test_the_scan_equals_the_book_s():
    from rnnbook.scan import scan as ours

    rng = np.random.default_rng(0)
    a, b, h = rng.normal(size=(11, 3)), rng.normal(size=(11, 3)), rng.normal(size=3)
    theirs = ours(*(torch.tensor(value)[None] for value in (a, b, h)))
    np.testing.assert_allclose(scan.solution(a, b, h), theirs[0].numpy())


def test_the_embedding_equals_pytorch_s():
    from rnnbook.exercises import embed

    rng = np.random.default_rng(0)
    ids, W, d_xs = rng.integers(0, 6, (3, 7)), rng.normal(size=(6, 4)), rng.normal(size=(3, 7, 4))
    theirs = torch.nn.Embedding.from_pretrained(torch.tensor(W), freeze=False, padding_idx=0)
    xs = theirs(torch.tensor(ids))
    xs.backward(torch.tensor(d_xs))
    mine, dW = embed.solution(ids, W, d_xs)
    np.testing.assert_array_equal(mine, xs.detach().numpy())
    np.testing.assert_allclose(dW, theirs.weight.grad.numpy())


@pytest.mark.parametrize("chunk", [1, 2, 3, 8])
def test_truncation_equals_detach(chunk):
    from rnnbook.exercises import truncated

    _, h, *weights = drawn(1)
    xs = np.random.default_rng(1).normal(size=(3, 8, 2))
    layer = loaded(torch.nn.RNN(2, 5, batch_first=True), *weights)
    state = torch.tensor(h)[None]
    for part in torch.tensor(xs).split(chunk, dim=1):
        outputs, state = layer(part, state.detach())
        outputs.sum().backward()
    W_xh, W_hh, b_xh, b_hh = weights
    *mine, h_n = truncated.solution(xs, h, W_xh, W_hh, b_xh + b_hh, chunk)
    theirs = layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_hh_l0
    np.testing.assert_allclose(h_n, state[0].detach().numpy())
    for d, weight in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(d, weight.grad.numpy())


def test_a_chunk_as_long_as_the_sequence_cuts_nothing():
    from rnnbook.exercises import truncated

    _, h, W_xh, W_hh, b_h, _ = drawn(1)
    xs = np.random.default_rng(1).normal(size=(3, 4, 2))
    *mine, _ = truncated.solution(xs, h, W_xh, W_hh, b_h, 4)
    for d, right in zip(mine, bptt.solution(xs, h, W_xh, W_hh, b_h), strict=True):
        np.testing.assert_allclose(d, right)


def test_both_ways_equals_pytorch_s_bidirectional_layer_and_the_book_s_last_state():
    from rnnbook.exercises import both_ways
    from rnnbook.sequences import last_state, read

    layer = torch.nn.GRU(2, 5, batch_first=True, bidirectional=True).double()
    halves = [torch.nn.GRU(2, 5, batch_first=True).double() for _ in range(2)]
    for half, suffix in zip(halves, ("", "_reverse"), strict=True):
        half.load_state_dict({k: layer.state_dict()[k + suffix] for k in half.state_dict()})
    xs, lengths = torch.randn(4, 6, 2, dtype=torch.float64), torch.tensor([3, 6, 1, 6])
    outputs, h_n = read(layer, xs, lengths=lengths)
    runs = [lambda xs, half=half: half(torch.tensor(xs))[0].detach().numpy() for half in halves]
    mine, last = both_ways.solution(xs.numpy(), lengths.numpy(), *runs)
    np.testing.assert_allclose(mine, outputs.detach().numpy())
    np.testing.assert_allclose(last, last_state(outputs, h_n, lengths).detach().numpy())
    np.testing.assert_allclose(last, torch.cat([*h_n], dim=1).detach().numpy())


def test_attention_equals_the_book_s():
    from rnnbook.attention import real_steps, scaled_dot_product
    from rnnbook.exercises import attend

    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in ((3, 4), (3, 6, 4), (3, 6, 2))]
    query, keys, values = map(torch.tensor, arrays)
    lengths = np.array([6, 2, 1])
    mask = real_steps(torch.tensor(lengths), 6)
    theirs = scaled_dot_product(query[:, None], keys, values, mask)
    for mine, right in zip(attend.solution(*arrays, lengths), theirs, strict=True):
        np.testing.assert_allclose(mine, right[:, 0].numpy())


def test_the_best_tags_are_the_best_of_all_and_the_book_s():
    from rnnbook.crf import Chain
    from rnnbook.exercises import viterbi

    rng = np.random.default_rng(0)
    arguments = [rng.normal(size=shape) for shape in ((5, 3), (3, 3), (3,))]
    path, score = viterbi.solution(*arguments)
    emissions, transitions, start = map(torch.tensor, arguments)
    chain = Chain(emissions[None], transitions, start)
    assert chain.viterbi()[0].tolist() == path
    every = torch.cartesian_prod(*(torch.arange(3),) * 5)
    scores = Chain(emissions.expand(len(every), -1, -1), transitions, start).score(every)
    assert every[scores.argmax()].tolist() == path
    assert score == pytest.approx(scores.max().item())


def test_no_two_sequences_of_tags_score_the_same_so_that_nothing_hangs_on_ties():
    from itertools import product

    from rnnbook.exercises import viterbi

    for rung in viterbi.LADDER.rungs():
        time, tags = rung.arguments[0].shape
        scores = [
            viterbi._scored(path, *rung.arguments) for path in product(range(tags), repeat=time)
        ]
        highest, second, *_ = sorted(scores, reverse=True)
        assert highest - second > 0.01


def test_the_kernel_equals_the_book_s_layers():
    from rnnbook.exercises import ssm_kernel
    from rnnbook.layers import S4D

    torch.manual_seed(0)
    layer = S4D(1, 1, state_size=4, batch_first=True).double()
    layer.D.data.zero_()
    A_bar, B_bar = (part[0].detach().numpy() for part in layer.discrete())
    C = torch.view_as_complex(layer.C)[0].detach().numpy()
    xs = torch.randn(1, 30, 1, dtype=torch.float64)
    K, ys = ssm_kernel.solution(A_bar, B_bar, 2 * C, layer.inward(xs).detach().numpy()[0, :, 0])
    np.testing.assert_allclose(K, layer.kernel(30)[:, 0].detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(ys, layer(xs)[0][0, :, 0].detach().numpy(), atol=1e-12)


def test_the_beam_equals_the_book_s():
    from rnnbook.decoding import beam
    from rnnbook.exercises import beam_search

    weights = np.random.default_rng(5).normal(size=(6, 6))
    weights -= np.log(np.exp(weights).sum(1, keepdims=True))

    def step(ids, state):
        return torch.tensor(weights[ids.numpy()]), state

    for width in (1, 2, 4):
        symbols, log_prob = beam_search.solution(lambda s: weights[s[-1]], 1, 2, width, 5)
        ids, scores = beam(step, torch.tensor([1]), None, length=5, width=width, end=2)
        assert symbols == ids[0, : len(symbols)].tolist()
        assert log_prob == pytest.approx(scores[0].item())


def test_no_two_sequences_are_equally_likely_so_that_nothing_hangs_on_ties():
    from rnnbook.exercises import beam_search

    tables = [
        value for name, value in vars(beam_search).items() if name.isupper() and name != "HINTS"
    ]
    rows = [row for table in tables if isinstance(table, dict) for row in table.values()]
    assert len(rows) > 10
    assert all(len({*row}) == len(row) and sum(row) == pytest.approx(1) for row in rows)


def test_other_ways_to_be_right_are_right():
    from rnnbook.exercises import beam_search, delta_rule

    def kept_in_the_beam(step, start, end, width, length):
        beams = [([start], 0.0)]
        for _ in range(length):
            grown = []
            for s, p in beams:
                more = [([*s, k], p + lp) for k, lp in enumerate(step(s))]
                grown += [(s, p)] if s[-1] == end else more
            beams = sorted(grown, key=lambda one: one[1], reverse=True)[:width]
        return np.array(beams[0][0][1:]), beams[0][1]

    def erase_then_write(qs, ks, vs, betas):
        S, out = np.zeros((ks.shape[1], vs.shape[1])), []  # the other way round, and read so
        for q, k, v, beta in zip(qs, ks, vs, betas, strict=True):
            S = S - beta * np.outer(k, k @ S) + beta * np.outer(k, v)
            out.append(q @ S)
        return out

    def loop(a, b, h_0):
        hs = [h_0]
        for t in range(len(a)):
            hs.append(a[t] * hs[-1] + b[t])
        return hs[1:]

    assert beam_search.check(kept_in_the_beam)
    assert delta_rule.check(erase_then_write)
    assert scan.check(loop)


def test_other_ways_to_be_right_in_the_newer_exercises_are_right():
    from itertools import pairwise, product

    from rnnbook.exercises import attend, both_ways, embed, ssm_kernel, truncated, viterbi

    def by_one_hot(ids, W, d_xs):
        one_hot = np.eye(len(W))[ids]
        return one_hot @ W, np.einsum("bti,bte->ie", one_hot * (ids > 0)[..., None], d_xs)

    def by_autograd(xs, h, W_xh, W_hh, b_h, chunk):
        weights = [torch.tensor(w, requires_grad=True) for w in (W_xh, W_hh, b_h)]
        h = torch.tensor(h)
        for part in torch.tensor(xs).split(chunk, dim=1):
            h, total = h.detach(), 0
            for x in part.unbind(1):
                h = torch.tanh(x @ weights[0].T + h @ weights[1].T + weights[2])
                total = total + h.sum()
            total.backward()
        return [*(w.grad for w in weights), h.detach()]

    def one_by_one(xs, lengths, forward, backward):
        outputs, last = [], []
        for x, n in zip(xs, lengths, strict=True):
            there, back = forward(x[None, :n])[0], backward(x[None, :n][:, ::-1])[0, ::-1]
            outputs.append(np.pad(np.hstack([there, back]), ((0, len(x) - n), (0, 0))))
            last.append(np.hstack([there[-1], back[0]]))
        return outputs, last

    def with_a_large_number(query, keys, values, lengths):
        scores = torch.tensor(keys @ query[..., None])[..., 0] / query.shape[1] ** 0.5
        real = torch.arange(keys.shape[1]) < torch.tensor(lengths)[:, None]
        alpha = scores.masked_fill(~real, -1e9).softmax(1)
        return (alpha[:, None] @ torch.tensor(values))[:, 0], alpha

    def all_paths(emissions, transitions, start):
        def score(path):
            pairs = sum(transitions[i, j] for i, j in pairwise(path))
            return start[path[0]] + sum(e[j] for e, j in zip(emissions, path, strict=True)) + pairs

        time, tags = emissions.shape
        best = max(product(range(tags), repeat=time), key=score)
        return np.array(best), score(best)

    assert embed.check(by_one_hot)
    assert truncated.check(by_autograd)
    assert both_ways.check(one_by_one)
    assert attend.check(with_a_large_number)
    assert viterbi.check(all_paths)
    assert ssm_kernel.check(ssm_kernel._recurrent)
