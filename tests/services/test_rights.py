"""The whole table of docs/security.md: each operation by each role, refused by the function of the operation itself."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ror.errors import Forbidden, RorError
from ror.model.call_round import CallKind
from ror.model.capacity import Counts
from ror.model.crisis import CrisisKind, CrisisScope
from ror.model.display import Theme
from ror.model.feedback import FeedbackKind
from ror.model.filters import Filters
from ror.model.handover import Shift
from ror.model.journal import Outcome
from ror.model.place import PlacePoint
from ror.model.rights import ADMINISTRATION, ALLOWED, EVERYWHERE, Account, Action, Perimeter, Role
from ror.model.tokens import TokenScope
from ror.services import journal
from ror.services.accounts import administer, invitations, links, passwords, personal_data, second_factor, sessions, tokens
from ror.services.accounts import imports as account_imports
from ror.services.availability import (
    authors,
    bulk,
    consult,
    correct,
    declare,
    export,
    handover,
    lists,
    mask,
    right_duty,
    sheet,
)
from ror.services.availability.trust import telephone_reliability
from ror.services.coordination import (
    after_action,
    call_round,
    calls,
    crisis,
    daily_report,
    displays,
    feedback,
    feedback_words,
    surge,
    tension,
    wall,
)
from ror.services.coordination.crisis import TypedEvent
from ror.services.registry import edit, imports
from ror.services.registry.rules import TypedStructure, TypedUnit
from ror.settings import ROOT, settings
from ror.store import accounts
from ror.store import journal as journal_lines
from ror.store.engine.database import Database
from tests.region import (
    ADELE,
    CAMILLE,
    CLAUDE,
    CLOSED_UNIT,
    DOMINIQUE,
    HALT,
    HOSPITAL,
    LINDENS,
    NOW,
    PASSWORD,
    RESUSCITATION,
    WARD,
    rows,
    store_account,
    write,
)

pytestmark = pytest.mark.usefixtures("region")

TABLE = pa.table({"Unité": ["Médecine"]})
DRAFT = administer.AccountDraft("nouvelle", "Personne Nouvelle", frozenset({Role.PROFESSIONAL}))
STRUCTURE = TypedStructure(
    *("990750009", "Clinique fictive", LINDENS, "", "Clinique", "1 rue des Exemples", "75013", "Paris", "75", "", "", "")
)
NOBODY = journal.JournalQuery()
ACCOUNTS_FILE = ROOT / "docs" / "example" / "accounts.csv"
UNITS_FILE = ROOT / "docs" / "example" / "units.csv"

FILLED = f"identifiant;disponible\n{WARD};3\n".encode()
EVENT = TypedEvent(CrisisKind.HEAT_WAVE, 0, "", CrisisScope(), NOW + timedelta(days=1), 4)
LINE = bulk.BulkLine(
    2, WARD, "Médecine", "", bulk.DeclarationLineState.ACCEPTED, "", draft=declare.DeclarationDraft(WARD, Counts(3))
)

SHEET_LINE = sheet.SheetLine(sheet.LineAction.DECLARE, declare.DeclarationDraft(WARD, Counts("3")))


SURGE = surge.SurgeQuery(4, PlacePoint("commune:75113", "Paris 13e (75)", 48.83, 2.36), 50.0)
UNREACHABLE = calls.CallResult(WARD, CallKind.UNREACHABLE, 0, 0)
NUMBER = calls.CallResult(WARD, CallKind.NUMBER, 0, 0, "3", write=True)


def past_number(db: Database) -> int:
    """Write two numbers of a unit and return the position of the first."""
    first, _ = write(db, WARD, 3), write(db, WARD, 4)
    return first.position


def board(db: Database) -> consult.View:
    """Return the region as a manager consults it."""
    return consult.view(db, consult.current(db, CAMILLE), Filters(), NOW)


Operation = Callable[[Database, Account], Any]

OPERATIONS: dict[Action, dict[str, Operation]] = {
    Action.ENTER: {
        "own data": lambda db, account: personal_data.export(db, account, account.id, NOW),
        "own sessions": lambda db, account: sessions.close_all(db, account, NOW),
        "own password": lambda db, account: passwords.change(db, account, PASSWORD, "Un autre mot, aussi long 1", NOW),
        "second factor": lambda db, account: second_factor.enrol(
            db, account, second_factor.propose(account).secret, "000000", NOW
        ),
    },
    Action.CONSULT: {
        "board": consult.current,
        "history": lambda db, account: consult.history(db, account, WARD, NOW),
        "structures": lambda db, account: lists.structures(db, account, "", 1, NOW),
        "structure": lambda db, account: lists.structure(db, account, HOSPITAL, NOW),
        "units": lambda db, account: lists.units(db, account, lists.UnitSelection(), "", 1, NOW),
        "availability": lambda db, account: lists.availability(db, account, lists.OfferQuery(), NOW),
        "past availability": lambda db, account: lists.past_availability(db, account, lists.OfferQuery(), NOW, NOW),
        "log": lambda db, account: lists.declarations(db, account, 0, 1, NOW),
    },
    Action.DECLARE: {
        "declare": lambda db, account: declare.declare(db, account, declare.DeclarationDraft(WARD, Counts(3)), NOW),
        "confirm": lambda db, account: declare.confirm(db, account, WARD, 0, NOW),
        "close": lambda db, account: declare.close_until(db, account, WARD, date(2026, 12, 1), "", 0, NOW),
        "undo": lambda db, account: declare.undo(db, account, write(db, WARD, 3, account=account.id).position, NOW),
        "own file": lambda db, account: bulk.export_file(db, account, board(db), NOW),
        "preview a file": lambda db, account: bulk.preview(db, account, board(db), "unites.csv", FILLED, NOW),
        "write a file": lambda db, account: bulk.write(db, account, [LINE], NOW),
        "undo a file": lambda db, account: bulk.undo(db, account, [write(db, WARD, 3, account=account.id)], NOW),
        "save a sheet": lambda db, account: sheet.save(db, account, [SHEET_LINE], NOW),
        "undo a sheet": lambda db, account: sheet.undo(db, account, [write(db, WARD, 3, account=account.id).position], NOW),
        "tension": lambda db, account: tension.declare(db, account, HOSPITAL, 1, None, 0, NOW),
        "own list": lambda db, account: export.table_csv(db, account, Action.DECLARE, "mes-unites", TABLE, NOW),
    },
    Action.HAND_OVER: {
        "read": lambda db, account: handover.read(db, account, [WARD], [LINDENS], NOW),
        "hand over": lambda db, account: handover.give(db, account, WARD, CLAUDE.id, Shift.EIGHT_HOURS, NOW),
        "take back": lambda db, account: handover.end(db, account, WARD, NOW),
    },
    Action.READ_AUTHORS: {"authors": lambda db, account: authors.read(db, account, WARD, NOW)},
    Action.READ_RELIABILITY: {
        "reliability": lambda db, account: telephone_reliability.reliability_by_unit(db, account, [WARD], NOW)
    },
    Action.GIVE_FEEDBACK: {
        "report": lambda db, account: feedback.give(db, account, HALT, FeedbackKind.FULL, None, NOW),
        "take a report back": lambda db, account: feedback.withdraw(db, account, HALT, None, NOW),
    },
    Action.EXPORT: {"table": lambda db, account: export.table_csv(db, account, Action.EXPORT, "unites", TABLE, NOW)},
    Action.COORDINATE: {
        "call round": lambda db, account: call_round.read(db, account, board(db), NOW),
        "people to call": lambda db, account: call_round.people(db, account, WARD, NOW),
        "coordinators": lambda db, account: call_round.coordinators(db, account, NOW),
        "calls of a unit": lambda db, account: call_round.of_unit(db, account, WARD, NOW),
        "calls of the day": lambda db, account: call_round.day(db, account, NOW),
        "take a call": lambda db, account: calls.take(db, account, WARD, 0, 0, NOW),
        "give up a call": lambda db, account: calls.release(db, account, WARD, NOW),
        "note a call": lambda db, account: calls.record(db, account, UNREACHABLE, NOW),
        "simulate a surge": lambda db, account: surge.simulate(db, account, SURGE, NOW),
        "review a past instant": lambda db, account: after_action.review(db, account, NOW, NOW),
        "read the reports": lambda db, account: daily_report.overview(db, account, NOW),
        "find a report": lambda db, account: daily_report.archive(db, account, None, NOW),
        "choose the hours of reports": lambda db, account: daily_report.choose_hours(db, account, [7], NOW),
        "subscribe to reports": lambda db, account: daily_report.subscribe(db, account, NOW),
        "leave the reports": lambda db, account: daily_report.unsubscribe(db, account, NOW),
        "list events": lambda db, account: crisis.all_events(db, account, NOW),
        "open an event": lambda db, account: crisis.open_event(db, account, "event-0001", EVENT, NOW),
        "change an event": lambda db, account: crisis.change_event(db, account, "event-0001", 0, EVENT, NOW),
        "close an event": lambda db, account: crisis.close_event(db, account, "event-0001", NOW),
        "give to somebody": lambda db, account: calls.assign(db, account, WARD, "", 0, NOW),
    },
    Action.DECLARE_FOR_OTHERS: {
        "write a number learnt": lambda db, account: calls.record(db, account, NUMBER, NOW),
        "correct a past number": lambda db, account: correct.correct(db, account, WARD, past_number(db), 2, NOW),
    },
    Action.MANAGE_DISPLAYS: {
        "wall": lambda db, account: wall.read(db, account, NOW),
        "create a display": lambda db, account: displays.create(db, account, "Salle de crise", Theme.DARK, 30, NOW),
        "give a display a link": lambda db, account: displays.renew_link(db, account, "mur-none", NOW),
        "revoke a display": lambda db, account: displays.revoke(db, account, "mur-none", NOW),
        "list the displays": lambda db, account: displays.list_displays(db, account, NOW),
    },
    Action.MANAGE_ACCOUNTS: {
        "search": lambda db, account: administer.search_accounts(db, account, ""),
        "read one": lambda db, account: administer.account_by_id(db, account, DOMINIQUE.id),
        "find by login": lambda db, account: administer.account_by_login(db, account, "Dominique"),
        "search perimeters": lambda db, account: administer.search_perimeter(db, account, ""),
        "read a perimeter": lambda db, account: administer.perimeter_entries(db, account, CAMILLE.perimeter),
        "create": lambda db, account: administer.create_account(db, account, DRAFT, NOW),
        "change": lambda db, account: administer.change_account(db, account, DOMINIQUE, DRAFT, NOW),
        "disable": lambda db, account: administer.disable(db, account, DOMINIQUE.id, NOW),
        "enable": lambda db, account: administer.enable(db, account, DOMINIQUE.id, NOW),
        "sign out": lambda db, account: administer.sign_out_everywhere(db, account, DOMINIQUE.id, NOW),
        "link": lambda db, account: links.create_link(db, account, DOMINIQUE.id, NOW),
        "send a link": lambda db, account: links.send(db, account, DOMINIQUE.id, NOW),
        "second factor": lambda db, account: second_factor.remove_by_administrator(db, account, DOMINIQUE.id, NOW),
        "data": lambda db, account: personal_data.export(db, account, DOMINIQUE.id, NOW),
        "erase": lambda db, account: personal_data.erase(db, account, DOMINIQUE.id, NOW),
        "preview accounts": lambda db, account: account_imports.preview_accounts(db, account, ACCOUNTS_FILE, NOW),
        "import accounts": lambda db, account: account_imports.import_accounts(db, ACCOUNTS_FILE, NOW, account),
        "undo accounts": lambda db, account: account_imports.undo(db, account, [], NOW),
        "list who never signed in": lambda db, account: invitations.list_never_signed_in(db, account, NOW),
        "invite": lambda db, account: invitations.invite(db, account, [DOMINIQUE.id], NOW, print),
        "revoke an invitation": lambda db, account: invitations.revoke(db, account, [DOMINIQUE.id], NOW),
        "create a token": lambda db, account: tokens.create_token(
            db, account, "Gestion des lits", {TokenScope.READ}, Perimeter(), 30, NOW
        ),
        "revoke a token": lambda db, account: tokens.revoke(db, account, "token-none", NOW),
        "list the tokens": lambda db, account: tokens.list_tokens(db, account, NOW),
    },
    Action.MANAGE_REGISTRY: {
        "right duties": lambda db, account: right_duty.list_units(db, account, NOW),
        "search": lambda db, account: edit.search(db, account, "", NOW),
        "read one": lambda db, account: edit.sheet(db, account, HOSPITAL, NOW),
        "create a structure": lambda db, account: edit.create_structure(db, account, STRUCTURE, NOW),
        "close a structure": lambda db, account: edit.close_structure(db, account, HOSPITAL, NOW),
        "reopen a structure": lambda db, account: edit.reopen_structure(db, account, HOSPITAL, NOW),
        "create a unit": lambda db, account: edit.create_unit(db, account, HOSPITAL, TypedUnit("Essai", "16"), NOW),
        "close a unit": lambda db, account: edit.close_unit(db, account, WARD, NOW),
        "reopen a unit": lambda db, account: edit.reopen_unit(db, account, CLOSED_UNIT, NOW),
        "preview an import": lambda db, account: imports.preview_units(db, account, UNITS_FILE, NOW),
        "import": lambda db, account: imports.import_units(db, UNITS_FILE, NOW, account),
    },
    Action.MASK: {
        "read comments": lambda db, account: mask.search(db, account, "", NOW),
        "read words": lambda db, account: feedback_words.search(db, account, "", NOW),
        "mask a word": lambda db, account: feedback_words.mask(db, account, 1, NOW),
        "mask": lambda db, account: mask.mask(db, account, write(db, WARD, 3, comment="Monsieur Untel").position, NOW),
        "read notes": lambda db, account: calls.search_notes(db, account, "", NOW),
        "mask a note": lambda db, account: calls.mask_note(db, account, 1, NOW),
    },
    Action.READ_JOURNAL: {
        "reports by account": lambda db, account: feedback_words.by_account(db, account, NOW),
        "read": lambda db, account: journal.read(db, account, NOBODY, NOW),
        "verify": lambda db, account: journal.verify(db, account=account),
        "export": lambda db, account: journal.export(db, account, NOBODY, NOW),
        "purge": lambda db, account: journal.purge(db, account, NOW - timedelta(days=1), NOW),
    },
}
READINGS = {
    *(
        "board",
        "history",
        "authors",
        "reliability",
        "right duties",
        "read",
        "read one",
        "read a perimeter",
        "read comments",
        "verify",
    ),
    *("read words", "reports by account"),
    *("structures", "structure", "units", "availability", "past availability", "log"),
    *("search", "search perimeters", "find by login", "list the tokens", "preview an import", "preview a file"),
    *("preview accounts", "list who never signed in", "read notes"),
    *("call round", "people to call", "coordinators", "calls of a unit", "calls of the day"),
    *("simulate a surge", "review a past instant"),
    *("list events", "read the reports", "find a report", "list the displays", "wall"),
}
"""The operations that write nothing when they are allowed: they wait for nobody's turn to write."""
EACH_ACTION = pytest.mark.parametrize("action", Action)


