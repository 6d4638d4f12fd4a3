"""What the security page says after something was done: a name in its address, a sentence on the page."""

from typing import Any, Final

from litestar import Response

from wardkey.language import N_
from wardkey.surfaces.pages.rendering import redirect

SECURITY: Final = "/account/security"

OUTCOMES: Final = {
    "password-changed": N_("Your password is changed. You are signed out everywhere else."),
    "email-changed": N_("Your email address is changed. You are signed out everywhere else."),
    "email-kept": N_("Your email address stays as it is."),
    "app-added": N_("Your authenticator app is set up. You are signed out everywhere else."),
    "app-removed": N_("Your authenticator app is removed. You are signed out everywhere else."),
    "phone-added": N_("Your phone is set up for text messages. You are signed out everywhere else."),
    "phone-removed": N_("Your phone for text messages is removed. You are signed out everywhere else."),
    "passkey-added": N_("Your passkey is added. You are signed out everywhere else."),
    "passkey-named": N_("The passkey has a new name."),
    "passkey-removed": N_("The passkey is removed. You are signed out everywhere else."),
    "code-saved": N_("Good: your recovery code is saved."),
    "session-ended": N_("That device is signed out."),
    "others-ended": N_("You are signed out everywhere else."),
    "no-others": N_("You are signed in nowhere else."),
}
"""Name of an outcome to its sentence."""


def to_security(outcome: str) -> Response[Any]:
    """Back to the security page, which says what was done."""
    return redirect(f"{SECURITY}?after={outcome}")
