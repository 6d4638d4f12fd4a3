"""The operations on one's own account, as routes and as the OpenAPI document tells them."""

from typing import Final

from wardkey.surfaces.api import account
from wardkey.surfaces.api import account_shown as shown
from wardkey.surfaces.api.examples import (
    ATTESTATION,
    CREATION_OPTIONS,
    CREDENTIAL,
    EMAIL,
    EVENT,
    MOMENT,
    NAME,
    NEW_PASSWORD,
    OTPAUTH,
    PASSWORD,
    QR,
    RECOVERY,
    SECRET,
    SESSION,
    SIGNED_IN,
    TEXTED,
)
from wardkey.surfaces.api.operation import Answered, Link, NoBody, Operation, Parameter, Told, for_signed_in

TAG: Final = "My account"
PATH: Final = "/api/v1/account"
SESSION_SHOWN: Final = shown.SessionListed(
    id=SESSION,
    is_this=True,
    device="Firefox on Windows",
    place="near Portland, United States",
    started_at=SIGNED_IN,
    seen_at=SIGNED_IN,
    expires_at=MOMENT,
)
EVENT_SHOWN: Final = shown.EventShown(
    id=EVENT,
    at=SIGNED_IN,
    name="sign_in.succeeded",
    sentence="You signed in with your password and authenticator app.",
    device="Firefox on Windows",
    place="near Portland, United States",
)
OVERVIEW: Final = shown.SecurityOverview(
    email=EMAIL,
    name=NAME,
    password_changed_at=SIGNED_IN,
    methods=(
        shown.MethodShown(id=CREDENTIAL, kind="totp", label="", added_at=SIGNED_IN, last_used_at=SIGNED_IN),
        shown.MethodShown(
            id=CREDENTIAL, kind="sms", label="", added_at=SIGNED_IN, last_used_at=None, details={"number": "•••• ••23"}
        ),
    ),
    can_add=("totp", "passkey", "sms"),
    recovery_code=shown.RecoveryShown(created_at=SIGNED_IN, is_saved=True),
    mfa="required",
    mfa_required_from=None,
    sessions=(SESSION_SHOWN,),
    activity=(EVENT_SHOWN,),
)
LOOKING: Final[tuple[Operation, ...]] = (
    for_signed_in(
        "GET",
        f"{PATH}/security",
        account.overview,
        NoBody,
        Told(
            id="getSecurity",
            tag=TAG,
            summary="All that protects the account",
            answered=Answered(
                200,
                "The security page, as data.",
                shown.SecurityOverview,
                {"a provider": OVERVIEW},
                (Link("removeMethod", "credential", "/methods/0/id"),),
            ),
        ),
    ),
    for_signed_in(
        "GET",
        f"{PATH}/activity",
        account.activity,
        NoBody,
        Told(
            id="listActivity",
            tag=TAG,
            summary="What happened to the account",
            answered=Answered(
                200, "A page of events.", shown.ActivityPage, {"the last page": shown.ActivityPage((EVENT_SHOWN,), None)}
            ),
            problems=("check_fields",),
            parameters=(
                Parameter(
                    "before",
                    "query",
                    "`before` of the page before; without it the newest events.",
                    EVENT,
                    account.EVENT_ID.pattern,
                ),
            ),
        ),
    ),
    for_signed_in(
        "GET",
        f"{PATH}/sessions",
        account.list_sessions,
        NoBody,
        Told(
            id="listSessions",
            tag=TAG,
            summary="Where the account is signed in",
            answered=Answered(
                200,
                "The sessions.",
                shown.SessionList,
                {"one": shown.SessionList((SESSION_SHOWN,))},
                (Link("endSession", "session", "/sessions/0/id"),),
            ),
        ),
    ),
)
ENDING: Final[tuple[Operation, ...]] = (
    for_signed_in(
        "DELETE",
        f"{PATH}/sessions",
        account.end_other_sessions,
        NoBody,
        Told(
            id="endOtherSessions",
            tag=TAG,
            summary="Sign out everywhere else",
            answered=Answered(200, "They have ended.", account.SessionsEnded, {"two": account.SessionsEnded(2)}),
        ),
    ),
    for_signed_in(
        "DELETE",
        f"{PATH}/sessions/{{session}}",
        account.end_session,
        NoBody,
        Told(
            id="endSession",
            tag=TAG,
            summary="End one session",
            answered=Answered(204, "It has ended."),
            problems=("session_gone",),
            parameters=(Parameter("session", "path", "`id` of a session of this account.", SESSION, "[0-9a-f]{32}"),),
        ),
    ),
)
CHANGING: Final[tuple[Operation, ...]] = (
    for_signed_in(
        "POST",
        f"{PATH}/password",
        account.change_password,
        account.PasswordChange,
        Told(
            id="changePassword",
            tag=TAG,
            summary="Change the password",
            description="Every other session of the account ends.",
            answered=Answered(204, "Changed."),
            examples={"a new password": account.PasswordChange(PASSWORD, NEW_PASSWORD)},
            problems=("step_up_required", "too_many_passwords", "try_again"),
        ),
    ),
    for_signed_in(
        "POST",
        f"{PATH}/methods",
        account.begin_method,
        account.MethodBegun,
        Told(
            id="beginMethod",
            tag=TAG,
            summary="Begin to set up a method",
            description="The same set-up is answered again until it ends, unless another number is given.",
            answered=Answered(
                200,
                "What the method needs.",
                account.MethodSetup,
                {
                    "an app": account.MethodSetup("totp", {"secret": SECRET, "uri": OTPAUTH, "qr_svg": QR}),
                    "a phone": account.MethodSetup("sms", TEXTED),
                    "a passkey": account.MethodSetup("passkey", {"options": CREATION_OPTIONS}),
                },
            ),
            examples={
                "an app": account.MethodBegun("totp"),
                "a phone": account.MethodBegun("sms", "202 555 0123", "US"),
                "a passkey": account.MethodBegun("passkey"),
            },
            problems=(
                "step_up_required",
                "mfa_is_off",
                "too_many_passkeys",
                "too_soon",
                "too_many_codes",
                "too_many_texts",
                "texts_paused",
                "try_again",
            ),
        ),
    ),
    for_signed_in(
        "POST",
        f"{PATH}/methods/confirm",
        account.confirm_method,
        account.MethodAnswer,
        Told(
            id="confirmMethod",
            tag=TAG,
            summary="End the set-up with the first answer",
            description="An app or phone set up before stops working, and every other session of the account ends.",
            answered=Answered(200, "The method is set up.", account.MethodAdded, {"the first": account.MethodAdded((RECOVERY,))}),
            examples={
                "a code": account.MethodAnswer("totp", "492039"),
                "a passkey": account.MethodAnswer("passkey", credential=ATTESTATION, label="Work laptop", as_method=False),
            },
            problems=("step_up_required", "setup_expired", "mfa_is_off", "try_again"),
        ),
    ),
    for_signed_in(
        "PATCH",
        f"{PATH}/methods/{{credential}}",
        account.rename_method,
        account.MethodName,
        Told(
            id="renameMethod",
            tag=TAG,
            summary="Give a method another name",
            answered=Answered(204, "Renamed."),
            examples={"a name": account.MethodName("Work laptop")},
            problems=("step_up_required", "method_gone", "try_again"),
            parameters=(Parameter("credential", "path", "`id` of a method of this account.", CREDENTIAL, "cred_[0-9a-z]{26}"),),
        ),
    ),
    for_signed_in(
        "DELETE",
        f"{PATH}/methods/{{credential}}",
        account.remove_method,
        NoBody,
        Told(
            id="removeMethod",
            tag=TAG,
            summary="Remove a method",
            description="Refused for the last one while MFA is required. With the last one the recovery code goes as well.",
            answered=Answered(204, "Removed."),
            problems=("step_up_required", "method_gone", "last_method", "try_again"),
            parameters=(Parameter("credential", "path", "`id` of a method of this account.", CREDENTIAL, "cred_[0-9a-z]{26}"),),
        ),
    ),
    for_signed_in(
        "POST",
        f"{PATH}/recovery-codes",
        account.replace_recovery_codes,
        NoBody,
        Told(
            id="replaceRecoveryCodes",
            tag=TAG,
            summary="Make a new recovery code",
            description="The old one stops working at once, and every other session of the account ends.",
            answered=Answered(200, "The new one.", account.RecoveryCodes, {"one": account.RecoveryCodes((RECOVERY,))}),
            problems=("step_up_required", "no_method", "try_again"),
        ),
    ),
    for_signed_in(
        "POST",
        f"{PATH}/recovery-codes/saved",
        account.confirm_saved,
        NoBody,
        Told(
            id="confirmRecoveryCodesSaved",
            tag=TAG,
            summary="Say that the recovery code is saved",
            answered=Answered(204, "Noted."),
            problems=("no_method",),
        ),
    ),
)
OPERATIONS: Final = (*LOOKING, *ENDING, *CHANGING)
