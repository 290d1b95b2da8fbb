"""The commands `token ...`: create, list, revoke the tokens of other systems."""

from typing import Annotated

import typer
from rich.text import Text

from ror import control
from ror.cli.terminal import AsJson, format_instant, new_table, print_result
from ror.model.territory import zone_place
from ror.model.tokens import MAX_DAYS, TokenScope
from ror.services.region_time import region_zone

app = typer.Typer(no_args_is_help=True, help="Tokens by which other systems read and declare.")


@app.command("make")
def create_token(
    name: Annotated[str, typer.Argument(help="The system that will use it.")],
    scope: Annotated[list[TokenScope], typer.Option(help="What the token allows; may be given several times.")],
    legal_entity: Annotated[list[str] | None, typer.Option(help="FINESS number of a legal entity it declares for.")] = None,
    structure: Annotated[
        list[str] | None, typer.Option(help="FINESS number it declares for; may be given several times.")
    ] = None,
    unit: Annotated[list[str] | None, typer.Option(help="Identifier of a single unit it declares for.")] = None,
    days: Annotated[int, typer.Option(min=1, max=MAX_DAYS, help="How many days the token is valid.")] = 90,
    as_json: AsJson = False,
) -> None:
    """Create a token. Example: python -m ror token make "Bed management" --scope read --scope declare --structure 990770011."""
    perimeter = {"legal_entities": legal_entity or [], "structures": structure or [], "units": unit or []}
    result = control.run("token make", {"name": name, "scopes": scope, "perimeter": perimeter, "days": days})
    until = format_instant(result["expires_at"])
    sentence = (
        f"Token {result['id']} created, valid until {until} ({zone_place(region_zone())}). Note it now, it is not shown again:"
    )
    print_result(result, as_json, sentence, result["token"])


@app.command("list")
def list_tokens(as_json: AsJson = False) -> None:
    """List the tokens, and when each was last used (region's time). Example: python -m ror token list."""
    result = control.run("token list", {})
    table = new_table("Id", "Name", "Scopes", "State", "Created", "Expires", "Last use")
    for token in result["tokens"]:
        instants = (format_instant(token[instant]) for instant in ("made_at", "expires_at", "used_at"))
        table.add_row(*map(Text, (token["id"], token["name"], ", ".join(token["scopes"]), token["state"], *instants)))
    print_result(result, as_json, table)


@app.command("revoke")
def revoke_token(
    token: Annotated[str, typer.Argument(help="Its id, as `token list` shows it.")], as_json: AsJson = False
) -> None:
    """Revoke a token at once and for good. Example: python -m ror token revoke token-0123456789ab."""
    result = control.run("token revoke", {"token": token})
    print_result(result, as_json, f"Token {result['id']} revoked.")
