"""`wardkey openapi`: the description of the API."""

from pathlib import Path

import click

from wardkey.surfaces.cli.invocation import Invocation, example
from wardkey.surfaces.cli.output import Refused, say


@click.command("openapi", epilog=example("wardkey openapi --output openapi.json"))
@click.option("--output", metavar="FILE", type=click.Path(path_type=Path), help="Write to a file instead of standard output.")
@click.pass_obj
def command(invocation: Invocation, output: Path | None) -> None:
    """Print the OpenAPI 3.1 document of the API."""
    document = invocation.wiring().openapi()
    if output is None:
        say(document.decode())
        return
    try:
        output.write_bytes(document + b"\n")
    except OSError:
        raise Refused(f"{output} is no file that can be written.") from None
