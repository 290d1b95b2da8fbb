"""The first page of an account, by its rights."""

from ror.model.rights import Account, Action, entitled

_FIRST = {
    Action.DECLARE: "mise_a_jour",
    Action.MANAGE_ACCOUNTS: "administration",
    Action.CONSULT: "departements",
}


def first_page(account: Account) -> str:
    """Return the name of an account's first page: its units, the administration, the region, or help."""
    return next((page for action, page in _FIRST.items() if entitled(account, action)), "aide")


def first_address(account: Account) -> str:
    """Return the address of an account's first page."""
    return f"/{first_page(account).replace('_', '-')}"
