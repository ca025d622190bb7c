"""Attention: look at all states at once, each as much as its score says.

Scores become weights by a softmax over the real steps, weights a weighted mean of the values. Where
the scores come from is the only difference between the two kinds here: a small network, in
Bahdanau, Cho and Bengio (arXiv 2014; ICLR 2015), or a dot product, in Vaswani et al. (2017).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rnnbook import _check
from rnnbook.sequences import real_steps as real_steps


def attend(scores: Tensor, values: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Turn scores into weights and mix the values: the half that all attention shares.

    Parameters
    ----------
    scores : Tensor
        How well each value fits each query, (batch, queries, time).
    values : Tensor
        (batch, time, value_size).
    mask : Tensor, optional
        True where a value may be looked at, (batch, time), bool: see
        :func:`rnnbook.sequences.real_steps`. None when nothing is padded.

    Returns
    -------
    context : Tensor
        (batch, queries, value_size).
    weights : Tensor
        (batch, queries, time); each row sums to one and is exactly zero where the mask is False.

    Raises
    ------
    TypeError, ValueError
        If the shapes do not belong together, the mask is not bool, or it leaves a row nothing to
        look at.

    Notes
    -----
    Bahdanau et al. (2015), eqs. 5 and 6: ``alpha = softmax(e)`` and ``c = sum_j alpha_j h_j``.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.attention import attend
    >>> values = torch.tensor([[[1.0], [3.0], [100.0]]])
    >>> mask = torch.tensor([[True, True, False]])
    >>> context, weights = attend(torch.zeros(1, 1, 3), values, mask)
    >>> context, weights
    (tensor([[[2.]]]), tensor([[[0.5000, 0.5000, 0.0000]]]))
    """
    _check_scores(scores, values, mask)
    if mask is not None:
        scores = scores.masked_fill(~mask.unsqueeze(1), float("-inf"))
    # alpha_ij = exp(e_ij) / sum_k exp(e_ik)
    weights = torch.softmax(scores, dim=-1)
    # c_i = sum_j alpha_ij h_j
    return weights @ values, weights


