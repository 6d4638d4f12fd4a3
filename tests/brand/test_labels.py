"""Authenticator apps and passkey prompts call the practice by its brand."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.signin.client import Client
from tests.world import Practice
from wardkey.accounts.rules import MfaMode
from wardkey.organizations.branding import Wishes, change
from wardkey.organizations.rules import issuer_of
from wardkey.vocabulary import Role


async def shown(practice: Practice, email: str, method: str) -> Any:
    """What somebody sees who sets up a method at sign-in."""
    client = Client(practice)
    await client.password(email)
    return (await client.begin(method)).step.setups[method]  # type: ignore[union-attr]


@pytest.mark.spec("UX-4")
@pytest.mark.spec("MFA-2")
async def test_the_label_in_an_authenticator_app_and_a_passkey_prompt_are_the_practices(practice: Practice) -> None:
    maple = await practice.add_organization(mfa_mode=MfaMode.REQUIRED)
    oak = await practice.add_organization("Oak Lane", mfa_mode=MfaMode.REQUIRED)
    await change(practice.units, practice.world, maple.slug, Wishes(name="Clínica: Maple & Söhne"))
    await change(practice.units, practice.world, oak.slug, Wishes(color="#aa0000"))
    await practice.add_person("ada@example.org", organization=maple)
    await practice.add_person("ben@example.org", organization=oak)
    both, _ = await practice.add_person("both@example.org", organization=maple)
    async with practice.write() as unit:
        await unit.organizations.add_member(oak.id, both.id, Role.STAFF, practice.clock.now())
    expected = {"ada@example.org": "Clínica: Maple & Söhne", "ben@example.org": "Wardkey", "both@example.org": "Wardkey"}
    for email, issuer in expected.items():
        app = await shown(practice, email, "totp")
        uri = urlsplit(app["uri"])
        assert parse_qs(uri.query)["issuer"] == [issuer.replace(":", " ")]
        assert unquote(uri.path).endswith(email)
        prompt = await shown(practice, email, "passkey")
        assert prompt["options"]["rp"]["name"] == issuer


def test_nobodys_practice_is_the_installation(practice: Practice) -> None:
    assert issuer_of(practice.world.settings, ()) == "Wardkey"
