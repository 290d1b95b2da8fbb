"""The first page of an account: what it came for."""

from ror.model.rights import Account, Action, entitled

_FIRST = {
    Action.DECLARE: "mise_a_jour",
    Action.CONSULT: "departements",
    Action.MANAGE_ACCOUNTS: "administration",
}


def first_page(account: Account) -> str:
    """Return the name of the page that an account begins with: its units, the region, or the administration."""
    return next((page for action, page in _FIRST.items() if entitled(account, action)), "aide")


def first_address(account: Account) -> str:
    """Return the address of `first_page`."""
    return f"/{first_page(account).replace('_', '-')}"
