"""What became of texts is in the figures, by country, and nothing there names a number (MFA-4)."""

import pytest

from tests.texts.asking import SECOND, Carrier, ask, enter, served_by, settle
from tests.world import NOON, Practice
from wardkey.ports import Uncertain
from wardkey.surfaces.metrics import Metrics
from wardkey.texts.rules import Stop

pytestmark = pytest.mark.spec("MFA-4")


async def figures(metrics: Metrics, practice: Practice) -> list[str]:
    text = (await metrics.text(practice.service)).decode()
    return [line for line in text.splitlines() if line.startswith("wardkey_text")]


async def test_texts_of_the_last_day_and_stops_are_figures(practice: Practice) -> None:
    metrics = Metrics()
    assert await figures(metrics, practice) == ["wardkey_text_stops 0.0"]
    served_by(practice, Carrier("first", Uncertain("cut")))
    ada, _ = await practice.add_person("ada@example.org")
    for number in ("+12075550123", "+12075550123", "+447400123456"):
        await ask(practice, ada, number)
        await settle(practice)
        practice.clock.advance(SECOND)
    await enter(practice, ada)
    async with practice.write() as unit:
        stop = Stop(
            prefix="+1208555", country="US", reach="all_numbers", sent=20, entered=0, since=NOON, until=NOON.replace(hour=18)
        )
        await unit.texts.stop(stop)
    found = await figures(metrics, practice)
    expected = {
        "US": {"asked": 2, "sent": 2, "entered": 0, "failed": 0, "refused": 0, "would_refuse": 0},
        "GB": {"asked": 1, "sent": 1, "entered": 1, "failed": 0, "refused": 0, "would_refuse": 0},
    }
    for country, counts in expected.items():
        for what, count in counts.items():
            assert f'wardkey_texts_last_day{{country="{country}",what="{what}"}} {count:.1f}' in found
    assert "wardkey_text_stops 1.0" in found
    assert "555" not in "".join(found)
