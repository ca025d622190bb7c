"""Write the small inventories that turn names of Python, NumPy, PyTorch and Matplotlib into links.

Run it from anywhere: ``python tools/make_inventory.py``. It needs no network; the names are
the ones this book uses, and each is checked against the installed library, so that a typing error
cannot become a dead link.
"""

from __future__ import annotations

import importlib
import re
import zlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "_inventories"

MISSING = object()

#: By file: the project, and what is linked. Of each entry: role, address, what all names begin with
#: ("." for nothing), and the names; in an address ``{name}`` is the whole one, ``{word}`` its end.
INVENTORIES = {
    "torch": (
        "PyTorch",
        """
        module {name}.html#module-{name} . torch
        module {word}.html#module-{name} torch. nn nn.functional nn.init optim
        class tensors.html#{name} torch. Tensor
        class tensor_attributes.html#{name} torch. device dtype
        class size.html#{name} torch. Size
        class generated/torch.nn.parameter.Parameter.html . torch.nn.Parameter
        class generated/torch.nn.Module.html . torch.nn.modules.module.Module
        class generated/{name}.html#{name} torch. Generator nn.utils.rnn.PackedSequence
        function testing.html#{name} torch. testing.assert_close
        function generated/{name}.html#{name} torch. arange argmax autograd.grad bernoulli bincount
          bmm bool cat diag einsum empty equal exp eye flip float32 float64 from_numpy full gather
          int64 inference_mode isfinite load log log_softmax manual_seed matmul mean multinomial
          no_grad normal ones outer pow rand randint randn randperm relu save set_num_threads
          sigmoid softmax sort sqrt stack sum tanh tensor topk triu where zeros zeros_like ones_like
          allclose bucketize clamp diff linspace nn.functional.cross_entropy
          nn.functional.embedding nn.functional.mse_loss nn.functional.one_hot
          nn.functional.log_softmax nn.functional.softmax nn.utils.rnn.pack_padded_sequence
          nn.utils.rnn.pad_packed_sequence nn.utils.rnn.pad_sequence nn.init.orthogonal_
          nn.init.uniform_ nn.init.zeros_ nn.init.normal_ linalg.eigvals linalg.matrix_norm
          linalg.svdvals linalg.vector_norm linalg.lstsq nn.utils.clip_grad_norm_
        class generated/{name}.html#{name} torch.nn. Module Linear RNN LSTM GRU RNNCell LSTMCell
          GRUCell Embedding Conv1d Conv2d Tanh ReLU Sequential ModuleList Dropout Identity Flatten
          CrossEntropyLoss MSELoss BCEWithLogitsLoss BatchNorm2d LayerNorm AdaptiveMaxPool1d CTCLoss
        method generated/{name}.html#{name} torch.Tensor. backward detach item argmax unsqueeze
          squeeze tolist numpy shape view reshape sum mean transpose flip float long abs clone
          softmax
        class generated/{name}.html#{name} torch.optim. Optimizer Adam AdamW SGD
        method generated/torch.nn.Module.html#{name} torch.nn.Module. parameters state_dict
          load_state_dict train eval named_parameters zero_grad
        """,
    ),
    "numpy": (
        "NumPy",
        """
        class reference/generated/{name}.html#{name} numpy. ndarray
        class reference/random/generator.html#{name} numpy.random. Generator
        function reference/random/generator.html#{name} numpy.random. default_rng
        function reference/generated/{name}.html#{name} numpy. abs all allclose arange argmax
          argsort array asarray bincount concatenate cumsum diff dot exp eye full hstack isin
          linspace log log2 max mean median min nanmean ones outer percentile quantile repeat
          round sign sqrt stack std sum tanh unique vstack where zeros linalg.norm linalg.eigvals
          linalg.svd linalg.lstsq
        """,
    ),
    "matplotlib": (
        "Matplotlib",
        """
        class api/figure_api.html#{name} matplotlib.figure. Figure
        class api/_as_gen/{name}.html#{name} matplotlib.axes. Axes
        function api/_as_gen/{name}.html#{name} matplotlib.pyplot. show subplots figure close
        method api/_as_gen/{name}.html#{name} matplotlib.axes.Axes. plot bar barh scatter imshow
          fill_between axhline axvline set_xlabel set_ylabel set_title legend annotate text set_xlim
          set_ylim set_yscale set_xticks set_yticks
        """,
    ),
    "python": (
        "Python",
        """
        function library/functions.html#{name} . abs all any chr dir enumerate filter isinstance len
          map max min next open ord print repr reversed round sorted sum zip
        class library/functions.html#{name} . bool float int object type property slice
        class library/stdtypes.html#{name} . str tuple list dict set frozenset range bytes
        data library/constants.html#{name} . None True False
        exception library/exceptions.html#{name} . AssertionError ImportError FileNotFoundError
          FloatingPointError IndexError KeyError RuntimeError TypeError UnicodeDecodeError
          ValueError ModuleNotFoundError
        class library/collections.abc.html#{name} collections.abc. Callable Iterable Iterator
          Sequence Mapping
        class library/typing.html#{name} typing. Any NamedTuple Protocol Literal
        class library/collections.html#{name} collections. Counter defaultdict
        class library/pathlib.html#{name} pathlib. Path
        class library/os.html#{name} os. PathLike
        function library/random.html#{name} random. seed
        function library/dataclasses.html#{name} dataclasses. dataclass
        function library/math.html#{name} math. log log2 exp
        function library/itertools.html#{name} itertools. product permutations
        """,
    ),
}

Entry = tuple[str, str, str]  # name, role, address


def entries(listing: str) -> list[Entry]:
    """Return the entries of a listing, a line each or more."""
    found = []
    for entry in re.split(r"\n {8}(?=\S)", listing.rstrip())[1:]:
        role, address, prefix, *words = entry.split()
        for word in words:
            name = word if prefix == "." else prefix + word
            found.append((name, f"py:{role}", address.format(name=name, word=word)))
    return found


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


def write(stem: str, project: str, found: list[Entry]) -> Path:
    """Write one inventory in Sphinx's format and return its path.

    Raises
    ------
    LookupError
        If a name does not exist in the installed library.
    """
    missing = [name for name, _, _ in found if not exists(name)]
    if missing:
        raise LookupError(f"{project} has no {', '.join(missing)}")
    lines = [f"{name} {role} 1 {address} -\n" for name, role, address in sorted(set(found))]
    head = (
        f"# Sphinx inventory version 2\n# Project: {project}\n# Version: \n"
        "# The remainder of this file is compressed using zlib.\n"
    )
    path = FOLDER / f"{stem}.inv"
    path.write_bytes(head.encode() + zlib.compress("".join(lines).encode(), 9))
    return path


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for stem, (project, listing) in INVENTORIES.items():
        found = entries(listing)
        print(write(stem, project, found).name, len(found))
