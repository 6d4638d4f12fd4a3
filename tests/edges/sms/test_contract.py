"""However a text is sent: it goes out once, and each end of a request says what surely became of it."""

import asyncio
import logging
import socket
from pathlib import Path

import msgspec
import pytest

from tests.edges.post_office import Certificates
from tests.edges.sms.kinds import BRIEF, KINDS, MEMORY, TEXT, ready, sender_for
from tests.edges.sms.services import INVALID, Service, open_at
from wardkey.edges.sms.exchange import Waits
from wardkey.edges.sms.memory import MemorySender
from wardkey.ports import Deferred, Rejected, Text, TextSender, Uncertain, Unreachable

Changed = msgspec.structs.replace
kinds = pytest.mark.parametrize("name", KINDS)
kinds_and_memory = pytest.mark.parametrize("name", [*KINDS, MEMORY])


async def failed(name: str, fault: str | int, text: Text = TEXT, waits: Waits = BRIEF) -> Exception:
    """What one send raises when the service fails like this; that nothing was asked twice, and nothing secret told."""
    async with ready(name, waits) as (sender, service):
        service.faults.append(fault)
        with pytest.raises((Rejected, Deferred, Unreachable, Uncertain)) as raised:
            await sender.send(text)
        assert len(service.asked) == service.connections == 1
    assert_quiet(name, repr(raised.value), text)
    return raised.value


def assert_quiet(name: str, said: str, text: Text = TEXT) -> None:
    """Nothing that was said shows a secret, a number or what the text says."""
    assert said
    for hidden in (KINDS[name].secret, text.to, text.to.lstrip("+"), text.body, INVALID.lstrip("+")):
        assert hidden not in said


def arrived(sender: TextSender, service: Service) -> list[tuple[str, str]]:
    """The numbers and texts that a sender was given and its service reads, oldest first."""
    if isinstance(sender, MemorySender):
        return [(message.to, message.text) for message in reversed(sender.sent)]
    if sender.name == "gateway":
        return [(read["to"], read["body"]) for read in (msgspec.json.decode(asked.body) for asked in service.asked)]
    to, body = {"twilio": ("To", "Body"), "vonage": ("to", "text"), "sns": ("PhoneNumber", "Message")}[sender.name]
    plus = "+" if sender.name == "vonage" else ""
    return [(plus + asked.form[to], asked.form[body]) for asked in service.asked]


@kinds_and_memory
async def test_a_text_is_taken_once_and_an_id_comes_back_that_the_service_knows_it_by(name: str) -> None:
    async with ready(name) as (sender, service):
        first = await sender.send(TEXT)
        second = await sender.send(Changed(TEXT, id="txt_2"))
        assert arrived(sender, service) == [(TEXT.to, TEXT.body)] * 2
    assert sender.name == name
    assert first != second
    assert first.isprintable()
    assert first.isascii()
    assert len(first) > 3


@kinds_and_memory
@pytest.mark.parametrize(
    "body",
    [
        "482913 es su código de Clínica Árbol. ¿No lo pidió? Ignórelo.\n\n@signin.clinic.example #482913",
        "あなたのコードは 482913 です 🦉",
        'a&b=c+d %41 <b>"quoted"</b> \\ {}[] ~|^ €\t',
    ],
)
async def test_letters_of_any_script_and_signs_with_a_meaning_arrive_as_they_were(name: str, body: str) -> None:
    async with ready(name) as (sender, service):
        await sender.send(Changed(TEXT, body=body))
        assert arrived(sender, service) == [(TEXT.to, body)]


@kinds
async def test_a_number_that_the_service_refuses_is_rejected(name: str) -> None:
    async with ready(name) as (sender, service):
        with pytest.raises(Rejected) as raised:
            await sender.send(Changed(TEXT, to=INVALID))
        assert len(service.asked) == 1
    assert_quiet(name, str(raised.value))


@kinds
async def test_a_very_long_text_is_rejected_by_its_service(name: str) -> None:
    async with ready(name) as (sender, service):
        with pytest.raises(Rejected):
            await sender.send(Changed(TEXT, body="very long " * 4_000))
        assert len(service.asked) == 1


@kinds_and_memory
@pytest.mark.parametrize(
    "change",
    [
        {"to": ""},
        {"to": "447700900123"},
        {"to": "+0447700900123"},
        {"to": "+44 7700 900123"},
        {"to": "+447700900123,+15550100"},
        {"to": "+447700900123\n"},
        {"to": "+4477009001231234"},
        {"to": "+٤٤٧٧٠٠٩٠٠١٢٣"},
        {"body": ""},
        {"body": " \n"},
        {"body": "half a pair \ud800"},
    ],
)
async def test_what_no_service_could_take_is_rejected_before_anybody_is_asked(name: str, change: dict[str, str]) -> None:
    async with ready(name) as (sender, service):
        with pytest.raises(Rejected):
            await sender.send(Changed(TEXT, **change))
        assert service.connections == 0
        assert arrived(sender, service) == []


@kinds
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 408, 415, 425, 429, 451, 500, 501, 503, 599])
async def test_an_answer_that_is_no_success_leaves_the_text_to_another_sender(name: str, status: int) -> None:
    error = await failed(name, status)
    assert isinstance(error, Deferred)
    assert f"status {status}" in str(error)


@kinds
@pytest.mark.parametrize("status", [502, 504, 520, 524])
async def test_where_somebody_in_between_answers_the_text_may_have_been_taken(name: str, status: int) -> None:
    assert isinstance(await failed(name, status), Uncertain)


