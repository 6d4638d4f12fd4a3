"""Whatever color a practice has, what stands in it or on it can be read (WCAG 2.2 AA), on light and on dark."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wardkey.brand.shades import DARK_GROUNDS, LIGHT_GROUNDS, OWN, Shades, contrast, mixed, palette_of, stylesheet_of

CSS = (Path(__file__).parents[2] / "src/wardkey/static/wardkey.css").read_text()
MAIL = (Path(__file__).parents[2] / "src/wardkey/templates/notices/layout.html").read_text()
TEXT, PART = 4.5, 3.0
"""WCAG 2.2, 1.4.3 (text) and 1.4.11 (parts of controls)."""
colors = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def tokens(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css))


LIGHT = tokens(CSS.split("@media (prefers-color-scheme: dark)")[0])
DARK = LIGHT | tokens(CSS.split("@media (prefers-color-scheme: dark)")[1].split("/* Ground. */")[0])


def unreadable(shades: Shades, grounds: tuple[str, ...], theme: dict[str, str]) -> list[str]:
    """Pairs of colors that stand on one another with too little contrast between them."""
    own = (*grounds, shades.action_soft, shades.page_top)
    pairs = [(ink, ground, TEXT) for ink in (shades.action, shades.action_strong) for ground in own]
    pairs += [(shades.on_action, button, TEXT) for button in (shades.action, shades.action_strong)]
    pairs += [(shades.focus, ground, PART) for ground in own]
    pairs += [(theme[text], ground, TEXT) for text in ("text", "text-quiet") for ground in (shades.action_soft, shades.page_top)]
    return [f"{ink} on {ground}: {contrast(ink, ground):.2f}" for ink, ground, least in pairs if contrast(ink, ground) < least]


@pytest.mark.spec("UX-4")
@given(colors)
@example("#ffff00")
@example("#000000")
@example("#ffffff")
@example("#777777")
def test_every_color_gives_shades_that_can_be_read_wherever_they_stand(color: str) -> None:
    palette = palette_of(color)
    assert unreadable(palette.light, LIGHT_GROUNDS, LIGHT) == []
    assert unreadable(palette.dark, DARK_GROUNDS, DARK) == []


def test_the_grounds_are_those_of_the_stylesheet_and_of_mail() -> None:
    names = ("surface", "page", "sunken", "amber-soft")
    in_mail = set(re.findall(r"background-color:\s?(#[0-9a-f]{6})", MAIL)) - {OWN.light.action, OWN.dark.action}
    assert {LIGHT[name] for name in names} <= set(LIGHT_GROUNDS)
    assert {DARK[name] for name in names} <= set(DARK_GROUNDS)
    assert in_mail <= {*LIGHT_GROUNDS, *DARK_GROUNDS}


def test_wardkeys_own_shades_are_those_of_the_stylesheet() -> None:
    for shades, theme in ((OWN.light, LIGHT), (OWN.dark, DARK)):
        assert {name: getattr(shades, name) for name in shades.__struct_fields__} == {
            name: theme[name.replace("_", "-")] for name in shades.__struct_fields__
        }
    assert palette_of("") is OWN


@given(colors)
def test_a_color_that_can_be_read_already_is_left_as_it_is(color: str) -> None:
    light = palette_of(color).light
    if all(contrast(color, ground) >= 5 for ground in (*LIGHT_GROUNDS, light.action_soft, light.page_top)):
        assert light.action == color


@given(colors)
def test_what_is_pointed_at_looks_different(color: str) -> None:
    for shades in (palette_of(color).light, palette_of(color).dark):
        assert contrast(shades.action, shades.action_strong) >= 1.2


@given(colors)
def test_the_stylesheet_of_a_color_says_nothing_but_colors(color: str) -> None:
    css = stylesheet_of(color)
    assert re.fullmatch(r"(?:[:@{};()\s]|root|media|prefers-color-scheme|dark|print|--[a-z-]+:#[0-9a-f]{6})*", css)
    assert f"--action:{palette_of(color).light.action};" in css.split("@media")[0]
    assert f"--action:{palette_of(color).dark.action};" in css.split("@media")[1]
    assert "--page-top:#ffffff" in css.split("@media")[2], "on paper nothing is tinted"


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#ffffff", "#000000", 21.0), ("#ffffff", "#ffffff", 1.0), ("#777777", "#ffffff", 4.48), ("#0000ff", "#ffffff", 8.59)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.005)


def test_mixing_goes_from_one_color_to_the_other() -> None:
    assert [mixed("#204060", "#ffffff", share) for share in (0, 0.5, 1)] == ["#204060", "#90a0b0", "#ffffff"]
