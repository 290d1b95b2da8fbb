"""Creating and sending one-time links, and what stays secret about them. Their use is in test_passwords."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden, MailFailed, NotFound, Refused
from ror.services import journal
from ror.services.accounts import links, passwords, sign_in
from ror.settings import settings
from ror.store import accounts
from ror.store.journal import in_order
from tests import mailbox
from tests.harness import free_port
from tests.region import ADELE, BLANCHE, CAMILLE, DISABLED, DOMINIQUE, NOW, PASSWORD, rows

pytestmark = pytest.mark.usefixtures("region")

NEW = "brouillard pivoine 41"
MINUTE = timedelta(minutes=1)
MAIL = "camille@exemple.fr"
LINK = re.compile(r"http://localhost:8501/\?jeton=([\w-]{43})")


@pytest.fixture(autouse=True)
def _reachable(region):
    """Give a mail address to Camille and to a disabled account."""
    with region.transaction() as transaction:
        accounts.change(transaction, replace(CAMILLE, mail=MAIL))
        accounts.change(transaction, replace(DISABLED, mail="partie@exemple.fr"))


@pytest.fixture
def box(box):
    yield box
    sent()


def sent() -> None:
    """Wait until the earlier requests were processed."""
    links.POST.submit(int).result(mailbox.SECONDS)


def token_in(text: str) -> str:
    return LINK.search(text)[1]


def journalled(db) -> list[tuple[str, ...]]:
    with db.reader() as cursor:
        return [(line.act, line.outcome, line.actor, line.subject) for line, _ in in_order(cursor)]


# Created by an administrator


def test_an_administrator_creates_a_link_and_it_is_journalled_without_its_token(region):
    url = links.create_link(region, ADELE, CAMILLE.id, NOW)
    assert LINK.fullmatch(url)
    assert links.link_account(region, token_in(url), NOW).id == CAMILLE.id
    assert journalled(region) == [("link_asked", "done", "adele", "account:camille")]
    assert not any(token_in(url) in str(row) for table in ("journal", "one_time_link") for row in rows(region, table))


def test_the_command_line_creates_a_link(region):
    assert LINK.fullmatch(links.create_link(region, None, CAMILLE.id, NOW))


@pytest.mark.parametrize("account", [BLANCHE, DOMINIQUE])
def test_only_an_administrator_creates_a_link(region, account):
    for operation in (links.create_link, links.send):
        with pytest.raises(Forbidden):
            operation(region, account, CAMILLE.id, NOW)
    assert rows(region, "one_time_link") == []
    assert journalled(region) == [("link_asked", "refused", account.id, "account:camille")] * 2


def test_no_link_is_created_for_an_unknown_or_disabled_account(region):
    with pytest.raises(NotFound):
        links.create_link(region, ADELE, "unknown", NOW)
    with pytest.raises(Refused, match="réactivez-le"):
        links.create_link(region, ADELE, DISABLED.id, NOW)
    assert rows(region, "one_time_link") == []


def test_a_new_link_replaces_the_one_before(region):
    first, second = (token_in(links.create_link(region, ADELE, CAMILLE.id, NOW)) for _ in range(2))
    with pytest.raises(NotFound):
        links.link_account(region, first, NOW)
    assert links.link_account(region, second, NOW).id == CAMILLE.id


def test_opening_a_link_does_not_spend_it(region):
    token = token_in(links.create_link(region, ADELE, CAMILLE.id, NOW))
    for _ in range(3):
        assert links.link_account(region, token, NOW).id == CAMILLE.id


def test_the_address_of_a_link_is_that_of_the_settings(region, monkeypatch):
    monkeypatch.setenv("ROR_PUBLIC_URL", "https://lits.exemple.fr/")
    settings.cache_clear()
    assert links.create_link(region, ADELE, CAMILLE.id, NOW).startswith("https://lits.exemple.fr/?jeton=")


def test_the_lifetime_of_a_link_is_that_of_the_settings(region, monkeypatch):
    monkeypatch.setenv("ROR_LINK_MINUTES", "5")
    settings.cache_clear()
    token = token_in(links.create_link(region, ADELE, CAMILLE.id, NOW))
    links.link_account(region, token, NOW + 5 * MINUTE)
    with pytest.raises(NotFound):
        links.link_account(region, token, NOW + 6 * MINUTE)


# Sent by mail


def test_a_link_sent_by_mail_sets_the_password(region, box):
    assert links.send(region, ADELE, CAMILLE.id, NOW) is None
    message = box.next()
    assert message["To"] == MAIL
    assert "30 minutes" in message.get_content()
    assert not passwords.set_by_link(region, token_in(message.get_content()), NEW, NOW).needs_code


def test_without_a_mail_server_or_a_mail_address_the_link_is_returned(region, use_mail_server):
    assert LINK.fullmatch(links.send(region, ADELE, CAMILLE.id, NOW))
    use_mail_server(free_port())
    assert LINK.fullmatch(links.send(region, ADELE, BLANCHE.id, NOW))


def test_an_administrator_gets_the_failure_of_a_mail(region, use_mail_server):
    use_mail_server(free_port())
    with pytest.raises(MailFailed, match="remettez le lien vous-même"):
        links.send(region, ADELE, CAMILLE.id, NOW)


def test_the_failure_of_a_mail_holds_its_link_which_is_valid(region, use_mail_server):
    with mailbox.opened(wants_user=True) as refusing:
        use_mail_server(refusing.port)
        with pytest.raises(MailFailed, match="le serveur de courrier") as failed:
            links.send(region, ADELE, CAMILLE.id, NOW)
    assert links.is_valid(region, failed.value.link, NOW)
    passwords.set_by_link(region, token_in(failed.value.link), NEW, NOW)
    assert not links.is_valid(region, failed.value.link, NOW)


# Requested by somebody who forgot the password


@pytest.mark.parametrize("text", ["camille", " CAMILLE ", MAIL, "Camille@Exemple.FR"])
def test_a_link_is_mailed_to_somebody_who_forgot_the_password(region, box, text):
    links.request_link(region, text, NOW)
    passwords.set_by_link(region, token_in(box.next().get_content()), NEW, NOW)
    assert journalled(region)[0] == ("link_asked", "done", "", "account:camille")


@pytest.mark.parametrize("text", ["unknown", "unknown@exemple.fr", "partie", "partie@exemple.fr", "blanche", "", "\ud800", "%"])
def test_the_answer_is_the_same_when_no_mail_is_sent(region, box, text):
    assert links.request_link(region, text, NOW) == links.request_link(region, "camille", NOW)
    sent()
    assert box.next()["To"] == MAIL
    assert box.arrived.empty()
    assert {row[1] for row in rows(region, "one_time_link")} == {CAMILLE.id}


def test_the_text_typed_is_not_stored(region, box):
    links.request_link(region, "mon-mot-de-passe", NOW)
    sent()
    assert journalled(region) == [("link_asked", "refused", "", "account:")]
    assert not any("mon-mot-de-passe" in str(row) for table in ("journal", "attempt", "origin") for row in rows(region, table))


def test_an_account_gets_three_mails_an_hour_from_all_addresses_together(region, box):
    for number in range(6):
        journal.acting_from(f"203.0.113.{number}")
        links.request_link(region, "camille", NOW)
    journal.acting_from(journal.CONSOLE)
    sent()
    assert box.arrived.qsize() == 3
    links.request_link(region, "camille", NOW + 61 * MINUTE)
    sent()
    assert box.arrived.qsize() == 4


def test_an_address_has_ten_requests_an_hour_and_then_the_same_answer(region, box):
    answers = {links.request_link(region, f"login{number}", NOW) for number in range(10)}
    answers.add(links.request_link(region, "camille", NOW))
    sent()
    assert len(answers) == 1
    assert box.arrived.empty()
    assert len(journalled(region)) == 10


def test_the_requests_of_a_clock_years_ahead_do_not_stop_those_of_today(region, box):
    for _ in range(10):
        links.request_link(region, "camille", NOW + timedelta(days=3650))
    links.request_link(region, "camille", NOW)
    sent()
    assert box.arrived.qsize() == 3 + 1


def test_a_request_for_a_link_does_not_delay_a_sign_in(region, box):
    for _ in range(10):
        links.request_link(region, "camille", NOW)
    sent()
    assert sign_in.sign_in(region, "camille", PASSWORD, NOW).ticket


def test_without_a_mail_server_the_answer_names_the_support(region):
    assert links.request_link(region, "camille", NOW) == links.request_link(region, "unknown", NOW) == links.NO_MAIL
    sent()
    assert rows(region, "one_time_link") == []
    assert journalled(region) == []


def test_the_failure_of_a_requested_mail_is_in_the_log_alone(region, use_mail_server, caplog):
    use_mail_server(free_port())
    assert "Si un compte correspond" in links.request_link(region, "camille", NOW)
    sent()
    assert "could not be sent" in caplog.text
