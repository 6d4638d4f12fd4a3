"""Every refusal there is: its HTTP status, its title, and the sentence that says what happened and what to do.

One table for pages and API. Sentences have their places filled from the problem's or the fault's `params`.
"""

from typing import Final

from msgspec import Struct

from wardkey.language import N_, translate
from wardkey.vocabulary import FieldFault, Language, Problem


class Entry(Struct, frozen=True):
    """How one kind of refusal is told: `status` is the HTTP status (RFC 9110)."""

    status: int
    title: str
    detail: str


PROBLEMS: Final[dict[str, Entry]] = {
    "check_fields": Entry(422, N_("Please check what you entered"), N_("Something in the form needs another look.")),
    "wrong_credentials": Entry(
        401,
        N_("That email and password do not match"),
        N_("Check both and try again, or choose a new password with “Forgot password?”."),
    ),
    "too_many_passwords": Entry(
        429, N_("Please wait a moment"), N_("There were many tries with a wrong password. You can try again in %(wait)s.")
    ),
    "too_many_codes": Entry(429, N_("Please wait a moment"), N_("There were many wrong codes. You can try again in %(wait)s.")),
    "too_many_requests": Entry(429, N_("Please wait a moment"), N_("There were many requests. You can try again in %(wait)s.")),
    "too_soon": Entry(
        429,
        N_("A text message is on its way"),
        N_("It can take a minute, and its code still works. You can ask for a new one in %(wait)s."),
    ),
    "too_many_texts": Entry(
        429, N_("Please wait a moment"), N_("Many text messages were asked for. You can ask for another one in %(wait)s.")
    ),
    "texts_paused": Entry(
        409,
        N_("No text message can be sent now"),
        N_("Please use another sign-in method or your recovery code, or try again in some hours."),
    ),
    "texts_not_stopped": Entry(404, N_("There is nothing to resume"), N_("Text messages to that prefix are not stopped.")),
    "try_again": Entry(
        409,
        N_("Please try that again"),
        N_("Something else changed at the same moment, so nothing was done. Please try once more."),
    ),
    "wrong_step": Entry(409, N_("That step is already done"), N_("Please go on from the step that is shown.")),
    "attempt_unknown": Entry(
        404, N_("Please sign in again"), N_("This sign-in has ended or was never started here. Please sign in again.")
    ),
    "attempt_finished": Entry(409, N_("This sign-in is finished"), N_("If you are not signed in, please sign in again.")),
    "attempt_expired": Entry(403, N_("This sign-in took too long"), N_("For your safety it has ended. Please sign in again.")),
    "codes_used_up": Entry(
        403,
        N_("Too many wrong codes"),
        N_(
            "For your safety this sign-in has ended. Please sign in again, and check the clock of the device"
            " with your authenticator app."
        ),
    ),
    "password_known_to_others": Entry(
        403,
        N_("Please choose a new password"),
        N_(
            "Somebody else may know your password, so it opens nothing now."
            " Choose a new password with “Forgot password?”, then sign in."
        ),
    ),
    "account_suspended": Entry(
        403,
        N_("This account cannot sign in now"),
        N_("Please ask an administrator of your practice and give them the reference number."),
    ),
    "account_changed": Entry(
        403,
        N_("Your account was changed meanwhile"),
        N_("Its password or sign-in methods were changed during this sign-in. Please sign in again."),
    ),
    "email_not_verified": Entry(
        409, N_("Your email address is not confirmed yet"), N_("Open the link in the message we sent you, then continue here.")
    ),
    "link_unknown": Entry(404, N_("This link does not work"), N_("Check that you opened all of it, or ask for a new one.")),
    "link_used": Entry(410, N_("This link was used already"), N_("It works once. If you still need one, ask for a new link.")),
    "link_expired": Entry(410, N_("This link has expired"), N_("Ask for a new link; it takes a minute.")),
    "link_replaced": Entry(
        410, N_("This link no longer works"), N_("A newer link was sent, or your account was changed since. Ask for a new link.")
    ),
    "address_taken": Entry(
        409,
        N_("That address belongs to another account now"),
        N_("So it could not be set, and the address of your account is as it was. Ask an administrator of your practice."),
    ),
    "no_change_pending": Entry(
        409,
        N_("No change of address is waiting"),
        N_("It was confirmed or cancelled already, or its link has expired. You can begin a new one."),
    ),
    "step_up_required": Entry(
        403, N_("Please confirm that it is you"), N_("This needs a fresh proof. Confirm with your code or password, then go on.")
    ),
    "setup_expired": Entry(409, N_("This set-up took too long"), N_("Nothing was changed. Please start the set-up again.")),
    "mfa_is_off": Entry(
        403,
        N_("Your practice does not use this"),
        N_("Ask an administrator of your practice to turn on multi-factor authentication."),
    ),
    "method_gone": Entry(404, N_("That method is no longer there"), N_("It may have been removed already.")),
    "last_method": Entry(
        409,
        N_("This is your only sign-in method"),
        N_("Your practice requires one. Set up another authenticator app in its place instead of removing this one."),
    ),
    "no_method": Entry(
        409, N_("There is nothing to recover yet"), N_("Set up an authenticator app first; a recovery code comes with it.")
    ),
    "too_many_passkeys": Entry(
        409, N_("You have ten passkeys already"), N_("Remove one that you no longer use, then add the new one.")
    ),
    "passkeys_elsewhere": Entry(
        409,
        N_("Your passkeys do not work at this address"),
        N_("They were made at another address of this service. Use another method, then add a passkey here."),
    ),
    "session_gone": Entry(404, N_("That session has ended"), N_("It was ended already, or it ran out.")),
    "trust_gone": Entry(404, N_("That device is not trusted"), N_("Its trust was ended already, or it ran out.")),
    "device_gone": Entry(404, N_("That device is no longer there"), N_("It may have been forgotten already.")),
    "signed_out": Entry(401, N_("Please sign in"), N_("You are not signed in, or your session has ended.")),
    "forbidden": Entry(403, N_("This is not open to you"), N_("If you need it, ask an administrator of your practice.")),
    "cross_site": Entry(
        403, N_("That came from another site"), N_("For your safety nothing was done. Open this page here and try again.")
    ),
    "organization_unknown": Entry(404, N_("There is no such practice"), N_("No practice has that short name.")),
    "account_unknown": Entry(404, N_("There is no such account"), N_("No account has that email address.")),
    "not_found": Entry(404, N_("There is nothing here"), N_("The address may be mistyped, or the page has moved.")),
    "method_not_allowed": Entry(405, N_("That does not work here"), N_("This address does not answer that kind of request.")),
    "too_large": Entry(413, N_("That is too much at once"), N_("What was sent is too large. Shorten it and try again.")),
    "wrong_content_type": Entry(415, N_("That format is not understood"), N_("Send the body as application/json.")),
    "malformed_body": Entry(400, N_("That could not be read"), N_("The body is not valid JSON of the expected shape.")),
    "bad_request": Entry(400, N_("That could not be read"), N_("The request is not well formed.")),
    "unavailable": Entry(
        503, N_("Please try again in a moment"), N_("The service is very busy or is being looked after. Nothing was changed.")
    ),
    "internal": Entry(
        500,
        N_("Something went wrong on our side"),
        N_("Nothing you entered is to blame. Please try again; if it stays, give your administrator the reference number."),
    ),
}
"""Code of a problem to how it is told."""

