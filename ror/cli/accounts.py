"""`account`: those who sign in."""

import sys
from typing import Annotated, Any

import typer
from rich.text import Text

from ror import control
from ror.cli.terminal import AsJson, in_paris, listing, show
from ror.model.passwords import PHRASE_WORDS, SHORTEST, SHORTEST_ADMINISTRATOR, SHORTEST_OF_ANY
from ror.model.rights import Role
from ror.settings import settings

app = typer.Typer(no_args_is_help=True, help="Accounts of those who sign in.")

Of = Annotated[str, typer.Argument(help="Of whom.")]


@app.command("create")
def create_account(
    role: Annotated[list[Role], typer.Option(help="Role; may be given several times.")],
    login: Annotated[str, typer.Argument(help="What is typed to sign in; asked for when not given.")] = "",
    name: Annotated[str, typer.Option(help="What others read; asked for when not given.")] = "",
    legal_entity: Annotated[
        list[str] | None, typer.Option(help="FINESS number of a legal entity that a manager answers for.")
    ] = None,
    structure: Annotated[
        list[str] | None, typer.Option(help="FINESS number that a manager answers for; may be given several times.")
    ] = None,
    unit: Annotated[list[str] | None, typer.Option(help="Identifier of a single unit that a manager answers for.")] = None,
    mail: Annotated[str, typer.Option(help="Where one-time links are sent.")] = "",
    identity: Annotated[str, typer.Option(help="What single sign-on knows the account by.")] = "",
    link: Annotated[
        bool, typer.Option("--link", help="Print a one-time link to choose the password, instead of asking for it.")
    ] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Open an account. Example: python -m ror account create lea --name "Léa E." --role manager --structure 990770011 --link.

    The first of all: python -m ror account create --role administrator.
    """
    draft = {
        "login": login or typer.prompt("Login", err=as_json),
        "name": name or typer.prompt("Name", err=as_json),
        "roles": role,
        "perimeter": {"legal_entities": legal_entity or [], "structures": structure or [], "units": unit or []},
        "mail": mail,
        "identity": identity,
    }
    control.run("account check", draft)
    password = None if link else _password(password_stdin, administrator=Role.ADMINISTRATOR in role)
    opened = control.run("account create", draft | {"password": password})
    show(opened, as_json, f"Account {opened['login']} opened.", *_link_words(opened))


def _password(from_stdin: bool, *, administrator: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    any_kind = f"{SHORTEST} characters of four kinds, or {SHORTEST_OF_ANY}, or {PHRASE_WORDS} words"
    shortest = f"{SHORTEST_ADMINISTRATOR} characters" if administrator else any_kind
    typer.echo(f"At least {shortest}; nothing common, no name of the account.", err=True)
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


@app.command("link")
def link_account(login: Of, as_json: AsJson = False) -> None:
    """Print a one-time link, for who lost their password. Example: python -m ror account link anne."""
    made = control.run("account link", {"login": login})
    show(made, as_json, *_link_words(made))


def _link_words(made: dict[str, Any]) -> list[str]:
    if "link" not in made:
        return []
    return [f"Link to choose a password, once, within {settings().link_minutes} minutes:", made["link"]]


@app.command("list")
def list_accounts(as_json: AsJson = False) -> None:
    """Say who has an account, and when each last signed in (Paris). Example: python -m ror account list."""
    found = control.run("account list", {})
    table = listing("Login", "Name", "Roles", "State", "Second factor", "Last sign-in")
    for one in found["accounts"]:
        factor = "yes" if one["second_factor"] else "no"
        cells = (one["login"], one["name"], ", ".join(one["roles"]), one["state"], factor, in_paris(one["signed_in_at"]))
        table.add_row(*map(Text, cells))
    show(found, as_json, table)


@app.command("reset-second-factor")
def reset_second_factor(login: Of, as_json: AsJson = False) -> None:
    """Remove the second factor of who lost it; they are signed out. Example: python -m ror account reset-second-factor anne."""
    done = control.run("account reset-second-factor", {"login": login})
    show(done, as_json, f"{done['login']} signs in with the password alone, and may choose another second factor.")
