"""Write the small inventories that turn names of Python, NumPy, PyTorch and Matplotlib into links.

Run it from anywhere: ``python tools/make_inventory.py``. It needs no network; the names are
the ones this book uses, and each is checked against the installed library, so that a typing error
cannot become a dead link.
"""

from __future__ import annotations

import importlib
import zlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "_inventories"

MISSING = object()
GENERATED = "generated/{name}.html#{name}"
NUMPY = "reference/generated/{name}.html#{name}"

Entry = tuple[str, str, str]  # name, role, address


def each(names: str, role: str, address: str, prefix: str = "") -> list[Entry]:
    """Return one entry for each word of ``names``."""
    found = []
    for word in names.split():
        name = prefix + word
        found.append((name, role, address.format(name=name, word=word)))
    return found


TORCH: list[Entry] = [
    ("torch", "py:module", "torch.html#module-torch"),
    ("torch.nn", "py:module", "nn.html#module-torch.nn"),
    ("torch.nn.functional", "py:module", "nn.functional.html#module-torch.nn.functional"),
    ("torch.nn.init", "py:module", "nn.init.html#module-torch.nn.init"),
    ("torch.optim", "py:module", "optim.html#module-torch.optim"),
    ("torch.Tensor", "py:class", "tensors.html#torch.Tensor"),
    ("torch.device", "py:class", "tensor_attributes.html#torch.device"),
    ("torch.dtype", "py:class", "tensor_attributes.html#torch.dtype"),
    ("torch.Size", "py:class", "size.html#torch.Size"),
    ("torch.nn.Parameter", "py:class", "generated/torch.nn.parameter.Parameter.html"),
    *each("Generator", "py:class", GENERATED, "torch."),
    *each(
        "arange argmax autograd.grad bernoulli bincount bmm bool cat diag einsum empty equal exp "
        "eye flip float32 float64 from_numpy full gather int64 inference_mode isfinite load log "
        "log_softmax manual_seed matmul mean multinomial no_grad normal ones outer pow rand "
        "randint randn randperm relu save set_num_threads sigmoid softmax sort sqrt stack sum tanh "
        "tensor topk triu where zeros zeros_like ones_like allclose bucketize clamp diff linspace",
        "py:function",
        GENERATED,
        "torch.",
    ),
    *each("testing.assert_close", "py:function", "testing.html#{name}", "torch."),
    *each(
        "Module Linear RNN LSTM GRU RNNCell LSTMCell GRUCell Embedding Conv1d Conv2d Tanh ReLU "
        "Sequential ModuleList Dropout Identity Flatten CrossEntropyLoss MSELoss BCEWithLogitsLoss "
        "BatchNorm2d LayerNorm AdaptiveMaxPool1d CTCLoss",
        "py:class",
        GENERATED,
        "torch.nn.",
    ),
    ("torch.nn.modules.module.Module", "py:class", "generated/torch.nn.Module.html"),
    *each(
        "nn.functional.cross_entropy nn.functional.embedding nn.functional.mse_loss "
        "nn.functional.one_hot nn.functional.log_softmax nn.functional.softmax "
        "nn.utils.rnn.pack_padded_sequence nn.utils.rnn.pad_packed_sequence "
        "nn.utils.rnn.pad_sequence nn.init.orthogonal_ nn.init.uniform_ nn.init.zeros_ "
        "nn.init.normal_ linalg.eigvals linalg.matrix_norm linalg.svdvals linalg.vector_norm "
        "linalg.lstsq",
        "py:function",
        GENERATED,
        "torch.",
    ),
    (
        "torch.nn.utils.clip_grad_norm_",
        "py:function",
        "generated/torch.nn.utils.clip_grad_norm_.html#torch.nn.utils.clip_grad_norm_",
    ),
    *each("nn.utils.rnn.PackedSequence", "py:class", GENERATED, "torch."),
    *each(
        "backward detach item argmax unsqueeze squeeze tolist numpy shape view reshape sum mean "
        "transpose flip float long abs clone softmax",
        "py:method",
        GENERATED,
        "torch.Tensor.",
    ),
    *each("Optimizer Adam AdamW SGD", "py:class", GENERATED, "torch.optim."),
    *each(
        "parameters state_dict load_state_dict train eval named_parameters zero_grad",
        "py:method",
        "generated/torch.nn.Module.html#{name}",
        "torch.nn.Module.",
    ),
]

