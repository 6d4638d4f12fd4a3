"""What one call of the command line has: the environment, the wiring, and how the two make a service."""

from collections.abc import Awaitable, Callable, Mapping
from typing import ParamSpec, TypeVar

import click
from msgspec import Struct

from wardkey.environment import read_settings
from wardkey.settings import Settings
from wardkey.surfaces.cli.installation import Installation
from wardkey.surfaces.cli.output import refuse
from wardkey.surfaces.service import Service
from wardkey.vocabulary import Problem

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class Invocation(Struct, frozen=True):
    """The environment it was called in, and the wiring, which is loaded when first asked for."""

    environment: Mapping[str, str]
    wiring: Callable[[], Installation]

    def settings(self) -> Settings:
        """The settings; raises WrongSetting."""
        return read_settings(self.environment)

    def with_service(self, work: Callable[[Service], Awaitable[T | Problem]]) -> T:
        """Do something with the service; a refusal ends the command."""
        settings, wiring = self.settings(), self.wiring()

        async def within() -> T | Problem:
            async with wiring.open(settings) as service:
                return await work(service)

        answer = wiring.run(within())
        if isinstance(answer, Problem):
            raise refuse(answer)
        return answer


def as_json(function: Callable[P, R]) -> Callable[P, R]:
    """The option that every command has which prints data."""
    return click.option("--json", "is_json", is_flag=True, help="Print JSON for programs.")(function)


def example(*lines: str) -> str:
    """The end of a command's help: lines that one could type, kept as they are."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)
