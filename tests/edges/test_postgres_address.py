"""What an address may say after its `?` holds for commands as it does for serving."""

import asyncio

from wardkey.edges.bell import LoopBell
from wardkey.edges.db.migrating import current, head, upgrade
from wardkey.edges.db.opening import open_database


async def test_an_address_with_options_is_upgraded_and_served(postgres_url: str) -> None:
    url = f"{postgres_url}?sslmode=prefer&application_name=elsewhere"
    await asyncio.to_thread(upgrade, url)
    assert await asyncio.to_thread(current, url) == head()
    async with open_database(url, LoopBell()) as database:
        assert await database.revision() == head()
