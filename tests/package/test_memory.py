"""What autograd keeps is counted once, and what is there anyway is left out."""

import torch

from rnnbook.memory import saved_bytes


def test_saved_bytes_counts_a_storage_once_and_leaves_out_what_is_there_anyway():
    x = torch.randn(10, requires_grad=True)
    assert saved_bytes(lambda: x.sin() + x.cos()) == 40
    assert saved_bytes(lambda: x.sin() + x.cos(), besides=[x]) == 0
    assert saved_bytes(lambda: x.exp(), besides=[x]) == 40
    with torch.no_grad():
        assert saved_bytes(lambda: x.exp()) == 0
