"""How well an account is protected now and what is coming, for the pages that say it in words."""

from typing import Literal, TypeAlias

from msgspec import Struct

from wardkey.accounts.rules import MfaMode
from wardkey.notices.circumstances import day_of
from wardkey.self_service.rules import Method, Overview
from wardkey.vocabulary import Language

State: TypeAlias = Literal["on", "asked", "coming", "advised", "off"]


class Protection(Struct, frozen=True, kw_only=True):
    """`on`: a second step is set up. Without one: `asked` for now, `coming` from `day`, `advised`, or `off`."""

    state: State
    app: Method | None
    """The authenticator app, if there is one."""
    may_remove: bool
    """Whether the app may be removed: not while it is the only method of somebody who needs one (MFA-10)."""
    day: str | None
    """From when a second step is required, in words, where that is announced and not yet so."""
    is_code_kept: bool
    """Whether there is a recovery code that its owner says is saved."""


def protection_of(seen: Overview, time_zone: str, language: Language) -> Protection:
    day = day_of(seen.required_from, time_zone, language) if seen.required_from else None
    return Protection(
        state=_state(seen),
        app=next((method for method in seen.methods if method.kind == "totp"), None),
        may_remove=sum(method.is_method for method in seen.methods) > 1 or seen.policy is not MfaMode.REQUIRED,
        day=day,
        is_code_kept=seen.recovery is not None and seen.recovery.is_saved,
    )


def _state(seen: Overview) -> State:
    if any(method.is_method for method in seen.methods):
        return "on"
    if seen.policy is MfaMode.REQUIRED:
        return "asked"
    if seen.required_from is not None:
        return "coming"
    return "advised" if seen.can_add else "off"
