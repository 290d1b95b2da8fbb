"""Commands on tokens of other systems: create, list, revoke."""

from datetime import timedelta
from typing import Any

from ror.control.commands.accounts import parse_perimeter
from ror.control.context import CommandContext
from ror.model.tokens import TokenScope
from ror.services.accounts import tokens


def create(
    context: CommandContext, *, name: str, scopes: list[str], perimeter: dict[str, list[str]], days: int
) -> dict[str, Any]:
    """Create a token; return it with its text, which cannot be read again."""
    allowed = [TokenScope(scope) for scope in scopes]
    account, text = tokens.create_token(context.db, None, name, allowed, parse_perimeter(perimeter), days, context.now)
    expires_at = context.now + timedelta(days=days)
    return {"id": account.id, "name": account.name, "token": text, "expires_at": expires_at.isoformat()}


def list_tokens(context: CommandContext) -> dict[str, Any]:
    """List the tokens, newest first, without their text."""
    rows = tokens.list_tokens(context.db, None, context.now).to_pylist()
    return {
        "tokens": [
            {
                "id": row["account"],
                "name": row["name"],
                "scopes": [scope for scope in TokenScope if scope.role in row["roles"]],
                "state": row["state"],
                **{
                    instant: row[instant].isoformat() if row[instant] else None
                    for instant in ("made_at", "expires_at", "used_at", "revoked_at")
                },
            }
            for row in rows
        ]
    }


def revoke(context: CommandContext, *, token: str) -> dict[str, Any]:
    """Revoke a token."""
    tokens.revoke(context.db, None, token, context.now)
    return {"id": token}
