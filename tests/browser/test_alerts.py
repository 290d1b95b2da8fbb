"""A question saved as an alert rings when a colleague declares: at once on the open page, with a sound, and by mail."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from ror.model.alert import AlertPreference
from ror.services.alerts import account_alerts
from ror.store import accounts
from ror.store.engine.database import Database
from scripts.browser import settle
from tests import mailbox
from tests.attacks.helpers import declare_elsewhere, prepare
from tests.attacks.served import WritableServer
from tests.browser.examination import problems
from tests.region import CAMILLE, DOMINIQUE, NOW, WARD
from tests.services.reminders.reminder_helpers import text_of

PHONE = (390, 844)
TONES = """
const create = AudioContext.prototype.createOscillator;
window.tones = 0;
AudioContext.prototype.createOscillator = function () { window.tones += 1; return create.call(this); };
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory, box):
    path = tmp_path_factory.mktemp("alerts") / "ror.duckdb"
    prepare(path)
    db = Database(path)
    with db.transaction() as transaction:
        accounts.change(transaction, replace(DOMINIQUE, mail="dominique@exemple.fr"))
    account_alerts.prefer(db, DOMINIQUE, AlertPreference(sound=True), NOW)
    db.close()
    with WritableServer(path, environment=mailbox.environment(box.port)) as running:
        yield running


def test_a_saved_question_rings_on_screen_and_by_mail_then_is_acknowledged(visit, server, box):
    # Without a unit that answers, the board has no list.
    page = visit(DOMINIQUE, "/departements?departement=75&mini=5", script=TONES)
    page.get_by_role("button", name="M'alerter").click()
    name = page.get_by_label("Nom", exact=True)
    expect(name).to_have_value("Paris, au moins 5")
    page.get_by_text("M'écrire aussi un courriel").click()
    settle(page)
    page.get_by_role("button", name="Enregistrer l'alerte").click()
    expect(page.get_by_text("Alerte « Paris, au moins 5 » enregistrée.")).to_be_visible()
    badge = page.locator("a.ror-badge")
    expect(badge).to_be_hidden()

    declare_elsewhere(server, CAMILLE, WARD, 5)
    expect(badge).to_have_attribute("aria-label", "1 alerte à voir, la dernière : Paris, au moins 5")
    page.wait_for_function("() => window.tones === 2")
    mail = box.next()
    assert "Hôpital fictif des Tilleuls, Médecine interne : 5 lits" in text_of(mail)
    assert "/departements?mini=5&departement=75" in text_of(mail)

    page.keyboard.press("Escape")
    badge.click()
    expect(page.get_by_role("heading", name="À voir : 1")).to_be_visible()
    expect(page.get_by_text("1 unité, ")).to_be_visible()
    page.set_viewport_size(dict(zip(("width", "height"), PHONE, strict=True)))
    settle(page)
    assert problems(page) == []
    page.get_by_role("button", name="Vu", exact=True).click()
    expect(page.get_by_role("heading", name="Rien de nouveau")).to_be_visible()
    expect(badge).to_be_hidden()
    page.set_viewport_size({"width": 1440, "height": 900})
    settle(page)
    page.get_by_role("link", name="Paris, au moins 5").click()
    expect(page.get_by_label("Disponibles, au moins")).to_have_value("5")
    # An alert that rings while another page is being opened does not interrupt its drawing.
    settle(page)
    page.evaluate(
        """() => {
            history.pushState({}, "", "/structures");
            dispatchEvent(new PopStateEvent("popstate", { state: {} }));
            window.__rorAlerts.wake("changed");
        }"""
    )
    settle(page, quiet_ms=1500)
    expect(page.get_by_role("heading", name="Consultation par structure")).to_be_visible()


def test_the_button_and_its_answer_are_in_view_on_a_phone(visit):
    page = visit(CAMILLE, "/departements?departement=75", *PHONE)
    page.get_by_role("button", name="M'alerter").click()
    page.get_by_text("Le total atteint un seuil").click()
    settle(page)
    save = page.get_by_role("button", name="Enregistrer l'alerte")
    expect(save).to_be_in_viewport(ratio=1)
    save.click()
    expect(page.get_by_text("Alerte « Paris » enregistrée.")).to_be_in_viewport(ratio=1)
    expect(save).to_be_in_viewport(ratio=1)
