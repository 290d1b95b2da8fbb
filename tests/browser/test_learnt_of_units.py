"""What a server has learnt of units, in a real Chromium: the warning to a manager, the order of the calls."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from ror.model.call_round import Call, CallKind
from ror.store import call_round
from ror.store.engine.database import Database
from scripts.browser import settle
from tests.attacks.helpers import prepare, serving
from tests.browser.examination import PHONE, WIDE, problems, resize
from tests.early_learning import EarlyLearningServer
from tests.learnt import HALF_DAY, WEEK, declare_regularly
from tests.region import ADELE, CAMILLE, CARDIAC, CORALIE, HOSPITAL, RESUSCITATION, WARD, write

STILL = "Ce nombre n'a pas bougé depuis 7 jours"
MOVING, STEADY = [4, 3, 4, 5], [4] * 10 + [3] * 10


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server whose ward stands still for a week; two units are late: a steady one, called three times, and a silent one."""
    folder = tmp_path_factory.mktemp("learnt")
    prepare(folder / "ror.duckdb")
    db = Database(folder / "ror.duckdb")
    now = datetime.now(UTC) - timedelta(hours=1)
    with db.transaction() as transaction:
        # The number that `prepare` wrote would end the series of unchanged numbers.
        transaction.cursor.execute("DELETE FROM declaration WHERE list_contains(?, unit)", [[WARD, RESUSCITATION, CARDIAC]])
    declare_regularly(db, WARD, MOVING, since=now - 26 * WEEK, until=now - WEEK - HALF_DAY)
    declare_regularly(db, WARD, [3], since=now - WEEK - HALF_DAY, until=now)
    declare_regularly(db, RESUSCITATION, STEADY, since=now - 25 * WEEK, until=now - timedelta(days=2))
    write(db, CARDIAC, 2, now - timedelta(days=9))
    with db.transaction() as transaction:
        for minutes in range(3):
            number, at = call_round.next_number(transaction), now - timedelta(days=4, minutes=minutes + 1)
            call_round.add(transaction, Call(number, RESUSCITATION, CallKind.NUMBER, CORALIE.id, at, available=9))
    db.close()
    with serving(folder, EarlyLearningServer) as running:
        yield running


@pytest.fixture
def learnt(visit):
    """Wait until the server has learnt: an order of the calls is offered from then on."""
    page = visit(CORALIE, "/coordination")
    for _ in range(60):
        if page.get_by_role("combobox", name="Ordre des appels").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
        settle(page)
    return page


def names(page):
    return [line.strip() for line in page.locator(".ror-row-title").all_inner_texts()]


def test_the_order_of_the_calls_is_chosen_by_the_keyboard_and_unusual_rhythms_open(learnt):
    page = learnt
    assert names(page)[0] == "Soins intensifs de cardiologie"
    page.get_by_role("combobox", name="Ordre des appels").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    settle(page)
    expect(page.get_by_text("D'abord les nombres qui ont le plus de chances d'avoir changé")).to_be_visible()
    assert "ordre=apprend" in page.url
    # What is known comes first, then the oldest of what is not: a number of two days is older than all that were checked.
    assert names(page) == ["Médecine interne", "Soins intensifs de cardiologie", "Réanimation"]
    for size in (WIDE, PHONE):
        resize(page, size)
        assert problems(page) == []
    page.get_by_text("Rythmes inhabituels (1)").click()
    settle(page)
    for size in (WIDE, PHONE):
        resize(page, size)
        assert problems(page) == []


def test_the_manager_reads_a_word_beside_the_number_which_goes_with_a_new_one(learnt, visit):
    page = visit(CAMILLE, "/mise-a-jour")
    line = page.locator(".ror-line", has_text="Médecine interne")
    for size in (WIDE, PHONE):
        resize(page, size)
        expect(line.get_by_text(STILL)).to_be_visible()
        assert problems(page) == []
    expect(page.get_by_text("Ce nombre n'a pas bougé")).to_have_count(1)
    resize(page, WIDE)
    line.get_by_label("Nombre de lits disponibles, Médecine interne").fill("4")
    page.get_by_role("button", name="Enregistrer 1 unité").click()
    expect(line.get_by_text(STILL)).to_be_hidden()


def test_administrators_see_right_duties_and_readers_what_calls_came_to(learnt, visit):
    page = visit(ADELE, "/administration?volet=Types et besoins")
    page.get_by_text("Délai juste de chaque unité").click()
    expect(page.get_by_text("connues sur")).to_be_visible()
    for size in (WIDE, PHONE):
        resize(page, size)
        assert problems(page) == []
    page = visit(CORALIE, f"/structures?structure={HOSPITAL}")
    expect(page.get_by_text("Aucun appel sur 3 n'a confirmé ce que l'unité déclare")).to_be_visible()
