"""The addresses of the services that send texts are read completely, or refused without being shown."""

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wardkey.edges.sms.urls import (
    AnyAddress,
    GatewayAddress,
    SnsAddress,
    TwilioAddress,
    VonageAddress,
    read_sms_urls,
)
from wardkey.settings import WrongSetting

SECRET = "geheim-geheim-geheim"  # noqa: S105 - of no one
AC = "AC0123456789abcdef0123456789abcdef"


def read(url: str) -> AnyAddress:
    (address,) = read_sms_urls((url,))
    return address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (
            f"twilio://{AC}:t@api.twilio.com?from=+15550001111",
            TwilioAddress(
                name="twilio", origin="https://api.twilio.com", ca="", account=AC, token="t", sender="+15550001111",
                messaging_service="",
            ),
        ),
        (
            f"twilio://{AC}:t@api.dublin.ie1.twilio.com/?messaging_service=MG1&name=europe",
            TwilioAddress(
                name="europe", origin="https://api.dublin.ie1.twilio.com", ca="", account=AC, token="t", sender="",
                messaging_service="MG1",
            ),
        ),
        (
            "vonage://k:s@rest.nexmo.com?from=Maple%20St&signature_secret=%26x&signature_method=sha512",
            VonageAddress(
                name="vonage", origin="https://rest.nexmo.com", ca="", key="k", secret="s", sender="Maple St",
                signature_secret="&x", signature_method="sha512",
            ),
        ),
        (
            "vonage://k:s@rest.nexmo.com?from=+447700900001",
            VonageAddress(
                name="vonage", origin="https://rest.nexmo.com", ca="", key="k", secret="s", sender="447700900001",
                signature_secret="", signature_method="sha256",
            ),
        ),
        (
            "sns://AKID:a%2Fb%2Bc@sns.eu-west-1.amazonaws.com",
            SnsAddress(
                name="sns", origin="https://sns.eu-west-1.amazonaws.com", ca="", key="AKID", secret="a/b+c",
                region="eu-west-1", sender="",
            ),
        ),
        (
            "sns://AKID:s@vpce-1.sns.us-gov-west-1.vpce.amazonaws.com?region=us-gov-west-1&sender=Maple",
            SnsAddress(
                name="sns", origin="https://vpce-1.sns.us-gov-west-1.vpce.amazonaws.com", ca="", key="AKID", secret="s",
                region="us-gov-west-1", sender="Maple",
            ),
        ),
        (
            f"gateway+https://{SECRET}@sms.clinic.example:8443/v1/texts?from=12345",
            GatewayAddress(
                name="gateway", origin="https://sms.clinic.example:8443", ca="", secret=SECRET, path="/v1/texts", sender="12345",
            ),
        ),
        (
            f"gateway+https://{SECRET}@sms.clinic.example?endpoint=http://[::1]:9000",
            GatewayAddress(name="gateway", origin="http://[::1]:9000", ca="", secret=SECRET, path="/", sender=""),
        ),
        (
            f"gateway+https://{SECRET}@sms.clinic.example?endpoint=https://proxy.clinic.example:3000/",
            GatewayAddress(name="gateway", origin="https://proxy.clinic.example:3000", ca="", secret=SECRET, path="/", sender=""),
        ),
    ],
)  # fmt: skip
def test_each_part_has_its_meaning(url: str, address: AnyAddress) -> None:
    assert read(url) == address


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=16))
def test_any_secret_can_be_percent_encoded(secret: str) -> None:
    gateway = read(f"gateway+https://{quote(secret, safe='')}@h")
    vonage = read(f"vonage://k:{quote(secret, safe='')}@h?from=Maple")
    assert isinstance(gateway, GatewayAddress)
    assert isinstance(vonage, VonageAddress)
    assert (gateway.secret, vonage.secret) == (secret, secret)


def test_several_keep_their_order_and_each_has_a_name_of_its_own() -> None:
    twilio, gateway = f"twilio://{AC}:t@h?from=12345", f"gateway+https://{SECRET}@h"
    names = [address.name for address in read_sms_urls((twilio, gateway, twilio, f"{gateway}?name=house", twilio))]
    assert names == ["twilio", "gateway", "twilio-2", "house", "twilio-3"]
    assert read_sms_urls(()) == ()


def test_a_name_that_two_would_share_is_refused() -> None:
    gateway = f"gateway+https://{SECRET}@h"
    with pytest.raises(WrongSetting, match="needs a `name` of its own"):
        read_sms_urls((gateway, gateway, f"{gateway}?name=gateway-2"))


