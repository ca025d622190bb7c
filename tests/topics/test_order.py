"""The classifiers that the recurrent one is compared with: what each sees, and what it refuses."""

import pytest
import torch

from rnnbook.models import BagOfWords, ConvolutionalClassifier, WindowClassifier

MODELS = {
    "BagOfWords": lambda: BagOfWords(10, 8, 2),
    "ConvolutionalClassifier": lambda: ConvolutionalClassifier(10, 4, 8, 2),
    "WindowClassifier": lambda: WindowClassifier(10, 6, 8, 2),
}


@pytest.fixture(params=MODELS)
def model(request):
    torch.manual_seed(0)
    return MODELS[request.param]()


def ids(*rows):
    return torch.tensor(rows)


def test_padding_changes_nothing(model):
    alone = model(ids([4, 5, 6, 7]), lengths=torch.tensor([4]))
    padded = model(ids([4, 5, 6, 7, 0, 0]), lengths=torch.tensor([4]))
    torch.testing.assert_close(alone, padded)


def test_only_the_bag_is_blind_to_order():
    torch.manual_seed(0)
    differ = {}
    for name, build in MODELS.items():
        there, back = build()(ids([4, 5, 6, 7], [7, 6, 5, 4]))
        differ[name] = not torch.allclose(there, back, atol=1e-6)
    assert differ == {
        "BagOfWords": False,
        "ConvolutionalClassifier": True,
        "WindowClassifier": True,
    }


def test_convolution_sees_no_further_than_its_kernel():
    model = ConvolutionalClassifier(10, 4, 8, 2, kernel_size=2)
    first, second = model(ids([4, 5, 4, 6, 4], [4, 6, 4, 5, 4]))
    torch.testing.assert_close(first, second)


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        (torch.tensor([4, 5, 6]), ValueError, r"\(batch, time\)"),
        (torch.zeros(2, 4), TypeError, "integer ids"),
        (torch.zeros(2, 0, dtype=torch.int64), ValueError, "empty"),
        (torch.full((2, 4), 10), ValueError, "between 0 and 9"),
        (torch.full((2, 4), -1), ValueError, "between 0 and 9"),
    ],
)
def test_bad_input_is_refused(model, x, error, words):
    with pytest.raises(error, match=words):
        model(x)


@pytest.mark.parametrize("length", [0, 5])
def test_bad_length_is_refused(model, length):
    with pytest.raises(ValueError, match="length"):
        model(torch.full((1, 4), 4), lengths=torch.tensor([length]))


def test_text_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="at most 6 words"):
        MODELS["WindowClassifier"]()(torch.full((1, 7), 4))
    with pytest.raises(ValueError, match="at least 3 words"):
        MODELS["ConvolutionalClassifier"]()(torch.full((1, 2), 4))
