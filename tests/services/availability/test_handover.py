"""A unit handed over for a shift: the colleague declares for it until the end, the giver keeps its right."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ror.errors import Forbidden, NotFound, Refused
from ror.model.capacity import Counts
from ror.model.filters import Filters
from ror.model.handover import Shift
from ror.model.journal import Outcome
from ror.model.rights import Account, Perimeter, Role
from ror.services.accounts import administer, personal_data
from ror.services.availability import consult, handover
from ror.services.availability.declare import DeclarationDraft, declare
from ror.services.events import CommitEvent
from ror.store import accounts
from ror.store import journal as journal_lines
from tests.region import (
    ADELE,
    BLANCHE,
    CAMILLE,
    CARDIAC,
    CLAUDE,
    CORALIE,
    DAY_HOSPITAL,
    DISABLED,
    DOMINIQUE,
    HALT,
    HOME,
    LINDENS,
    NURSING,
    PSYCHIATRY,
    WARD,
    WATERWAY,
    change_unit,
    rows,
    store_account,
)

pytestmark = pytest.mark.usefixtures("region")

SHIFT = Shift.EIGHT_HOURS
HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    """Return the present instant: an account is always read with the handovers of that instant."""
    return datetime.now(UTC)


def may_declare(db, account, unit, now):
    try:
        declare(db, account, DeclarationDraft(unit, Counts(1), seen_position=db.position), now)
    except Forbidden:
        return False
    return True


def stored(db, account):
    with db.reader() as cursor:
        return accounts.by_id(cursor, account.id)


def acts(db):
    with db.reader() as cursor:
        lines = journal_lines.lines(cursor, journal_lines.JournalQuery(acts=("handover",)), 10).to_pylist()
    return [(line["actor"], line["subject"], line["outcome"]) for line in lines]


def test_the_colleague_declares_until_the_end_and_the_giver_keeps_its_right(db, now):
    assert not may_declare(db, CLAUDE, WARD, now)
    handed_over = handover.give(db, CAMILLE, WARD, CLAUDE.id, SHIFT, now)
    assert (handed_over.until, handed_over.giver_name, handed_over.receiver_name) == (now + 8 * HOUR, CAMILLE.name, CLAUDE.name)
    assert may_declare(db, CLAUDE, WARD, now)
    assert may_declare(db, CAMILLE, WARD, now)
    assert not may_declare(db, CLAUDE, CARDIAC, now)


def test_a_unit_received_is_among_ones_own_units(db, now):
    view = consult.view(db, consult.current(db, CAMILLE), Filters(), now)
    handover.give(db, CAMILLE, CARDIAC, CLAUDE.id, SHIFT, now)
    before, after = (set(consult.own_units(db, account, view)["unit"].to_pylist()) for account in (CLAUDE, stored(db, CLAUDE)))
    assert after - before == {CARDIAC}


def test_it_ends_by_itself(db, now):
    handover.give(db, CAMILLE, WARD, CLAUDE.id, SHIFT, now - 8 * HOUR)
    assert stored(db, CLAUDE) == CLAUDE
    assert not may_declare(db, CLAUDE, WARD, now)
    assert handover.read(db, CAMILLE, [WARD], [LINDENS], now).current == {}


@pytest.mark.parametrize("by", [CAMILLE, CLAUDE], ids=lambda one: one.id)
def test_the_giver_or_the_receiver_ends_it_earlier(db, now, by):
    handed_over = handover.give(db, CAMILLE, WARD, CLAUDE.id, SHIFT, now)
    assert handover.end(db, by, WARD, now + HOUR) == handed_over
    assert not may_declare(db, CLAUDE, WARD, now)
    assert handover.end(db, by, WARD, now + HOUR) is None


def test_nobody_else_ends_it(db, now):
    handover.give(db, CAMILLE, WARD, CLAUDE.id, SHIFT, now)
    with pytest.raises(Forbidden):
        handover.end(db, BLANCHE, WARD, now)
    assert may_declare(db, CLAUDE, WARD, now)


def test_a_unit_received_is_not_handed_over_again(db, now):
    handover.give(db, CAMILLE, CARDIAC, CLAUDE.id, SHIFT, now)
    for unit in (CARDIAC, PSYCHIATRY):
        with pytest.raises(Forbidden, match="propre périmètre"):
            handover.give(db, CLAUDE, unit, BLANCHE.id, SHIFT, now)
    with pytest.raises(NotFound):
        handover.give(db, CLAUDE, "990750001-99", BLANCHE.id, SHIFT, now)


def test_the_colleagues_offered_are_the_enabled_managers_of_the_legal_entity(db, now):
    store_account(db, Account("token-1", "", "Gestion des lits", CAMILLE.roles, CAMILLE.perimeter))
    offered = handover.read(db, CAMILLE, [WARD], [LINDENS], now).colleagues
    assert offered == {LINDENS: {BLANCHE.id: BLANCHE.name, CLAUDE.id: CLAUDE.name}}
    offered = handover.read(db, BLANCHE, [NURSING], [LINDENS, WATERWAY], now).colleagues
    assert offered == {LINDENS: {CAMILLE.id: CAMILLE.name, CLAUDE.id: CLAUDE.name}, WATERWAY: {CLAUDE.id: CLAUDE.name}}


@pytest.mark.parametrize(
    ("giver", "unit", "receiver"),
    [
        *((CAMILLE, WARD, other) for other in (DOMINIQUE, CORALIE, DISABLED, ADELE, CAMILLE)),
        (BLANCHE, NURSING, CAMILLE),
        (CAMILLE, WARD, BLANCHE),
    ],
    ids=lambda part: part if isinstance(part, str) else part.id,
)
def test_nobody_else_receives_a_unit(db, now, giver, unit, receiver):
    with pytest.raises(Refused, match="choisissez un"):
        handover.give(db, giver, unit, receiver.id, SHIFT, now)
    assert rows(db, "handover") == []


def test_sent_twice_it_is_written_once_and_a_unit_has_one_handover_at_a_time(db, now):
    handed_over = handover.give(db, CAMILLE, CARDIAC, CLAUDE.id, SHIFT, now)
    assert handover.give(db, CAMILLE, CARDIAC, CLAUDE.id, SHIFT, now + HOUR) == handed_over
    with pytest.raises(Refused, match="déjà confiée à Claude Essai"):
        handover.give(db, CAMILLE, CARDIAC, BLANCHE.id, SHIFT, now)
    assert len(rows(db, "handover")) == 1
    handover.end(db, CAMILLE, CARDIAC, now)
    assert handover.give(db, CAMILLE, CARDIAC, BLANCHE.id, SHIFT, now).receiver == BLANCHE.id


def change(db, account, now, **changes):
    """Change an account as an administrator does, from what is stored."""
    original = stored(db, account)
    fields = {"login": original.login, "name": original.name, "roles": original.roles, "perimeter": original.perimeter}
    return administer.change_account(db, ADELE, original, administer.AccountDraft(**{**fields, **changes}), now)


PROFESSIONAL = {"roles": frozenset({Role.PROFESSIONAL})}
ELSEWHERE = {"perimeter": Perimeter(structures=frozenset({HOME}))}
LOSSES = {
    "giver without the unit": lambda db, now: change(db, CAMILLE, now, **ELSEWHERE),
    "giver without the role": lambda db, now: change(db, CAMILLE, now, **PROFESSIONAL),
    "giver disabled": lambda db, now: administer.disable(db, ADELE, CAMILLE.id, now),
    "giver erased": lambda db, now: personal_data.erase(db, ADELE, CAMILLE.id, now),
    "receiver in another legal entity": lambda db, now: change(db, CLAUDE, now, **ELSEWHERE),
    "receiver without the role": lambda db, now: change(db, CLAUDE, now, **PROFESSIONAL),
    "receiver disabled": lambda db, now: administer.disable(db, ADELE, CLAUDE.id, now),
    "unit moved to another legal entity": lambda db, _: change_unit(db, WARD, structure=HOME),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_it_does_not_survive_the_rights_that_it_rests_on(db, now, loss):
    handover.give(db, CAMILLE, WARD, CLAUDE.id, SHIFT, now)
    LOSSES[loss](db, now)
    assert WARD not in stored(db, CLAUDE).perimeter.received
    assert not may_declare(db, CLAUDE, WARD, now)


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if not loss.startswith("unit")])
def test_it_does_not_come_back_with_these_rights(db, now, loss):
    handover.give(db, CAMILLE, WARD, CLAUDE.id, SHIFT, now)
    LOSSES[loss](db, now)
    for account in (CAMILLE, CLAUDE):
        store_account(db, account)
    assert not may_declare(db, CLAUDE, WARD, now)


def test_a_change_of_others_leaves_it(db, now):
    handover.give(db, CAMILLE, WARD, CLAUDE.id, SHIFT, now)
    administer.disable(db, ADELE, BLANCHE.id, now)
    change(db, CAMILLE, now, name="Camille Autre")
    assert may_declare(db, CLAUDE, WARD, now)


def test_an_administrator_who_changes_the_receiver_does_not_make_it_last(db, now):
    form = stored(db, CLAUDE)
    handover.give(db, CAMILLE, WARD, CLAUDE.id, SHIFT, now)
    perimeter = Perimeter(units=frozenset({HALT, DAY_HOSPITAL}))
    draft = administer.AccountDraft(CLAUDE.login, CLAUDE.name, CLAUDE.roles, perimeter)
    administer.change_account(db, ADELE, form, draft, now)
    administer.disable(db, ADELE, CAMILLE.id, now)
    for target in (CLAUDE.id, CAMILLE.id):
        administer.enable(db, ADELE, target, now)
    assert stored(db, CLAUDE).perimeter == perimeter


def test_a_received_unit_is_not_written_with_the_account(db, now):
    handover.give(db, CAMILLE, WARD, CLAUDE.id, SHIFT, now)
    received = stored(db, CLAUDE)
    assert received.perimeter == replace(CLAUDE.perimeter, received=frozenset({WARD}))
    store_account(db, received)
    handover.end(db, CAMILLE, WARD, now)
    assert stored(db, CLAUDE) == CLAUDE


def test_it_is_journalled_by_ids_and_refusals_too(db, now):
    handover.give(db, CAMILLE, WARD, CLAUDE.id, SHIFT, now)
    with pytest.raises(Forbidden):
        handover.end(db, BLANCHE, WARD, now)
    handover.end(db, CLAUDE, WARD, now)
    subject = f"unit:{WARD}"
    assert acts(db) == [
        (CLAUDE.id, subject, Outcome.DONE),
        (BLANCHE.id, subject, Outcome.REFUSED),
        (CAMILLE.id, subject, Outcome.DONE),
    ]
    written = str(rows(db, "journal"))
    assert (now + 8 * HOUR).isoformat() in written
    assert not [name for name in (CAMILLE.name, CLAUDE.name) if name in written]


def test_the_pages_of_both_are_woken_and_no_number_changed(db, now, published_changes):
    position = db.position
    handover.give(db, CAMILLE, WARD, CLAUDE.id, SHIFT, now)
    handover.end(db, CLAUDE, WARD, now)
    handover.end(db, CLAUDE, WARD, now)
    assert published_changes == [CommitEvent(position, account=account.id) for account in (CAMILLE, CLAUDE) * 2]
    assert db.position == position
