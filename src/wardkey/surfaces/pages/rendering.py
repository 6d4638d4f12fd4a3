"""Templates become pages: in the visitor's language, with the shell that all share, and refusals told in words."""

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Final

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.bccache import Bucket
from jinja2.runtime import Context
from litestar import Response
from litestar.datastructures import Cookie
from litestar.response import Redirect
from markupsafe import Markup
from msgspec import Struct

from wardkey.brand.rules import Brand
from wardkey.language import N_, translate
from wardkey.notices.circumstances import device_of, moment_of, place_of
from wardkey.problems import detail_of, sentence_of, status_of, title_of
from wardkey.sessions.rules import SignedIn, ends_at
from wardkey.surfaces.pages.brand import asked_for, brand_of, shell_of
from wardkey.surfaces.pages.forms import PageRequest
from wardkey.surfaces.pages.static_files import files, static
from wardkey.surfaces.visit import Visit, visit_of
from wardkey.vocabulary import LANGUAGES, Instant, Language, Place, Problem

TEMPLATES: Final = Path(__file__).parents[2] / "templates"
LANGUAGE_NAMES: Final[tuple[tuple[Language, str], ...]] = (("en", "English"), ("es", "Español"))
HTML: Final = "text/html; charset=utf-8"


class Told(Struct, frozen=True, kw_only=True):
    """A refusal as a page shows it; `faults` is field to sentence."""

    code: str
    title: str
    detail: str
    faults: Mapping[str, str]
    params: Mapping[str, str | int]
    reference: str | None
    retry_after: int | None


def told(problem: Problem, language: Language) -> Told:
    """A refusal in the words of a language; of several faults in one field the first is told."""
    faults: dict[str, str] = {}
    for fault in problem.faults:
        faults.setdefault(fault.field, sentence_of(fault, language))
    return Told(
        code=problem.code,
        title=title_of(problem, language),
        detail=detail_of(problem, language),
        faults=faults,
        params=problem.params,
        reference=problem.reference,
        retry_after=problem.retry_after,
    )


def page(
    request: PageRequest,
    template: str,
    *,
    who: SignedIn | None = None,
    problem: Problem | None = None,
    status: int | None = None,
    here: str | None = None,
    cookies: list[Cookie] | None = None,
    **context: object,
) -> Response[bytes]:
    """A page as an answer. Its status is the problem's unless given; `here` is the address that shows it again."""
    visit = visit_of(request.scope)
    address = here or _address(request)
    body = render(visit, template, who=who, problem=problem, here=address, asked=asked_for(request), **context)
    headers = {**page_headers(visit.origin.language), **_wait(problem)}
    found = status or (status_of(problem) if problem else 200)
    return Response(body, status_code=found, headers=headers, cookies=cookies, media_type="text/html")


def render(
    visit: Visit,
    template: str,
    *,
    who: SignedIn | None = None,
    problem: Problem | None = None,
    here: str = "/",
    asked: Brand | None = None,
    **context: object,
) -> bytes:
    """A page as bytes, for whoever sends it another way; `asked` is the brand of the organization whose pages were asked for."""
    settings, language = visit.service.world.settings, visit.origin.language
    refusal = told(problem, language) if problem else None
    shell = {
        **shell_of(brand_of(visit, who, asked), is_asked_for=asked is not None),
        "language": language,
        "languages": LANGUAGE_NAMES,
        "is_demo": settings.is_demo,
        "here": here,
        "who": who,
        "section": "",
        "time_zone": who.time_zone if who else "UTC",
        "problem": refusal,
        "faults": refusal.faults if refusal else {},
        **(_session(visit, who) if who else {}),
    }
    return environment(language).get_template(template).render({**shell, **context}).encode()


def page_headers(language: Language) -> dict[str, str]:
    """What every page says about itself."""
    return {"content-language": language, "vary": "Accept-Language, Cookie"}


def redirect(to: str, cookies: list[Cookie] | None = None) -> Redirect:
    """Go on with GET, after what was sent is done."""
    return Redirect(path=to, status_code=303, cookies=cookies)


class Compiled(BytecodeCache):
    """Templates compiled once for all languages: what differs between them is looked up while rendering."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


COMPILED: Final = Compiled()
WAYS: Final = {
    "totp": N_("Use your authenticator app"),
    "sms": N_("Use a text message"),
    "passkey": N_("Use a passkey"),
    "password": N_("Use your password"),
    "recovery_code": N_("Lost your phone? Use your recovery code"),
}
"""What each way of proving is called in a link to it."""


@cache
def environment(language: Language) -> Environment:
    """The templates with their texts in one language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=COMPILED,
    )
    made.install_gettext_callables(partial(translate, language), partial(_counted, language), newstyle=True)  # type: ignore[attr-defined]
    made.globals["static"] = static
    made.globals["own_words"] = partial(_own_words, language)
    made.filters.update(
        drawn=Markup,
        fours=_fours,
        moment=_moment,
        device=partial(_device, language),
        picture=picture_of,
        place=partial(_place, language),
    )
    return made


def warm() -> None:
    """Read the files and templates now, not at the first visit (0.3 s of CPU)."""
    files()
    for language in LANGUAGES:
        made = environment(language)
        for name in made.list_templates(filter_func=lambda name: name.endswith(".html") and not name.startswith("notices/")):
            made.get_template(name)


def _counted(language: Language, one: str, many: str, count: int) -> str:
    return translate(language, one if count == 1 else many)


def _own_words(language: Language, method: str) -> str:
    """What a link to one way of proving says."""
    return translate(language, WAYS.get(method, N_("Use another method")))


def _fours(key: str) -> str:
    """A key in groups of four."""
    return " ".join(key[i : i + 4] for i in range(0, len(key), 4))


@pass_context
def _moment(context: Context, at: Instant) -> Markup:
    """A moment on the person's clock; the page's script shows it on the clock of their browser."""
    text = moment_of(at, context["time_zone"], context["language"])
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(timespec="seconds"), text, text)


def _device(language: Language, user_agent: str) -> str:
    return device_of(user_agent, language)


def picture_of(user_agent: str) -> str:
    """Which icon stands for a device: browsers of phones say "Mobi" (MDN, browser detection using the user agent)."""
    return "phone" if "Mobi" in user_agent else "desktop"


def _place(language: Language, place: Place | None, ip: str) -> str:
    """`{{ session.place|place(session.ip) }}`"""
    return place_of(place, ip, language)


def _session(visit: Visit, who: SignedIn) -> dict[str, object]:
    """What the page's script needs to warn before the session ends. `person` tells people on one computer apart."""
    left = ends_at(who.session) - visit.service.world.clock.now()
    return {
        "person": who.session.account,
        "session_s": max(0, int(left.total_seconds())),
        "warn_s": visit.service.world.settings.session.warn_s,
    }


def _address(request: PageRequest) -> str:
    query = request.scope["query_string"].decode("ascii", "replace")
    return request.scope["path"] + (f"?{query}" if query else "")


def _wait(problem: Problem | None) -> dict[str, str]:
    return {"retry-after": str(problem.retry_after)} if problem and problem.retry_after else {}
