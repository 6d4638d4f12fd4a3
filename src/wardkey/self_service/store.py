"""The slice of a unit of work that a signed-in person's acts need."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from wardkey.signin.store import SigninUnit


class SelfUnits(Protocol):
    def read(self) -> AbstractAsyncContextManager[SigninUnit]: ...

    def write(self) -> AbstractAsyncContextManager[SigninUnit]: ...
