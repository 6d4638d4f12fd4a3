"""`wardkey demo`: a made-up practice to try everything with, gone when it ends."""

import os
import signal
import socket
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click
import msgspec
from msgspec import Struct

from wardkey.environment import read_settings
from wardkey.settings import PREFIX, Settings
from wardkey.surfaces.cli import practice
from wardkey.surfaces.cli.invocation import Invocation, example
from wardkey.surfaces.cli.output import Refused, say, say_pairs, say_table
from wardkey.surfaces.cli.practice import PEOPLE, PROTECTED, Person, Protected
from wardkey.surfaces.cli.serving import address_of, listen, port_of, where_to_listen
from wardkey.surfaces.service import Service
from wardkey.vocabulary import Role

THIS_MACHINE: Final = ("127.0.0.1", "::1")
EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - addresses that are asked for, not bound by default


class Credentials(Struct, frozen=True, kw_only=True):
    """One account as `--credentials` writes it; scripts rely on these four names."""

    email: str
    password: str
    role: str
    organization: str


@click.command(
    "demo",
    short_help="Try everything with a made-up practice.",
    epilog=example("wardkey demo", "wardkey demo --port 9000 --credentials accounts.json"),
)
@where_to_listen
@click.option(
    "--credentials", metavar="FILE", type=click.Path(path_type=Path), help="Also write the accounts to a file, as JSON."
)
@click.pass_obj
def command(invocation: Invocation, host: str, port: int | None, credentials: Path | None) -> None:
    """Serve a made-up practice with its own throwaway database, until Ctrl-C. Mail is shown instead of sent."""
    with ended_quietly(), listen(host, port_of(invocation, port)) as listening, new_folder() as folder:
        settings = demo_settings(invocation, listening, folder)
        invocation.wiring().serve(settings, listening, before=seeding(settings, credentials))


@contextmanager
def ended_quietly() -> Iterator[None]:
    """Ctrl-C and SIGTERM end the demo well at any moment, also before it answers."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        say()
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def new_folder() -> Iterator[Path]:
    """A folder for this demo's data alone, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="wardkey-demo-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def demo_settings(invocation: Invocation, listening: socket.socket, folder: Path) -> Settings:
    """Settings of the demo: nothing of the environment but the brand, so that no real installation is ever touched."""
    host, port = address_of(listening)
    shown_host = "127.0.0.1" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    brand = {name: text for name, text in invocation.environment.items() if name.startswith(PREFIX + "BRAND_")}
    return read_settings(
        brand,
        public_url=f"http://{shown_host}:{port}",
        database_url=f"sqlite:///{folder / 'wardkey.sqlite3'}",
        data_dir=str(folder),
        secret_keys=(invocation.wiring().new_key(),),
        is_demo=True,
    )


def seeding(settings: Settings, credentials: Path | None) -> Callable[[Service], Awaitable[None]]:
    """Sets up the practice, and says what can be done with it."""

    async def before(service: Service) -> None:
        protected = await practice.set_up(service)
        if credentials is not None:
            write_credentials(credentials)
        introduce(settings, protected)

    return before


def write_credentials(path: Path) -> None:
    """All at once, for its owner's eyes only, so that a script that waits for the file never reads half of it."""
    accounts = [Credentials(email=p.email, password=p.password, role=p.role.value, organization=practice.NAME) for p in PEOPLE]
    try:
        with tempfile.NamedTemporaryFile(dir=path.absolute().parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(msgspec.json.format(msgspec.json.encode(accounts), indent=2) + b"\n")
        os.replace(file.name, path)
    except OSError:
        raise Refused(f"{path} is no file that can be written.") from None


def introduce(settings: Settings, protected: Protected) -> None:
    """The accounts, the addresses, and what to try first."""
    url = settings.public_url
    say(f"{settings.brand_name} demo: {practice.NAME}, made up, and gone when you press Ctrl-C.\n")
    say_pairs(
        [("Sign in", f"{url}/sign-in"), *passkeys_at(url), ("Sent messages", f"{url}/demo/outbox"), ("API", f"{url}/api/docs")]
    )
    say()
    say_table(
        ("who", "email", "role", "password", "MFA"), [(p.name, p.email, p.role.value, p.password, mfa_of(p)) for p in PEOPLE]
    )
    say(f"\n{named(PROTECTED).name} has an authenticator app already:")
    say_pairs(
        [
            ("  key", protected.key),
            ("  recovery code", protected.recovery_code),
            ("  a code now", f"oathtool --totp -b {protected.key}"),
        ]
    )
    say("\nThree things to try:")
    for number, text in enumerate(ideas(url), start=1):
        say(f"  {number}. {text}")


def passkeys_at(url: str) -> list[tuple[str, str]]:
    """Where passkeys can be tried: browsers use them at a name alone, never at a number (WebAuthn Level 3 §5.1.3)."""
    site = urlsplit(url)
    return [("with passkeys", f"http://localhost:{site.port}/sign-in")] if site.hostname in THIS_MACHINE else []


def mfa_of(person: Person) -> str:
    """What happens at this person's next sign-in."""
    if person.email == PROTECTED:
        return "authenticator app"
    return "optional" if person.role is Role.CLIENT else "set up at sign-in"


def named(email: str) -> Person:
    return next(person for person in PEOPLE if person.email == email)


def ideas(url: str) -> tuple[str, ...]:
    """Three things to try."""
    return (
        "Sign in as Dr. Ben Carter, who is asked to set up MFA: scan the code with an app, or give its key to oathtool.",
        f"Sign in as {named(PROTECTED).name} with a code from the key above; then again with the recovery code instead.",
        f"Choose “Forgot password?” for Lena Fischer and read what she gets at {url}/demo/outbox.",
    )
