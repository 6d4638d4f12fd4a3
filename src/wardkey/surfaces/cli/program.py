"""The `wardkey` program: its commands, and what each end of one means as an exit code."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import click

from wardkey.ports import Unavailable
from wardkey.settings import WrongSetting
from wardkey.surfaces.cli import accounts, database, demo, doctor, mail, mfa, openapi, organizations, serving, texts
from wardkey.surfaces.cli.installation import CannotStart, Installation
from wardkey.surfaces.cli.invocation import Invocation
from wardkey.surfaces.cli.output import Refused, complain

OK: Final = 0
REFUSED: Final = 1
"""A problem was found, or what was asked for was refused."""
WRONG_USE: Final = 2
"""The command line or a setting is wrong."""
INTERRUPTED: Final = 130
"""What shells use for a command ended by Ctrl-C."""


@click.group(
    "wardkey",
    commands=[
        demo.command,
        serving.serve,
        serving.worker,
        doctor.command,
        database.commands,
        organizations.commands,
        accounts.commands,
        mfa.commands,
        mail.commands,
        texts.commands,
        openapi.command,
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Settings are read from the environment (WARDKEY_…) and from the TOML file that WARDKEY_CONFIG names.",
)
def program() -> None:
    """Sign-in, multi-factor authentication and account protection for healthcare practices."""


def run(arguments: Sequence[str], environment: Mapping[str, str], wiring: Callable[[], Installation]) -> int:
    """Run one command to its end; answers the exit code."""
    invocation = Invocation(environment, wiring)
    try:
        code = program.main(list(arguments), prog_name="wardkey", standalone_mode=False, obj=invocation)
    except WrongSetting as error:
        return _ended(WRONG_USE, str(error))
    except (Refused, CannotStart) as error:
        return _ended(REFUSED, str(error))
    except Unavailable as error:
        return _ended(REFUSED, f"Something that is needed does not answer now ({error}). Nothing was changed; please try again.")
    except click.Abort:
        return _ended(INTERRUPTED, "Stopped; nothing was changed.")
    except click.ClickException as error:
        return _ended(WRONG_USE, _usage(error))
    return code if isinstance(code, int) else OK


def _ended(code: int, text: str) -> int:
    complain(text)
    return code


def _usage(error: click.ClickException) -> str:
    """A wrong use in one line, with where to read on; a group without a command shows its help instead."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    text = error.format_message()
    return text if context is None or "\n" in text else f"{text} See `{context.command_path} --help`."
