"""``musicologue keys``: who may use the server from elsewhere."""

from typing import Annotated

import typer

from agent.settings import Settings
from agent.terminal import complain, say, with_settings

keys = typer.Typer(
    help="Keys of the server: whoever has one has a desk of their own there.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Whose key.", show_default=False)]


@keys.command()
@with_settings
def add(settings: Settings, name: Name) -> None:
    """Make a key for a user and print it. It is shown this once; only its hash is kept."""
    from agent.serving.accounts import Accounts

    say(Accounts(settings.data_dir).add(name))
    complain("Send it as 'Authorization: Bearer <key>'. It can't be shown again.")


@keys.command("list")
@with_settings
def list_names(settings: Settings) -> None:
    """List who has a key."""
    from agent.serving.accounts import Accounts

    names = Accounts(settings.data_dir).names()
    if names:
        say("\n".join(names))
    else:
        complain("Nobody has a key. Make one: python -m agent keys add NAME")


@keys.command()
@with_settings
def remove(settings: Settings, name: Name) -> None:
    """Take a user's key away, at once, also from a server that runs. Their things stay."""
    from agent.serving.accounts import Accounts

    Accounts(settings.data_dir).remove(name)
    complain(f"{name} has no key any more.")
