"""Wrong solutions as candidates write them: each is refused, and its mistake has the right name."""

from __future__ import annotations

import math
from datetime import datetime
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook import exercises

PLANTED = []


def planted(exercise, says):
    """Collect a wrong solution of an exercise and what its mistake is called."""

    def collect(fn):
        PLANTED.append(pytest.param(exercise, fn, says, id=f"{exercise}: {fn.__name__}"))
        return fn

    return collect


def sigmoid(x):
    return 0.5 * (1 + np.tanh(x / 2))


@pytest.mark.parametrize(("exercise", "fn", "says"), PLANTED)
def test_the_mistake_is_named(exercise, fn, says):
    grade = getattr(exercises, exercise).check(fn)
    assert not grade
    assert grade.mistake == says
    assert "it may not be the only mistake" not in grade.message
    assert str(grade).isascii()


def test_five_are_planted_for_each_exercise():
    count = dict.fromkeys((e.LADDER.name for e in exercises.EXERCISES), 0)
    for one in PLANTED:
        count[one.values[0]] += 1
    assert min(count.values()) >= 5


# ------------------------------------------------------------------------------------- rnn_step


@planted("rnn_step", "W_hh is transposed")
def rnn_h_at_w(xs, h_0, W_xh, W_hh, b_xh, b_hh):
    out = np.empty((len(xs), xs.shape[1], len(W_hh)))
    h = h_0
    for t in range(xs.shape[1]):
        h = np.tanh(np.einsum("bi,hi->bh", xs[:, t], W_xh) + h @ W_hh + b_xh + b_hh)
        out[:, t] = h
    return out


@planted("rnn_step", "every step starts from h_0, so that no state is passed on")
def rnn_forgets_to_assign(xs, h_0, W_xh, W_hh, b_xh, b_hh):
    return np.tanh(xs @ W_xh.T + b_xh + (h_0 @ W_hh.T + b_hh)[:, None])


@planted("rnn_step", "the first axis of xs is taken for time")
def rnn_time_first(xs, h_0, W_xh, W_hh, b_xh, b_hh):
    states = [h_0]
    for x_t in xs:
        states.append(np.tanh(x_t @ W_xh.T + b_xh + states[-1] @ W_hh.T + b_hh))
    return np.array(states[1:])


@planted("rnn_step", "the states are stacked with time first (np.stack without axis=1)")
def rnn_list_of_states(xs, h_0, W_xh, W_hh, b_xh, b_hh):
    states = [h_0]
    for t in range(xs.shape[1]):
        states.append(np.tanh(xs[:, t] @ W_xh.T + b_xh + states[-1] @ W_hh.T + b_hh))
    return states[1:]


@planted("rnn_step", "b_hh is left out")
def rnn_one_bias(xs, h_0, W_xh, W_hh, b_xh, b_hh):
    W, h, out = np.hstack([W_xh, W_hh]), h_0, []
    for t in range(xs.shape[1]):
        h = np.tanh(np.hstack([xs[:, t], h]) @ W.T + b_xh)
        out.append(h)
    return np.stack(out, 1)


@planted("rnn_step", "every step holds the last state: one array was changed in place")
def rnn_same_array(xs, h_0, W_xh, W_hh, b_xh, b_hh):
    h, out = h_0.copy(), []
    for t in range(xs.shape[1]):
        h[...] = np.tanh(xs[:, t] @ W_xh.T + b_xh + h @ W_hh.T + b_hh)
        out.append(h)
    return np.stack(out, 1)


@planted("rnn_step", "h_0 is ignored")
def rnn_zeros(xs, h_0, W_xh, W_hh, b_xh, b_hh):
    hs = np.zeros((xs.shape[0], xs.shape[1] + 1, h_0.shape[1]))
    for t in range(xs.shape[1]):
        hs[:, t + 1] = np.tanh(xs[:, t] @ W_xh.T + hs[:, t] @ W_hh.T + b_xh + b_hh)
    return hs[:, 1:]


# ------------------------------------------------------------------------------------ lstm_step


@planted("lstm_step", "the rows are read in the order i, f, o, g")
def lstm_ifog(x, h, c, W_xh, W_hh, b_xh, b_hh):
    n = h.shape[1]
    z = x @ W_xh.T + h @ W_hh.T + b_xh + b_hh
    gates = sigmoid(z[:, : 3 * n])
    i, f, o = gates[:, :n], gates[:, n : 2 * n], gates[:, 2 * n :]
    c = f * c + i * np.tanh(z[:, 3 * n :])
    return o * np.tanh(c), c


@planted("lstm_step", "the rows are read in the order f, i, g, o")
def lstm_forget_first(x, h, c, W_xh, W_hh, b_xh, b_hh):
    def part(k):
        rows = slice(k * h.shape[1], (k + 1) * h.shape[1])
        return x @ W_xh[rows].T + h @ W_hh[rows].T + b_xh[rows] + b_hh[rows]

    c = sigmoid(part(0)) * c + sigmoid(part(1)) * np.tanh(part(2))
    return sigmoid(part(3)) * np.tanh(c), c