class AdditiveAttention(nn.Module):
    """Score every key against every query with a small network, and mix the keys accordingly.

    Parameters
    ----------
    query_size : int
        Numbers in a query: of a decoder, its state.
    key_size : int
        Numbers in a key: of an encoder, its output at one step.
    hidden_size : int
        Units of the network that scores.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``queries``, ``keys`` or ``mask``
        does not fit, or the mask leaves a sequence nothing to look at.

    Notes
    -----
    Bahdanau et al. (2015), eq. 6 and appendix A.1.2: ``e_ij = v_a . tanh(W_a s_{i-1} + U_a h_j)``.
    There the keys are the values too.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.attention import AdditiveAttention
    >>> from rnnbook.sequences import real_steps
    >>> attention = AdditiveAttention(query_size=4, key_size=6, hidden_size=8)
    >>> queries, keys = torch.randn(2, 1, 4), torch.randn(2, 5, 6)
    >>> context, weights = attention(queries, keys, real_steps(torch.tensor([5, 2]), 5))
    >>> context.shape, weights.shape
    (torch.Size([2, 1, 6]), torch.Size([2, 1, 5]))
    >>> weights[1, 0, 2:].tolist()
    [0.0, 0.0, 0.0]
    """

    def __init__(self, query_size: int, key_size: int, hidden_size: int) -> None:
        super().__init__()
        _check.sizes(
            "AdditiveAttention", query_size=query_size, key_size=key_size, hidden_size=hidden_size
        )
        self.W_a = nn.Linear(query_size, hidden_size, bias=False)
        self.U_a = nn.Linear(key_size, hidden_size, bias=False)
        self.v_a = nn.Linear(hidden_size, 1, bias=False)

    def forward(
        self, queries: Tensor, keys: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the contexts, (batch, queries, key_size), and the weights of the keys.

        Parameters
        ----------
        queries : Tensor
            (batch, queries, query_size).
        keys : Tensor
            (batch, time, key_size).
        mask : Tensor, optional
            True where a key may be looked at, (batch, time), bool.

        Returns
        -------
        context : Tensor
            (batch, queries, key_size).
        weights : Tensor
            (batch, queries, time).
        """
        self._fits(queries, keys)
        # e_ij = v_a . tanh(W_a s_{i-1} + U_a h_j), for all i and j at once
        e = self.v_a(torch.tanh(self.W_a(queries).unsqueeze(2) + self.U_a(keys).unsqueeze(1)))
        return attend(e.squeeze(-1), keys, mask)

    def _fits(self, queries: Tensor, keys: Tensor) -> None:
        """Raise unless queries and keys have the sizes this was built for, and are of one batch."""
        where = "AdditiveAttention"
        _check.rank(where, "queries", queries, "(batch, queries, query_size)")
        _check.numbers(where, "queries", queries, self.W_a.weight, "query_size")
        _check.rank(where, "keys", keys, "(batch, time, key_size)")
        _check.numbers(where, "keys", keys, self.U_a.weight, "key_size")
        _check_batch(where, queries, keys)


def scaled_dot_product(
    queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Score every key by its dot product with the query: the attention of transformers.

    Parameters
    ----------
    queries : Tensor
        (batch, queries, size).
    keys : Tensor
        (batch, time, size).
    values : Tensor
        (batch, time, value_size).
    mask : Tensor, optional
        True where a value may be looked at, (batch, time), bool.

    Returns
    -------
    context : Tensor
        (batch, queries, value_size).
    weights : Tensor
        (batch, queries, time).

    Raises
    ------
    TypeError, ValueError
        If the shapes do not belong together, or the mask leaves a sequence nothing to look at.

    Notes
    -----
    Vaswani et al. (2017), eq. 1: ``softmax(Q K^T / sqrt(d)) V``.

    Examples
    --------
    >>> import torch
    >>> from torch.nn import functional as F
    >>> from rnnbook.attention import scaled_dot_product
    >>> queries, keys, values = torch.randn(2, 3, 4), torch.randn(2, 5, 4), torch.randn(2, 5, 6)
    >>> context, weights = scaled_dot_product(queries, keys, values)
    >>> torch.allclose(context, F.scaled_dot_product_attention(queries, keys, values), atol=1e-6)
    True
    """
    _check_pairs(queries, keys)
    # e_ij = q_i . k_j / sqrt(d)
    e = queries @ keys.transpose(1, 2) / queries.shape[-1] ** 0.5
    return attend(e, values, mask)


def _check_pairs(queries: Tensor, keys: Tensor) -> None:
    """Raise unless a query and a key can be multiplied."""
    where = "scaled_dot_product"
    _check.rank(where, "queries", queries, "(batch, queries, size)")
    _check.rank(where, "keys", keys, "(batch, time, size)")
    _check.floating(where, "queries", queries)
    _check.numbers(where, "keys", keys, queries[..., :1, :], "size")
    _check_batch(where, queries, keys)


def _check_batch(where: str, queries: Tensor, keys: Tensor) -> None:
    if len(queries) != len(keys):
        raise ValueError(
            f"{where}: expected queries and keys of one batch, got {len(queries)} and {len(keys)}; "
            "the usual cause is time before batch"
        )


def _check_scores(scores: Tensor, values: Tensor, mask: Tensor | None) -> None:
    """Raise unless there is a value for each score, and the mask fits them."""
    _check.rank("attend", "scores", scores, "(batch, queries, time)")
    _check.floating("attend", "scores", scores)
    _check.not_empty("attend", "scores", scores)
    _check.rank("attend", "values", values, "(batch, time, value_size)")
    _check.floating("attend", "values", values, scores.dtype)
    _check.same_device("attend", "values", values, scores.device)
    if values.shape[:2] != (scores.shape[0], scores.shape[2]):
        raise ValueError(
            f"attend: expected one value for each score, got scores {tuple(scores.shape)} and "
            f"values {tuple(values.shape)}; the usual cause is time before batch"
        )
    if mask is not None:
        _check_mask(mask, values)


def _check_mask(mask: Tensor, values: Tensor) -> None:
    _check.tensor("attend", "mask", mask)
    if mask.dtype != torch.bool:
        raise TypeError(
            f"attend: expected a mask of bool, True where there is something to look at, got "
            f"{mask.dtype}; compare with != 0, or build it with real_steps"
        )
    if mask.shape != values.shape[:2]:
        raise ValueError(
            f"attend: expected a mask of shape {tuple(values.shape[:2])}, (batch, time), got "
            f"{tuple(mask.shape)}; it masks the values, not the queries"
        )
    _check.same_device("attend", "mask", mask, values.device)
    if mask.device.type != "meta" and not bool(mask.any(dim=1).all()):
        raise ValueError(
            "attend: the mask leaves a sequence nothing to look at, so its weights would be 0 / 0; "
            "the usual causes are an empty sequence and a mask that is True at the padding"
        )