def writing(action: Action) -> list[str]:
    """Return the names of the operations of an action that write."""
    return [name for name in OPERATIONS[action] if name not in READINGS]


EACH_WRITING_ACTION = pytest.mark.parametrize("action", [action for action in Action if writing(action)])


def somebody(*roles: Role, **others: Any) -> Account:
    """Return an account of the region with these roles, the perimeter of a manager and the grant of a coordinator."""
    return replace(CAMILLE, roles=frozenset(roles), declares_for_others=EVERYWHERE, **others)


def refusals(db: Database, account: Account) -> int:
    """Return how many lines of the journal are refusals of the account."""
    with db.reader() as cursor:
        lines = [line for line, _ in journal_lines.in_order(cursor)]
    return sum((line.actor, line.outcome) == (account.id, str(Outcome.REFUSED)) for line in lines)


def is_refused(db: Database, account: Account, action: Action, name: str) -> bool:
    """Return whether the operation is refused for want of a right, with one line in the journal.

    A refusal for any other reason does not count.
    """
    before = refusals(db, account)
    try:
        OPERATIONS[action][name](db, account)
    except Forbidden:
        assert refusals(db, account) == before + 1
        return True
    except RorError:
        return False
    return False


def test_every_action_has_operations():
    assert set(OPERATIONS) == set(Action)