@kinds
@pytest.mark.parametrize("fault", ["garbage", "long", "empty"])
async def test_a_success_that_cannot_be_understood_is_uncertain(name: str, fault: str) -> None:
    assert isinstance(await failed(name, fault, waits=Waits(answer=5, whole=10)), Uncertain)


@kinds
@pytest.mark.parametrize("fault", ["silence", "cut", "half", "drip", "noise"])
async def test_a_request_whose_answer_never_comes_whole_is_uncertain(name: str, fault: str) -> None:
    async with asyncio.timeout(10):
        assert isinstance(await failed(name, fault), Uncertain)


@kinds
async def test_a_redirect_is_not_followed(name: str) -> None:
    assert isinstance(await failed(name, "elsewhere"), Deferred)


@kinds
async def test_a_service_that_is_not_there_is_unreachable(name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        sender = sender_for(KINDS[name], f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(Unreachable) as raised:
            await sender.send(TEXT)
        await sender.close()
    assert_quiet(name, str(raised.value))


@kinds
async def test_a_name_that_does_not_resolve_is_unreachable(name: str) -> None:
    sender = sender_for(KINDS[name], "https://nowhere.invalid")
    with pytest.raises(Unreachable):
        await sender.send(TEXT)
    await sender.close()


@kinds
async def test_a_connection_that_is_never_made_is_given_up_in_time(name: str) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        at = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:  # fill the queue of connections that nobody accepts, so that the next one is not answered
            one.setblocking(False)
            one.connect_ex(at)
        sender = sender_for(KINDS[name], f"http://127.0.0.1:{at[1]}", Waits(connect=0.2, answer=5, whole=5))
        async with asyncio.timeout(5):
            with pytest.raises(Unreachable):
                await sender.send(TEXT)
        await sender.close()
        for one in waiting:
            one.close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def trusting(name: str, authority: Path, port: int) -> str:
    return KINDS[name].address.format(at=f"https://localhost:{port}") + f"&ca={authority}"


@kinds
async def test_a_text_goes_out_over_tls_to_a_server_with_a_good_certificate(name: str, certificates: Certificates) -> None:
    service = KINDS[name].service()
    async with open_at(service, tls=certificates.localhost) as port:
        sender = sender_for(Changed(KINDS[name], address=trusting(name, certificates.authority, port)), "")
        assert await sender.send(TEXT)
        await sender.close()
    assert len(service.asked) == 1


@kinds
async def test_a_server_that_cannot_prove_who_it_is_gets_nothing(name: str, certificates: Certificates) -> None:
    service = KINDS[name].service()
    async with open_at(service, tls=certificates.localhost) as port:
        unknown = sender_for(KINDS[name], f"https://localhost:{port}")
        with pytest.raises(Unreachable):
            await unknown.send(TEXT)
        await unknown.close()
    async with open_at(service, tls=certificates.elsewhere) as port:
        misnamed = sender_for(Changed(KINDS[name], address=trusting(name, certificates.authority, port)), "")
        with pytest.raises(Unreachable):
            await misnamed.send(TEXT)
        await misnamed.close()
    assert service.asked == []


@kinds
async def test_a_service_that_comes_back_is_used_again(name: str) -> None:
    async with ready(name) as (sender, service):
        service.faults.append(503)
        with pytest.raises(Deferred):
            await sender.send(TEXT)
        assert await sender.send(TEXT)
        assert await sender.send(Changed(TEXT, id="txt_2"))
        assert len(service.asked) == 3


@kinds
async def test_a_connection_that_the_service_closed_meanwhile_makes_no_text_uncertain(name: str) -> None:
    kind = KINDS[name]
    service, again = kind.service(), kind.service()
    async with open_at(service) as port:
        sender = sender_for(kind, f"http://127.0.0.1:{port}")
        await sender.send(TEXT)
    async with open_at(again, port=port):
        await sender.send(Changed(TEXT, id="txt_2"))
        await sender.close()
    assert (len(service.asked), len(again.asked)) == (1, 1)


@kinds_and_memory
async def test_many_texts_at_once_go_out_once_each(name: str) -> None:
    async with ready(name) as (sender, service):
        ids = await asyncio.gather(*(sender.send(Changed(TEXT, id=f"txt_{n}")) for n in range(30)))
        assert len(set(ids)) == len(arrived(sender, service)) == 30


@kinds
async def test_a_send_that_is_cancelled_asks_nobody_again(name: str) -> None:
    async with ready(name) as (sender, service):
        service.faults.append("silence")
        sending = asyncio.create_task(sender.send(TEXT))
        await service.arrived.acquire()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert len(service.asked) == 1


@kinds
async def test_nothing_that_is_logged_or_printed_shows_a_secret_or_a_number(name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        async with ready(name) as (sender, service):
            service.faults.append(500)
            with pytest.raises(Deferred):
                await sender.send(TEXT)
            await sender.send(TEXT)
            assert_quiet(name, repr(sender) + str(vars(sender)["_address"]))
    assert_quiet(name, caplog.text or "nothing")


@kinds
async def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")
    async with ready(name) as (sender, _):
        assert await sender.send(TEXT)


@kinds
async def test_a_proxy_that_is_not_there_is_unreachable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    sender = sender_for(KINDS[name], "https://api.example")
    with pytest.raises(Unreachable):
        await sender.send(TEXT)
    await sender.close()
