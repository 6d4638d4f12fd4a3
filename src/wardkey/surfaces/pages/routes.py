"""All pages."""

from typing import Any, Final

from litestar import Router

from wardkey.surfaces.pages import (
    brand,
    demo,
    devices,
    email_change,
    home,
    language,
    not_me,
    passkey_sign_in,
    password_reset,
    security,
    session,
    sign_in,
    sign_up,
    static_files,
    step_up,
    strength,
)

PAGES: Final = (
    sign_in,
    passkey_sign_in,
    sign_up,
    password_reset,
    email_change,
    not_me,
    strength,
    home,
    security,
    devices,
    step_up,
    session,
    language,
    demo,
    static_files,
    brand,
)


def page_handlers() -> list[Any]:
    """The handlers of every page; none is part of the documented API."""
    handlers = [handler for module in PAGES for handler in module.HANDLERS]
    return [Router(path="/", route_handlers=handlers, include_in_schema=False, before_request=brand.look_up)]
