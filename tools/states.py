"""Every combination of facts a sign-in can know, and what follows: the step, what may be sent there, and where that leads."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Final, get_args, get_type_hints

from msgspec.structs import replace

from wardkey.signin.commands import Command, SubmitPassword
from wardkey.signin.facts import Barrier, Facts, FirstFactor, Proof, Recovery, Stage
from wardkey.signin.machine import OBLIGATIONS, stage

COMMANDS: Final = {Stage.FIRST_FACTOR: SubmitPassword, **{command.stage: command for command in get_args(Command)}}
"""The one command that answers each step; `blocked` and `done` take none."""

MEETS: Final[dict[Stage, Callable[[Facts], tuple[Facts, ...]]]] = {
    Stage.BLOCKED: lambda f: (),
    Stage.FIRST_FACTOR: lambda f: (
        replace(f, first_factor=FirstFactor.PASSWORD),
        replace(f, first_factor=FirstFactor.PASSKEY, is_password_weak=False, is_passkey_offered=False),
        *((replace(f, first_factor=FirstFactor.PASSWORD, proof=Proof.TRUSTED_DEVICE),) if f.has_method else ()),
    ),
    Stage.VERIFY_EMAIL: lambda f: (replace(f, is_email_verified=True),),
    Stage.MFA: lambda f: (
        replace(f, proof=Proof.METHOD),
        *((replace(f, proof=Proof.PASSWORD),) if f.first_factor is FirstFactor.PASSKEY else ()),
        *((replace(f, proof=Proof.RECOVERY_CODE, recovery=Recovery.NONE),) if f.recovery is not Recovery.NONE else ()),
    ),
    Stage.ENROLL_MFA: lambda f: (replace(f, has_method=True, proof=Proof.METHOD),),
    Stage.NEW_RECOVERY_CODE: lambda f: (replace(f, recovery=Recovery.SAVED),),
    Stage.CHANGE_PASSWORD: lambda f: (replace(f, is_password_weak=False),),
    Stage.OFFER_PASSKEY: lambda f: (replace(f, is_passkey_offered=False),),
    Stage.DONE: lambda f: (),
}
"""What the facts become when a step's command is answered rightly: one result for each way to do so."""


def every_facts() -> Iterator[Facts]:
    """Every combination of facts that an attempt can know."""
    hints = get_type_hints(Facts)
    choices = [list(kind) if issubclass(kind, Enum) else [False, True] for kind in hints.values()]
    return (Facts(**dict(zip(hints, combination, strict=True))) for combination in itertools.product(*choices))


def every_start() -> Iterator[Facts]:
    """The combinations in which a sign-in can begin: nothing is proven in it yet, and nothing bars it."""
    begun = (Barrier.NONE, FirstFactor.NONE, Proof.NONE)
    return (facts for facts in every_facts() if (facts.barrier, facts.first_factor, facts.proof) == begun)


def every_path(facts: Facts) -> Iterator[tuple[Facts, ...]]:
    """The ways from here to an end, each command being answered rightly."""
    afterwards = MEETS[stage(facts)](facts)
    if not afterwards:
        yield (facts,)
    for after in afterwards:
        yield from ((facts, *path) for path in every_path(after))


def leads_to(here: Stage) -> tuple[Stage, ...]:
    """The steps that a right answer at this one leads to, in the order of obligations."""
    pairs = (pair for start in every_start() for path in every_path(start) for pair in itertools.pairwise(path))
    found = {stage(after) for before, after in pairs if stage(before) is here}
    return tuple(name for name in Stage if name in found)


def step_rows() -> list[tuple[str, ...]]:
    """One row for each step: its name, what is owed, the command it takes, where that leads, and how many combinations it has."""
    counted = Counter(stage(facts) for facts in every_facts())
    owed = {name: in_words(check) for name, check in OBLIGATIONS} | {Stage.DONE: "nothing is owed: the person is signed in"}
    return [
        (
            f"`{name}`",
            owed[name],
            one_line(COMMANDS[name].__doc__) if name in COMMANDS else "none",
            ", ".join(f"`{after}`" for after in leads_to(name)) or "nowhere",
            str(counted[name]),
        )
        for name in Stage
    ]


def settled_rows() -> list[tuple[str, ...]]:
    """What follows from policy and factors once nothing else decides."""
    rows: list[tuple[str, ...]] = [
        (
            f.first_factor.value,
            "yes" if f.has_method else "no",
            f.policy.value,
            "yes" if f.is_passkey_enough else "no",
            f.proof.value,
            f.recovery.value,
            f"`{stage(f)}`",
        )
        for f in sorted(every_facts(), key=lambda f: (f.first_factor, f.has_method, f.policy))
        if is_settled(f)
    ]
    return merged(rows)


def is_settled(facts: Facts) -> bool:
    """Whether nothing but policy and factors decides: a first factor and the address proven, no barrier, nothing to offer."""
    is_open = facts.barrier is Barrier.NONE and facts.first_factor is not FirstFactor.NONE and facts.is_email_verified
    return is_open and not facts.is_password_weak and not facts.is_passkey_offered


def in_words(owed: Callable[[Facts], bool]) -> str:
    """`owes_verified_email` as "verified email", with what its docstring adds."""
    name = owed.__name__.removeprefix("owes_").removeprefix("is_").replace("_", " ")
    return f"{name}: {one_line(owed.__doc__)}" if owed.__doc__ else name


def merged(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The same table with "any" in the columns that make no difference to the last one."""
    if len({row[-1] for row in rows}) == 1:
        return [("any",) * (len(rows[0]) - 1) + rows[0][-1:]]
    groups = itertools.groupby(rows, key=lambda row: row[0])
    return [(value, *rest) for value, group in groups for rest in merged([row[1:] for row in group])]


def one_line(text: str | None) -> str:
    """A docstring as one line."""
    return " ".join((text or "").split())