@EACH_ACTION
def test_an_operation_is_refused_to_a_role_that_the_table_does_not_allow(db, action):
    for role in set(Role) - ALLOWED[action]:
        account = store_account(db, somebody(role))
        assert [name for name in OPERATIONS[action] if not is_refused(db, account, action, name)] == [], role


@pytest.mark.parametrize(("action", "name"), [(action, name) for action in Action for name in OPERATIONS[action]])
def test_an_operation_is_not_refused_to_a_role_that_the_table_allows(db, action, name):
    """One operation to a database, which it may change."""
    assert not is_refused(db, store_account(db, somebody(next(iter(ALLOWED[action])))), action, name)


@EACH_ACTION
def test_without_a_role_or_disabled_every_operation_is_refused(db, action):
    for account in (somebody(), somebody(*Role, disabled=True)):
        store_account(db, account)
        assert [name for name in OPERATIONS[action] if not is_refused(db, account, action, name)] == []


TAKEN_AWAY: dict[str, Callable[[Account], Account]] = {
    "roles": lambda account: replace(account, roles=frozenset()),
    "account": lambda account: replace(account, disabled=True),
}


@pytest.mark.parametrize("taken", TAKEN_AWAY)
@EACH_WRITING_ACTION
def test_a_right_withdrawn_while_an_operation_waits_to_write_is_refused(db, action, taken):
    for name in writing(action):
        account = store_account(db, somebody(next(iter(ALLOWED[action]))))
        with ThreadPoolExecutor(1) as pool:
            with db.transaction() as transaction:
                waiting = pool.submit(is_refused, db, account, action, name)
                accounts.change(transaction, TAKEN_AWAY[taken](account))
            assert waiting.result(), name


