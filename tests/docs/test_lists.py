"""What the documentation lists is what there is: commands, codes, steps, messages, factors, figures, addresses, dependencies."""

import re
import tomllib
from collections.abc import Iterator
from typing import Final

import click
import pytest
from litestar import Litestar

from tests.architecture.test_packaging import normalised
from tests.docs.pages import INLINE_CODE, ROOT, page, pages
from tools.catalogues import entries, extracted
from wardkey.audit.sentences import METHODS
from wardkey.factors.registry import FACTORS
from wardkey.notices.catalogue import EXAMPLES
from wardkey.problems import FAULTS, PROBLEMS
from wardkey.signin.facts import Stage
from wardkey.surfaces.api.docs import docs_handlers
from wardkey.surfaces.api.routes import OPERATIONS
from wardkey.surfaces.cli.program import program
from wardkey.surfaces.health import health_handlers
from wardkey.surfaces.metrics import Metrics
from wardkey.surfaces.pages.routes import page_handlers
from wardkey.surfaces.texts_status import texts_status_handlers
from wardkey.surfaces.well_known import well_known_handlers

EVERYWHERE: Final = {"--help", "-h", "--json"}


def commands(command: click.Command, *names: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its words."""
    if not isinstance(command, click.Group):
        yield " ".join(names), command
        return
    for name, inner in command.commands.items():
        yield from commands(inner, *names, name)


COMMANDS: Final = dict(commands(program, "wardkey"))


def test_the_page_of_commands_lists_each_and_no_other() -> None:
    headings = [heading for heading in page("docs/operator/cli.md").headings() if heading.startswith("wardkey ")]
    assert sorted(headings) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_told(name: str) -> None:
    section = page("docs/operator/cli.md").section(name)
    told = section + (page("docs/admin/mfa-policy.md").text if name == "wardkey mfa policy" else "")
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts if option.startswith("--")}
    assert {option for option in options - EVERYWHERE if option not in told} == set()


def first_code(rows: list[list[str]]) -> list[str]:
    return [cells[0].strip("`") for cells in rows]


def test_every_refusal_is_listed_with_its_status_and_no_other_is() -> None:
    rows = page("docs/integrator/errors.md").rows("Codes")
    assert {cells[0].strip("`"): int(cells[1]) for cells in rows} == {code: entry.status for code, entry in PROBLEMS.items()}


def test_every_fault_of_a_field_is_listed_and_no_other_is() -> None:
    assert sorted(first_code(page("docs/integrator/errors.md").rows("Codes of fields"))) == sorted(FAULTS)


def test_every_step_of_a_sign_in_is_told_to_programs() -> None:
    assert set(first_code(page("docs/integrator/api-sign-in.md").rows("The conversation"))) == set(Stage)


def test_every_message_has_a_heading_and_no_other_has() -> None:
    section = page("docs/operator/mail.md").section("The messages")
    tags = {str(notice.__struct_config__.tag) for notice in EXAMPLES}
    assert set(re.findall(r"^### (\S+)$", section, re.MULTILINE)) == tags


def test_every_factor_has_a_heading_for_the_people_who_use_it() -> None:
    headings = page("docs/person/set-up-mfa.md").headings()
    assert [factor.kind for factor in FACTORS if METHODS[factor.kind].capitalize() not in headings] == []


def test_what_people_are_told_to_look_for_stands_on_the_pages() -> None:
    texts = {str(message.id) for message in entries(extracted())}
    guides = [found for found in pages() if found.name.startswith("docs/person/")]
    read = {found.name: re.sub(r"<img[^>]*>", "", found.prose) for found in guides}
    quoted = [(name, words) for name, text in read.items() for words in re.findall(r'"([^"\n]+)"', text)]
    assert quoted
    assert [f"{name}: {words}" for name, words in quoted if words not in texts] == []


def test_the_page_of_figures_lists_each_and_no_other() -> None:
    made = {
        f"{metric.name}_total" if metric.type == "counter" else metric.name
        for metric in Metrics()._registry.collect()
        if metric.name.startswith("wardkey_")
    }
    named = {cells[0].strip("`").partition("{")[0] for cells in page("docs/operator/monitoring.md").rows("Figures")}
    assert {name for name in named if name.startswith("wardkey_")} == made


def shape(address: str) -> str:
    """An address whose parts that vary are all called alike."""
    return re.sub(r"\{[^}]*\}", "{}", address)


def routes() -> set[str]:
    """Every path that is answered, but those of the API's operations."""
    pages = [*page_handlers(), *docs_handlers(lambda: b"")]
    handlers = [*pages, *health_handlers(Metrics()), *well_known_handlers(), *texts_status_handlers()]
    made = Litestar(handlers, openapi_config=None, logging_config=None)
    return {shape(route.path) for route in made.routes}


OPERATED: Final = {shape(f"{operation.method} {operation.path}") for operation in OPERATIONS}


def test_every_address_is_looked_at_as_an_attacker_would() -> None:
    named = {shape(code) for code in INLINE_CODE.findall(page("docs/security/threats.md").text)}
    assert sorted((routes() | OPERATED) - named) == []


def test_every_operation_that_a_page_names_exists() -> None:
    pattern = re.compile(r"`((?:GET|POST|PUT|PATCH|DELETE) /api/v1/[^`\s]+)`")
    named = [(found.name, code) for found in pages() for code in pattern.findall(found.text)]
    assert named
    assert [f"{name}: {code}" for name, code in named if shape(code) not in OPERATED] == []


def test_every_setting_that_a_page_names_exists() -> None:
    known = set(re.findall(r"WARDKEY_[A-Z0-9_]+", page("docs/settings.md").text)) | {"WARDKEY_CONFIG"}
    named = [(found.name, name) for found in pages() for name in re.findall(r"WARDKEY_[A-Z0-9_]*[A-Z0-9]", found.text)]
    assert [f"{name}: {setting}" for name, setting in named if setting not in known] == []


def test_every_test_that_a_page_names_exists() -> None:
    named = [code for found in pages() for code in INLINE_CODE.findall(found.prose) if "::" in code]
    assert named
    for code in named:
        file, _, name = code.partition("::")
        assert re.search(rf"^(async )?def {re.escape(name)}\(", (ROOT / file).read_text(), re.MULTILINE), code


def test_every_dependency_says_what_it_is_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needs = [*project["dependencies"], *(need for extra in project["optional-dependencies"].values() for need in extra)]
    told = {normalised(cells[0]) for cells in page("docs/decisions.md").rows("Dependencies")}
    assert told == {normalised(need) for need in needs}
