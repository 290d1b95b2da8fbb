"""The commands `account ...`: create, link, list, reset the second factor."""

import sys
from typing import Annotated, Any

import typer
from rich.text import Text

from ror import control
from ror.cli.terminal import AsJson, format_instant, new_table, print_result
from ror.model.passwords import MIN_ADMINISTRATOR_LENGTH, MIN_LENGTH, MIN_LENGTH_OF_ANY, PHRASE_WORDS
from ror.model.rights import Role
from ror.settings import settings

app = typer.Typer(no_args_is_help=True, help="Accounts of those who sign in.")

Login = Annotated[str, typer.Argument(help="Login of the account.")]


@app.command("create")
def create_account(
    role: Annotated[list[Role], typer.Option(help="Role; may be given several times.")],
    login: Annotated[str, typer.Argument(help="Login of the account; prompted for when not given.")] = "",
    name: Annotated[str, typer.Option(help="Name that others read; prompted for when not given.")] = "",
    legal_entity: Annotated[
        list[str] | None, typer.Option(help="FINESS number of a legal entity that a manager answers for.")
    ] = None,
    structure: Annotated[
        list[str] | None, typer.Option(help="FINESS number that a manager answers for; may be given several times.")
    ] = None,
    unit: Annotated[list[str] | None, typer.Option(help="Identifier of a single unit that a manager answers for.")] = None,
    mail: Annotated[str, typer.Option(help="Mail address that one-time links are sent to.")] = "",
    identity: Annotated[str, typer.Option(help="Identifier of the account in single sign-on.")] = "",
    link: Annotated[
        bool, typer.Option("--link", help="Print a one-time link to choose the password, instead of prompting for it.")
    ] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input instead of prompting.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Create an account. Example: python -m ror account create lea --name "Léa E." --role manager --structure 990770011 --link.

    The first administrator: python -m ror account create --role administrator.
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
    password = None if link else _read_password(password_stdin, administrator=Role.ADMINISTRATOR in role)
    created = control.run("account create", draft | {"password": password})
    print_result(created, as_json, f"Account {created['login']} created.", *_link_lines(created))


def _read_password(from_stdin: bool, *, administrator: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    any_kind = f"{MIN_LENGTH} characters of four kinds, or {MIN_LENGTH_OF_ANY}, or {PHRASE_WORDS} words"
    shortest = f"{MIN_ADMINISTRATOR_LENGTH} characters" if administrator else any_kind
    typer.echo(f"At least {shortest}; nothing common, no name of the account.", err=True)
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


@app.command("link")
def link_account(login: Login, as_json: AsJson = False) -> None:
    """Print a one-time link, for someone who lost their password. Example: python -m ror account link anne."""
    result = control.run("account link", {"login": login})
    print_result(result, as_json, *_link_lines(result))


def _link_lines(result: dict[str, Any]) -> list[str]:
    if "link" not in result:
        return []
    return [f"Link to choose a password, once, within {settings().link_minutes} minutes:", result["link"]]


@app.command("list")
def list_accounts(as_json: AsJson = False) -> None:
    """List the accounts, and when each last signed in (region's time). Example: python -m ror account list."""
    result = control.run("account list", {})
    table = new_table("Login", "Name", "Roles", "State", "Second factor", "Last sign-in")
    for account in result["accounts"]:
        factor = "yes" if account["second_factor"] else "no"
        roles, last = ", ".join(account["roles"]), format_instant(account["signed_in_at"])
        table.add_row(*map(Text, (account["login"], account["name"], roles, account["state"], factor, last)))
    print_result(result, as_json, table)


@app.command("reset-second-factor")
def reset_second_factor(login: Login, as_json: AsJson = False) -> None:
    """Remove a lost second factor, and sign the account out. Example: python -m ror account reset-second-factor anne."""
    result = control.run("account reset-second-factor", {"login": login})
    login = result["login"]
    print_result(result, as_json, f"{login} signs in with the password alone, and may choose another second factor.")