NUMPY_NAMES: list[Entry] = [
    ("numpy.ndarray", "py:class", "reference/generated/numpy.ndarray.html#numpy.ndarray"),
    (
        "numpy.random.Generator",
        "py:class",
        "reference/random/generator.html#numpy.random.Generator",
    ),
    (
        "numpy.random.default_rng",
        "py:function",
        "reference/random/generator.html#numpy.random.default_rng",
    ),
    *each(
        "abs all allclose arange argmax argsort array asarray bincount concatenate cumsum diff dot "
        "exp eye full hstack isin linspace log log2 max mean median min nanmean ones outer "
        "percentile quantile repeat round sign sqrt stack std sum tanh unique vstack where zeros",
        "py:function",
        NUMPY,
        "numpy.",
    ),
    *each("linalg.norm linalg.eigvals linalg.svd linalg.lstsq", "py:function", NUMPY, "numpy."),
]

PLOT = "api/_as_gen/{name}.html#{name}"
MATPLOTLIB: list[Entry] = [
    ("matplotlib.figure.Figure", "py:class", "api/figure_api.html#matplotlib.figure.Figure"),
    (
        "matplotlib.axes.Axes",
        "py:class",
        "api/_as_gen/matplotlib.axes.Axes.html#matplotlib.axes.Axes",
    ),
    *each("show subplots figure close", "py:function", PLOT, "matplotlib.pyplot."),
    *each(
        "plot bar barh scatter imshow fill_between axhline axvline set_xlabel set_ylabel set_title "
        "legend annotate text set_xlim set_ylim set_yscale set_xticks set_yticks",
        "py:method",
        PLOT,
        "matplotlib.axes.Axes.",
    ),
]

FUNCTIONS = "library/functions.html#{name}"
PYTHON: list[Entry] = [
    *each(
        "abs all any chr dir enumerate filter isinstance len map max min next open ord print repr "
        "reversed round sorted sum zip",
        "py:function",
        FUNCTIONS,
    ),
    *each("bool float int object type property slice", "py:class", FUNCTIONS),
    *each(
        "str tuple list dict set frozenset range bytes", "py:class", "library/stdtypes.html#{name}"
    ),
    *each("None True False", "py:data", "library/constants.html#{name}"),
    *each(
        "AssertionError ImportError FileNotFoundError FloatingPointError IndexError KeyError "
        "RuntimeError TypeError UnicodeDecodeError ValueError ModuleNotFoundError",
        "py:exception",
        "library/exceptions.html#{name}",
    ),
    *each(
        "Callable Iterable Iterator Sequence Mapping",
        "py:class",
        "library/collections.abc.html#{name}",
        "collections.abc.",
    ),
    *each("Any NamedTuple Protocol Literal", "py:class", "library/typing.html#{name}", "typing."),
    ("collections.Counter", "py:class", "library/collections.html#collections.Counter"),
    ("collections.defaultdict", "py:class", "library/collections.html#collections.defaultdict"),
    ("pathlib.Path", "py:class", "library/pathlib.html#pathlib.Path"),
    ("os.PathLike", "py:class", "library/os.html#os.PathLike"),
    ("random.seed", "py:function", "library/random.html#random.seed"),
    ("dataclasses.dataclass", "py:function", "library/dataclasses.html#dataclasses.dataclass"),
    ("math.log", "py:function", "library/math.html#math.log"),
    ("math.log2", "py:function", "library/math.html#math.log2"),
    ("math.exp", "py:function", "library/math.html#math.exp"),
    ("itertools.product", "py:function", "library/itertools.html#itertools.product"),
    ("itertools.permutations", "py:function", "library/itertools.html#itertools.permutations"),
]


def exists(name: str) -> bool:
    """Tell whether ``name`` can be reached in the installed libraries."""
    for parts in (name.split("."), ["builtins", *name.split(".")]):
        for cut in range(len(parts), 0, -1):
            try:
                found = importlib.import_module(".".join(parts[:cut]))
            except ImportError:
                continue
            if all((found := getattr(found, part, MISSING)) is not MISSING for part in parts[cut:]):
                return True
            break
    return False


def write(stem: str, project: str, entries: list[Entry]) -> Path:
    """Write one inventory in Sphinx's format and return its path.

    Raises
    ------
    LookupError
        If a name does not exist in the installed library.
    """
    missing = [name for name, _, _ in entries if not exists(name)]
    if missing:
        raise LookupError(f"{project} has no {', '.join(missing)}")
    lines = [f"{name} {role} 1 {address} -\n" for name, role, address in sorted(set(entries))]
    head = (
        f"# Sphinx inventory version 2\n# Project: {project}\n# Version: \n"
        "# The remainder of this file is compressed using zlib.\n"
    )
    path = FOLDER / f"{stem}.inv"
    path.write_bytes(head.encode() + zlib.compress("".join(lines).encode(), 9))
    return path


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for stem, project, entries in (
        ("torch", "PyTorch", TORCH),
        ("numpy", "NumPy", NUMPY_NAMES),
        ("matplotlib", "Matplotlib", MATPLOTLIB),
        ("python", "Python", PYTHON),
    ):
        print(write(stem, project, entries).name, len(entries))