WRONG = [
    ("", "to begin with"),
    (SECRET, "to begin with"),
    (f"https://{SECRET}@h", "to begin with"),
    (f"gateway+http://{SECRET}@h", "to begin with"),
    (f"gateway+https://{SECRET}@", "to begin with"),
    (f"gateway+https://{SECRET}@h#part", "to begin with"),
    (f"gateway+https://{SECRET}@[::1", "to be an address"),
    (f"gateway+https://{SECRET}@h:port", "to be an address"),
    (f"gateway+https://{SECRET}@h?from", "to be an address"),
    ("gateway+https://h/path", "a secret of at least 16"),
    ("gateway+https://geheim@h", "a secret of at least 16"),
    (f"gateway+https://{SECRET}:{SECRET}@h", "a secret of at least 16"),
    (f"gateway+https://{SECRET}@h?from=geheim%0a", "`from` as a number"),
    (f"gateway+https://{SECRET}@h?from=twelve%20signs", "`from` as a number"),
    (f"gateway+https://{SECRET}@h?to=x", "only these options"),
    (f"gateway+https://{SECRET}@h?name=Geheim", "only these options"),
    (f"gateway+https://{SECRET}@h?name=..%2Fgeheim", "only these options"),
    (f"gateway+https://{SECRET}@h?ca=/no/such/geheim", "a `ca` that names a file"),
    (f"gateway+https://{SECRET}@h?endpoint=http://geheim.example", "with https"),
    (f"gateway+https://{SECRET}@h?endpoint=http://127.0.0.1.geheim.example", "with https"),
    (f"gateway+https://{SECRET}@h?endpoint=http://127.0.0.1@geheim.example", "an `endpoint` like"),
    (f"gateway+https://{SECRET}@h?endpoint=https://geheim.example/path", "an `endpoint` like"),
    (f"gateway+https://{SECRET}@h?endpoint=https://", "an `endpoint` like"),
    (f"gateway+https://{SECRET}@h?endpoint=https://[geheim", "an `endpoint` like"),
    (f"gateway+https://{SECRET}@h?endpoint=ftp://127.0.0.1", "with https"),
    (f"twilio://{AC}@h?from=12345", "to be like twilio://"),
    (f"twilio://:{SECRET}@h?from=12345", "to be like twilio://"),
    (f"twilio://a%00b:{SECRET}@h?from=12345", "to be like twilio://"),
    (f"twilio://SK12:{SECRET}@h?from=12345", "which begins with AC"),
    (f"twilio://AC12%2F..:{SECRET}@h?from=12345", "which begins with AC"),
    (f"twilio://{AC}:{SECRET}@h", "either `from` or"),
    (f"twilio://{AC}:{SECRET}@h?from=12345&messaging_service=MG1", "either `from` or"),
    (f"twilio://{AC}:{SECRET}@h?messaging_service=geheim", "begins with MG"),
    (f"twilio://{AC}:{SECRET}@h/path?from=12345", "no path"),
    (f"vonage://k:{SECRET}@h", "`from` as a number"),
    (f"vonage://k:{SECRET}@h?from=Maple&signature_method=md5", "only these options"),
    (f"sns://k:{SECRET}@h", "a `region`"),
    (f"sns://k:{SECRET}@h?region=geheim", "a `region`"),
    (f"sns://k:{SECRET}@sns.us-east-1.amazonaws.com?sender=12345", "a `sender`"),
]


@pytest.mark.parametrize(("url", "need"), WRONG)
def test_what_cannot_work_is_refused_by_the_name_of_its_setting_and_its_place(url: str, need: str) -> None:
    with pytest.raises(WrongSetting, match=r"^WARDKEY_SMS_URL: address 2 needs ") as refused:
        read_sms_urls((f"gateway+https://{SECRET}@h", url))
    assert need in str(refused.value)
    assert "geheim" not in str(refused.value)
    assert str(refused.value).isprintable()


@given(st.text() | st.text(st.sampled_from("/@:?&=[]%.aACfrom1#")).map(lambda rest: f"twilio://{rest}"))
@example(f"twilio://{AC}:b:c@d@e?ca=/")
def test_any_text_is_read_or_refused(url: str) -> None:
    try:
        address = read(url)
    except WrongSetting:
        return
    assert address.origin.startswith("https://")


@pytest.mark.parametrize("url", [f"vonage://k:{SECRET}@h?from=Maple&signature_secret={SECRET}", f"gateway+https://{SECRET}@h"])
def test_an_address_that_is_printed_shows_no_secret(url: str) -> None:
    assert "geheim" not in f"{read(url)!r} {read(url)} {read_sms_urls((url,))}"


def test_a_file_of_authorities_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    assert read(f"gateway+https://{SECRET}@h?ca={tmp_path}/ca.pem").ca == f"{tmp_path}/ca.pem"