@planted("lstm_step", "h reads c without tanh")
def lstm_no_tanh(x, h, c, W_xh, W_hh, b_xh, b_hh):
    i, f, g, o = np.hsplit(x @ W_xh.T + h @ W_hh.T + b_xh + b_hh, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * c, c


@planted("lstm_step", "the pair is returned as (c, h)")
def lstm_swapped(x, h, c, W_xh, W_hh, b_xh, b_hh):
    i, f, g, o = np.hsplit(x @ W_xh.T + h @ W_hh.T + b_xh + b_hh, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    return c, h


@planted("lstm_step", "h reads the old c")
def lstm_old_c(x, h, c, W_xh, W_hh, b_xh, b_hh):
    i, f, g, o = np.hsplit(x @ W_xh.T + h @ W_hh.T + b_xh + b_hh, 4)
    return sigmoid(o) * np.tanh(c), sigmoid(f) * c + sigmoid(i) * np.tanh(g)


@planted("lstm_step", "each block of W_hh is transposed")
def lstm_h_at_w(x, h, c, W_xh, W_hh, b_xh, b_hh):
    z = []
    for W, U, b, d in zip(*(np.split(w, 4) for w in (W_xh, W_hh, b_xh, b_hh)), strict=True):
        z.append(x @ W.T + h @ U + b + d)
    c = sigmoid(z[1]) * c + sigmoid(z[0]) * np.tanh(z[2])
    return sigmoid(z[3]) * np.tanh(c), c


@planted("lstm_step", "x @ W_xh is computed without .T")
def lstm_no_transpose(x, h, c, W_xh, W_hh, b_xh, b_hh):
    i, f, g, o = np.hsplit(x @ W_xh + h @ W_hh + b_xh + b_hh, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


# ------------------------------------------------------------------------------------- gru_step


@planted("gru_step", "the update gate lets the new in")
def gru_chung_z(x, h, W_xh, W_hh, b_xh, b_hh):
    from_x, from_h = x @ W_xh.T + b_xh, h @ W_hh.T + b_hh
    n = h.shape[1]
    r = sigmoid(from_x[:, :n] + from_h[:, :n])
    z = sigmoid(from_x[:, n : 2 * n] + from_h[:, n : 2 * n])
    return h + z * (np.tanh(from_x[:, 2 * n :] + r * from_h[:, 2 * n :]) - h)


@planted("gru_step", "the reset gate acts before the product")
def gru_cho(x, h, W_xh, W_hh, b_xh, b_hh):
    (W_r, W_z, W_n), (U_r, U_z, U_n) = np.split(W_xh, 3), np.split(W_hh, 3)
    b_r, b_z, b_n = np.split(b_xh + b_hh, 3)
    r, z = sigmoid(x @ W_r.T + h @ U_r.T + b_r), sigmoid(x @ W_z.T + h @ U_z.T + b_z)
    return z * h + (1 - z) * np.tanh(x @ W_n.T + (r * h) @ U_n.T + b_n)


@planted("gru_step", "the reset gate acts before the product and the update gate lets the new in")
def gru_chung(x, h, W_xh, W_hh, b_xh, b_hh):
    (W_r, W_z, W_n), (U_r, U_z, U_n) = np.split(W_xh, 3), np.split(W_hh, 3)
    b_r, b_z, b_n = np.split(b_xh + b_hh, 3)
    r, z = sigmoid(x @ W_r.T + h @ U_r.T + b_r), sigmoid(x @ W_z.T + h @ U_z.T + b_z)
    return (1 - z) * h + z * np.tanh(x @ W_n.T + (r * h) @ U_n.T + b_n)


@planted("gru_step", "the rows are read in the order z, r, n")
def gru_keras(x, h, W_xh, W_hh, b_xh, b_hh):
    (x_z, x_r, x_n), (h_z, h_r, h_n) = (
        np.hsplit(x @ W_xh.T + b_xh, 3),
        np.hsplit(h @ W_hh.T + b_hh, 3),
    )
    z = sigmoid(x_z + h_z)
    return z * h + (1 - z) * np.tanh(x_n + sigmoid(x_r + h_r) * h_n)


@planted("gru_step", "the recurrent bias of the candidate, b_hn, is outside the reset")
def gru_bias_outside(x, h, W_xh, W_hh, b_xh, b_hh):
    b = np.split(b_xh + b_hh, 3)
    x_r, x_z, x_n = np.hsplit(x @ W_xh.T, 3)
    h_r, h_z, h_n = np.hsplit(h @ W_hh.T, 3)
    r, z = sigmoid(x_r + h_r + b[0]), sigmoid(x_z + h_z + b[1])
    return (1 - z) * np.tanh(x_n + r * h_n + b[2]) + z * h


@planted("gru_step", "the reset gate is left out")
def gru_no_reset(x, h, W_xh, W_hh, b_xh, b_hh):
    _, z, n = np.hsplit(x @ W_xh.T + b_xh + h @ W_hh.T + b_hh, 3)
    return (1 - sigmoid(z)) * np.tanh(n) + sigmoid(z) * h


# ----------------------------------------------------------------------------------------- bptt


def forward(xs, h_0, W_xh, W_hh, b_h):
    hs = [h_0]
    for t in range(xs.shape[1]):
        hs.append(np.tanh(xs[:, t] @ W_xh.T + hs[-1] @ W_hh.T + b_h))
    return np.stack(hs, axis=1)


@planted("bptt", "nothing comes back from the next step: each step is on its own")
def bptt_local(xs, h_0, W_xh, W_hh, b_h):
    hs = forward(xs, h_0, W_xh, W_hh, b_h)
    dz = 1 - hs[:, 1:] ** 2
    grad = "bti,btj->ij"
    return np.einsum(grad, dz, xs), np.einsum(grad, dz, hs[:, :-1]), dz.sum((0, 1))


@planted("bptt", "what comes back is dz @ W_hh.T instead of dz @ W_hh")
def bptt_transposed(xs, h_0, W_xh, W_hh, b_h):
    hs = forward(xs, h_0, W_xh, W_hh, b_h)
    dW_xh, dW_hh, db, dh = 0, 0, 0, 0
    for t in range(xs.shape[1] - 1, -1, -1):
        dz = (1 + dh) * (1 - hs[:, t + 1] ** 2)
        dW_xh, dW_hh, db = dW_xh + dz.T @ xs[:, t], dW_hh + dz.T @ hs[:, t], db + dz.sum(0)
        dh = dz @ W_hh.T
    return dW_xh, dW_hh, db


@planted("bptt", "only the last state is in L")
def bptt_last(xs, h_0, W_xh, W_hh, b_h):
    hs = forward(xs, h_0, W_xh, W_hh, b_h)
    dW_xh, dW_hh, db, dh = 0, 0, 0, np.ones_like(h_0)
    for t in range(xs.shape[1] - 1, -1, -1):
        dz = dh * (1 - hs[:, t + 1] ** 2)
        dW_xh, dW_hh, db = dW_xh + dz.T @ xs[:, t], dW_hh + dz.T @ hs[:, t], db + dz.sum(0)
        dh = dz @ W_hh
    return dW_xh, dW_hh, db


@planted("bptt", "dW_hh is made of h_t instead of h_{t-1}")
def bptt_late_state(xs, h_0, W_xh, W_hh, b_h):
    hs = forward(xs, h_0, W_xh, W_hh, b_h)
    dzs, dh = np.zeros_like(hs[:, 1:]), 0
    for t in range(xs.shape[1] - 1, -1, -1):
        dzs[:, t] = (1 + dh) * (1 - hs[:, t + 1] ** 2)
        dh = dzs[:, t] @ W_hh
    grad = "bti,btj->ij"
    return np.einsum(grad, dzs, xs), np.einsum(grad, dzs, hs[:, 1:]), dzs.sum((0, 1))


@planted("bptt", "the gradient is divided by the batch, but L is a sum")
def bptt_mean(xs, h_0, W_xh, W_hh, b_h):
    hs = forward(xs, h_0, W_xh, W_hh, b_h)
    dzs, dh = np.zeros_like(hs[:, 1:]), 0
    for t in range(xs.shape[1] - 1, -1, -1):
        dzs[:, t] = (1 + dh) * (1 - hs[:, t + 1] ** 2)
        dh = dzs[:, t] @ W_hh
    grad = "bti,btj->bij"
    d_x, d_h = np.einsum(grad, dzs, xs), np.einsum(grad, dzs, hs[:, :-1])
    return d_x.mean(0), d_h.mean(0), dzs.sum(1).mean(0)


@planted("bptt", "the slope is taken of h, 1 - tanh(h) ** 2, where h is the tanh already")
def bptt_tanh_twice(xs, h_0, W_xh, W_hh, b_h):
    hs = forward(xs, h_0, W_xh, W_hh, b_h)
    dW_xh, dW_hh, db, dh = 0, 0, 0, 0
    for t in reversed(range(xs.shape[1])):
        dz = (1 + dh) / np.cosh(hs[:, t + 1]) ** 2
        dW_xh, dW_hh, db = dW_xh + dz.T @ xs[:, t], dW_hh + dz.T @ hs[:, t], db + dz.sum(0)
        dh = dz @ W_hh
    return dW_xh, dW_hh, db


# ---------------------------------------------------------------------------------- masked_loss


def nats(logits, targets):
    """The loss at each step, one after another."""
    out = np.zeros(targets.shape)
    for i, j in np.ndindex(*targets.shape):
        top = max(logits[i, j])
        total = sum(math.exp(value - top) for value in logits[i, j])
        out[i, j] = top + math.log(total) - logits[i, j, targets[i, j]]
    return out


@planted("masked_loss", "the padding is not masked")
def loss_unmasked(logits, targets, lengths):
    return nats(logits, targets).mean()


@planted("masked_loss", "the masked losses are divided by all steps, the padding's too")
def loss_zeroed(logits, targets, lengths):
    losses = nats(logits, targets)
    for i, n in enumerate(lengths):
        losses[i, n:] = 0
    return losses.mean()


@planted("masked_loss", "each sequence has the same weight: a mean of the means")
def loss_mean_of_means(logits, targets, lengths):
    losses = nats(logits, targets)
    return sum(row[:n].mean() for row, n in zip(losses, lengths, strict=True)) / len(losses)


@planted("masked_loss", "the mask is read from the targets, targets != 0")
def loss_pad_is_zero(logits, targets, lengths):
    losses = nats(logits, targets)
    return losses[targets > 0].sum() / (targets > 0).sum()


@planted("masked_loss", "exp overflows, because the largest logit is not taken off")
def loss_overflow(logits, targets, lengths):
    p = np.exp(logits) / np.sum(np.exp(logits), axis=2)[:, :, None]
    total = count = 0
    for i, n in enumerate(lengths):
        for t in range(n):
            total, count = total - np.log(p[i, t, targets[i, t]]), count + 1
    return total / count


@planted("masked_loss", "the mask keeps one step too many, <= instead of <")
def loss_off_by_one(logits, targets, lengths):
    losses = nats(logits, targets)
    kept = [losses[i, : n + 1] for i, n in enumerate(lengths)]
    return np.concatenate(kept).mean()


# ----------------------------------------------------------------------------------- perplexity


@planted("perplexity", "exp comes before the mean over the real symbols")
def perplexity_of_each(log_probs, lengths):
    inverse = [1 / math.exp(p) for row, n in zip(log_probs, lengths, strict=True) for p in row[:n]]
    return sum(inverse) / len(inverse)


@planted("perplexity", "2 is raised to nats: the base is not that of the logarithm")
def perplexity_base_2(log_probs, lengths):
    total = sum(row[:n].sum() for row, n in zip(log_probs, lengths, strict=True))
    return 2 ** (-total / lengths.sum())


@planted("perplexity", "the padding is set to zero but counted in the mean")
def perplexity_zeroed(log_probs, lengths):
    kept = [np.where(np.arange(len(r)) < n, r, 0) for r, n in zip(log_probs, lengths, strict=True)]
    return math.exp(-np.mean(kept))


@planted("perplexity", "each sequence has a perplexity of its own, and these are averaged")
def perplexity_by_row(log_probs, lengths):
    each = [math.exp(-row[:n].mean()) for row, n in zip(log_probs, lengths, strict=True)]
    return np.mean(each)


@planted("perplexity", "the minus sign is left out")
def perplexity_below_one(log_probs, lengths):
    real = [p for row, n in zip(log_probs, lengths, strict=True) for p in row[:n]]
    return np.prod(np.exp(real)) ** (1 / len(real))


@planted("perplexity", "exp is left out, so this is the cross-entropy")
def perplexity_is_loss(log_probs, lengths):
    real = [p for row, n in zip(log_probs, lengths, strict=True) for p in row[:n]]
    return -sum(real) / len(real)


# ---------------------------------------------------------------------------------- beam_search


@planted("beam_search", "width is ignored: this is the greedy search")
def beam_greedy(step, start, end, width, length):
    symbols, total = [start], 0.0
    while len(symbols) <= length:
        log_probs = step(symbols)
        symbols.append(int(log_probs.argmax()))
        total += log_probs.max()
        if symbols[-1] == end:
            break
    return symbols[1:], total


@planted("beam_search", "the log-probability is divided by the length")
def beam_normalised(step, start, end, width, length):
    beams, done = [([], 0.0)], []
    for _ in range(length):
        grown = [
            ([*s, k], p + lp) for s, p in beams for k, lp in enumerate(step([start, *s]).tolist())
        ]
        grown.sort(key=lambda beam: -beam[1])
        done += [beam for beam in grown[:width] if beam[0][-1] == end]
        beams = [beam for beam in grown[:width] if beam[0][-1] != end]
    return max(done + beams, key=lambda beam: beam[1] / len(beam[0]))


@planted("beam_search", "start is returned with the symbols")
def beam_with_start(step, start, end, width, length):
    beams = [([start], 0.0)]
    for _ in range(length):
        grown = []
        for s, p in beams:
            more = [([*s, k], p + lp) for k, lp in enumerate(step(s))]
            grown += [(s, p)] if s[-1] == end else more
        beams = sorted(grown, key=lambda beam: beam[1], reverse=True)[:width]
    return beams[0]


@planted("beam_search", "the search does not stop at end")
def beam_endless(step, start, end, width, length):
    beams = [(0.0, [start])]
    for _ in range(length):
        grown = [(p + lp, [*s, k]) for p, s in beams for k, lp in enumerate(step(s))]
        beams = sorted(grown)[::-1][:width]
    return beams[0][1][1:], beams[0][0]


@planted("beam_search", "the first sequence that ends is returned")
def beam_impatient(step, start, end, width, length):
    beams = [(0.0, [start])]
    for _ in range(length):
        grown = [(p + lp, [*s, k]) for p, s in beams for k, lp in enumerate(step(s))]
        beams = sorted(grown)[::-1][:width]
        for p, s in beams:
            if s[-1] == end:
                return s[1:], p
    return beams[0][1][1:], beams[0][0]


@planted("beam_search", "the probability is returned, not its logarithm")
def beam_probabilities(step, start, end, width, length):
    beams = [([start], 1.0)]
    for _ in range(length):
        grown = []
        for s, p in beams:
            more = [([*s, k], p * q) for k, q in enumerate(np.exp(step(s)))]
            grown += [(s, p)] if s[-1] == end else more
        beams = sorted(grown, key=lambda beam: beam[1], reverse=True)[:width]
    return beams[0][0][1:], beams[0][1]


# --------------------------------------------------------------------------------- ctc_collapse


@planted("ctc_collapse", "the blanks are dropped before repeats are merged")
def ctc_last_kept(logits, blank):
    out = []
    for frame in logits:
        best = int(np.argmax(frame))
        if best != blank and (not out or out[-1] != best):
            out.append(best)
    return out


@planted("ctc_collapse", "repeats are not merged")
def ctc_filter(logits, blank):
    path = logits.argmax(-1)
    return path[path != blank]


@planted("ctc_collapse", "the blanks are not dropped")
def ctc_unfiltered(logits, blank):
    path = logits.argmax(-1)
    return path[np.insert(path[1:] != path[:-1], 0, True)].tolist()


@planted("ctc_collapse", "every symbol is kept once, wherever it appears again")
def ctc_seen(logits, blank):
    out = []
    for best in logits.argmax(-1):
        if best != blank and best not in out:
            out.append(best)
    return out


@planted("ctc_collapse", "the blank is taken to be 0")
def ctc_zero(logits, blank):
    path = [int(frame.argmax()) for frame in logits]
    return [b for a, b in zip([0, *path], path, strict=False) if b and b != a]


@planted("ctc_collapse", "the last run is lost")
def ctc_change(logits, blank):
    path = logits.argmax(-1).tolist()
    return [a for a, b in pairwise(path) if a != b and a != blank]


# ----------------------------------------------------------------------------------------- scan


@planted("scan", "steps are joined in the wrong order, a_1 b_2 + b_1")
def scan_tree(a, b, h_0):
    a, b = a.copy(), b.copy()
    b[0] = a[0] * h_0 + b[0]
    span = 1
    while span < len(a):
        older_a, older_b = a.copy(), b.copy()
        for t in range(span, len(a)):
            b[t] = older_a[t - span] * older_b[t] + older_b[t - span]
            a[t] = older_a[t - span] * older_a[t]
        span *= 2
    return b


@planted("scan", "everything is divided by the product of all a, which may be zero")
def scan_cumprod(a, b, h_0):
    kept = np.multiply.accumulate(a)
    return kept * h_0 + kept * np.add.accumulate(b / kept)


@planted("scan", "the logarithm of a is taken, which has no sign and no zero")
def scan_logs(a, b, h_0):
    kept = np.exp(np.log(a).cumsum(0))
    return kept * (h_0 + (b / kept).cumsum(0))


@planted("scan", "b_t is weighted with 1 - a_t")
def scan_average(a, b, h_0):
    hs = [h_0]
    for keep, new in zip(a, b, strict=True):
        hs.append(new + keep * (hs[-1] - new))
    return hs[1:]


@planted("scan", "h_0 is added without a_1")
def scan_late_start(a, b, h_0):
    hs = np.zeros_like(b)
    hs[0] = h_0 + b[0]
    for t in range(1, len(a)):
        hs[t] = a[t] * hs[t - 1] + b[t]
    return hs


@planted("scan", "h_0 is returned as the first state, and h_T is lost")
def scan_exclusive(a, b, h_0):
    hs = [h_0]
    for keep, new in zip(a, b, strict=True):
        hs.append(keep * hs[-1] + new)
    return np.array(hs[:-1])


# ----------------------------------------------------------------------------------- delta_rule


@planted("delta_rule", "nothing is taken off: this is linear attention without the delta rule")
def delta_sum(qs, ks, vs, betas):
    S = np.cumsum(betas[:, None, None] * vs[:, :, None] * ks[:, None, :], axis=0)
    return np.einsum("tvk,tk->tv", S, qs)


@planted("delta_rule", "the memory is read before it is written")
def delta_late(qs, ks, vs, betas):
    S, out = np.zeros((vs.shape[1], ks.shape[1])), []
    for t in range(len(qs)):
        out.append(S @ qs[t])
        S = S + betas[t] * (vs[t] - S @ ks[t])[:, None] * ks[t]
    return np.array(out)


@planted("delta_rule", "beta scales the new value, but the old one is taken off whole")
def delta_whole(qs, ks, vs, betas):
    S, out = np.zeros((vs.shape[1], ks.shape[1])), []
    for q, k, v, beta in zip(qs, ks, vs, betas, strict=True):
        S = S @ (np.eye(len(k)) - np.outer(k, k)) + beta * np.outer(v, k)
        out.append(S @ q)
    return out


@planted("delta_rule", "the outer product is transposed, k v^T")
def delta_flipped(qs, ks, vs, betas):
    S, out = np.zeros((vs.shape[1], ks.shape[1])), []
    for q, k, v, beta in zip(qs, ks, vs, betas, strict=True):
        error = v - S @ k
        S = S + beta * k[:, None] * error
        out.append(S @ q)
    return np.array(out)


@planted("delta_rule", "the whole memory decays, (1 - beta) S + beta v k^T")
def delta_average(qs, ks, vs, betas):
    S, out = np.zeros((vs.shape[1], ks.shape[1])), []
    for q, k, v, beta in zip(qs, ks, vs, betas, strict=True):
        S += beta * (np.outer(v, k) - S)
        out.append(S @ q)
    return np.array(out)


@planted("delta_rule", "beta is left out")
def delta_no_beta(qs, ks, vs, betas):
    S, out = np.zeros((vs.shape[1], ks.shape[1])), []
    for q, k, v in zip(qs, ks, vs, strict=True):
        S = S + np.outer(v, k) - np.outer(S @ k, k)
        out.append(S @ q)
    return np.array(out)


# ------------------------------------------------------------------------------------ clip_norm


def length(*gradients):
    return math.sqrt(sum(float(np.vdot(d, d)) for d in gradients))


@planted("clip_norm", "each parameter is clipped by a norm of its own")
def clip_each(dW_xh, dW_hh, db, limit):
    each = [d * min(1, limit / max(length(d), 1e-9)) for d in (dW_xh, dW_hh, db)]
    return *each, length(dW_xh, dW_hh, db)


@planted("clip_norm", "each number is clipped by its value, which turns the gradient")
def clip_values(dW_xh, dW_hh, db, limit):
    each = [np.maximum(np.minimum(d, limit), -limit) for d in (dW_xh, dW_hh, db)]
    return *each, length(dW_xh, dW_hh, db)


@planted("clip_norm", "a gradient below limit is stretched to it")
def clip_always(dW_xh, dW_hh, db, limit):
    norm = length(dW_xh, dW_hh, db)
    with np.errstate(all="ignore"):
        factor = limit / np.float64(norm)
    return dW_xh * factor, dW_hh * factor, db * factor, norm


@planted("clip_norm", "the root is left out")
def clip_square(dW_xh, dW_hh, db, limit):
    square = length(dW_xh, dW_hh, db) ** 2
    factor = min(1, limit / square) if square else 1
    return dW_xh * factor, dW_hh * factor, db * factor, square


@planted("clip_norm", "the norm after clipping is returned")
def clip_late(dW_xh, dW_hh, db, limit):
    factor = min(1, limit / max(length(dW_xh, dW_hh, db), 1e-9))
    each = dW_xh * factor, dW_hh * factor, db * factor
    return *each, length(*each)


@planted("clip_norm", "the bias is missing in the norm")
def clip_matrices(dW_xh, dW_hh, db, limit):
    norm = length(dW_xh, dW_hh)
    factor = 1 if norm <= limit else limit / norm
    return dW_xh * factor, dW_hh * factor, db * factor, norm


# ------------------------------------------------------------------------------------- pad_mask


@planted("pad_mask", "the padding is among the states that are averaged")
def mask_unused(states, lengths):
    mask = np.array([[t < n for t in range(states.shape[1])] for n in lengths])
    return mask, np.mean(states, axis=1)


@planted("pad_mask", "the sum of the real states is divided by time, not by lengths")
def mask_by_time(states, lengths):
    mask = np.arange(states.shape[1]) < lengths[:, None]
    return mask, np.mean(np.where(mask[:, :, None], states, 0), axis=1)


@planted("pad_mask", "the mask keeps one step too many, <= instead of <")
def mask_one_more(states, lengths):
    mask = np.arange(states.shape[1]) <= lengths[:, None]
    return mask, [row[kept].mean(0) for row, kept in zip(states, mask, strict=True)]


@planted("pad_mask", "the mask is 1 at the padding")
def mask_of_attention(states, lengths):
    means = [row[:n].mean(0) for row, n in zip(states, lengths, strict=True)]
    return np.arange(states.shape[1]) >= lengths[:, None], means


@planted("pad_mask", "the mask is as wide as the longest sequence, not as the states")
def mask_narrow(states, lengths):
    means = [row[:n].mean(0) for row, n in zip(states, lengths, strict=True)]
    return np.arange(max(lengths)) < lengths[:, None], means


@planted("pad_mask", "the last real state is returned, not the mean")
def mask_last(states, lengths):
    mask = np.arange(states.shape[1]) < lengths[:, None]
    return mask, [row[n - 1] for row, n in zip(states, lengths, strict=True)]


# --------------------------------------------------------------------------------- adding_batch


def marked(values, first, second):
    """The batch with marks at these steps."""
    marks, rows = np.zeros(values.shape), np.arange(len(values))
    marks[rows, first] = marks[rows, second] = 1.0
    return np.dstack([values, marks]), np.sum(values * marks, axis=1)[:, None]


def places(values, draws):
    time = values.shape[1]
    half = time // 2
    first = np.floor(draws[:, 0] * half).astype(int)
    return first, half + np.floor(draws[:, 1] * (time - half)).astype(int)


@planted("adding_batch", "both marks stand in the first half")
def adding_near(values, draws):
    return marked(values, *np.floor(draws * (values.shape[1] // 2)).astype(int).T)


@planted(
    "adding_batch",
    "both marks are drawn from the whole sequence, where they may fall on one step",
)
def adding_anywhere(values, draws):
    return marked(values, *np.floor(draws * values.shape[1]).astype(int).T)


@planted("adding_batch", "the target is the product of the two numbers")
def adding_product(values, draws):
    first, second = places(values, draws)
    xs, _ = marked(values, first, second)
    rows = np.arange(len(values))
    return xs, (values[rows, first] * values[rows, second])[:, None]


@planted("adding_batch", "only one number is marked, in the second half")
def adding_overwritten(values, draws):
    first, second = places(values, draws)
    for step in (first, second):
        xs, targets = marked(values, step, step)
    return xs, targets


@planted("adding_batch", "all numbers are added up, marked or not")
def adding_everything(values, draws):
    xs, _ = marked(values, *places(values, draws))
    return xs, [[sum(row)] for row in values]


@planted("adding_batch", "numbers and marks are stacked as (batch, 2, time)")
def adding_rows(values, draws):
    xs, targets = marked(values, *places(values, draws))
    return np.stack([xs[:, :, 0], xs[:, :, 1]], axis=1), targets


@planted("adding_batch", "marks[:, step] marks the steps of all sequences in each of them")
def adding_columns(values, draws):
    marks = np.zeros_like(values)
    for steps in places(values, draws):
        marks[:, steps] = 1
    return np.dstack([values, marks]), (values * marks).sum(1, keepdims=True)


# ----------------------------------------------------------------------------------- name_batch


def spelled(names, alphabet, first=1, padding=0):
    width = max(len(name) for name in names)
    number = {letter: k for k, letter in enumerate(alphabet, first)}
    return [[number[c] for c in name] + [padding] * (width - len(name)) for name in names]


@planted("name_batch", "the ids begin at 0, so that padding is read as the first letter")
def names_from_zero(names, alphabet, states):
    last = [states[i, len(name) - 1] for i, name in enumerate(names)]
    return spelled(names, alphabet, first=0), [len(name) for name in names], last


@planted(
    "name_batch",
    "last is the state of the last column, which short names reach only through padding",
)
def names_last_column(names, alphabet, states):
    return spelled(names, alphabet), list(map(len, names)), states[:, -1, :]


@planted("name_batch", "lengths is the index of the last letter, one too few")
def names_index(names, alphabet, states):
    lengths = np.array([len(name) - 1 for name in names])
    return spelled(names, alphabet), lengths, states[range(len(names)), lengths]


@planted("name_batch", "last is read at lengths, one letter too late")
def names_late(names, alphabet, states):
    lengths = np.array([len(name) for name in names])
    return spelled(names, alphabet), lengths, states[range(len(names)), lengths]


@planted("name_batch", "lengths count the padding, and last is read there")
def names_width(names, alphabet, states):
    ids = np.array(spelled(names, alphabet))
    lengths = [len(row) for row in ids]
    return ids, lengths, [state[n - 1] for state, n in zip(states, lengths, strict=True)]


@planted("name_batch", "the padding stands before the name")
def names_right_aligned(names, alphabet, states):
    width = max(map(len, names))
    ids = [[0] * (width - len(n)) + [alphabet.index(c) + 1 for c in n] for n in names]
    last = [states[i, len(name) - 1] for i, name in enumerate(names)]
    return ids, [len(name) for name in names], last


# ------------------------------------------------------------------------------------- date_out


def iso(text, form="{0.year}-{0.month:02d}-{0.day:02d}"):
    written = form.format(datetime.strptime(text, "%B %d, %Y"))
    return [10 if c == "-" else int(c) for c in written]


@planted("date_out", "the inputs are not shifted: the decoder reads what it is to answer")
def date_unshifted(texts):
    both = [[*iso(text), 12] for text in texts]
    return both, both


@planted("date_out", "there is no end, so that the decoder never learns to stop")
def date_endless(texts):
    targets = np.array([iso(text) for text in texts])
    inputs = np.roll(targets, 1, axis=1)
    inputs[:, 0] = 11
    return inputs, targets


@planted("date_out", "day and month are swapped")
def date_british(texts):
    rows = [iso(text, "{0.year}-{0.day:02d}-{0.month:02d}") for text in texts]
    return [[11, *row] for row in rows], [[*row, 12] for row in rows]


@planted("date_out", "months and days of one digit have no zero before it")
def date_short(texts):
    rows = [iso(text, "{0.year}-{0.month}-{0.day}") for text in texts]
    return [[11, *row] for row in rows], [[*row, 12] for row in rows]


@planted("date_out", "neither is shifted, and both hold start and end")
def date_framed(texts):
    rows = [[11, *iso(text), 12] for text in texts]
    return rows, rows


@planted("date_out", "the hyphens are left out")
def date_digits(texts):
    rows = [[k for k in iso(text) if k < 10] for text in texts]
    return np.insert(rows, 0, 11, axis=1), np.array([[*row, 12] for row in rows])


# -------------------------------------------------------------------------------- hidden_states


def collected(states, lengths, labels):
    rows, whose, where = [], [], []
    for sentence, n, label in zip(states, lengths, labels, strict=True):
        rows += list(sentence[:n])
        whose += [label] * n
        where += range(n)
    return np.array(rows), whose, where


def components(X):
    """The eigenvectors of the covariance, the widest first, with signs of their own."""
    _, vectors = np.linalg.eigh(np.cov(X.T, bias=True))
    return -vectors[:, ::-1]


@planted("hidden_states", "the states of the padding are among the points")
def states_all(states, lengths, labels):
    X, time = states.reshape(-1, states.shape[-1]), states.shape[1]
    X = X - X.mean(0)
    points = X @ components(X)[:, :2]
    return points, np.repeat(labels, time), np.tile(np.arange(time), len(labels))


@planted("hidden_states", "the mean state is not taken off")
def states_uncentred(states, lengths, labels):
    X, whose, where = collected(states, lengths, labels)
    U, S, _ = np.linalg.svd(X, full_matrices=False)
    return U[:, :2] * S[:2], whose, where


@planted(
    "hidden_states",
    "the columns of the last matrix are taken for the directions: it is transposed",
)
def states_turned(states, lengths, labels):
    X, whose, where = collected(states, lengths, labels)
    X = X - X.mean(0)
    _, _, V = np.linalg.svd(X, full_matrices=False)
    return np.einsum("wu,ud->wd", X, V[:, :2]), whose, where


@planted("hidden_states", "only the last state of each sentence is collected")
def states_last(states, lengths, labels):
    X = np.array([sentence[n - 1] for sentence, n in zip(states, lengths, strict=True)])
    X = X - X.mean(0)
    return X @ np.linalg.svd(X, full_matrices=False)[2][:2].T, labels, lengths - 1


@planted("hidden_states", "the last two directions are kept, in which the states vary least")
def states_ascending(states, lengths, labels):
    X, whose, where = collected(states, lengths, labels)
    _, vectors = np.linalg.eigh(np.cov(X.T))
    return (X - X.mean(0)) @ vectors[:, :2], whose, where


@planted(
    "hidden_states",
    "U is returned, without the singular values: both axes are stretched to one size",
)
def states_unscaled(states, lengths, labels):
    X, whose, where = collected(states, lengths, labels)
    return -np.linalg.svd(X - X.mean(0), full_matrices=False)[0][:, :2], whose, where


# ---------------------------------------------------------------------------------- next_number


def cut(series, width, ahead=0):
    count = len(series) - width
    xs = [[[value] for value in series[i : i + width]] for i in range(count)]
    return np.array(xs), np.array([[series[i + width - ahead]] for i in range(count)])


@planted(
    "next_number",
    "answers are not multiplied by the largest number: they are no numbers of the series",
)
def next_small(series, width, outputs):
    return (*cut(series / max(series), width), outputs)


@planted("next_number", "window and target overlap: the target is the window's last number")
def next_overlapping(series, width, outputs):
    return (*cut(series / series.max(), width, ahead=1), outputs * series.max())


@planted(
    "next_number",
    "the window lies along the features, one step of many numbers: (batch, 1, width)",
)
def next_features(series, width, outputs):
    xs, targets = cut(series / series.max(), width)
    return xs.reshape(len(xs), 1, width), targets, outputs * series.max()


@planted("next_number", "nothing is scaled")
def next_raw(series, width, outputs):
    return (*cut(series, width), outputs)


@planted("next_number", "xs has no axis for the feature, (batch, width)")
def next_flat(series, width, outputs):
    scaled = series / series.max()
    xs = np.lib.stride_tricks.sliding_window_view(scaled, width)[:-1]
    return xs, scaled[width:, None], outputs * series.max()


@planted("next_number", "the targets are not scaled")
def next_half_scaled(series, width, outputs):
    return cut(series / series.max(), width)[0], cut(series, width)[1], outputs * series.max()


# --------------------------------------------------------------------------------------- my_rnn


class Written(nn.Module):
    """The module but for its loop."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.W_xh = nn.Parameter(torch.randn(hidden_size, input_size))
        self.W_hh = nn.Parameter(torch.randn(hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.zeros(hidden_size))
        self.hidden_size = hidden_size

    def first(self, x, h_0):
        return torch.zeros(x.size(0), self.hidden_size).to(x) if h_0 is None else h_0.squeeze(0)

    def step(self, x, h):
        return torch.tanh(nn.functional.linear(x, self.W_xh, self.bias) + h @ self.W_hh.T)


@planted("my_rnn", "W_hh is transposed")
class TransposedRNN(Written):
    """W_hh the wrong way round."""

    def forward(self, x, h_0=None):
        h, outputs = self.first(x, h_0), []
        for x_t in x.unbind(1):
            h = torch.tanh(x_t @ self.W_xh.T + h @ self.W_hh + self.bias)
            outputs.append(h)
        return torch.stack(outputs, 1), h.unsqueeze(0)


@planted("my_rnn", "every step starts from h_0, so that no state is passed on")
class ForgetfulRNN(Written):
    """The state is never assigned."""

    def forward(self, x, h_0=None):
        h = self.first(x, h_0)
        outputs = torch.stack([self.step(x_t, h) for x_t in x.unbind(1)], dim=1)
        return outputs, outputs[:, -1].unsqueeze(0)


@planted("my_rnn", "the first axis of x is taken for time")
class TimeFirstRNN(Written):
    """A loop over the first axis."""

    def forward(self, x, h_0=None):
        h = self.first(x[0], h_0)
        outputs = []
        for t in range(x.size(0)):
            h = self.step(x[t], h)
            outputs.append(h)
        return torch.stack(outputs), h.unsqueeze(0)


@planted("my_rnn", "h_0 is ignored")
class ZeroRNN(Written):
    """Always from zeros."""

    def forward(self, x, h_0=None):
        h, outputs = self.first(x, None), []
        for t in range(x.size(1)):
            h = self.step(x[:, t], h)
            outputs.append(h)
        return torch.stack(outputs, 1), h[None]


@planted("my_rnn", "bias is left out")
class UnbiasedRNN(Written):
    """Both products in one, and no bias."""

    def forward(self, x, h_0=None):
        h, outputs = self.first(x, h_0), []
        for t in range(x.size(1)):
            h = torch.tanh(torch.cat([x[:, t], h], 1) @ torch.cat([self.W_xh, self.W_hh], 1).T)
            outputs.append(h)
        return torch.stack(outputs, 1), h[None]


@planted("my_rnn", "h_n has no axis for the layers: return h[None]")
class FlatRNN(Written):
    """The last state as the loop leaves it."""

    def forward(self, x, h_0=None):
        h, outputs = self.first(x, h_0), torch.zeros(*x.shape[:2], self.hidden_size).to(x)
        for t in range(x.size(1)):
            h = outputs[:, t] = self.step(x[:, t], h)
        return outputs, h


@planted(
    "my_rnn",
    "W_xh, W_hh and bias are plain tensors, which no optimizer sees: use nn.Parameter",
)
class UntrainedRNN(nn.Module):
    """Tensors that need a gradient, but no parameters."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.W_xh = torch.randn(hidden_size, input_size, requires_grad=True)
        self.W_hh = torch.randn(hidden_size, hidden_size, requires_grad=True)
        self.bias = torch.zeros(hidden_size, requires_grad=True)

    first, step = Written.first, Written.step
    forward = ZeroRNN.forward


# ---------------------------------------------------------------------------------------- embed


@planted(
    "embed",
    "of an id that comes more than once only the last gradient counts, and the padding gets one "
    "too",
)
def embed_fancy_plus(ids, W, d_xs):
    dW = np.zeros(W.shape)
    dW[ids] += d_xs
    return W[ids], dW


@planted(
    "embed",
    "of an id that comes more than once only the last gradient counts, as with dW[ids] += d_xs",
)
def embed_dict(ids, W, d_xs):
    seen = {int(i): d for i, d in zip(ids.flat, d_xs.reshape(-1, W.shape[1]), strict=True) if i}
    return np.take(W, ids, axis=0), np.stack([seen.get(i, 0 * W[0]) for i in range(len(W))])


@planted("embed", "the row of the padding gets a gradient")
def embed_one_hot(ids, W, d_xs):
    one_hot = np.eye(len(W))[ids]
    return one_hot @ W, np.einsum("bti,bte->ie", one_hot, d_xs)


@planted("embed", "the gradient of a row is divided by how often its id comes")
def embed_mean(ids, W, d_xs):
    dW = np.zeros_like(W)
    for i in range(1, len(W)):
        if (ids == i).any():
            dW[i] = d_xs[ids == i].mean(axis=0)
    return W[ids], dW


@planted("embed", "the row of the padding is looked up as zero")
def embed_masked(ids, W, d_xs):
    W = W.copy()
    W[0] = 0
    dW = np.zeros_like(W)
    np.add.at(dW, ids[ids > 0], d_xs[ids > 0])
    return W[ids], dW


@planted("embed", "columns of W are looked up, not rows")
def embed_columns(ids, W, d_xs):
    dW = np.zeros_like(W)
    np.add.at(dW, ids[ids > 0], d_xs[ids > 0])
    return np.moveaxis(W[:, ids], 0, -1), dW


@planted("embed", "ids are counted from 1")
def embed_from_one(ids, W, d_xs):
    dW = np.zeros_like(W)
    for row, ds in zip(ids, d_xs, strict=True):
        for i, d in zip(row, ds, strict=True):
            dW[i - 1] += d
    dW[0] = 0
    return W[ids - 1], dW


@planted("embed", "the rows of a sequence are added up, as in a bag of words")
def embed_bag(ids, W, d_xs):
    counts = np.stack([np.bincount(row, minlength=len(W)) for row in ids])
    dW = np.stack([(d_xs * (ids == i)[..., None]).sum((0, 1)) for i in range(len(W))])
    dW[0] = 0
    return counts @ W, dW


# ------------------------------------------------------------------------------------ truncated


def states(xs, h, W_xh, W_hh, b_h):
    out = [h]
    for t in range(xs.shape[1]):
        out.append(np.tanh(xs[:, t] @ W_xh.T + out[-1] @ W_hh.T + b_h))
    return out


def with_autograd(xs, h_0, W_xh, W_hh, b_h, chunk, *, cut, last=False, drop=False):
    """Go through the chunks in PyTorch, with what is cut between them."""
    weights = [torch.tensor(w, requires_grad=True) for w in (W_xh, W_hh, b_h)]
    h = first = torch.tensor(h_0)
    for start in range(0, xs.shape[1], chunk):
        loss, size = 0, 0
        h = cut(h, first)
        for x in torch.tensor(xs[:, start : start + chunk]).unbind(1):
            h = torch.tanh(x @ weights[0].T + h @ weights[1].T + weights[2])
            loss, size = h.sum() + (0 if last else loss), size + 1
        if drop and size < chunk:
            break
        loss.backward(retain_graph=True)
    return *(w.grad if w.grad is not None else 0 * w.detach() for w in weights), h.detach()


@planted("truncated", "nothing is cut: this is the whole gradient")
def truncated_undetached(*arguments):
    return with_autograd(*arguments, cut=lambda h, first: h)


@planted("truncated", "each chunk starts from zero, so that the state is not passed on")
def truncated_none(*arguments):
    return with_autograd(*arguments, cut=lambda h, first: first if h is first else 0 * first)


@planted("truncated", "each chunk starts from h_0, so that the state is not passed on")
def truncated_restart(*arguments):
    return with_autograd(*arguments, cut=lambda h, first: first)


@planted("truncated", "only the last step of each chunk is in L")
def truncated_last(*arguments):
    return with_autograd(*arguments, cut=lambda h, first: h.detach(), last=True)


@planted("truncated", "dW_hh leaves out the state that is passed on, as if a constant were zero")
def truncated_zero_constant(xs, h_0, W_xh, W_hh, b_h, chunk):
    hs = states(xs, h_0, W_xh, W_hh, b_h)
    dW_xh, dW_hh, db_h = np.zeros_like(W_xh), np.zeros_like(W_hh), np.zeros_like(b_h)
    for start in range(0, xs.shape[1], chunk):
        dh = 0
        for t in range(min(start + chunk, xs.shape[1]) - 1, start - 1, -1):
            dz = (1 + dh) * (1 - hs[t + 1] ** 2)
            dW_xh, db_h, dh = dW_xh + dz.T @ xs[:, t], db_h + dz.sum(0), dz @ W_hh
            if t > start or t == 0:
                dW_hh = dW_hh + dz.T @ hs[t]
    return dW_xh, dW_hh, db_h, hs[-1]


@planted("truncated", "every step is cut from the one before, inside a chunk too")
def truncated_detached_each_step(xs, h_0, W_xh, W_hh, b_h, chunk):
    hs = np.stack(states(xs, h_0, W_xh, W_hh, b_h), axis=1)
    dz = 1 - hs[:, 1:] ** 2
    return (
        np.einsum("bth,bti->hi", dz, xs),
        np.einsum("bth,btk->hk", dz, hs[:, :-1]),
        dz.sum((0, 1)),
        hs[:, -1],
    )


@planted("truncated", "the gradient of the last chunk replaces that of all others, = instead of +=")
def truncated_overwritten(xs, h_0, W_xh, W_hh, b_h, chunk):
    h = h_0
    for start in range(0, xs.shape[1], chunk):
        part = xs[:, start : start + chunk]
        gradients = with_autograd(part, h, W_xh, W_hh, b_h, chunk, cut=lambda h, first: h.detach())
        h = gradients[-1].numpy()
    return gradients


@planted("truncated", "a short last chunk is dropped")
def truncated_full_chunks(xs, h_0, W_xh, W_hh, b_h, chunk):
    full = xs[:, : xs.shape[1] // chunk * chunk]
    return with_autograd(full, h_0, W_xh, W_hh, b_h, chunk, cut=lambda h, first: h.detach())


@planted(
    "truncated", "the loss of each step goes back over chunk steps of its own, across all cuts"
)
def truncated_sliding(xs, h_0, W_xh, W_hh, b_h, chunk):
    hs = states(xs, h_0, W_xh, W_hh, b_h)
    total = [0 * W_xh, 0 * W_hh, 0 * b_h]
    for end in range(1, xs.shape[1] + 1):
        start = max(end - chunk, 0)
        window = (xs[:, start:end], hs[start], W_xh, W_hh, b_h, chunk)
        gradients = with_autograd(*window, cut=lambda h, first: h, last=True)
        total = [a + b.numpy() for a, b in zip(total, gradients, strict=False)]
    return *total, hs[-1]


# ------------------------------------------------------------------------------------ both_ways


@planted("both_ways", "the whole array is reversed, so that backward reads the padding first")
def both_ways_flip(xs, lengths, forward, backward):
    out = np.concatenate([forward(xs), backward(xs[:, ::-1])[:, ::-1]], axis=-1)
    half = out.shape[-1] // 2
    last = [[*row[n - 1, :half], *row[0, half:]] for row, n in zip(out, lengths, strict=True)]
    for row, n in zip(out, lengths, strict=True):
        row[n:] = 0
    return out, last


def one_by_one(xs, lengths, forward, backward, last, swapped=False):
    outputs, ends = None, []
    for i, n in enumerate(lengths):
        there = forward(xs[i : i + 1, :n])[0]
        back = backward(xs[i : i + 1, :n][:, ::-1])[0][::-1]
        both = np.hstack([back, there] if swapped else [there, back])
        if outputs is None:
            outputs = np.zeros((*xs.shape[:2], both.shape[1]))
        outputs[i, :n] = both
        ends.append(last(there, back))
    return outputs, np.stack(ends)


@planted(
    "both_ways",
    "last is taken at the last real step of both: there backward has read one step only",
)
def both_ways_last_step(xs, lengths, forward, backward):
    def last(there, back):
        return np.hstack([there[-1], back[-1]])

    return one_by_one(xs, lengths, forward, backward, last)


@planted(
    "both_ways",
    "the ends are mixed up: forward at its first step, backward at its last",
)
def both_ways_wrong_ends(xs, lengths, forward, backward):
    def last(there, back):
        return np.hstack([there[0], back[-1]])

    return one_by_one(xs, lengths, forward, backward, last)


@planted("both_ways", "backward stands first")
def both_ways_swapped(xs, lengths, forward, backward):
    def last(there, back):
        return np.hstack([back[0], there[-1]])

    return one_by_one(xs, lengths, forward, backward, last, swapped=True)


@planted("both_ways", "forward reads both ways: backward is never called")
def both_ways_shared(xs, lengths, forward, backward):
    def last(there, back):
        return np.hstack([there[-1], back[0]])

    return one_by_one(xs, lengths, forward, forward, last)


@planted(
    "both_ways",
    "last is outputs[:, -1]: there backward has read one step, and a short sequence has nothing",
)
def both_ways_last_column(xs, lengths, forward, backward):
    outputs, _ = one_by_one(xs, lengths, forward, backward, lambda there, back: there[-1])
    return outputs, outputs[:, -1]


@planted("both_ways", "the padding in outputs is not zero")
def both_ways_not_zeroed(xs, lengths, forward, backward):
    turned = xs.copy()
    for row, n in zip(turned, lengths, strict=True):
        row[:n] = row[:n][::-1].copy()
    there, back = forward(xs), backward(turned)
    for row, n in zip(back, lengths, strict=True):
        row[:n] = row[:n][::-1].copy()
    rows = np.arange(len(xs))
    return np.dstack([there, back]), np.hstack([there[rows, lengths - 1], back[:, 0]])


@planted("both_ways", "the states of backward are not reversed again")
def both_ways_not_turned_back(xs, lengths, forward, backward):
    rows, t = np.arange(len(xs)), np.arange(xs.shape[1])
    at = np.where(t < lengths[:, None], (lengths[:, None] - 1 - t), t)
    there = forward(xs)
    back = backward(np.take_along_axis(xs, at[..., None], 1))
    outputs = np.dstack([there, back]) * (t < lengths[:, None])[..., None]
    return outputs, np.hstack([there[rows, lengths - 1], back[:, 0]])


# --------------------------------------------------------------------------------------- attend


def mixed(alpha, values):
    return (alpha[..., None] * values).sum(axis=1), alpha


def with_torch(query, keys, fill, lengths):
    scores = torch.tensor((keys @ query[:, :, None])[..., 0] / query.shape[1] ** 0.5)
    padding = torch.arange(keys.shape[1]) >= torch.tensor(lengths)[:, None]
    return scores.masked_fill(padding, fill)


@planted("attend", "the padding is not masked")
def attend_unmasked(query, keys, values, lengths):
    scores = with_torch(query, keys, 0, np.full_like(lengths, keys.shape[1]))
    return mixed(scores.softmax(-1).numpy(), values)


@planted("attend", "the scores of padding are set to 0 before the softmax, and exp(0) is 1")
def attend_zero_fill(query, keys, values, lengths):
    return mixed(with_torch(query, keys, 0.0, lengths).softmax(1).numpy(), values)


@planted("attend", "the mask comes after the softmax, so that the weights do not sum to one")
def attend_mask_after(query, keys, values, lengths):
    alpha = with_torch(query, keys, 0, lengths * 0 + keys.shape[1]).softmax(1).numpy()
    for row, n in zip(alpha, lengths, strict=True):
        row[n:] = 0
    return mixed(alpha, values)


@planted("attend", "exp is taken of the scores as they are, which overflows or leaves 0 / 0")
def attend_overflow(query, keys, values, lengths):
    alpha = np.exp([k @ q for k, q in zip(keys, query, strict=True)] / np.sqrt(query.shape[-1]))
    alpha = alpha * (np.arange(keys.shape[1]) < lengths[:, None])
    alpha /= alpha.sum(-1, keepdims=True)
    return np.einsum("bt,btv->bv", alpha, values), alpha


@planted("attend", "the scores are not scaled")
def attend_unscaled(query, keys, values, lengths):
    scores = with_torch(query, keys, -torch.inf, lengths) * query.shape[1] ** 0.5
    return mixed(scores.softmax(1).numpy(), values)


@planted("attend", "the softmax runs over the batch, not over time")
def attend_wrong_axis(query, keys, values, lengths):
    return mixed(with_torch(query, keys, -torch.inf, lengths).softmax(0).numpy(), values)


@planted("attend", "the mask keeps one step too many, <= instead of <")
def attend_one_more(query, keys, values, lengths):
    scores = with_torch(query, keys, -1e9, lengths + 1)
    return mixed(scores.softmax(1).numpy(), values)


@planted("attend", "the keys are mixed, not the values")
def attend_keys(query, keys, values, lengths):
    return mixed(with_torch(query, keys, -torch.inf, lengths).softmax(1).numpy(), keys)


# -------------------------------------------------------------------------------------- viterbi


def best_scores(emissions, transitions, start):
    best, came_from = [start + emissions[0]], []
    for t in range(1, len(emissions)):
        table = [[best[-1][i] + a for i, a in enumerate(column)] for column in transitions.T]
        came_from.append(np.argmax(table, axis=1))
        best.append(emissions[t] + np.max(table, axis=1))
    return best, came_from


@planted("viterbi", "there is no backtracking, though the score is right")
def viterbi_forward(emissions, transitions, start):
    best, _ = best_scores(emissions, transitions, start)
    return [int(np.argmax(b)) for b in best], max(best[-1])


@planted(
    "viterbi",
    "each step takes the best tag after the one chosen before: this is the greedy search",
)
def viterbi_greedy(emissions, transitions, start):
    path, total = [], 0.0
    added = start
    for e in emissions:
        path.append(int(np.argmax(e + added)))
        total += (e + added).max()
        added = transitions[path[-1]]
    return path, total


@planted("viterbi", "transitions is read by columns, transposed")
def viterbi_columns(emissions, transitions, start):
    best, came_from = best_scores(emissions, transitions.T, start)
    path = [np.argmax(best[-1])]
    while came_from:
        path.insert(0, came_from.pop()[path[0]])
    return np.array(path), np.max(best[-1])


@planted("viterbi", "the tags come out from last to first")
def viterbi_unturned(emissions, transitions, start):
    best, came_from = best_scores(emissions, transitions, start)
    path = [int(best[-1].argmax())]
    for pointers in came_from[::-1]:
        path.append(int(pointers[path[-1]]))
    return path, best[-1].max()


@planted("viterbi", "start is left out")
def viterbi_no_start(emissions, transitions, start):
    best, came_from = best_scores(emissions, transitions, np.zeros(len(start)))
    path = [int(best[-1].argmax())]
    for pointers in came_from[::-1]:
        path = [int(pointers[path[0]]), *path]
    return path, best[-1].max()


@planted(
    "viterbi",
    "the score is that of all sequences together: a logarithm of a sum in place of a maximum",
)
def viterbi_partition(emissions, transitions, start):
    best, came_from = best_scores(emissions, transitions, start)
    path = [int(best[-1].argmax())]
    for pointers in came_from[::-1]:
        path = [int(pointers[path[0]]), *path]
    alpha = torch.tensor(start + emissions[0])
    for e in torch.tensor(emissions[1:]):
        alpha = e + (alpha[:, None] + torch.tensor(transitions)).logsumexp(0)
    return path, alpha.logsumexp(0)


@planted("viterbi", "the first tag is missing")
def viterbi_short(emissions, transitions, start):
    best, came_from = best_scores(emissions, transitions, start)
    path, tag = [], int(best[-1].argmax())
    for pointers in reversed(came_from):
        path.append(tag)
        tag = int(pointers[tag])
    return path[::-1], best[-1].max()


# ----------------------------------------------------------------------------------- ssm_kernel


@planted("ssm_kernel", "the convolution wraps around: the transforms are not padded")
def kernel_unpadded(a, b, c, xs):
    K = np.array([(c * a**j * b).sum().real for j in range(len(xs))])
    return K, np.fft.irfft(np.fft.rfft(K) * np.fft.rfft(xs), len(xs))


@planted("ssm_kernel", "the kernel begins with a^1: y_t reads the state times a once more")
def kernel_late_power(a, b, c, xs):
    powers = np.cumprod(np.tile(a, (len(xs), 1)), axis=0)
    K = np.real(powers @ (b * c))
    return K, [sum(K[t - s] * xs[s] for s in range(t + 1)) for t in range(len(xs))]


@planted("ssm_kernel", "the kernel is not reversed: y_t is K_0 x_1 + ... + K_{t-1} x_t")
def kernel_not_turned(a, b, c, xs):
    K = np.real(np.vander(a, len(xs), increasing=True).T @ (b * c))
    return K, np.cumsum(K * xs)


@planted("ssm_kernel", "the real parts are taken before the products")
def kernel_early_real(a, b, c, xs):
    a, b, c = a.real, b.real, c.real
    h, K, ys = b.copy(), [], []
    for _ in xs:
        K.append(c @ h)
        h = a * h
    h = np.zeros_like(a)
    for x in xs:
        h = a * h + b * x
        ys.append(c @ h)
    return K, ys


@planted("ssm_kernel", "the real part is doubled")
def kernel_pairs(a, b, c, xs):
    both = [np.concatenate([z, np.conj(z)]) for z in (a, b, c)]
    K = np.array([(both[2] * both[0] ** j * both[1]).sum().real for j in range(len(xs))])
    return K, np.convolve(xs, K)[: len(xs)]


@planted("ssm_kernel", "the size of the complex number is taken, not its real part")
def kernel_abs(a, b, c, xs):
    K = np.abs([np.sum(c * a**j * b) for j in range(len(xs))])
    return K, np.convolve(xs, K)[: len(xs)]


@planted("ssm_kernel", "all 2 T - 1 numbers of the convolution are returned")
def kernel_uncut(a, b, c, xs):
    K = np.array([(c * a**j * b).sum().real for j in range(len(xs))])
    return K, np.convolve(xs, K)


@planted("ssm_kernel", "b is left out")
def kernel_no_b(a, b, c, xs):
    K = np.array([(c * a**j).sum().real for j in range(len(xs))])
    return K, np.convolve(xs, K)[: len(xs)]


@planted(
    "attend", "the largest score that is subtracted may be one of the padding, which leaves 0 / 0"
)
def attend_shift_first(query, keys, values, lengths):
    scores = (keys @ query[:, :, None])[..., 0] / query.shape[1] ** 0.5
    alpha = np.exp(scores - scores.max(axis=1)[:, None])
    alpha *= np.arange(keys.shape[1]) < lengths[:, None]
    return mixed(alpha / alpha.sum(axis=1, keepdims=True), values)


@planted("viterbi", "the search for the best begins at 0, so that nothing below is found")
def viterbi_from_zero(emissions, transitions, start):
    time, tags = emissions.shape
    best, came_from = np.zeros((time, tags)), np.zeros((time, tags), dtype=int)
    best[0] = start + emissions[0]
    for t in range(1, time):
        for j in range(tags):
            for i in range(tags):
                score = best[t - 1, i] + transitions[i, j] + emissions[t, j]
                if score > best[t, j]:
                    best[t, j], came_from[t, j] = score, i
    path = [int(best[-1].argmax())]
    for t in range(time - 1, 0, -1):
        path.insert(0, int(came_from[t, path[0]]))
    return path, best[-1].max()


@planted("both_ways", "outputs ends with the longest sequence, not with xs")
def both_ways_no_total_length(xs, lengths, forward, backward):
    def last(there, back):
        return np.hstack([there[-1], back[0]])

    return one_by_one(xs[:, : lengths.max()], lengths, forward, backward, last)
