"""Language models: predict the next symbol from all before it."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from rnnbook import _check
from rnnbook.layers import State, read


class CharRNN(nn.Module):
    """Predict the next character at every position of a text.

    Parameters
    ----------
    vocab_size : int
        How many characters there are.
    embed_size : int
        Numbers in the vector of one character.
    hidden_size : int
        Numbers in the state of one layer.
    num_layers : int
        Recurrent layers; dropout of 0.2 acts between them, so a single layer has none.
    layer : callable, optional
        Builds the recurrent layer: ``nn.RNN``, ``nn.LSTM``, ``nn.GRU`` or one of ours.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``x``, ``hidden`` or ``lengths``
        does not fit.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import CharRNN
    >>> model = CharRNN(vocab_size=30, embed_size=8, hidden_size=16, num_layers=1)
    >>> logits, hidden = model(torch.randint(0, 30, (2, 5)))
    >>> logits.shape, hidden.shape
    (torch.Size([2, 5, 30]), torch.Size([1, 2, 16]))
    """

    def __init__(
        self,
        vocab_size: int,
        embed_size: int,
        hidden_size: int,
        num_layers: int,
        *,
        layer: Callable[..., nn.Module] = nn.RNN,
    ) -> None:
        super().__init__()
        _check.sizes(
            "CharRNN",
            vocab_size=vocab_size,
            embed_size=embed_size,
            hidden_size=hidden_size,
            num_layers=num_layers,
        )
        self.embedding = nn.Embedding(vocab_size, embed_size)
        self.rnn = layer(
            embed_size,
            hidden_size,
            num_layers=num_layers,
            batch_first=True,
            dropout=0.2 if num_layers > 1 else 0.0,
        )
        self.fc = nn.Linear(hidden_size, vocab_size)

    def forward(
        self, x: Tensor, hidden: State | None = None, *, lengths: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """Return logits of the next character, (batch, time, vocab_size), and the state.

        Parameters
        ----------
        x : Tensor
            Character ids, (batch, time).
        hidden : Tensor or tuple of Tensor, optional
            The state to go on from, whole, as an earlier call returned it.
        lengths : Tensor, optional
            True lengths, (batch,), int64 on the CPU; None when nothing is padded.
        """
        _check.rank("CharRNN", "x", x, "(batch, time)")
        _check.not_empty("CharRNN", "x", x)
        _check.tokens("CharRNN", "x", x, self.embedding.num_embeddings)
        output, hidden = read(self.rnn, self.embedding(x), hidden, lengths)
        return self.fc(output), hidden
