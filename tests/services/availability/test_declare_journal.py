"""The journal lines of the operations of a manager."""

import json
from datetime import date, timedelta

import pytest

from ror.errors import Forbidden
from ror.model.capacity import Counts
from ror.services import journal
from ror.services.availability.declare import DeclarationDraft, close_until, confirm, declare, undo
from tests.region import BLANCHE, CAMILLE, CLAUDE, DISABLED, DOMINIQUE, HALT, NOW, WARD, rows

pytestmark = pytest.mark.usefixtures("region")

LATER = NOW + timedelta(minutes=1)


def journalled(db):
    """Return the lines of the journal, oldest first: act, outcome, actor, address, subject, before, after."""
    read = journal.read(db, None, journal.JournalQuery(), NOW).to_pylist()[::-1]
    names = ("act", "outcome", "actor", "address", "subject")
    pairs = [(json.loads(line["before"] or "{}"), json.loads(line["after"] or "{}")) for line in read]
    return [(*(line[name] for name in names), *pair) for line, pair in zip(read, pairs, strict=True)]


@pytest.fixture(autouse=True)
def somewhere():
    journal.acting_from("192.0.2.7")
    yield
    journal.acting_from(journal.CONSOLE)


def test_a_declaration_is_journalled_with_account_address_before_and_after(db):
    first = declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3, 20)), NOW)
    declare(db, BLANCHE, DeclarationDraft(WARD, Counts(4), seen_position=first.position), LATER)
    assert journalled(db) == [
        ("declare", "done", "camille", "192.0.2.7", f"unit:{WARD}", {}, {"position": 2, "available": 3, "installed": 20}),
        (
            *("declare", "done", "blanche", "192.0.2.7", f"unit:{WARD}"),
            *({"position": 2, "available": 3, "installed": 20}, {"position": 3, "available": 4}),
        ),
    ]


def test_a_confirmation_a_closure_and_an_undo_are_lines_too(db):
    first = declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3)), NOW)
    same = confirm(db, CAMILLE, WARD, first.position, LATER)
    shut = close_until(db, CAMILLE, WARD, date(2026, 12, 1), "", same.position, LATER)
    undo(db, CAMILLE, shut.position, LATER)
    lines = journalled(db)
    assert [line[0] for line in lines] == ["declare", "confirm", "close_until", "undo"]
    assert lines[2][6] == {"position": shut.position, "available": 0, "closed_until": "2026-12-01"}
    assert lines[3][6]["acts_on"] == shut.position


def test_the_journal_says_that_there_is_a_comment_and_never_repeats_it(db):
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3), "Monsieur Untel, chambre 4"), NOW)
    assert journalled(db)[0][6]["comment"] is True
    assert "Untel" not in str(rows(db, "journal"))


@pytest.mark.parametrize(
    "operation",
    [
        lambda db, account: declare(db, account, DeclarationDraft(WARD, Counts(3)), NOW),
        lambda db, account: confirm(db, account, WARD, 0, NOW),
        lambda db, account: close_until(db, account, WARD, date(2026, 12, 1), "", 0, NOW),
    ],
    ids=["declare", "confirm", "close_until"],
)
@pytest.mark.parametrize("account", [CLAUDE, DOMINIQUE, DISABLED], ids=["other perimeter", "other role", "disabled"])
def test_an_operation_outside_the_perimeter_is_refused_and_the_refusal_journalled(db, operation, account):
    with pytest.raises(Forbidden):
        operation(db, account)
    assert rows(db, "declaration") == []
    ((_, outcome, actor, address, subject, before, after),) = journalled(db)
    assert (outcome, actor, address, subject, before, after) == ("refused", account.id, "192.0.2.7", f"unit:{WARD}", {}, {})


def test_undoing_outside_the_perimeter_is_refused_and_journalled(db):
    event = declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3)), NOW)
    with pytest.raises(Forbidden):
        undo(db, CLAUDE, event.position, LATER)
    assert journalled(db)[-1][:5] == ("undo", "refused", "claude", "192.0.2.7", f"declaration:{event.position}")


def test_a_declaration_and_its_line_are_written_together_or_not_at_all(db):
    with db.transaction() as transaction:
        transaction.cursor.execute("ALTER TABLE journal RENAME TO mislaid")
    with pytest.raises(Exception, match="journal"):
        declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3)), NOW)
    assert rows(db, "declaration") == []


def test_the_chain_holds_after_operations_and_refusals(db):
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3)), NOW)
    with pytest.raises(Forbidden):
        declare(db, CAMILLE, DeclarationDraft(HALT, Counts(3)), NOW)
    checked = journal.verify(db)
    assert (checked.head.number, checked.broken) == (2, None)
