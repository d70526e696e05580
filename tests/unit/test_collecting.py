"""What a process loads at its start is no work for the garbage collector afterwards."""

import gc
from collections.abc import Iterator

import pytest

from workers.collecting import keep_what_is_loaded


@pytest.fixture
def collector() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("collector")
def test_a_full_collection_does_not_walk_what_was_loaded():
    loaded = len(gc.get_objects())
    keep_what_is_loaded()
    assert len(gc.get_objects()) < loaded / 10
    assert gc.get_freeze_count() > 0.9 * loaded
    assert gc.isenabled(), "what is made later is collected as before"
