"""Make the pictures of the documentation from a running demo, in Chromium, light and dark: `python -m tools.screenshots`."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, TypeAlias

from playwright.async_api import Browser, Page, async_playwright

from tests.chromium import ARGUMENTS, chromium_path

IMAGES: Final = Path(__file__).resolve().parent.parent / "docs" / "images"
Scheme: TypeAlias = Literal["light", "dark"]
PHONE: Final = (400, 880)
DESK: Final = (760, 780)
PIXELS: Final = 1.5
EMAIL, PASSWORD = "ben@maple.example", "paper-boats-drift-slowly"  # of the demo's practice


@contextmanager
def demo() -> Iterator[str]:
    """A demo on a free port; its address."""
    command = [str(Path(sys.executable).parent / "wardkey"), "demo", "--port", "0"]
    server = subprocess.Popen(command, env={**os.environ, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, text=True)
    said = server.stdout or ()
    try:
        yield next(found[1] for line in said if (found := re.search(r"(http://\S+?)/sign-in", line)))
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)


async def opened(browser: Browser, size: tuple[int, int], scheme: Scheme) -> Page:
    """A page of that size, without movement."""
    return await browser.new_page(
        color_scheme=scheme,
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=PIXELS,
        reduced_motion="reduce",
    )


async def picture(page: Page, name: str, *, is_whole: bool = False) -> None:
    await page.screenshot(path=IMAGES / f"{name}.png", animations="disabled", caret="hide", full_page=is_whole)


async def entered(page: Page, address: str) -> None:
    """The sign-in page with both fields filled in."""
    await page.goto(f"{address}/sign-in")
    await page.get_by_label("Email").fill(EMAIL)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)


async def setting_up(page: Page, address: str) -> None:
    """The page that follows for somebody who sets up MFA."""
    await entered(page, address)
    await page.get_by_role("button", name="Sign in").click()
    await page.locator("svg.qr").wait_for()


async def take(browser: Browser, address: str) -> None:
    """Every picture there is."""
    phone = await opened(browser, PHONE, "light")
    await entered(phone, address)
    await picture(phone, "sign-in-light")
    await setting_up(phone, address)
    await picture(phone, "set-up-mfa-light")
    dark = await opened(browser, PHONE, "dark")
    await setting_up(dark, address)
    await picture(dark, "set-up-mfa-dark")
    desk = await opened(browser, DESK, "light")
    await setting_up(desk, address)
    await picture(desk, "set-up-mfa-whole", is_whole=True)


async def main() -> None:
    """Start a demo and a browser, take the pictures, say how large they are."""
    IMAGES.mkdir(exist_ok=True)
    with demo() as address:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
            await take(browser, address)
            await browser.close()
    for file in sorted(IMAGES.glob("*.png")):
        print(f"{file.relative_to(IMAGES.parent.parent)} {file.stat().st_size // 1000} KB")


if __name__ == "__main__":
    asyncio.run(main())
