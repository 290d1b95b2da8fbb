"""Tokens of other systems: make, list, revoke."""

from datetime import timedelta
from typing import Any

from ror.control.commands.accounts import held
from ror.control.protocol import Asked
from ror.model.tokens import Scope
from ror.services.accounts import tokens


def make(asked: Asked, *, name: str, scopes: list[str], perimeter: dict[str, list[str]], days: int) -> dict[str, Any]:
    """A token and its text, which nobody can read again."""
    account, text = tokens.create_token(
        asked.db, None, name, [Scope(scope) for scope in scopes], held(perimeter), days, asked.now
    )
    expires_at = asked.now + timedelta(days=days)
    return {"id": account.id, "name": account.name, "token": text, "expires_at": expires_at.isoformat()}


def listed(asked: Asked) -> dict[str, Any]:
    """Every token, newest first, without its text."""
    rows = tokens.list_tokens(asked.db, None, asked.now).to_pylist()
    return {
        "tokens": [
            {
                "id": row["account"],
                "name": row["name"],
                "scopes": [scope for scope in Scope if scope.role in row["roles"]],
                "state": row["state"],
                **{
                    instant: row[instant].isoformat() if row[instant] else None
                    for instant in ("made_at", "expires_at", "used_at", "revoked_at")
                },
            }
            for row in rows
        ]
    }


def revoke(asked: Asked, *, token: str) -> dict[str, Any]:
    """Which token serves no more."""
    tokens.revoke(asked.db, None, token, asked.now)
    return {"id": token}
