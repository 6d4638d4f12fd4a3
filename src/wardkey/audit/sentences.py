"""Each event as one plain sentence for the person it concerns."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
from babel.dates import format_date
from msgspec.structs import asdict

from wardkey.audit import events
from wardkey.audit.events import EVENTS, Event
from wardkey.audit.rules import Entry
from wardkey.language import N_, translate
from wardkey.vocabulary import Language

METHODS: Final = {
    "totp": N_("authenticator app"),
    "password": N_("password"),
    "recovery_code": N_("recovery code"),
    "sms": N_("phone number for text messages"),
    "passkey": N_("passkey"),
}
"""What each proof is called after "your"."""

PASSKEYS: Final = {"hwk": "passkey", "swk": "passkey"}
"""The two ways in which a passkey shows in `amr`."""

ROLES: Final = {
    "owner": N_("owner"),
    "admin": N_("administrator"),
    "provider": N_("provider"),
    "staff": N_("office staff"),
    "client": N_("client"),
}
"""What each role is called within a sentence."""

SENTENCES: Final[dict[type[Event], dict[str, str]]] = {
    events.AccountCreated: {
        "": N_("Your account was created for you."),
        "sign_up": N_("You signed up for this account."),
    },
    events.EmailVerified: {"": N_("You confirmed your email address.")},
    events.PasswordChanged: {
        "": N_("Your password was changed."),
        "self": N_("You changed your password."),
        "sign_in": N_("You chose a new password while signing in."),
        "reset": N_("You chose a new password with a link sent to you by email."),
    },
    events.PasswordResetRequested: {"": N_("A link to choose a new password was sent to your email address.")},
    events.PasswordKnownToOthers: {
        "": N_("Somebody entered your right password and then many wrong codes. The password has to be changed.")
    },
    events.EmailChangeRequested: {"": N_("You asked to change your email address to %(address)s.")},
    events.EmailChanged: {"": N_("Your email address was changed to %(address)s.")},
    events.EmailChangeUndone: {"": N_("The change of your email address was undone. It is %(address)s again.")},
    events.CompromiseReported: {
        "": N_("You said “This wasn't me”. Everyone was signed out, and your password has to be changed.")
    },
    events.SignInSucceeded: {
        "": N_("You signed in."),
        "pwd": N_("You signed in with your password."),
        "pwd otp": N_("You signed in with your password and authenticator app."),
        "pwd recovery_code": N_("You signed in with your password and recovery code."),
        "pwd sms": N_("You signed in with your password and a code by text message."),
        "pwd passkey": N_("You signed in with your password and a passkey."),
        "pwd trusted_device": N_("You signed in with your password on a trusted device."),
        "passkey": N_("You signed in with a passkey."),
        "passkey otp": N_("You signed in with a passkey and your authenticator app."),
        "passkey sms": N_("You signed in with a passkey and a code by text message."),
        "passkey pwd": N_("You signed in with a passkey and your password."),
        "passkey recovery_code": N_("You signed in with a passkey and your recovery code."),
        "passkey trusted_device": N_("You signed in with a passkey on a trusted device."),
    },
    events.SignInFailed: {
        "": N_("Somebody tried to sign in and did not get in."),
        "wrong_credentials": N_("Somebody entered a wrong password."),
        "wrong_passkey": N_("Somebody tried a passkey that did not fit."),
        "wrong_code": N_("Somebody entered your password and then a wrong code."),
        "wrong_code_at_step_up": N_("Somebody entered a wrong code."),
    },
    events.SignInBlocked: {
        "": N_("A sign-in was stopped."),
        "codes_used_up": N_("A sign-in was stopped after too many wrong codes."),
        "password_known_to_others": N_("A sign-in was stopped because somebody else may know your password."),
        "account_suspended": N_("A sign-in was stopped because your account is suspended."),
        "account_changed": N_("A sign-in was stopped because your account was changed meanwhile."),
        "attempt_expired": N_("A sign-in was stopped because it took too long."),
    },
    events.MethodAdded: {
        "": N_("You set up another way to confirm that it is you."),
        "totp": N_("You set up an authenticator app."),
        "sms": N_("You set up your phone for text messages."),
        "passkey": N_("You added a passkey."),
    },
    events.MethodRemoved: {
        "": N_("You removed a way to confirm that it is you."),
        "totp": N_("You removed an authenticator app."),
        "sms": N_("You removed your phone for text messages."),
        "passkey": N_("You removed a passkey."),
    },
    events.MethodRenamed: {"": N_("You named a sign-in method “%(label)s”.")},
    events.RecoveryCodeUsed: {"": N_("Your recovery code was used. It does not work again.")},
    events.RecoveryCodeReplaced: {
        "": N_("You got new recovery codes. Older ones no longer work."),
        "1": N_("You got a new recovery code. An older one no longer works."),
    },
    events.RecoveryCodeSaved: {"": N_("You said that your recovery code is saved.")},
    events.MfaPolicyChanged: {
        "": N_("What is asked of you at sign-in was changed."),
        "off": N_("A second sign-in step is no longer asked for."),
        "optional": N_("A second sign-in step is now up to you."),
        "required": N_("A second sign-in step is now required."),
        "required from": N_("A second sign-in step is required from %(required_from)s."),
    },
    events.DeviceFirstSeen: {"": N_("You signed in on a new device.")},
    events.PasskeyCounterRegressed: {"": N_("A passkey of yours answered in an unusual way. Somebody may have copied it.")},
    events.PasskeyOfferAnswered: {
        "": N_("You were offered a passkey."),
        "not_now": N_("You were offered a passkey and said: not now."),
        "never": N_("You were offered a passkey and said: don’t ask me again."),
    },
    events.DeviceTrusted: {"": N_("You trusted a device: your second sign-in step is not asked for there until %(until)s.")},
    events.DeviceTrustRevoked: {
        "": N_("Your second sign-in step is asked for again on a device that was trusted."),
        "by_owner": N_("You stopped trusting a device."),
        "by_owner many": N_("You stopped trusting %(count)s devices."),
        "by_admin": N_("An administrator stopped trusting one of your devices."),
        "by_admin many": N_("An administrator stopped trusting %(count)s of your devices."),
        "by_operator": N_("An administrator stopped trusting one of your devices."),
        "by_operator many": N_("An administrator stopped trusting %(count)s of your devices."),
        "crowded_out": N_("A device that many people share is no longer trusted for you, because somebody else trusted it."),
    },
    events.DeviceForgotten: {
        "": N_("A device that you had signed in on was forgotten."),
        "by_owner": N_("You had a device forgotten."),
        "by_owner many": N_("You had %(count)s devices forgotten."),
        "by_admin": N_("An administrator had one of your devices forgotten."),
        "by_admin many": N_("An administrator had %(count)s of your devices forgotten."),
        "by_operator": N_("An administrator had one of your devices forgotten."),
        "by_operator many": N_("An administrator had %(count)s of your devices forgotten."),
    },
    events.SteppedUp: {"": N_("You confirmed that it is you with your %(method)s.")},
    events.SessionEnded: {
        "": N_("You were signed out."),
        "signed_out": N_("You signed out."),
        "by_owner": N_("You signed out another device."),
        "by_owner many": N_("You signed out %(count)s other devices."),
        "replaced": N_("You signed in again in the same browser, which ended your session there."),
    },
    events.OrganizationCreated: {"": N_("Your practice was created.")},
    events.BrandChanged: {"": N_("The look of your practice's pages and messages was changed.")},
    events.MemberAdded: {"": N_("You joined a practice as %(role)s.")},
    events.TextRefused: {"": N_("A text message was not sent.")},
    events.TextsStopped: {"": N_("Text messages to some numbers were stopped for a while.")},
    events.TextsResumed: {"": N_("Text messages to some numbers are sent again.")},
    events.MessageAbandoned: {"": N_("A message to you could not be delivered.")},
}
"""Event to its sentences: one by variant (see `_variant`), and under "" the one for every other variant."""

UNKNOWN: Final = N_("Something about your account was recorded.")

NEEDS_A_LOOK: Final[frozenset[type[Event]]] = frozenset(
    {
        events.SignInFailed,
        events.SignInBlocked,
        events.PasswordKnownToOthers,
        events.EmailChanged,
        events.RecoveryCodeUsed,
        events.MessageAbandoned,
    }
)
"""Events that their person should be able to say "that was me" to."""

EVENTS_BY_NAME: Final = {kind.name: kind for kind in EVENTS}


def event_of(entry: Entry) -> Event | None:
    """The event an entry holds; None for one that this version has no entry for in its catalogue."""
    kind = EVENTS_BY_NAME.get(entry.name)
    return None if kind is None else msgspec.json.decode(entry.data, type=kind)


def sentence_of(entry: Entry, language: Language) -> str:
    """What happened, told to the person whom it happened to."""
    event = event_of(entry)
    if event is None:
        return translate(language, UNKNOWN)
    told = SENTENCES[type(event)]
    return translate(language, told.get(_variant(event), told[""]), _in_words(event, language))


def needs_a_look(entry: Entry) -> bool:
    """Whether the person should check that it was them."""
    return EVENTS_BY_NAME.get(entry.name) in NEEDS_A_LOOK


def _variant(event: Event) -> str:
    """What tells one sentence of an event from another."""
    match event:
        case events.SignInSucceeded(amr=amr):
            return " ".join(PASSKEYS.get(method, method) for method in amr if method != "mfa")
        case events.RecoveryCodeReplaced(codes=codes):
            return str(codes)
        case events.MfaPolicyChanged(mode="required", required_from=str()):
            return "required from"
        case events.SessionEnded(why="by_owner", count=count) if count > 1:
            return "by_owner many"
        case events.DeviceTrustRevoked(how=how, count=count) | events.DeviceForgotten(how=how, count=count) if count > 1:
            return f"{how} many"
        case _:
            facts = asdict(event)
            return next((str(facts[key]) for key in ("how", "why", "mode", "method", "choice") if key in facts), "")


def _in_words(event: Event, language: Language) -> Mapping[str, object]:
    """The event's own values, those that are shown being put in words."""
    words = asdict(event)
    match event:
        case events.SteppedUp(method=method):
            words["method"] = translate(language, METHODS.get(method, method))
        case events.MemberAdded(role=role):
            words["role"] = translate(language, ROLES.get(role, role))
        case events.MfaPolicyChanged(required_from=str(starts)):
            words["required_from"] = _day(starts, language)
        case events.DeviceTrusted(until=until):
            words["until"] = _day(until, language)
        case _:
            pass
    return words


def _day(text: str, language: Language) -> str:
    """A day as people write it, from the ISO form that events hold."""
    try:
        return format_date(datetime.fromisoformat(text), "long", locale="en_001" if language == "en" else language)
    except ValueError:
        return text
