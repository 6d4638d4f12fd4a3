"""Texts go out through the Publish of Amazon SNS as its stand-in, moto, speaks it; moto checks keys and signatures."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import botocore.session
import httpx
import msgspec
import pytest
from moto.backends import get_backend
from moto.server import ThreadedMotoServer

from tests.edges.sms.kinds import NOON, SITE, TEXT
from wardkey.edges.clock import FrozenClock
from wardkey.edges.sms.opening import OpenSender, open_senders
from wardkey.ports import Deferred, Rejected

Changed = msgspec.structs.replace
REGION = "eu-west-1"
MAY_TEXT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:Publish","Resource":"*"}]}'
UNLIMITED = "1000000"
"""Requests that moto takes from anybody."""


class Amazon:
    """The running stand-in, a user who may send texts, and one who may not."""

    def __init__(self, at: str) -> None:
        self.at = at
        self.key, self.secret = self._user("texts", MAY_TEXT)
        self.other_key, self.other_secret = self._user("nothing", None)

    def _user(self, name: str, policy: str | None) -> tuple[str, str]:
        iam: Any = botocore.session.get_session().create_client(
            "iam", REGION, endpoint_url=self.at, aws_access_key_id="x", aws_secret_access_key="x"
        )
        iam.create_user(UserName=name)
        if policy:
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        iam.close()
        return made["AccessKeyId"], made["SecretAccessKey"]

    def sender(self, key: str, secret: str) -> OpenSender:
        address = f"sns://{key}:{quote(secret, safe='')}@sns.{REGION}.amazonaws.com?sender=Maple&endpoint={self.at}"
        (sender,) = open_senders((address,), SITE, FrozenClock(NOON))
        return sender

    @property
    def sent(self) -> dict[str, tuple[str, str]]:
        """The id, number and text of everything that was sent."""
        return {name: (sms[0], sms[1]) for name, sms in get_backend("sns")["123456789012"][REGION].sms_messages.items()}


@pytest.fixture(scope="module")
def amazon() -> Iterator[Amazon]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    at = "http://{}:{}".format(*server.get_host_and_port())
    try:
        found = Amazon(at)
        httpx.post(f"{at}/moto-api/reset-auth", content="0", trust_env=False).raise_for_status()
        yield found
        httpx.post(f"{at}/moto-api/reset-auth", content=UNLIMITED, trust_env=False).raise_for_status()
    finally:
        server.stop()


async def test_a_signed_text_is_taken_and_its_id_is_amazons(amazon: Amazon) -> None:
    sender = amazon.sender(amazon.key, amazon.secret)
    body = "482913 es su código de Clínica Árbol 🦉 & más = + %"
    name = await sender.send(Changed(TEXT, body=body))
    await sender.close()
    assert amazon.sent[name] == (TEXT.to, body)


async def test_a_wrong_secret_an_unknown_key_and_a_user_who_may_not_leave_the_text_to_another_sender(amazon: Amazon) -> None:
    before = len(amazon.sent)
    for key, secret, code in [
        (amazon.key, amazon.other_secret, "SignatureDoesNotMatch"),
        ("AKIAUNKNOWN", amazon.secret, "InvalidClientTokenId"),
        (amazon.other_key, amazon.other_secret, "AccessDenied"),
    ]:
        sender = amazon.sender(key, secret)
        with pytest.raises(Deferred, match=f"status 403, error {code}"):
            await sender.send(TEXT)
        await sender.close()
    assert len(amazon.sent) == before


async def test_a_text_that_amazon_does_not_take_is_rejected(amazon: Amazon) -> None:
    sender = amazon.sender(amazon.key, amazon.secret)
    before = len(amazon.sent)
    with pytest.raises(Rejected):
        await sender.send(Changed(TEXT, body="x" * 1_601))
    await sender.close()
    assert len(amazon.sent) == before
