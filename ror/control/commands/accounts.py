"""Accounts: open, link, list, let in again."""

from typing import Any

from ror.control.protocol import Asked
from ror.model.rights import Perimeter, Role
from ror.services.accounts import administer, links, second_factor


def check(
    asked: Asked, *, login: str, name: str, roles: list[str], perimeter: dict[str, list[str]], mail: str, identity: str
) -> dict[str, Any]:
    """Whether such an account may be opened, before a password is asked for."""
    administer.check_new_account(asked.db, None, _draft(login, name, roles, perimeter, mail, identity))
    return {}


def create(
    asked: Asked,
    *,
    login: str,
    name: str,
    roles: list[str],
    perimeter: dict[str, list[str]],
    mail: str,
    identity: str,
    password: str | None,
) -> dict[str, Any]:
    """An account; without a password, the one-time link by which one is chosen."""
    draft = _draft(login, name, roles, perimeter, mail, identity)
    account = administer.create_account(asked.db, None, draft, asked.now, password)
    opened = {"id": account.id, "login": account.login}
    return opened if password is not None else opened | {"link": links.create_link(asked.db, None, account.id, asked.now)}


def link(asked: Asked, *, login: str) -> dict[str, Any]:
    """A one-time link for an account."""
    account = administer.account_by_login(asked.db, None, login)
    return {"login": account.login, "link": links.create_link(asked.db, None, account.id, asked.now)}


def listed(asked: Asked) -> dict[str, Any]:
    """Who has an account."""
    rows = administer.search_accounts(asked.db, None, "").to_pylist()
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


def reset_second_factor(asked: Asked, *, login: str) -> dict[str, Any]:
    """Whose second factor was removed."""
    account = administer.account_by_login(asked.db, None, login)
    second_factor.remove_by_administrator(asked.db, None, account.id, asked.now)
    return {"login": account.login}


def held(perimeter: dict[str, list[str]]) -> Perimeter:
    """A perimeter as its words came: lists of keys by kind."""
    return Perimeter(*(frozenset(perimeter.get(kind, [])) for kind in ("legal_entities", "structures", "units")))


def _draft(
    login: str, name: str, roles: list[str], perimeter: dict[str, list[str]], mail: str, identity: str
) -> administer.AccountDraft:
    return administer.AccountDraft(login, name, frozenset(map(Role, roles)), held(perimeter), mail, identity)
