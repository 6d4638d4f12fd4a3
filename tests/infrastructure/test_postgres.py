"""The PostgreSQL that tests use is real, shared, empty at the start of each test and able to fall and come back."""

import asyncpg
import pytest

from tests.postgres import PostgresServer, postgres_server


async def test_a_fresh_database_is_empty_and_can_be_written(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
        await connection.execute("CREATE TABLE t (n int)")
        assert await connection.fetchval("SHOW server_encoding") == "UTF8"
    finally:
        await connection.close()


def test_a_prepared_template_is_filled_once_and_copied(postgres: PostgresServer) -> None:
    filled: list[str] = []

    def fill(url: str) -> None:
        filled.append(url)
        postgres.sql("CREATE TABLE things AS SELECT 7 AS n", database=url.rpartition("/")[2])

    names = [postgres.prepared("template_for_this_test", fill) for _ in range(2)]
    url = postgres.fresh_database(names[1])
    assert postgres.sql("SELECT n FROM things", database=url.rpartition("/")[2]) == "7"
    assert len(filled) == 1
    postgres.drop(url)


def test_a_server_of_ones_own_keeps_its_data_when_stopped_and_started() -> None:
    with postgres_server(fsync=True) as server:
        url = server.fresh_database()
        name = url.rpartition("/")[2]
        server.sql("CREATE TABLE kept AS SELECT 1 AS n", database=name)
        server.stop()
        with pytest.raises(RuntimeError, match="refused"):
            server.sql("SELECT 1")
        server.start()
        assert server.sql("SELECT n FROM kept", database=name) == "1"
        assert server.sql("SHOW fsync") == "on"
        home = server.home
    assert not home.exists()