def test_a_perimeter_withdrawn_while_a_declaration_waits_to_write_is_refused(db):
    for name in ("declare", "confirm", "close", "undo"):
        store_account(db, CAMILLE)
        with ThreadPoolExecutor(1) as pool:
            with db.transaction() as transaction:
                waiting = pool.submit(is_refused, db, CAMILLE, Action.DECLARE, name)
                accounts.change(transaction, replace(CAMILLE, perimeter=Perimeter(units=frozenset({HALT}))))
            assert waiting.result(), name


@EACH_WRITING_ACTION
def test_an_account_that_is_not_in_the_database_writes_nothing(db, action):
    tables = ("account", "session", "structure", "unit", "one_time_link", "token")
    before = [rows(db, table) for table in tables]
    assert [name for name in writing(action) if not is_refused(db, somebody(*Role, id="nobody"), action, name)] == []
    assert [rows(db, table) for table in tables] == before


@pytest.mark.parametrize("unit", [HALT, CLOSED_UNIT], ids=["other structure", "other legal entity"])
@pytest.mark.parametrize("roles", [{Role.MANAGER}, set(Role)], ids=["manager", "every role"])
def test_no_role_declares_outside_its_perimeter(db, unit, roles):
    account = store_account(db, somebody(*roles))
    with pytest.raises(Forbidden):
        declare.declare(db, account, declare.DeclarationDraft(unit, Counts(0)), NOW)
    declare.declare(db, account, declare.DeclarationDraft(RESUSCITATION, Counts(0)), NOW)


