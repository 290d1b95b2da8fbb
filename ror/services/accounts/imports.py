"""Create and change many accounts by a file: a plan line by line, then all of it in one transaction, which can be undone.

A file follows the rules of the form, and allows less: it sets no password, changes no account of a token, and neither gives
the role of administrator to an existing account nor takes it away.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ror.errors import NotFound, Outdated, Refused, RorError
from ror.exchange.accounts import read_accounts
from ror.exchange.import_file import Reject, digest, sort_rejects
from ror.model.journal import Act
from ror.model.rights import Account, Action, Perimeter
from ror.model.text import lowered
from ror.services import journal
from ror.services.accounts import account_rules, administer, personal_data
from ror.services.accounts.import_lines import AccountLineState, CheckDraft, PlannedLine, PresentAccounts, planned_line
from ror.services.file_turn import OnWait, file_turn, ignore_wait
from ror.store import accounts, perimeter
from ror.store.engine.database import Cursor, Database, Transaction

_SUBJECT = "accounts"


@dataclass(frozen=True, slots=True)
class AccountsPlan:
    """A file once read. `digest` is its SHA-256; `rejects` are its refused lines, as every import gives them."""

    digest: str
    read: int
    lines: list[PlannedLine]
    rejects: list[Reject]

    def count(self, state: AccountLineState) -> int:
        """Return how many lines have this effect."""
        return sum(line.state is state for line in self.lines)

    @property
    def to_write(self) -> list[PlannedLine]:
        """The lines that create or change an account."""
        return [line for line in self.lines if line.state in (AccountLineState.CREATED, AccountLineState.CHANGED)]


def preview_accounts(
    db: Database,
    account: Account | None,
    path: Path,
    now: datetime,
    on_wait: OnWait = ignore_wait,
    check: CheckDraft = lambda _: None,
) -> AccountsPlan:
    """Return what each line of a file would do; writes nothing.

    Raises `Forbidden`, journalled, `BadFile` when it cannot be read as a list of accounts, or `Busy` when other files take too
    long. `check` is a further check of the caller, that of its form.
    """
    journal.require(db, account, Action.MANAGE_ACCOUNTS, Act.IMPORT, _SUBJECT, now)
    with file_turn(on_wait):
        file = read_accounts(path)
    keys = {one for line in file.lines for one in line.keys or ()}
    with db.snapshot() as cursor:
        people = accounts.people(cursor)
        present = PresentAccounts(
            {lowered(one.login): one for one in people},
            {lowered(one.mail): one.id for one in people if one.mail},
            perimeter.kinds_of(cursor, keys),
            check,
        )
    texts = {line.number: line.text for line in file.lines}
    lines = [planned_line(line, present) for line in file.lines]
    refused = [Reject(line.number, line.detail, texts[line.number]) for line in lines if line.state is AccountLineState.REFUSED]
    lines += [PlannedLine(one.line, "", one.text[:60], AccountLineState.REFUSED, one.reason) for one in file.rejects]
    rejects = sort_rejects(file.rejects + refused)
    return AccountsPlan(digest(path), file.read, sorted(lines, key=lambda line: line.number), rejects)


class _NotPossible(Exception):
    """Raised for a line that can no longer be written to the accounts as they are now, with the refusal."""

    def __init__(self, line: PlannedLine, refusal: RorError) -> None:
        super().__init__(refusal.user_message)
        self.line = line
        self.refusal = refusal


def write(db: Database, account: Account | None, plan: AccountsPlan, now: datetime) -> list[PlannedLine]:
    """Write the lines of a plan in one transaction, each with its own line of the journal; return those that were written.

    Raises `Forbidden`, `Refused` when no line is to be written, or the refusal of the first line that is no longer possible,
    which names it: then nothing is written.
    """
    with journal.authorized_transaction(db, account, Action.MANAGE_ACCOUNTS, Act.IMPORT, _SUBJECT, now) as transaction:
        if not plan.to_write:
            raise Refused("Rien à importer : aucune ligne du fichier ne crée ni ne modifie un compte.")
        try:
            _write_lines(transaction, account, plan.to_write, now)
        except _NotPossible as error:
            raise type(error.refusal)(
                f"Rien n'a été écrit : la ligne {error.line.number} ({error.line.login}) n'est plus possible. {error} "
                "Vérifiez le nouvel aperçu, puis importez."
            ) from error
        counts = {str(state): plan.count(state) for state in AccountLineState}
        after = {"sha256": plan.digest, "read": plan.read, **counts}
        journal.record(transaction, Act.IMPORT, account, _SUBJECT, now, after=after)
    return plan.to_write


def _write_lines(transaction: Transaction, account: Account | None, lines: Sequence[PlannedLine], now: datetime) -> None:
    """Write the accounts of lines. Raises `_NotPossible` for the first line that is no longer possible.

    One statement for each purpose writes all of them: every declaration waits for the end of this transaction.
    """
    present = {one.id: one for one in accounts.people(transaction.cursor)}
    created, changed, entries = [], [], []
    for line in lines:
        assert line.after is not None
        if line.before is None:
            created.append(line.after)
            entries.append(administer.creation_entry(line.after))
            continue
        with _refusals_of(line):
            target = account_rules.changeable(present.get(line.before.id))
            administer.check_unchanged(line.before, target)
        after = replace(line.after, disabled=target.disabled)
        changed.append(after)
        entries += administer.change_entries(target, after)
        if after.mail != target.mail:
            administer.void_links(transaction, target.id, now)
    accounts.add_all(transaction, [(one, "") for one in created])
    accounts.change_all(transaction, changed)
    _check_stored(transaction.cursor, lines)
    journal.record_all(transaction, account, entries, now)


def _check_stored(cursor: Cursor, lines: Sequence[PlannedLine]) -> None:
    """Check against the store the accounts that were just written. Raises `_NotPossible`."""
    after = [line.after for line in lines if line.after is not None]
    legal_entities, structures, units = (
        frozenset[str]().union(*(getattr(one.perimeter, kind) for one in after))
        for kind in ("legal_entities", "structures", "units")
    )
    clashing = accounts.clashing(cursor, [one.id for one in after])
    unknown = bool(perimeter.unknown_keys(cursor, Perimeter(legal_entities, structures, units)))
    for line, account in zip(lines, after, strict=True):
        if unknown or account.id in clashing:
            with _refusals_of(line):
                account_rules.check_against_store(cursor, account)


@contextmanager
def _refusals_of(line: PlannedLine) -> Iterator[None]:
    """Raise a refusal from inside as `_NotPossible`, which names the line."""
    try:
        yield
    except (Refused, Outdated, NotFound) as refusal:
        raise _NotPossible(line, refusal) from refusal


def undo(db: Database, account: Account | None, written: Sequence[PlannedLine], now: datetime) -> None:
    """Undo what `write` just wrote, in one transaction: created accounts are erased, changed ones are as they were before.

    Raises `Forbidden`, journalled; `Refused` when an account was changed since, or signed in for the first time: then nothing
    is undone.
    """
    with journal.authorized_transaction(db, account, Action.MANAGE_ACCOUNTS, Act.IMPORT, _SUBJECT, now) as transaction:
        try:
            created = [_unused(transaction.cursor, line) for line in written if line.before is None]
            # Erased first, so that a mail address which the file moved to a created account is free to be given back.
            personal_data.erase_in(transaction, account, created, now)
            before = [replace(line, before=line.after, after=line.before) for line in written if line.before is not None]
            _write_lines(transaction, account, before, now)
        except _NotPossible as error:
            raise Refused(
                f"Rien n'a été annulé : le compte {error.line.login} (ligne {error.line.number}) a servi ou a changé depuis. "
                "Modifiez les comptes un par un."
            ) from error
        journal.record(transaction, Act.IMPORT, account, _SUBJECT, now, after={"action": "undo", "lines": len(written)})
    db.checkpoint()


def _unused(cursor: Cursor, line: PlannedLine) -> Account:
    """Return the account that a line created. Raises `_NotPossible` when it signed in or was changed since."""
    assert line.after is not None
    with _refusals_of(line):
        target = account_rules.changeable(accounts.by_id(cursor, line.after.id))
        if target != line.after or accounts.has_signed_in(cursor, target.id):
            raise Refused("Ce compte a servi ou a changé depuis.")
    return target


def import_accounts(
    db: Database, path: Path, now: datetime, account: Account | None = None, on_wait: OnWait = ignore_wait
) -> AccountsPlan:
    """Create and change accounts from a file. Raises what `preview_accounts` and `write` raise."""
    plan = preview_accounts(db, account, path, now, on_wait)
    if plan.to_write:
        write(db, account, plan, now)
    return plan
