"""One floor for all browser tests: an installation takes seconds to stand."""

from collections.abc import AsyncIterator

import pytest

from tests.browser.floor import Floor, a_floor
from workers.postgres_server import PostgresServer


@pytest.fixture(scope="package")
async def floor(
    anyio_backend: str, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Floor]:
    async with a_floor(postgres_server, tmp_path_factory.mktemp("floor")) as one:
        yield one
