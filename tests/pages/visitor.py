"""A person with a browser that runs no scripts: it opens addresses, fills the forms that are there, and presses their buttons."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urlencode, urljoin

import httpx

VOID: Final = {"meta", "link", "input", "hr", "br", "img", "path", "circle"}


@dataclass
class Node:
    """An element of a page."""

    tag: str
    attributes: dict[str, str]
    parts: list["Node | str"] = field(default_factory=list)

    def all(self, tag: str = "", **wanted: str) -> Iterator["Node"]:
        """Elements below this one with a tag and attributes (`class_` matches one of the classes)."""
        for part in self.parts:
            if isinstance(part, Node):
                if (not tag or part.tag == tag) and all(part.has(name, value) for name, value in wanted.items()):
                    yield part
                yield from part.all(tag, **wanted)

    def has(self, name: str, value: str) -> bool:
        if name == "class_":
            return value in self.attributes.get("class", "").split()
        return self.attributes.get(name.replace("_", "-")) == value

    def first(self, tag: str = "", **wanted: str) -> "Node":
        found = next(self.all(tag, **wanted), None)
        assert found is not None, f"no <{tag}> with {wanted} in: {self.text[:300]}"
        return found

    @property
    def text(self) -> str:
        return " ".join(" ".join(part if isinstance(part, str) else part.text for part in self.parts).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Node("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].parts.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].parts.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].parts.append(data)


def read(html: str) -> Node:
    """The elements of a page; one that is not closed where it should be fails."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert [node.tag for node in reader._open] == [""], "elements left open"
    return reader.root


class Page:
    """An answer as its reader sees it."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.path = answer.url.path
        self.address = str(answer.url)
        self.root = read(answer.text) if "html" in answer.headers.get("content-type", "") else Node("", {}, [answer.text])

    @property
    def title(self) -> str:
        return self.root.first("title").text

    @property
    def heading(self) -> str:
        return self.root.first("h1").text

    @property
    def text(self) -> str:
        return self.root.first("main").text if next(self.root.all("main"), None) else self.root.text

    def field(self, name: str) -> Node:
        return self.root.first("", name=name)

    def value(self, name: str) -> str:
        """What a field holds."""
        return self.field(name).attributes.get("value", "")

    def fault(self, name: str) -> str:
        """What stands beside a field as wrong with it, said by the field itself; empty where nothing is wrong."""
        described = self.field(name).attributes.get("aria-describedby", "").split()
        if f"{name}-fault" not in described:
            return ""
        assert self.field(name).attributes.get("aria-invalid") == "true"
        return self.root.first("", id=f"{name}-fault").text

    def notice(self) -> str:
        return " ".join(node.text for node in self.root.all("", class_="notice"))

    def form_with(self, *names: str, button: str = "") -> Node:
        """The form that has these fields and this button."""
        for form in self.root.all("form"):
            buttons = [node.text for node in form.all("button", type="submit")]
            has_fields = all(next(form.all("", name=name), None) for name in names)
            if has_fields and (not button or button in buttons) and (names or button):
                return form
        raise AssertionError(f"no form with {names} {button!r} on {self.path}: {self.text[:400]}")


class Visitor:
    """One browser: its cookies, and the page it shows."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page: Page = Page(httpx.Response(204, request=httpx.Request("GET", client.base_url)))

    async def open(self, address: str) -> Page:
        self.page = Page(await self.client.get(address, follow_redirects=True))
        return self.page

    async def send(self, button: str = "", **fields: str) -> Page:
        """Fill the form with these fields, whatever else it holds going along, and press its (first) button."""
        form = self.page.form_with(*fields, button=button)
        sent = {**_held(form), **fields}
        pressed = next(node for node in form.all("button", type="submit") if not button or node.text == button)
        if "name" in pressed.attributes:
            sent[pressed.attributes["name"]] = pressed.attributes["value"]
        assert form.attributes["method"] == "post"
        return await self.post(urljoin(self.page.address, form.attributes.get("action", "")), sent)

    async def post(self, address: str, sent: dict[str, str], **headers: str) -> Page:
        """Send a form as a browser would."""
        self.page = Page(await self.post_only(address, sent, follow_redirects=True, **headers))
        return self.page

    async def post_only(self, address: str, sent: dict[str, str], **options: Any) -> httpx.Response:
        follow = options.pop("follow_redirects", False)
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "sec-fetch-site": "same-origin",
            **{name.replace("_", "-"): value for name, value in options.items()},
        }
        return await self.client.post(address, content=urlencode(sent), headers=headers, follow_redirects=follow)

    async def sign_in(self, email: str, password: str, return_to: str = "") -> Page:
        await self.open(f"/sign-in?return_to={return_to}" if return_to else "/sign-in")
        return await self.send(email=email, password=password)

    def cookie(self, name: str) -> str | None:
        return next((cookie.value for cookie in self.client.cookies.jar if cookie.name == name), None)


def _held(form: Node) -> dict[str, str]:
    """What a form would send untouched."""
    inputs = [n.attributes for n in form.all("input") if n.attributes.get("type") != "checkbox" or "checked" in n.attributes]
    return {a["name"]: a.get("value", "") for a in inputs}
