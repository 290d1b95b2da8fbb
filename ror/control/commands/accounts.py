"""Commands on accounts: check, create, link, list, reset the second factor."""

from typing import Any

from ror.control.context import CommandContext
from ror.model.rights import Perimeter, Role
from ror.services.accounts import administer, links, second_factor


def check(
    context: CommandContext,
    *,
    login: str,
    name: str,
    roles: list[str],
    perimeter: dict[str, list[str]],
    mail: str,
    identity: str,
) -> dict[str, Any]:
    """Check that such an account may be created, before the command line asks for a password."""
    administer.check_new_account(context.db, None, _draft(login, name, roles, perimeter, mail, identity))
    return {}


def create(
    context: CommandContext,
    *,
    login: str,
    name: str,
    roles: list[str],
    perimeter: dict[str, list[str]],
    mail: str,
    identity: str,
    password: str | None,
) -> dict[str, Any]:
    """Create an account; without a password, return the one-time link to choose one."""
    draft = _draft(login, name, roles, perimeter, mail, identity)
    account = administer.create_account(context.db, None, draft, context.now, password)
    created = {"id": account.id, "login": account.login}
    return created if password is not None else created | {"link": links.create_link(context.db, None, account.id, context.now)}


def link(context: CommandContext, *, login: str) -> dict[str, Any]:
    """Create a one-time link for an account."""
    account = administer.account_by_login(context.db, None, login)
    return {"login": account.login, "link": links.create_link(context.db, None, account.id, context.now)}


def list_accounts(context: CommandContext) -> dict[str, Any]:
    """List the accounts."""
    rows = administer.search_accounts(context.db, None, "").to_pylist()
    return {
        "accounts": [
            {
                "login": row["login"],
                "name": row["name"],
                "roles": row["roles"],
                "state": row["state"],
                "second_factor": bool(row["second_factor"]),
                "signed_in_at": row["signed_in_at"].isoformat() if row["signed_in_at"] else None,
            }
            for row in rows
        ]
    }


def reset_second_factor(context: CommandContext, *, login: str) -> dict[str, Any]:
    """Remove the second factor of an account."""
    account = administer.account_by_login(context.db, None, login)
    second_factor.remove_by_administrator(context.db, None, account.id, context.now)
    return {"login": account.login}


def parse_perimeter(perimeter: dict[str, list[str]]) -> Perimeter:
    """Build a perimeter from lists of keys by kind."""
    legal_entities, structures, units = (
        frozenset(perimeter.get(kind, [])) for kind in ("legal_entities", "structures", "units")
    )
    return Perimeter(legal_entities, structures, units)


def _draft(
    login: str, name: str, roles: list[str], perimeter: dict[str, list[str]], mail: str, identity: str
) -> administer.AccountDraft:
    return administer.AccountDraft(login, name, frozenset(map(Role, roles)), parse_perimeter(perimeter), mail, identity)
