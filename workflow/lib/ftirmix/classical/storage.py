"""Classical models on disk, in the format of skops: a zip archive of JSON and arrays, never pickled code."""

import zlib
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import scipy
import sklearn

from ftirmix.classical.registry import METHODS, ClassicalModel
from ftirmix.errors import DamagedFile, StudyError
from ftirmix.files import whole_file
from ftirmix.lean_imports import without

# skops looks into all packages of scikit-learn, and with them imports torch, for seconds in every job, for nothing.
with without("torch"):
    import skops.io

# Compiled classes that skops does not trust by itself: the nodes of forests and of boosted trees. They are
# rebuilt from arrays; a file that names any other is refused before anything of it is built.
TRUSTED = (
    "sklearn.tree._tree.Tree",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)
# What reading a damaged archive ends in, depending on where it is damaged: errors of zipfile, of json and numpy
# (ValueError), of skops (TypeError, KeyError; AttributeError and ImportError where the name of a type is damaged).
# Anything else is an error of this program and says so.
DAMAGED = (
    BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError, TypeError, ValueError, AttributeError,
    ImportError,
)  # fmt: skip


def save(path: Path, model: ClassicalModel) -> None:
    """Write a model whole or not at all."""
    versions = {"scikit-learn": sklearn.__version__, "numpy": np.__version__, "scipy": scipy.__version__}
    with whole_file(path) as temporary:
        skops.io.dump({**vars(model), "versions": versions}, temporary)


def load(path: Path) -> ClassicalModel:
    """Read a model written by :func:`save`.

    Raises:
        DamagedFile: the file is truncated or something else.
        StudyError: it cannot be read at all, or holds a type that no model of this study has.
    """
    try:
        foreign = sorted(set(skops.io.get_untrusted_types(file=path)) - set(TRUSTED))
        if foreign:
            raise StudyError(
                f"{path}: holds the foreign type {foreign[0]}, which is not loaded; delete it and run again"
            )
        content = skops.io.load(path, trusted=list(TRUSTED))
        parts = {name: content[name] for name in ClassicalModel.__dataclass_fields__}
        if parts["method"] not in METHODS:
            raise KeyError(parts["method"])
    except StudyError:
        raise
    except OSError as error:
        raise StudyError(f"{path}: cannot be read ({error}); run again once it can") from error
    except DAMAGED as error:
        raise DamagedFile(path, f"not a readable model ({type(error).__name__}: {error})") from error
    return ClassicalModel(**parts)
