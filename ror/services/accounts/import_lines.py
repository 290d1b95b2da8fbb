"""The effect of one line of a file of accounts: what it would write, in words, or why it is refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from ror.errors import Refused
from ror.exchange.accounts import AccountLine
from ror.model.rights import Account, Perimeter
from ror.model.text import lowered
from ror.services.accounts import administer
from ror.services.accounts.account_rules import AccountDraft, account_from_draft, administers

_SHOWN = 5
"""Keys of a perimeter that the detail of a line names."""

CheckDraft = Callable[[AccountDraft], None]
"""A further check of the caller, that of its own form; raises `Refused`."""


class AccountLineState(StrEnum):
    """The effect of a line on the accounts."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A line of the file: what it does in words, or why it is refused and what to do.

    `before` is the account that it changes, None for a new one; `after` the account once it is written, None when refused.
    """

    number: int
    login: str
    name: str
    state: AccountLineState
    detail: str
    before: Account | None = None
    after: Account | None = None


@dataclass(slots=True)
class PresentAccounts:
    """The accounts as they are after the lines read so far, by login and by mail (in lower case), and the kinds of keys."""

    by_login: dict[str, Account]
    mails: dict[str, str]
    kinds: Mapping[str, str]
    check: CheckDraft


def planned_line(line: AccountLine, present: PresentAccounts) -> PlannedLine:
    """Return the effect of a line on the accounts as the lines before it leave them, and add its result to `present`."""
    before = present.by_login.get(lowered(line.login))
    planned = PlannedLine(line.number, line.login, line.name, AccountLineState.REFUSED, "", before)
    try:
        draft = _draft(line, before, present.kinds)
        if before is None or (draft.name, draft.mail) != (before.name, before.mail):
            present.check(draft)
        after = administer.new_account(draft) if before is None else account_from_draft(draft, before)
        if present.mails.get(lowered(after.mail), after.id) != after.id:
            raise Refused(f"L'adresse {after.mail} est déjà celle d'un autre compte : chaque compte a la sienne.")
        _check_administrators(before, after)
    except Refused as refusal:
        return replace(planned, detail=refusal.user_message)
    present.by_login[lowered(after.login)] = after
    if before is not None and before.mail and lowered(before.mail) != lowered(after.mail):
        present.mails.pop(lowered(before.mail), None)
    if after.mail:
        present.mails[lowered(after.mail)] = after.id
    state = (
        AccountLineState.CREATED
        if before is None
        else AccountLineState.UNCHANGED
        if before == after
        else AccountLineState.CHANGED
    )
    return replace(planned, state=state, detail=_detail(line, before, after), after=after)


def _draft(line: AccountLine, before: Account | None, kinds: Mapping[str, str]) -> AccountDraft:
    """Return the account that a line describes; raises `Refused` for a key that the registry lacks, or an erased account."""
    if before is not None and before.erased:
        raise Refused("Ce compte a été effacé : il ne peut plus être modifié. Choisissez un autre identifiant.")
    if unknown := sorted(one for one in line.keys or () if one not in kinds):
        raise Refused(
            f"Inconnu du répertoire : {', '.join(unknown[:_SHOWN])}. Corrigez le numéro, ou importez d'abord la structure."
        )
    present = before or Account("", line.login, "", frozenset())
    keys = present.perimeter
    if line.keys is not None:
        legal_entities, structures, units = (
            frozenset(one for one in line.keys if kinds[one] == kind) for kind in ("legal_entity", "structure", "unit")
        )
        keys = Perimeter(legal_entities, structures, units)
    mail = present.mail if line.mail is None else line.mail
    return AccountDraft(present.login, line.name, line.roles, keys, mail, present.identity)


def _check_administrators(before: Account | None, after: Account) -> None:
    if before is None or administers(before) == administers(after):
        return
    what = "donne" if administers(after) else "retire"
    raise Refused(
        f"Cette ligne {what} le rôle d'administrateur à un compte qui existe, ce qu'un fichier ne fait pas : faites-le sur sa "
        "fiche, ou corrigez la colonne « roles »."
    )


def _detail(line: AccountLine, before: Account | None, after: Account) -> str:
    """Return what a line does, in words."""
    parts = []
    if before is None:
        parts.append(_roles(after))
        if after.perimeter:
            parts.append(f"périmètre : {_some(_keys(after))}")
    else:
        for label, old, new in (("nom", before.name, after.name), ("courriel", before.mail, after.mail)):
            if old != new:
                parts.append(f"{label} : « {old or 'aucun'} » devient « {new} »")
        if before.roles != after.roles:
            parts.append(f"rôles : {_roles(before)} devient {_roles(after)}")
        parts += _changed_keys(before, after)
        if before.disabled:
            parts.append("compte désactivé, qui le reste")
    if line.keys and not after.perimeter:
        parts.append("périmètre laissé de côté : seul un responsable en a un")
    return " ; ".join(parts)


def _roles(account: Account) -> str:
    return ", ".join(role.label for role in sorted(account.roles))


def _changed_keys(before: Account, after: Account) -> list[str]:
    old, new = _keys(before), _keys(after)
    changes = (("périmètre, ajouté", new - old), ("périmètre, retiré", old - new))
    return [f"{label} : {_some(keys)}" for label, keys in changes if keys]


def _keys(account: Account) -> frozenset[str]:
    return account.perimeter.legal_entities | account.perimeter.structures | account.perimeter.units


def _some(keys: frozenset[str]) -> str:
    more = f" et {len(keys) - _SHOWN} de plus" if len(keys) > _SHOWN else ""
    return ", ".join(sorted(keys)[:_SHOWN]) + more
