"""Who comes from another text finds the classes under the names and parameters they know."""

import inspect

import pytest

from rnnbook import cells, models

PARAMETERS = {
    "SimpleRNNCell": "input_size hidden_size",
    "FeedforwardClassifier": "input_size hidden_size num_classes",
    "VanillaRNN": "input_size hidden_size output_size num_layers",
    "SentimentClassifier": "vocab_size embed_dim hidden_size num_classes",
    "CaptionGenerator": "image_dim hidden_size vocab_size max_length",
    "Seq2SeqTranslator": "src_vocab_size tgt_vocab_size embed_dim hidden_size",
    "RNNWithGradientTracking": "input_size hidden_size",
    "CopyFirstTask": "hidden_size",
    "BidirectionalRNN": "input_size hidden_size output_size",
    "DeepRNN": "input_size hidden_size num_layers output_size",
    "SimpleRNN": "input_size hidden_size output_size",
    "SimpleLSTM": "input_size hidden_size output_size",
    "CharRNN": "vocab_size embed_size hidden_size num_layers",
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_class_takes_the_parameters_of_the_field_in_their_order(name: str) -> None:
    kind = getattr(cells if name.endswith("Cell") else models, name)
    wanted = PARAMETERS[name].split()
    assert list(inspect.signature(kind).parameters)[: len(wanted)] == wanted


@pytest.mark.parametrize(("name", "default"), [("VanillaRNN", 1), ("CaptionGenerator", 20)])
def test_last_parameter_may_be_left_out(name: str, default: int) -> None:
    last = PARAMETERS[name].split()[-1]
    assert inspect.signature(getattr(models, name)).parameters[last].default == default
