"""The options and arguments that most commands share."""

from pathlib import Path

import click

project_option = click.option(
    "--project",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path(),
    help="A folder of the workspace; by default the current one. Its parents are searched, too.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")
studies_argument = click.argument("studies", nargs=-1)
