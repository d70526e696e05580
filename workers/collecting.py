"""Python's garbage collector, in processes that serve: what is loaded at the start stays, and need not be walked again."""

import gc
from typing import Final

YOUNG: Final = (
    10_000  # objects made and kept until the youngest are looked through; a message makes hundreds and drops them
)


def keep_what_is_loaded() -> None:
    """Call once everything is imported and built. A full collection walks 135,000 objects of imports and models and stops the
    process meanwhile, for 60 to 270 ms as measured: whoever waits for a receipt then waits that much longer.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