FAULTS: Final[dict[str, str]] = {
    "missing": N_("Please fill this in."),
    "wrong_type": N_("This is not of the expected kind."),
    "too_long": N_("This is too long."),
    "unknown_field": N_("This is not known here."),
    "email_missing": N_("Enter your email address."),
    "email_too_long": N_("An email address has at most %(maximum)s characters."),
    "email_malformed": N_("Enter an email address like name@example.org."),
    "invisible_characters": N_("This contains invisible characters. Type it again instead of pasting it."),
    "name_missing": N_("Enter your name."),
    "name_too_long": N_("A name has at most %(maximum)s characters."),
    "color_malformed": N_("Write the color like #2f5d8a."),
    "logo_too_large": N_("A logo has at most %(maximum)s KiB. Save it smaller."),
    "logo_of_wrong_kind": N_("A logo is a PNG, JPEG or WebP file."),
    "logo_unreadable": N_("This picture is incomplete, moves, or has something else behind it. Save it again."),
    "logo_of_wrong_size": N_(
        "A logo is %(minimum)s to %(maximum)s pixels wide and high, and at most %(times)s times as wide as high."
    ),
    "slug_malformed": N_("Use small letters, digits and dashes."),
    "slug_taken": N_("Another practice has that short name. Choose another one."),
    "email_taken": N_("There is an account with that email address already."),
    "email_same": N_("That is your email address already."),
    "from_without_required": N_("A date goes with “required” alone."),
    "password_missing": N_("Enter your password."),
    "password_too_short": N_("Use at least %(minimum)s characters. A few words in a row are easy to remember."),
    "password_too_long": N_("A password has at most %(maximum)s characters."),
    "password_breached": N_("This password is known from data leaks and would be tried first. Choose another one."),
    "password_has_context": N_("This password is built around “%(word)s”, which others can guess. Choose another one."),
    "password_predictable": N_(
        "This password is easy to guess: it repeats, runs in a sequence or is very common. Choose another one."
    ),
    "password_not_the_one_chosen": N_(
        "That is not the password chosen at sign-up. Try again, or choose a new one with “Forgot password?”."
    ),
    "current_password_wrong": N_("That is not your current password."),
    "method_unknown": N_("Choose one of the methods shown."),
    "answer_malformed": N_("That does not look like an answer. Enter it as it was given to you."),
    "answer_wrong": N_("That does not match. Try again."),
    "answer_spent": N_("That was used already. Use another one."),
    "answer_expired": N_("That has expired. Ask for a new one."),
    "answer_other": N_("That belongs to something else. Use the one that was asked for."),
    "code_malformed": N_("Enter the 6 digits that your authenticator app shows."),
    "code_wrong": N_("That code does not match. Enter the one your app shows now."),
    "code_spent": N_("That code was used already. Wait for the next one."),
    "code_not_matching": N_(
        "That code does not match. Check that the clock of your phone is set automatically, then enter the code shown now."
    ),
    "text_code_malformed": N_("Enter the 6 digits from the text message."),
    "text_code_wrong": N_("That code does not match. Enter the one from the newest text message."),
    "text_code_expired": N_("That code has expired. We can text you a new one."),
    "text_code_used_up": N_("There were too many wrong codes for this text. Wait a few minutes, then ask for a new one."),
    "country_missing": N_("Choose the country of the phone number."),
    "number_missing": N_("Enter your mobile number."),
    "number_malformed": N_("Enter the number with digits only; spaces and dashes are fine."),
    "number_extension": N_("Leave out the extension: texts cannot be sent to one. Enter a mobile number."),
    "number_calling_code": N_(
        "No country has that code after the “+”. Check the first digits, or choose the country from the list."
    ),
    "number_too_short": N_("That number is too short. Enter all of its digits, with the area code."),
    "number_too_long": N_("That number is too long. Check its digits and the country."),
    "number_not_in_country": N_("No phone in that country has such a number. Check its digits and the country."),
    "number_landline": N_("That is a landline, which cannot get texts. Enter a mobile number."),
    "number_premium": N_("That number costs its callers extra, so we do not text it. Enter a mobile number."),
    "number_satellite": N_("We cannot text satellite phones. Enter a mobile number of a country."),
    "number_voip": N_("That is an internet phone number, which may not get texts. Enter a mobile number."),
    "number_toll_free": N_("That is a toll-free number, which cannot get texts. Enter a mobile number."),
    "number_cannot_text": N_("That kind of number cannot get texts. Enter a mobile number."),
    "number_country_not_served": N_("We do not send texts to that country. Enter another number, or choose another method."),
    "recovery_code_malformed": N_("A recovery code has 20 letters and digits."),
    "recovery_code_wrong": N_("That recovery code does not match. Check each group, or use your authenticator app."),
    "recovery_code_not_saved": N_("Save the recovery code first, then tick the box."),
    "passkey_malformed": N_("The answer of your device could not be read. Please try again."),
    "passkey_expired": N_("This took too long. Please try again."),
    "passkey_ceremony": N_("Your device answered something else than it was asked. Please try again."),
    "passkey_challenge": N_("That answer belongs to an earlier try. Please try again."),
    "passkey_origin": N_(
        "That passkey was used on another page than this one. Open this service at its own address, then try again."
    ),
    "passkey_relying_party": N_("That passkey belongs to another service. Choose the one you made here."),
    "passkey_not_present": N_("Touch or unlock your device when it asks, then try again."),
    "passkey_not_verified": N_(
        "Your device did not make sure that it is you. Use your fingerprint, face or PIN when it asks, then try again."
    ),
    "passkey_algorithm": N_("This kind of passkey cannot be used here. Try another device or security key."),
    "passkey_attestation": N_("What your device says about itself does not add up. Try another device or security key."),
    "passkey_backup": N_("This passkey is no longer what it was when you added it. Remove it and add it again."),
    "passkey_signature": N_("That passkey does not match. Try again, or use another method."),
    "passkey_user": N_("That passkey belongs to another account. Choose your own."),
    "passkey_unknown": N_("That passkey is not known here. It may have been removed. Choose another one, or another method."),
    "choice_unknown": N_("Choose one of the answers shown."),
    "label_missing": N_("Enter a name."),
    "label_too_long": N_("Use %(maximum)s characters at most."),
    "passkey_taken": N_("That passkey was added already."),
}
"""Code of a fault in a field to its sentence."""


