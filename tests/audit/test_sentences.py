"""Every event has a sentence that its person understands, in every language."""

import re
from datetime import UTC, datetime

import msgspec
import pytest

from wardkey.audit import events
from wardkey.audit.events import EVENTS, Event
from wardkey.audit.rules import Entry
from wardkey.audit.sentences import SENTENCES, event_of, needs_a_look, sentence_of
from wardkey.language import catalogue
from wardkey.vocabulary import LANGUAGES, AccountId, EventId, Language

AT = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)
EXAMPLES: tuple[tuple[Event, str], ...] = (
    (events.AccountCreated(how="sign_up"), "You signed up for this account."),
    (events.AccountCreated(how="operator"), "Your account was created for you."),
    (events.EmailVerified(how="link"), "You confirmed your email address."),
    (events.PasswordChanged(how="self"), "You changed your password."),
    (events.PasswordChanged(how="sign_in"), "You chose a new password while signing in."),
    (events.PasswordChanged(how="reset"), "You chose a new password with a link sent to you by email."),
    (events.PasswordResetRequested(), "A link to choose a new password was sent to your email address."),
    (
        events.PasswordKnownToOthers(wrong_codes=10),
        "Somebody entered your right password and then many wrong codes. The password has to be changed.",
    ),
    (
        events.EmailChangeRequested(address="a••••@example.org"),
        "You asked to change your email address to a••••@example.org.",
    ),
    (events.EmailChanged(address="a••••@example.org"), "Your email address was changed to a••••@example.org."),
    (
        events.EmailChangeUndone(address="a••••@example.org"),
        "The change of your email address was undone. It is a••••@example.org again.",
    ),
    (
        events.CompromiseReported(),
        "You said “This wasn't me”. Everyone was signed out, and your password has to be changed.",
    ),
    (events.SignInSucceeded(amr=("pwd",), attempt="ABCD-2345"), "You signed in with your password."),
    (events.SignInSucceeded(amr=("pwd", "otp", "mfa"), attempt=""), "You signed in with your password and authenticator app."),
    (
        events.SignInSucceeded(amr=("pwd", "recovery_code", "mfa"), attempt=""),
        "You signed in with your password and recovery code.",
    ),
    (events.SignInSucceeded(amr=("fpt",), attempt=""), "You signed in."),
    (events.SignInSucceeded(amr=("hwk",), attempt=""), "You signed in with a passkey."),
    (events.SignInSucceeded(amr=("swk", "pwd", "mfa"), attempt=""), "You signed in with a passkey and your password."),
    (
        events.SignInSucceeded(amr=("pwd", "sms", "mfa"), attempt=""),
        "You signed in with your password and a code by text message.",
    ),
    (events.SignInSucceeded(amr=("pwd", "trusted_device"), attempt=""), "You signed in with your password on a trusted device."),
    (events.DeviceFirstSeen(), "You signed in on a new device."),
    (events.PasskeyOfferAnswered(choice="never"), "You were offered a passkey and said: don’t ask me again."),
    (
        events.PasskeyCounterRegressed(label="Laptop"),
        "A passkey of yours answered in an unusual way. Somebody may have copied it.",
    ),
    (
        events.TextsStopped(
            prefix="+1207555",
            country="US",
            reach="new_numbers",
            sent=24,
            entered=1,
            until="2026-11-24T18:00:00+00:00",
            is_enforced=True,
        ),
        "Text messages to some numbers were stopped for a while.",
    ),
    (events.TextRefused(why="guard", prefix="+1207555", country="US"), "A text message was not sent."),
    (events.TextsResumed(prefix="+1207555"), "Text messages to some numbers are sent again."),
    (events.SignInFailed(why="wrong_credentials", attempt=""), "Somebody entered a wrong password."),
    (events.SignInFailed(why="wrong_code", attempt=""), "Somebody entered your password and then a wrong code."),
    (events.SignInFailed(why="wrong_code_at_step_up", attempt=""), "Somebody entered a wrong code."),
    (events.SignInFailed(why="else", attempt=""), "Somebody tried to sign in and did not get in."),
    (events.SignInBlocked(why="codes_used_up", attempt=""), "A sign-in was stopped after too many wrong codes."),
    (events.SignInBlocked(why="else", attempt=""), "A sign-in was stopped."),
    (events.MethodAdded(method="totp"), "You set up an authenticator app."),
    (events.MethodRemoved(method="totp"), "You removed an authenticator app."),
    (events.MethodRenamed(method="totp", label="100 % mine"), "You named a sign-in method “100 % mine”."),
    (events.RecoveryCodeUsed(), "Your recovery code was used. It does not work again."),
    (events.RecoveryCodeReplaced(codes=1), "You got a new recovery code. An older one no longer works."),
    (events.RecoveryCodeReplaced(codes=8), "You got new recovery codes. Older ones no longer work."),
    (events.RecoveryCodeSaved(), "You said that your recovery code is saved."),
    (events.MfaPolicyChanged(mode="off"), "A second sign-in step is no longer asked for."),
    (events.MfaPolicyChanged(mode="optional"), "A second sign-in step is now up to you."),
    (events.MfaPolicyChanged(mode="required"), "A second sign-in step is now required."),
    (
        events.MfaPolicyChanged(mode="required", required_from="2026-03-01T00:00:00+00:00"),
        "A second sign-in step is required from 1 March 2026.",
    ),
    (
        events.DeviceTrusted(until="2026-03-15T12:00:00+00:00"),
        "You trusted a device: your second sign-in step is not asked for there until 15 March 2026.",
    ),
    (events.DeviceTrustRevoked(how="by_owner"), "You stopped trusting a device."),
    (events.DeviceTrustRevoked(how="by_owner", count=3), "You stopped trusting 3 devices."),
    (events.DeviceTrustRevoked(how="by_admin"), "An administrator stopped trusting one of your devices."),
    (events.DeviceTrustRevoked(how="by_operator", count=2), "An administrator stopped trusting 2 of your devices."),
    (
        events.DeviceTrustRevoked(how="crowded_out"),
        "A device that many people share is no longer trusted for you, because somebody else trusted it.",
    ),
    (events.DeviceForgotten(how="by_owner"), "You had a device forgotten."),
    (events.DeviceForgotten(how="by_operator", count=2), "An administrator had 2 of your devices forgotten."),
    (events.SteppedUp(method="totp"), "You confirmed that it is you with your authenticator app."),
    (events.SteppedUp(method="password"), "You confirmed that it is you with your password."),
    (events.SessionEnded(why="signed_out"), "You signed out."),
    (events.SessionEnded(why="by_owner"), "You signed out another device."),
    (events.SessionEnded(why="by_owner", count=3), "You signed out 3 other devices."),
    (events.OrganizationCreated(slug="maple"), "Your practice was created."),
    (events.BrandChanged(parts=("color",)), "The look of your practice's pages and messages was changed."),
    (events.MemberAdded(role="staff"), "You joined a practice as office staff."),
    (events.MessageAbandoned(notice="notice", why="550"), "A message to you could not be delivered."),
)


