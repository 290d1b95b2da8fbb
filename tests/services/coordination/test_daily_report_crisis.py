"""The report of the region while an event of a crisis tightens duties: it counts the same late units as the screens."""

from datetime import timedelta

import pytest

from ror.model.crisis import CrisisKind, CrisisScope
from ror.model.filters import Filters
from ror.services.availability import consult
from ror.services.coordination import crisis
from ror.services.coordination.crisis import TypedEvent
from ror.services.coordination.daily_report_rounds import run_due
from ror.store.board import board as boards
from ror.store.daily_reports import FileForm
from tests.region import CORALIE, NOW, UNITS, write
from tests.services.coordination.report_helpers import AT_TEN, HOUR, archived, file, lines_of, no_pictures, subscribed

__all__ = ["no_pictures", "subscribed"]

pytestmark = pytest.mark.usefixtures("region", "no_pictures")

EVENT = "event-0001"


def on_screen(db, at):
    return consult.view(db, boards.current(db), Filters(), at).region["overdue"]


def test_units_late_for_an_event_are_late_in_the_report_and_were_not_before_it_opened(subscribed):
    for unit in UNITS:
        write(subscribed, unit.id, 4, NOW - HOUR)
    run_due(subscribed, AT_TEN)
    plan = TypedEvent(CrisisKind.PLAN_BLANC, 2, "", CrisisScope(), NOW + timedelta(days=2), 4, ())
    crisis.open_event(subscribed, CORALIE, EVENT, plan, NOW + HOUR)
    run_due(subscribed, AT_TEN + 8 * HOUR)
    evening, morning = archived(subscribed)
    late = on_screen(subscribed, AT_TEN + 8 * HOUR)
    assert (morning.overdue, evening.overdue) == (on_screen(subscribed, AT_TEN), late)
    assert late > morning.overdue
    assert f"dont {late} en retard (+{late - morning.overdue})" in file(subscribed, evening, FileForm.TEXT).decode()
    assert sum(line["Changement"] == "Passée en retard" for line in lines_of(subscribed, evening)) == late - morning.overdue


def test_once_an_event_is_closed_the_units_that_were_late_for_it_are_counted_as_back(subscribed):
    for unit in UNITS:
        write(subscribed, unit.id, 4, NOW - 5 * HOUR)
    plan = TypedEvent(CrisisKind.PLAN_BLANC, 2, "", CrisisScope(), NOW + timedelta(days=2), 4, ())
    crisis.open_event(subscribed, CORALIE, EVENT, plan, NOW - 5 * HOUR)
    run_due(subscribed, AT_TEN)
    crisis.close_event(subscribed, CORALIE, EVENT, NOW + HOUR)
    run_due(subscribed, AT_TEN + 8 * HOUR)
    evening, morning = archived(subscribed)
    assert morning.overdue > evening.overdue
    change = evening.overdue - morning.overdue
    assert f"en retard ({change})" in file(subscribed, evening, FileForm.TEXT).decode().replace("−", "-")