SCORES: Final = (
    N_("This is easy to guess."),
    N_("This is easy to guess."),
    N_("Good enough. One more word would make it strong."),
    N_("Strong."),
    N_("Very strong."),
)
"""What is said of an accepted password, by its score of 0 to 4."""


def status_of(problem: Problem) -> int:
    return PROBLEMS[problem.code].status


def title_of(problem: Problem, language: Language) -> str:
    return translate(language, PROBLEMS[problem.code].title)


def detail_of(problem: Problem, language: Language) -> str:
    """The sentence of a problem; `%(wait)s` says how long in words."""
    params = {**problem.params, "wait": wait_in_words(problem.retry_after or 0, language)}
    return translate(language, PROBLEMS[problem.code].detail, params)


def sentence_of(fault: FieldFault, language: Language) -> str:
    return translate(language, FAULTS[fault.code], fault.params)


def wait_in_words(seconds: int, language: Language) -> str:
    """A wait as people say it: seconds up to a minute and a half, minutes up to an hour and a half, then hours, rounded up."""
    if seconds <= 1:
        return translate(language, N_("1 second"))
    if seconds <= 90:
        return translate(language, N_("%(count)s seconds"), {"count": seconds})
    if seconds <= 5_400:
        return translate(language, N_("%(count)s minutes"), {"count": -(-seconds // 60)})
    return translate(language, N_("%(count)s hours"), {"count": -(-seconds // 3_600)})


def strength_in_words(score: int, fault: FieldFault | None, language: Language) -> str:
    """What the meter beside a password says: what is wrong with it, or how good it is."""
    return sentence_of(fault, language) if fault else translate(language, SCORES[score])