def entry(event: Event, name: str | None = None) -> Entry:
    return Entry(
        id=EventId("evt_1"),
        at=AT,
        name=name or event.name,
        actor="acc_1",
        subject=AccountId("acc_1"),
        organization=None,
        ip="192.0.2.1",
        user_agent="",
        place=None,
        request_id="",
        data=msgspec.json.encode(event).decode(),
    )


@pytest.mark.parametrize(("event", "sentence"), EXAMPLES, ids=lambda value: value if isinstance(value, str) else value.name)
def test_an_event_is_told_in_a_plain_sentence(event: Event, sentence: str) -> None:
    assert sentence_of(entry(event), "en") == sentence


def test_every_event_of_the_catalogue_has_an_example_and_a_sentence_for_whatever_it_holds() -> None:
    assert {type(event) for event, _ in EXAMPLES} == set(EVENTS) == set(SENTENCES)
    assert all("" in told for told in SENTENCES.values())


def test_an_event_that_this_version_does_not_know_is_still_told() -> None:
    unknown = entry(events.RecoveryCodeUsed(), name="passkey.invented_later")
    assert event_of(unknown) is None
    assert sentence_of(unknown, "en") == "Something about your account was recorded."
    assert not needs_a_look(unknown)


def test_the_entry_gives_back_the_event_it_was_made_from() -> None:
    assert [event_of(entry(event)) for event, _ in EXAMPLES] == [event for event, _ in EXAMPLES]


@pytest.mark.spec("UX-3")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_place_of_every_sentence_can_be_filled_in_every_language(language: Language) -> None:
    texts = catalogue(language)
    for kind, told in SENTENCES.items():
        names = {field.name for field in msgspec.structs.fields(kind)}
        for text in told.values():
            shown = texts.get(text, text)
            assert set(re.findall(r"%\((\w+)\)s", shown)) == set(re.findall(r"%\((\w+)\)s", text)) <= names


def test_what_somebody_else_may_have_done_is_marked_and_what_the_person_did_is_not() -> None:
    assert needs_a_look(entry(events.SignInFailed(why="wrong_credentials", attempt="")))
    assert needs_a_look(entry(events.RecoveryCodeUsed()))
    assert not needs_a_look(entry(events.SignInSucceeded(amr=("pwd",), attempt="")))


def test_a_date_that_is_none_is_shown_as_it_stands() -> None:
    event = events.MfaPolicyChanged(mode="required", required_from="soon")
    assert sentence_of(entry(event), "en") == "A second sign-in step is required from soon."