@pytest.mark.parametrize("action", ADMINISTRATION)
def test_administration_waits_for_a_second_factor_where_a_setting_asks_for_it(db, monkeypatch, action):
    monkeypatch.setenv("ROR_ADMINISTRATOR_SECOND_FACTOR", "1")
    settings.cache_clear()
    assert [name for name in OPERATIONS[action] if not is_refused(db, ADELE, action, name)] == []


@pytest.mark.parametrize(("action", "name"), [(action, name) for action in ADMINISTRATION for name in OPERATIONS[action]])
def test_administration_goes_on_with_a_second_factor(db, monkeypatch, action, name):
    monkeypatch.setenv("ROR_ADMINISTRATOR_SECOND_FACTOR", "1")
    settings.cache_clear()
    assert not is_refused(db, store_account(db, replace(ADELE, second_factor=True)), action, name)


def test_the_table_of_the_docs_is_the_one_that_is_enforced():
    lines = Path(ROOT / "docs" / "security.md").read_text("utf-8").replace("\u00a0", " ").splitlines()
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    columns = next(row for row in table if row[0] == "Action")[1:]
    documented = {row[0]: dict(zip(columns, row[1:], strict=True)) for row in table if set(row[1:]) <= {"yes", "no"}}
    expected = {action.label: {role.label: "yes" if role in ALLOWED[action] else "no" for role in Role} for action in Action}
    assert documented == expected
