"""One tenant's trouble is no other's: the sweep goes on, and says that it was not whole."""

from types import SimpleNamespace
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities import starting
from activities.starting import Starting


async def test_a_tenant_that_cannot_be_swept_keeps_no_other_from_it(monkeypatch: Any):
    swept: list[str] = []

    async def of_three(_: Any) -> list[str]:
        return ["first", "broken", "last"]

    async def one(_: Starting, tenant: str) -> int:
        swept.append(tenant)
        if tenant == "broken":
            raise ConnectionError("synthetic: its rows cannot be read")
        return 1

    monkeypatch.setattr(starting, "tenants", of_three)
    monkeypatch.setattr(Starting, "_swept", one)
    sweep = Starting(SimpleNamespace(pool=None), None, None, None, None)  # type: ignore[arg-type]
    with pytest.raises(ConnectionError):
        await ActivityEnvironment().run(sweep.sweep_inboxes)
    assert swept == ["first", "broken", "last"]
