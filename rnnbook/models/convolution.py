"""A classifier that looks at every few neighbouring words and keeps the strongest response."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rnnbook import _check


class ConvolutionalClassifier(nn.Module):
    """Classify a text with one convolution and a maximum over time (Kim, 2014, equations 2 to 4).

    It takes texts of any length and it does see order, as far as its kernel is wide.

    Parameters
    ----------
    vocab_size, embed_dim : int
        Number of words and width of their vectors.
    hidden_size : int
        Number of filters.
    num_classes : int
        Number of classes.
    kernel_size : int
        Neighbouring words that one filter sees.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive whole number; in a call, if ``x`` or ``lengths`` does not fit,
        or a text is shorter than the kernel.

    Examples
    --------
    >>> import torch
    >>> from rnnbook.models import ConvolutionalClassifier
    >>> model = ConvolutionalClassifier(vocab_size=10, embed_dim=4, hidden_size=8, num_classes=2)
    >>> model(torch.tensor([[4, 5, 6, 7]])).shape
    torch.Size([1, 2])
    """

    def __init__(
        self,
        vocab_size: int,
        embed_dim: int,
        hidden_size: int,
        num_classes: int,
        *,
        kernel_size: int = 3,
    ) -> None:
        super().__init__()
        _check.sizes(
            type(self).__name__,
            vocab_size=vocab_size,
            embed_dim=embed_dim,
            hidden_size=hidden_size,
            num_classes=num_classes,
            kernel_size=kernel_size,
        )
        self.kernel_size = kernel_size
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        self.convolution = nn.Conv1d(embed_dim, hidden_size, kernel_size)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """Return logits ``(batch, num_classes)`` for word ids ``x``: ``(batch, time)``."""
        _check.token_batch(type(self).__name__, "x", x, self.embedding)
        if lengths is not None:
            _check.lengths(type(self).__name__, lengths, *x.shape)
        shortest = x.shape[1] if lengths is None else int(lengths.min())
        if shortest < self.kernel_size:
            raise ValueError(
                f"{type(self).__name__}: expected texts of at least {self.kernel_size} words, "
                f"the width of the kernel, got one of {shortest}; pad it or take a smaller kernel"
            )
        windows = torch.relu(self.convolution(self.embedding(x).transpose(1, 2)))
        if lengths is not None:
            # A window that reaches into the padding would see an edge that no text has.
            last = lengths.to(x.device) - self.kernel_size
            beyond = torch.arange(windows.shape[-1], device=x.device) > last.unsqueeze(1)
            windows = windows.masked_fill(beyond.unsqueeze(1), 0.0)
        logits: Tensor = self.fc(windows.amax(dim=-1))
        return logits
