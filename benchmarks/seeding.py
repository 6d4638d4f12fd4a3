"""People for measuring: one password and one authenticator key for all, so that making them costs little."""

import asyncio
from datetime import UTC, datetime
from typing import Final

import msgspec
from argon2 import PasswordHasher

from wardkey.accounts.rules import Account, Status, email_key
from wardkey.edges.bell import LoopBell
from wardkey.edges.db.opening import open_database
from wardkey.edges.randomness import SystemRandomness
from wardkey.edges.sealing import KeyRingSealing
from wardkey.factors.contract import Credential
from wardkey.factors.kinds import totp
from wardkey.settings import Settings
from wardkey.vocabulary import AccountId, CredentialId, EmailAddress, SecurityStamp

PASSWORD: Final = "violet teapot on the windowsill"  # noqa: S105 - of people who do not exist
KEY: Final = b"12345678901234567890"
BATCH: Final = 500


def address(number: int) -> str:
    return f"person{number}@example.org"


def seed(settings: Settings, people: int) -> None:
    """Fill a database that has its tables."""
    asyncio.run(_seed(settings, people))


async def _seed(settings: Settings, people: int) -> None:
    cost = settings.argon2
    password_hash = PasswordHasher(cost.passes, cost.memory_kib, 1).hash(PASSWORD)
    randomness = SystemRandomness()
    sealing, at = KeyRingSealing(settings.secret_keys, randomness), datetime.now(UTC)
    async with open_database(settings.database_url, LoopBell()) as database:
        for first in range(0, people, BATCH):
            async with database.write() as unit:
                for number in range(first, min(first + BATCH, people)):
                    account = _account(number, password_hash, at)
                    await unit.accounts.add(account, email_key(account.email))
                    for kind, held in (("totp", msgspec.msgpack.encode(totp.Held(KEY))), ("recovery_code", b"")):
                        sealed = sealing.seal(held, f"credential:{account.id}:{kind}")
                        await unit.credentials.add(account.id, _credential(number, kind, sealed, at))


def _account(number: int, password_hash: str, at: datetime) -> Account:
    return Account(
        id=AccountId(f"acc_{number:026d}"),
        email=EmailAddress(address(number)),
        name=f"Person {number}",
        language="en",
        time_zone="UTC",
        status=Status.ACTIVE,
        password_hash=password_hash,
        security_stamp=SecurityStamp(f"stamp{number}"),
        created_at=at,
        email_verified_at=at,
        password_changed_at=at,
    )


def _credential(number: int, kind: str, sealed: bytes, at: datetime) -> Credential:
    name = CredentialId(f"cred_{kind}_{number}")
    return Credential(id=name, kind=kind, label="", sealed=sealed, version=0, created_at=at, confirmed_at=at)
