"""A practice gets its look, changes it and loses it from the command line."""

from pathlib import Path

import pytest

from tests.brand.pictures import png
from tests.cli.command import Operator


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    path = tmp_path / "logo.png"
    path.write_bytes(png(96, 48))
    return path


@pytest.mark.spec("UX-4")
def test_a_brand_is_given_shown_and_on_the_trail(operator: Operator, logo: Path) -> None:
    operator.has_practice()
    given = operator.done(
        "org", "brand", "maple", "--name", "Maple Street", "--color", "#2F5D8A", "--sender-name", "MSC", "--logo", str(logo)
    )
    size = f"{len(png(96, 48)):,}"
    assert given.out.splitlines()[:4] == [
        "name:         Maple Street",
        "color:        #2f5d8a",
        "sender name:  MSC",
        f"logo:         image/png, 96 × 48, {size} bytes",
    ]
    assert given.out.endswith("\nPages show it within half a minute.\n")
    assert operator.done("org", "brand", "maple").out.splitlines() == given.out.splitlines()[:5]
    assert operator.events()[-1] == (
        "organization.brand_changed", "operator", {"parts": ["name", "color", "sender_name", "logo"]},
    )  # fmt: skip


def test_programs_get_it_as_json(operator: Operator, logo: Path) -> None:
    operator.has_practice()
    bare = {"organization": "maple", "name": None, "color": None, "sender_name": None, "logo": None, "changed_at": None}
    assert operator.done("org", "brand", " Maple", "--json").data == bare
    given = operator.done("org", "brand", "maple", "--color", "#fc0", "--logo", str(logo), "--json").data
    assert given.pop("changed_at") is not None
    picture = {"type": "image/png", "width": 96, "height": 48, "bytes": len(png(96, 48))}
    assert given == {"organization": "maple", "name": None, "color": "#ffcc00", "sender_name": None, "logo": picture}


def test_parts_stay_go_and_all_go(operator: Operator, logo: Path) -> None:
    operator.has_practice()
    operator.done("org", "brand", "maple", "--name", "Maple", "--color", "#2f5d8a", "--logo", str(logo))
    assert "logo:         none" in operator.done("org", "brand", "maple", "--no-logo").out
    assert "logo:         as the installation has it" in operator.done("org", "brand", "maple", "--name", "").out
    assert operator.done("org", "brand", "maple", "--reset").out == "maple looks like the installation.\n"
    count = len(operator.events())
    assert operator.done("org", "brand", "maple", "--reset").out == "maple looks like the installation.\n"
    assert len(operator.events()) == count, "what changes nothing is no event"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--name", "x" * 61], "Name: A name has at most 60 characters."),
        (["--sender-name", "a\u202eb"], "Sender name: This contains invisible characters. Type it again instead of pasting it."),
        (["--color", "teal"], "Color: Write the color like #2f5d8a."),
        (["--logo", "no-such-file.png"], "no-such-file.png is no file that can be read."),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(operator: Operator, arguments: list[str], said: str) -> None:
    operator.has_practice()
    assert operator.refused("org", "brand", "maple", *arguments) == said
    assert operator.rows("SELECT * FROM brands") == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Logo: A logo is a PNG, JPEG or WebP file."),
        (b"<svg/>", "Logo: A logo is a PNG, JPEG or WebP file."),
        (png() + b"x", "Logo: This picture is incomplete, moves, or has something else behind it. Save it again."),
        (png() + b"x" * 102_400, "Logo: A logo has at most 100 KiB. Save it smaller."),
        (png(8, 8), "Logo: A logo is 16 to 1024 pixels wide and high, and at most 6 times as wide as high."),
    ],
    ids=["empty", "svg", "more behind", "too large", "too small"],
)
def test_a_logo_that_is_none_is_refused(operator: Operator, logo: Path, data: bytes, said: str) -> None:
    operator.has_practice()
    logo.write_bytes(data)
    assert operator.refused("org", "brand", "maple", "--logo", str(logo)) == said


def test_wishes_that_contradict_each_other_are_a_wrong_use(operator: Operator, logo: Path) -> None:
    assert "--reset goes alone." in operator.refused("org", "brand", "maple", "--reset", "--name", "x", code=2)
    assert "exclude each other" in operator.refused("org", "brand", "maple", "--logo", str(logo), "--no-logo", code=2)


def test_no_such_practice(operator: Operator) -> None:
    assert operator.refused("org", "brand", "nobody").startswith("There is no such practice")


@pytest.mark.spec("UX-4", "UX-5")
def test_messages_are_previewed_as_the_practice_sends_them(operator: Operator, logo: Path, tmp_path: Path) -> None:
    operator.has_practice()
    operator.done("org", "brand", "maple", "--name", "Maple Street", "--color", "#2f5d8a", "--logo", str(logo))
    shown = operator.done("mail", "preview", "password_changed", "--organization", "maple").out
    assert shown.startswith("From: Maple Street via Wardkey\nSubject: Your Maple Street password was changed\n\n")
    html = operator.done("mail", "preview", "password_changed", "--organization", "maple", "--html").out
    assert 'src="data:image/png;base64,' in html
    text = operator.done("mail", "preview", "text_code", "--organization", "maple", "--language", "es").out
    assert text.startswith("Escriba 123456 en Maple Street.")
    operator.done("mail", "preview", "--organization", "maple", "--to-dir", str(tmp_path / "all"))
    written = [path.read_text() for path in (tmp_path / "all").iterdir()]
    assert written
    assert all("Maple Street" in text for text in written)
    assert "cid:" not in "".join(written)


def test_a_discreet_name_is_previewed_as_such(operator: Operator) -> None:
    operator.has_practice()
    operator.done("org", "brand", "maple", "--name", "Maple Fertility", "--sender-name", "M. S.")
    shown = operator.done("mail", "preview", "password_changed", "--organization", "maple", "--json").data
    assert shown["from"] == "M. S. via Wardkey"
    assert "Fertility" not in str(shown)


def test_a_preview_for_no_such_practice_is_refused(operator: Operator) -> None:
    assert operator.refused("mail", "preview", "password_changed", "--organization", "nobody").startswith(
        "There is no such practice"
    )


def test_the_installations_logo_is_in_its_previews(operator: Operator, logo: Path) -> None:
    shown = operator("mail", "preview", "password_changed", "--html", WARDKEY_BRAND_LOGO=str(logo), WARDKEY_BRAND_COLOR="#2f5d8a")
    assert "data:image/png;base64," in shown.out
    said = operator.refused("mail", "preview", "password_changed", code=2, WARDKEY_BRAND_LOGO=str(logo.parent / "none"))
    assert said == "WARDKEY_BRAND_LOGO: needs the path of a PNG, JPEG or WebP file that can be read"


def test_a_logo_that_cannot_be_shown_is_found_before_a_start(operator: Operator, logo: Path) -> None:
    checks = {check["name"]: check for check in operator("doctor", "--json", WARDKEY_BRAND_LOGO=str(logo)).data}
    assert checks["logo"]["state"] == "ok"
    logo.write_bytes(b"<svg/>")
    checks = {check["name"]: check for check in operator("doctor", "--json", WARDKEY_BRAND_LOGO=str(logo)).data}
    assert (checks["logo"]["state"], checks["logo"]["says"]) == (
        "problem", "WARDKEY_BRAND_LOGO: A logo is a PNG, JPEG or WebP file.",
    )  # fmt: skip
    assert "logo" not in {check["name"] for check in operator("doctor", "--json").data}
