"""One module per shape of problem; every model of the book can be imported from here."""

from rnnbook.models.aligned import SimpleLSTM, SimpleRNN, VanillaRNN
from rnnbook.models.attention_translator import AttentionTranslator
from rnnbook.models.bag_of_words import BagOfWords
from rnnbook.models.bidirectional import BidirectionalRNN
from rnnbook.models.convolution import ConvolutionalClassifier
from rnnbook.models.deep import DeepRNN
from rnnbook.models.feedforward import FeedforwardClassifier
from rnnbook.models.language import CharRNN
from rnnbook.models.many_to_one import CopyFirstTask, SentimentClassifier
from rnnbook.models.markov import MarkovChain
from rnnbook.models.one_to_many import CaptionGenerator
from rnnbook.models.regression import AttentiveRegressor, SequenceRegressor
from rnnbook.models.seq2seq import Seq2SeqTranslator
from rnnbook.models.skip_gram import SkipGram
from rnnbook.models.tracking import RNNWithGradientTracking
from rnnbook.models.window import WindowClassifier

__all__ = [
    "AttentionTranslator",
    "AttentiveRegressor",
    "BagOfWords",
    "BidirectionalRNN",
    "CaptionGenerator",
    "CharRNN",
    "ConvolutionalClassifier",
    "CopyFirstTask",
    "DeepRNN",
    "FeedforwardClassifier",
    "MarkovChain",
    "RNNWithGradientTracking",
    "SentimentClassifier",
    "Seq2SeqTranslator",
    "SequenceRegressor",
    "SimpleLSTM",
    "SimpleRNN",
    "SkipGram",
    "VanillaRNN",
    "WindowClassifier",
]
