"""The devices that a person is known on and trusts (MFA-9): looking at them, and ending that."""

from typing import Final

from msgspec import Struct

from wardkey.devices.rules import KNOWN_ID, TRUST_ID
from wardkey.notices.circumstances import device_of, place_of
from wardkey.self_service import devices
from wardkey.self_service.actions import Caller
from wardkey.self_service.devices import Known, Trusted
from wardkey.surfaces.api.examples import DEVICE, DEVICE_TOKEN, MOMENT, SIGNED_IN, TRUST, TRUST_ENDS
from wardkey.surfaces.api.operation import Answered, Call, Link, NoBody, Operation, Outcome, Parameter, Told, for_signed_in
from wardkey.vocabulary import Instant, Language, Problem

TAG: Final = "My account"
PATH: Final = "/api/v1/account"


class KnownShown(Struct, frozen=True, kw_only=True):
    """A device on which the account was signed in; `device` and `place` are those of the last time."""

    id: str
    is_this: bool
    is_trusted: bool
    device: str
    place: str
    first_seen_at: Instant
    last_seen_at: Instant
    sign_ins: int


class TrustedShown(Struct, frozen=True, kw_only=True):
    """A device on which no second step is asked for before `expires_at`; `uses` counts the sign-ins without one."""

    id: str
    is_this: bool
    device: str
    place: str
    created_at: Instant
    expires_at: Instant
    last_used_at: Instant
    uses: int


class DeviceList(Struct, frozen=True):
    """The devices of the account, those used or trusted last first. `is_this` marks the one whose token was sent as
    `Wardkey-Device`."""

    known: tuple[KnownShown, ...]
    trusted: tuple[TrustedShown, ...]


class TrustEnded(Struct, frozen=True):
    """How many devices are no longer trusted."""

    ended: int


def known_shown(found: Known, language: Language) -> KnownShown:
    known = found.device
    return KnownShown(
        id=known.id,
        is_this=found.is_this,
        is_trusted=found.is_trusted,
        device=device_of(known.user_agent, language),
        place=place_of(known.place, known.ip, language),
        first_seen_at=known.first_seen_at,
        last_seen_at=known.last_seen_at,
        sign_ins=known.sign_ins,
    )


def trusted_shown(found: Trusted, language: Language) -> TrustedShown:
    trusted = found.device
    return TrustedShown(
        id=trusted.id,
        is_this=found.is_this,
        device=device_of(trusted.user_agent, language),
        place=place_of(trusted.place, trusted.ip, language),
        created_at=trusted.created_at,
        expires_at=trusted.expires_at,
        last_used_at=trusted.last_used_at,
        uses=trusted.uses,
    )


async def list_devices(call: Call, caller: Caller, _: NoBody) -> Outcome:
    found = await devices.list_devices(caller)
    return DeviceList(
        known=tuple(known_shown(one, call.language) for one in found.known),
        trusted=tuple(trusted_shown(one, call.language) for one in found.trusted),
    )


async def end_trust(call: Call, caller: Caller, _: NoBody) -> Outcome:
    outcome = await devices.revoke_trust(caller, call.path("trust"))
    return outcome if isinstance(outcome, Problem) else None


async def end_all_trust(_call: Call, caller: Caller, _: NoBody) -> Outcome:
    return TrustEnded(await devices.revoke_all_trust(caller))


async def forget(call: Call, caller: Caller, _: NoBody) -> Outcome:
    outcome = await devices.forget_device(caller, call.path("device"))
    return outcome if isinstance(outcome, Problem) else None


KNOWN: Final = KnownShown(
    id=DEVICE,
    is_this=True,
    is_trusted=True,
    device="Firefox on Windows",
    place="near Portland, United States",
    first_seen_at=SIGNED_IN,
    last_seen_at=MOMENT,
    sign_ins=12,
)
TRUSTED: Final = TrustedShown(
    id=TRUST,
    is_this=True,
    device="Firefox on Windows",
    place="near Portland, United States",
    created_at=SIGNED_IN,
    expires_at=TRUST_ENDS,
    last_used_at=MOMENT,
    uses=3,
)
OPERATIONS: Final[tuple[Operation, ...]] = (
    for_signed_in(
        "GET",
        f"{PATH}/devices",
        list_devices,
        NoBody,
        Told(
            id="listDevices",
            tag=TAG,
            summary="The devices of the account, and which are trusted",
            answered=Answered(
                200,
                "The devices.",
                DeviceList,
                {"one": DeviceList((KNOWN,), (TRUSTED,))},
                (Link("forgetDevice", "device", "/known/0/id"), Link("endTrust", "trust", "/trusted/0/id")),
            ),
            parameters=(
                Parameter(
                    "Wardkey-Device",
                    "header",
                    "The token by which this device is known, so that it is marked in the list.",
                    DEVICE_TOKEN,
                ),
            ),
        ),
    ),
    for_signed_in(
        "DELETE",
        f"{PATH}/devices/{{device}}",
        forget,
        NoBody,
        Told(
            id="forgetDevice",
            tag=TAG,
            summary="Forget a device",
            description="It is trusted no longer, and the next sign-in on it is one on a new device.",
            answered=Answered(204, "Forgotten."),
            problems=("device_gone",),
            parameters=(Parameter("device", "path", "`id` of a device of this account.", DEVICE, KNOWN_ID.pattern),),
        ),
    ),
    for_signed_in(
        "DELETE",
        f"{PATH}/trusted-devices",
        end_all_trust,
        NoBody,
        Told(
            id="endAllTrust",
            tag=TAG,
            summary="Stop trusting every device",
            answered=Answered(200, "None is trusted any more.", TrustEnded, {"two": TrustEnded(2)}),
        ),
    ),
    for_signed_in(
        "DELETE",
        f"{PATH}/trusted-devices/{{trust}}",
        end_trust,
        NoBody,
        Told(
            id="endTrust",
            tag=TAG,
            summary="Stop trusting a device",
            description="The second step is asked for there at the next sign-in.",
            answered=Answered(204, "It is trusted no longer."),
            problems=("trust_gone",),
            parameters=(Parameter("trust", "path", "`id` of a trusted device of this account.", TRUST, TRUST_ID.pattern),),
        ),
    ),
)
