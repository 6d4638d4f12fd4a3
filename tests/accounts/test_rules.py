"""What may be written as a name or an address, and under which form an address is found again."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardkey.accounts.rules import EMAIL_AT_MOST, INVISIBLE, NAME_AT_MOST, email_key, masked, read_email, read_name
from wardkey.vocabulary import FieldFault

ODD = st.one_of(st.text(), st.text(st.sampled_from("a@.\x00\u202e\u200b \t\n<>\"'\\é字🦊\ud800"), max_size=30))


def email_fault(text: str) -> str | None:
    read = read_email(text)
    return read.code if isinstance(read, FieldFault) else None


def name_fault(text: str) -> str | None:
    read = read_name(text)
    return read.code if isinstance(read, FieldFault) else None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  ada@example.org\n", "ada@example.org"),
        ("Ada.Okafor+clinic@Example.ORG", "Ada.Okafor+clinic@example.org"),
        ("ada@bücher.example", "ada@bücher.example"),
        ("ada@xn--bcher-kva.example", "ada@bücher.example"),
        ("ada@ｅｘａｍｐｌｅ.org", "ada@example.org"),
        ("o'connor@example.org", "o'connor@example.org"),
        ("用户@例子.测试", "用户@例子.测试"),
        ("ada@clinic.test", "ada@clinic.test"),
    ],
)
def test_addresses_are_kept_as_their_owners_write_them(typed: str, kept: str) -> None:
    assert read_email(typed) == kept


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", "email_missing"),
        (" \t ", "email_missing"),
        ("ada", "email_malformed"),
        ("@example.org", "email_malformed"),
        ("ada@", "email_malformed"),
        ("ada@@example.org", "email_malformed"),
        ("ada@example..org", "email_malformed"),
        ("ada@-example.org", "email_malformed"),
        ("ada okafor@example.org", "email_malformed"),
        ("Ada <ada@example.org>", "email_malformed"),
        ("ada@example.org, bob@example.org", "email_malformed"),
        ("ada@[127.0.0.1]", "email_malformed"),
        ("ada@localhost", "email_malformed"),
        ('"ada okafor"@example.org', "email_malformed"),
        ("ada\x00@example.org", "invisible_characters"),
        ("ada@exam\u200bple.org", "invisible_characters"),
        ("\u202egro.elpmaxe@ada", "invisible_characters"),
        ("ada@example.org\r\nBcc: x@y.zz", "invisible_characters"),
        ("ada\ud800@example.org", "invisible_characters"),
        ("a@" + "b" * 64 + ".org", "email_malformed"),
        ("a" * EMAIL_AT_MOST + "@example.org", "email_too_long"),
        ("a" * 1_000_000, "email_too_long"),
    ],
)
def test_what_is_no_address_is_told_why(typed: str, fault: str) -> None:
    assert email_fault(typed) == fault


@given(ODD)
def test_any_text_is_read_as_an_address_or_a_fault(text: str) -> None:
    read = read_email(text)
    if not isinstance(read, FieldFault):
        assert read_email(read) == read, "what is kept is read as itself"
        assert not INVISIBLE.search(read)
        assert len(read) <= EMAIL_AT_MOST


@given(ODD)
def test_any_text_has_a_key_and_it_is_the_key_of_itself(text: str) -> None:
    assert email_key(f"  {text.strip()} ") == email_key(text)


@given(st.emails())
def test_two_spellings_of_one_mailbox_have_one_key(address: str) -> None:
    spellings = (address, address.upper(), address.lower(), f" {address} ", unicodedata.normalize("NFD", address))
    assert len({email_key(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ada Okafor", "Ada Okafor"),
        ("  Ada Okafor ", "Ada Okafor"),
        ("Zoe\u0308 Ångström", "Zoë Ångström"),
        ("Nguyễn Văn An", "Nguyễn Văn An"),
        ("李小龍", "李小龍"),
        ("O'Connor-Smith, Jr.", "O'Connor-Smith, Jr."),
        ("X Æ A-12", "X Æ A-12"),
        ("Null", "Null"),
        ("<b>Robert'); DROP TABLE accounts;--</b>", "<b>Robert'); DROP TABLE accounts;--</b>"),
    ],
)
def test_names_are_kept_as_people_write_them(typed: str, kept: str) -> None:
    assert read_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", "name_missing"),
        ("   ", "name_missing"),
        ("\u2003\u00a0", "name_missing"),
        ("Ada\x00", "invisible_characters"),
        ("Ada\nOkafor", "invisible_characters"),
        ("Ada\u202eOkafor", "invisible_characters"),
        ("\u200b", "invisible_characters"),
        ("\u3164", "invisible_characters"),
        ("\u2800\u2800", "invisible_characters"),
        ("\ufeffAda", "invisible_characters"),
        ("Ada \U000e0041", "invisible_characters"),
        ("Ada \udc80", "invisible_characters"),
        ("x" * (NAME_AT_MOST + 1), "name_too_long"),
        ("x" * 1_000_000, "name_too_long"),
    ],
)
def test_what_is_no_name_is_told_why(typed: str, fault: str) -> None:
    assert name_fault(typed) == fault


def test_a_hundred_characters_after_composing_are_a_name() -> None:
    assert read_name("e\u0301" * NAME_AT_MOST) == "é" * NAME_AT_MOST


def test_a_name_made_to_be_slow_is_refused_at_once() -> None:
    begun = time.perf_counter()
    assert name_fault("a" + "\u0301\u0327" * 16_000) == "name_too_long"
    assert time.perf_counter() - begun < 0.5


@given(ODD)
def test_any_text_is_read_as_a_name_or_a_fault(text: str) -> None:
    read = read_name(text)
    if not isinstance(read, FieldFault):
        assert read
        assert read_name(read) == read
        read.encode()


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x7f", "\x85", "\u00ad", "\u200e", "\u2028", "\u2066", "\ufeff", "\U000e0020"])
def test_signs_that_show_as_nothing_are_known(sign: str) -> None:
    assert INVISIBLE.search(f"a{sign}b")


@pytest.mark.parametrize("sign", [" ", "é", "字", "🦊", "\u0301", "'", "-"])
def test_signs_that_show_are_let_through(sign: str) -> None:
    assert not INVISIBLE.search(f"a{sign}b")


@pytest.mark.spec("ACC-7")
@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("ada@example.org", "a••••@example.org"),
        ("a@example.org", "a••••@example.org"),
        ("administrator@x.co", "a••••@x.co"),
        ("字@例子.测试", "字••••@例子.测试"),
    ],
)
def test_an_address_is_shown_so_that_only_its_owner_knows_it(address: str, shown: str) -> None:
    assert masked(address) == shown
