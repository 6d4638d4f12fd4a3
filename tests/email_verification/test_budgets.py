"""Mail that a stranger can have sent is limited in silence, and never at the owner's expense (ACC-7)."""

from datetime import timedelta

import pytest

from tests.email_verification.sign_ups import (
    STRANGERS_PASSWORD,
    ask_for_reset,
    code_of,
    open_link,
    reset_links,
    sign_up,
    verification_links,
)
from tests.world import HERE, PASSWORD, Practice
from wardkey.account_repair.actions import PasswordSet, ask_reset, reset_password
from wardkey.email_verification.actions import Confirmed, SignUpForm, ask_resend, ask_sign_up
from wardkey.vocabulary import Origin

pytestmark = pytest.mark.spec("ACC-7")


def network(number: int) -> Origin:
    """A stranger in one of many networks."""
    return Origin(ip=f"198.51.100.{number}", user_agent="curl/8.14")


async def test_three_links_go_to_one_address_on_the_wish_of_one_network_and_the_rest_is_silence(
    sqlite_practice: Practice,
) -> None:
    practice = sqlite_practice
    await practice.add_person("ada@example.org")
    for _ in range(6):
        await ask_for_reset(practice)
    assert len(reset_links(practice)) == 3
    practice.clock.advance(timedelta(hours=1))
    await ask_for_reset(practice)
    assert len(reset_links(practice)) == 4


async def test_a_stranger_elsewhere_spends_nothing_of_the_owners(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    await practice.add_person("ada@example.org")
    for _ in range(6):
        await ask_for_reset(practice, origin=network(1))
    await ask_for_reset(practice)
    assert len(reset_links(practice)) == 4


async def test_whatever_strangers_ask_for_the_owner_has_a_reset_link_that_works(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    await practice.add_person("ada@example.org")
    for number in range(10):
        for _ in range(3):
            await ask_for_reset(practice, origin=network(number))
    links = reset_links(practice)
    assert len(links) == 12, "so many an hour on anybody's wish"
    assert isinstance(await reset_password(practice.units, practice.world, links[0], STRANGERS_PASSWORD, HERE), PasswordSet)


async def test_strangers_who_sign_up_with_an_address_keep_nobody_from_a_reset(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    await practice.add_person("ada@example.org")
    for number in range(10):
        for _ in range(3):
            await sign_up(practice, password=STRANGERS_PASSWORD, origin=network(number))
    assert len(practice.mails_to("ada@example.org")) == 12
    await ask_for_reset(practice)
    assert len(reset_links(practice)) == 1


async def test_strangers_who_sign_up_with_an_address_keep_its_owner_from_nothing(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    for number in range(10):
        for _ in range(3):
            await sign_up(practice, password=STRANGERS_PASSWORD, origin=network(number))
    await ask_for_reset(practice)
    (token,) = reset_links(practice)
    assert isinstance(await reset_password(practice.units, practice.world, token, PASSWORD, HERE), PasswordSet)


async def test_links_to_confirm_are_limited_too_and_the_last_one_works(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    await sign_up(practice)
    for _ in range(5):
        assert await ask_resend(practice.units, practice.world, "ada@example.org", HERE) is None
        await practice.deliver()
    links = verification_links(practice)
    assert len(links) == 3
    assert isinstance(await open_link(practice, links[-1], PASSWORD), Confirmed)


async def test_one_network_that_asks_for_everything_is_told_to_wait(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    units, world = practice.units, practice.world
    for number in range(30):
        assert await ask_reset(units, world, f"{number}@example.org", HERE) is None
    for answer in (await ask_reset(units, world, "x@example.org", HERE), await ask_resend(units, world, "x@example.org", HERE)):
        assert code_of(answer) == "too_many_requests"
        assert getattr(answer, "retry_after", 0) == 3600
    assert await ask_reset(units, world, "x@example.org", network(1)) is None
    for number in range(30):
        await ask_sign_up(units, world, SignUpForm("Ada", f"{number}@example.org", PASSWORD), HERE)
    assert code_of(await ask_sign_up(units, world, SignUpForm("Ada", "x@example.org", PASSWORD), HERE)) == "too_many_requests"


async def test_links_cannot_be_tried_without_end(sqlite_practice: Practice) -> None:
    practice = sqlite_practice
    for _ in range(60):
        assert code_of(await open_link(practice, "x" * 43, PASSWORD)) == "link_unknown"
    assert code_of(await open_link(practice, "x" * 43, PASSWORD)) == "too_many_requests"
    assert code_of(await reset_password(practice.units, practice.world, "x" * 43, PASSWORD, HERE)) == "too_many_requests"
    assert code_of(await open_link(practice, "x" * 43, PASSWORD, origin=network(1))) == "link_unknown"
