"""From one color of a brand, every shade that pages and mail need, each readable where it stands (WCAG 2.2, 1.4.3 and 1.4.11)."""

from functools import lru_cache
from typing import Final

from msgspec import Struct

BLACK: Final = "#000000"
WHITE: Final = "#ffffff"
STEPS: Final = 100
"""A shade is looked for in steps of a hundredth of the way to black or white."""

LIGHT_AT_LEAST: Final = 5.0
"""Contrast of the shade for actions with every ground of light pages: more than the 4.5 : 1 that text needs."""
DARK_AT_LEAST: Final = 7.0
"""The same on dark pages, where thin letters fade sooner."""
TELLS_APART: Final = 1.2
"""Contrast between a button and the same button pointed at; where darkening makes less of a difference, it is lightened."""

LIGHT_GROUNDS: Final = ("#ffffff", "#f3f6f5", "#eef3f2", "#f2f5f4", "#eef4f3", "#fdf3df")
"""Grounds of light pages and mail that no brand changes: `--surface`, `--page`, `--sunken`, `--amber-soft`, and a mail's own."""
DARK_GROUNDS: Final = ("#182220", "#0f1615", "#202c2a", "#31280f")
"""The same of dark ones."""


class Shades(Struct, frozen=True, kw_only=True):
    """The colors that a brand decides in one theme, each as `#rrggbb`; named as in the stylesheet."""

    action: str
    action_strong: str
    action_soft: str
    on_action: str
    focus: str
    page_top: str


class Palette(Struct, frozen=True, kw_only=True):
    """The shades of a brand on light and on dark."""

    light: Shades
    dark: Shades


OWN: Final = Palette(
    light=Shades(
        action="#0b6b66",
        action_strong="#084f4b",
        action_soft="#e2f1ef",
        on_action="#ffffff",
        focus="#084f4b",
        page_top="#e6efed",
    ),
    dark=Shades(
        action="#7fd3c9",
        action_strong="#a8e6de",
        action_soft="#17332f",
        on_action="#06201d",
        focus="#b6efe7",
        page_top="#14201e",
    ),
)
"""Those of the stylesheet itself, chosen by eye, where no color is set."""


@lru_cache(maxsize=1_024)
def palette_of(color: str) -> Palette:
    """The shades of a color written `#rrggbb`; Wardkey's own where it is empty."""
    return Palette(light=_on_light(color), dark=_on_dark(color)) if color else OWN


@lru_cache(maxsize=1_024)
def stylesheet_of(color: str) -> str:
    """The custom properties that turn the pages' own shades into those of a color. On paper the ground stays white."""
    found = palette_of(color)
    light, dark = _properties(found.light), _properties(found.dark)
    paper = f":root{{--page-top:{WHITE}}}"
    return f":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n@media print{{{paper}}}\n"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colors, from 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    """Relative luminance from 0 to 1 (WCAG 2.2, definition of relative luminance)."""
    red, green, blue = (_linear(part / 255) for part in _parts(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mixed(color: str, other: str, share: float) -> str:
    """`color` with a share of `other`, from 0 to 1, mixed as sRGB."""
    pairs = zip(_parts(color), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _on_light(color: str) -> Shades:
    soft, top = mixed(WHITE, color, 0.1), mixed("#f3f6f5", color, 0.07)
    action = _readable(color, BLACK, (*LIGHT_GROUNDS, soft, top), LIGHT_AT_LEAST)
    strong = _stronger(action, BLACK, WHITE)
    return Shades(action=action, action_strong=strong, action_soft=soft, on_action=WHITE, focus=strong, page_top=top)


def _on_dark(color: str) -> Shades:
    soft, top = mixed("#182220", color, 0.13), mixed("#121c1a", color, 0.05)
    action = _readable(color, WHITE, (*DARK_GROUNDS, soft, top), DARK_AT_LEAST)
    strong, ink = _stronger(action, WHITE, BLACK), mixed(BLACK, color, 0.1)
    return Shades(action=action, action_strong=strong, action_soft=soft, on_action=ink, focus=strong, page_top=top)


def _readable(color: str, toward: str, grounds: tuple[str, ...], at_least: float) -> str:
    """The color, moved no further towards black or white than it takes to be read on all of the grounds."""
    shades = (mixed(color, toward, step / STEPS) for step in range(STEPS + 1))
    return next((shade for shade in shades if all(contrast(shade, ground) >= at_least for ground in grounds)), toward)


def _stronger(action: str, toward: str, away: str) -> str:
    """The shade of what is pointed at: a third of the way on, or back as far as shows where there is no way on."""
    strong = mixed(action, toward, 0.3)
    if contrast(strong, action) >= TELLS_APART:
        return strong
    back = (mixed(action, away, step / STEPS) for step in range(1, STEPS))
    return next(shade for shade in back if contrast(shade, action) >= TELLS_APART)


def _properties(shades: Shades) -> str:
    return ";".join(f"--{name.replace('_', '-')}:{getattr(shades, name)}" for name in shades.__struct_fields__)


def _parts(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
