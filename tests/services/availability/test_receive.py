"""Numbers of other systems: a repeated one changes nothing, the same with a later date confirms, an older one is refused."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from ror.errors import Forbidden, NotFound, OlderNumber, Outdated, Refused
from ror.model.capacity import Counts
from ror.model.declaration import EventKind
from ror.model.freshness import CLOCK_TOLERANCE
from ror.model.nomenclature import SourceType
from ror.services.availability.declare import DeclarationDraft, close_until, declare, undo
from ror.services.availability.mask import mask
from ror.services.availability.receive import EARLIEST, Received, receive
from tests.region import (
    ADELE,
    BLANCHE,
    CAMILLE,
    CLAUDE,
    CLOSED_UNIT,
    DAY_HOSPITAL,
    DISABLED,
    DOMINIQUE,
    NOW,
    WARD,
    board_rows,
    change_unit,
    history,
    rows,
)

pytestmark = pytest.mark.usefixtures("region")

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AT = NOW - HOUR


def send(db, unit=WARD, at=AT, by=CAMILLE, now=NOW, source=SourceType.BED_MANAGEMENT, comment=None, seen_position=0, **counts):
    """Receive numbers from a system: 5 available unless others are given."""
    return receive(db, by, Received(unit, counts or {"available": 5}, at, source, comment, seen_position), now)


def row_values(db, *names, unit=WARD, at=NOW):
    return tuple(board_rows(db, at)[unit][name] for name in names)


def test_a_number_received_is_a_declaration_of_its_instant_and_source(db, published_changes):
    event, new = send(db)
    assert new
    assert (event.kind, event.counts, event.observed_at, event.recorded_at) == (EventKind.DECLARED, Counts(5), AT, NOW)
    assert event.source_type == SourceType.BED_MANAGEMENT
    assert row_values(db, "available", "observed_at", "source_type") == (5, AT, "02")
    assert [change.kind for change in published_changes] == [EventKind.DECLARED]


def test_the_same_body_twice_changes_nothing(db, published_changes):
    first, _ = send(db)
    before = rows(db, "declaration"), rows(db, "journal")
    again, new = send(db, now=NOW + MINUTE)
    assert not new
    assert again == first
    assert (rows(db, "declaration"), rows(db, "journal")) == before
    assert len(published_changes) == 1


def test_the_same_instant_in_another_zone_is_the_same(db):
    send(db)
    assert not send(db, at=AT.astimezone(timezone(timedelta(hours=2))))[1]


def test_the_same_number_with_a_later_date_is_a_confirmation(db):
    first, _ = send(db)
    later, new = send(db, at=AT + MINUTE)
    assert new
    assert (later.kind, later.acts_on, later.counts) == (EventKind.CONFIRMED, first.position, first.counts)
    assert row_values(db, "observed_at") == (AT + MINUTE,)


def test_an_older_date_is_refused(db):
    send(db)
    with pytest.raises(OlderNumber):
        send(db, at=AT - MINUTE)
    with pytest.raises(OlderNumber):
        send(db, at=AT - MINUTE, available=9)
    assert row_values(db, "available", "observed_at") == (5, AT)


def test_another_number_of_the_same_instant_is_refused(db):
    send(db)
    with pytest.raises(OlderNumber):
        send(db, available=6)


def test_what_a_manager_typed_since_is_not_written_over(db):
    send(db)
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts(7), seen_position=row_values(db, "position")[0]), NOW)
    with pytest.raises(OlderNumber):
        send(db, at=NOW - MINUTE, available=4)
    assert row_values(db, "available") == (7,)


def test_a_status_left_out_has_its_last_number(db):
    send(db, available=5, occupied=12)
    event, _ = send(db, at=AT + MINUTE, available=4)
    assert event.counts == Counts(4, occupied=12)


def test_other_statuses_alone_do_not_renew_the_number_available(db):
    send(db, available=5, occupied=10)
    with pytest.raises(Refused, match="disponible"):
        send(db, at=AT + MINUTE, occupied=11)
    assert row_values(db, "occupied", "observed_at") == (10, AT)
    send(db, at=AT + MINUTE, available=5)
    assert send(db, at=AT + MINUTE, occupied=11)[0].counts == Counts(5, occupied=11)


def test_several_statuses_are_one_event(db):
    event, _ = send(db, available=3, occupied=15, reserved=1)
    assert event.counts == Counts(3, occupied=15, reserved=1)
    assert history(db, WARD) == [("declared", 3)]


def test_a_system_may_send_the_statuses_of_an_instant_one_by_one(db):
    send(db, available=5, occupied=10, at=AT - HOUR)
    send(db, available=4)
    event, new = send(db, occupied=11)
    assert new
    assert event.counts == Counts(4, occupied=11)
    assert (event.kind, event.observed_at) == (EventKind.DECLARED, AT)
    assert not send(db, available=4)[1]
    assert not send(db, occupied=11)[1]
    with pytest.raises(OlderNumber):
        send(db, occupied=12)
    with pytest.raises(OlderNumber):
        send(db, available=5)
    assert not send(db, occupied=11, available=4)[1]


def test_a_first_number_may_be_completed_too(db):
    send(db, available=4)
    assert send(db, occupied=11)[0].counts == Counts(4, occupied=11)


def test_a_unit_that_never_declared_needs_the_number_available(db):
    with pytest.raises(Refused, match="nombre disponible"):
        send(db, occupied=3)


def test_an_unusual_number_is_received_without_a_confirmation(db):
    send(db, unit=DAY_HOSPITAL, available=1)
    assert send(db, unit=DAY_HOSPITAL, at=AT + MINUTE, available=30)[1]


def test_more_beds_than_there_are_is_refused(db):
    with pytest.raises(Refused, match="20 lits"):
        send(db, available=21)
    with pytest.raises(Refused, match="ensemble"):
        send(db, available=5, occupied=16)


@pytest.mark.parametrize(
    "at",
    [
        NOW + CLOCK_TOLERANCE + MINUTE,
        datetime(1999, 12, 31, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-14))),
        NOW.replace(tzinfo=None),
    ],
)
def test_an_instant_that_cannot_be_is_refused(db, at):
    with pytest.raises(Refused):
        send(db, at=at)


def test_the_earliest_instant_and_one_a_little_ahead_are_accepted(db):
    assert send(db, at=EARLIEST)[1]
    assert send(db, at=NOW + CLOCK_TOLERANCE)[1]


@pytest.mark.parametrize("account", [CLAUDE, DOMINIQUE, DISABLED, ADELE])
def test_only_an_account_that_may_declare_the_unit_sends_its_numbers(db, account):
    with pytest.raises(Forbidden):
        send(db, by=account, at=NOW + DAY)
    assert rows(db, "declaration") == []


def test_a_unit_that_is_not_there(db):
    with pytest.raises(NotFound):
        send(db, unit="inconnue")


def test_a_unit_closed_in_the_registry_takes_0_alone(db):
    with pytest.raises(Refused, match="fermée au répertoire"):
        send(db, unit=CLOSED_UNIT, by=BLANCHE)
    assert send(db, unit=CLOSED_UNIT, by=BLANCHE, available=0)[1]


def test_a_unit_closed_since_its_last_number(db):
    send(db)
    change_unit(db, WARD, closed=True)
    with pytest.raises(Refused):
        send(db, at=AT + MINUTE)
    assert send(db, at=AT + MINUTE, available=0)[1]


def test_no_system_reopens_what_a_manager_closed_for_a_time(db):
    until = date(2026, 11, 30)
    close_until(db, CAMILLE, WARD, until, "Travaux", 0, NOW)
    with pytest.raises(Refused, match="30/11/2026"):
        send(db, at=NOW + MINUTE, now=NOW + HOUR)
    same, _ = send(db, at=NOW + MINUTE, now=NOW + HOUR, available=0)
    assert (same.kind, same.closed_until) == (EventKind.CONFIRMED, until)
    more, _ = send(db, at=NOW + 2 * MINUTE, now=NOW + HOUR, available=0, occupied=4)
    assert (more.kind, more.closed_until, more.comment) == (EventKind.DECLARED, until, "Travaux")
    after, _ = send(db, at=NOW + 8 * DAY, now=NOW + 8 * DAY, available=6)
    assert after.closed_until is None
    assert row_values(db, "available", at=NOW + 8 * DAY) == (6,)


def test_the_numbers_of_another_temporality_are_not_those_that_a_manager_closed(db):
    until = date(2026, 11, 30)
    close_until(db, CAMILLE, WARD, until, "", 0, AT)
    received = Received(WARD, {"available": 0}, NOW, SourceType.BED_MANAGEMENT, temporality="03")
    assert receive(db, CAMILLE, received, NOW)[0].closed_until is None
    assert row_values(db, "closed_until") == (until,)


def test_what_was_undone_may_be_sent_again(db):
    send(db)
    wrong = declare(db, CAMILLE, DeclarationDraft(WARD, Counts(6), seen_position=row_values(db, "position")[0]), NOW)
    undo(db, CAMILLE, wrong.position, NOW + MINUTE)
    assert not send(db)[1]
    assert send(db, at=AT + MINUTE, available=6)[1]


def test_a_first_number_that_was_undone_leaves_room_for_any_other(db):
    wrong = declare(db, CAMILLE, DeclarationDraft(WARD, Counts(6)), NOW)
    undo(db, CAMILLE, wrong.position, NOW + MINUTE)
    assert send(db)[1]
    assert row_values(db, "available") == (5,)


def test_a_masked_comment_does_not_come_back(db):
    first, _ = send(db, comment="Monsieur Untel")
    mask(db, ADELE, first.position, NOW)
    assert not send(db)[1]
    confirmed, _ = send(db, at=AT + MINUTE)
    assert (confirmed.kind, confirmed.comment) == (EventKind.CONFIRMED, "")
    with pytest.raises(Outdated):
        send(db, at=AT + 2 * MINUTE, comment="Monsieur Untel")
    with pytest.raises(OlderNumber):
        send(db, at=AT + MINUTE, comment="Monsieur Untel")
    assert "Untel" not in str(rows(db, "declaration"))


def test_a_comment_stays_until_another_is_sent(db):
    send(db, comment="Aile nord")
    changed, _ = send(db, at=AT + MINUTE, available=6)
    assert (changed.kind, changed.comment, changed.acts_on) == (EventKind.DECLARED, "Aile nord", None)
    changed, _ = send(db, at=AT + 2 * MINUTE, available=6, comment="")
    assert (changed.kind, changed.comment) == (EventKind.DECLARED, "")


def test_each_number_written_is_a_line_of_the_journal_and_a_refusal_of_a_right_too(db):
    send(db)
    send(db, at=AT + MINUTE)
    with pytest.raises(Forbidden):
        send(db, by=DOMINIQUE)
    acts = [(row[2], row[3]) for row in sorted(rows(db, "journal"), key=lambda row: int(row[0]))]
    assert acts == [("declare", "done"), ("confirm", "done"), ("declare", "refused")]


def test_a_refusal_names_the_last_numbers_that_were_added_to_those_sent(db):
    send(db, available=2, occupied=10, reserved=3, closed=5)
    with pytest.raises(Refused, match=r"26 lits .* \(réservé : 3, fermé : 5\) : dites-le aussi") as refusal:
        send(db, at=AT + MINUTE, available=6, occupied=12)
    assert "occupé : 12" not in refusal.value.user_message
    send(db, at=AT + MINUTE, available=6, occupied=12, reserved=0, closed=0)
    with pytest.raises(Refused, match=r"font 21 lits ensemble, pour 20 .* l'un d'eux\.$"):
        send(db, at=AT + HOUR, available=6, occupied=15)
