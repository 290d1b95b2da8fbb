"""Invitations of accounts that never signed in: who gets one, what ends it, how it leaves, and what is journalled."""

import json
import re
import socketserver
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import pytest

from ror.errors import Forbidden, NotFound, Refused
from ror.model.invitation import InvitationDelivery
from ror.model.rights import Account, Perimeter, Role
from ror.services.accounts import administer, invitations, links, passwords, personal_data, sign_in, single_sign_on
from ror.services.accounts.administer import AccountDraft
from ror.services.operations import retention
from ror.store import accounts
from tests import mailbox
from tests.harness import free_port
from tests.region import (
    ADELE,
    BLANCHE,
    CAMILLE,
    CLAUDE,
    DISABLED,
    DOMINIQUE,
    NOW,
    PASSWORD,
    rows,
    store_account,
)

pytestmark = pytest.mark.usefixtures("region")

NEW = "brouillard pivoine 41"
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LINK = re.compile(r"http://localhost:8501/\?jeton=([\w-]{43})")


@pytest.fixture(autouse=True)
def _reachable(region):
    """Give a mail address to two accounts."""
    store_account(region, replace(CAMILLE, mail="camille@exemple.fr"))
    store_account(region, replace(CLAUDE, mail="claude@exemple.fr"))


def invite(db, *targets, account=ADELE, now=NOW):
    results = []
    invitations.invite(db, account, [one.id for one in targets], now, results.append)
    return results


def url_of(db, target, now=NOW):
    (result,) = invite(db, target, now=now)
    return result.link


def token_of(db, target, now=NOW):
    return url_of(db, target, now).rpartition("=")[2]


def opens(db, url, now=NOW):
    return links.is_valid(db, url, now)


def listed(db, now=NOW):
    return {row["id"]: row for row in invitations.list_never_signed_in(db, ADELE, now).to_pylist()}


def journalled(db):
    with db.reader() as cursor:
        lines = cursor.execute("SELECT act, outcome, actor, subject, after FROM journal ORDER BY number").fetchall()
    return [(act, outcome, actor, subject, json.loads(after or "{}")) for act, outcome, actor, subject, after in lines]


# What an invitation opens, and what ends it


def test_an_invitation_serves_once_within_seven_days(region):
    token = token_of(region, CAMILLE)
    late = NOW + 7 * DAY
    assert links.link_account(region, token, late).id == CAMILLE.id
    with pytest.raises(NotFound):
        links.link_account(region, token, late + MINUTE)
    passwords.set_by_link(region, token, NEW, late)
    assert sign_in.sign_in(region, "camille", NEW, late).ticket
    with pytest.raises(NotFound):
        passwords.set_by_link(region, token, NEW + " bis", late)


def test_only_the_hash_of_its_token_is_stored(region):
    token = token_of(region, CAMILLE)
    assert not any(token in str(row) for table in ("invitation", "journal", "one_time_link") for row in rows(region, table))


def test_it_and_a_link_for_a_forgotten_password_leave_each_other_alone(region):
    link = links.create_link(region, ADELE, CAMILLE.id, NOW)
    invitation = url_of(region, CAMILLE)
    assert [opens(region, link), opens(region, invitation)] == [True, True]
    links.create_link(region, ADELE, CAMILLE.id, NOW)
    assert [opens(region, link), opens(region, invitation)] == [False, True]
    link = links.create_link(region, ADELE, CAMILLE.id, NOW)
    assert [opens(region, one, NOW + 31 * MINUTE) for one in (link, invitation)] == [False, True]
    invitations.revoke(region, ADELE, [CAMILLE.id], NOW)
    assert [opens(region, link), opens(region, invitation)] == [True, False]


def test_a_new_invitation_voids_the_earlier_one(region):
    first, second = url_of(region, CAMILLE), url_of(region, CAMILLE)
    assert [opens(region, first), opens(region, second)] == [False, True]


def signs_in(db):
    sign_in.open_session(db, sign_in.sign_in(db, "camille", PASSWORD, NOW).ticket, NOW)


def signs_in_by_provider(db):
    with db.transaction() as transaction:
        accounts.change(transaction, replace(CAMILLE, identity="8997"))
    sign_in.open_session(db, single_sign_on.sign_in(db, "8997", NOW), NOW)


def chooses_by_a_link(db):
    passwords.set_by_link(db, links.create_link(db, ADELE, CAMILLE.id, NOW).rpartition("=")[2], NEW, NOW)


def changes_mail(db):
    with db.reader() as cursor:
        present = accounts.by_id(cursor, CAMILLE.id)
    draft = AccountDraft(CAMILLE.login, CAMILLE.name, CAMILLE.roles, CAMILLE.perimeter, "autre@exemple.fr")
    administer.change_account(db, ADELE, present, draft, NOW)


@pytest.mark.parametrize(
    "end",
    [
        signs_in,
        signs_in_by_provider,
        chooses_by_a_link,
        changes_mail,
        lambda db: administer.disable(db, ADELE, CAMILLE.id, NOW),
        lambda db: personal_data.erase(db, ADELE, CAMILLE.id, NOW),
        lambda db: invitations.revoke(db, ADELE, [CAMILLE.id], NOW),
    ],
    ids=["signed in", "signed in by a provider", "password by a link", "mail changed", "disabled", "erased", "revoked"],
)
def test_it_dies_with_what_it_rests_on(region, end):
    url = url_of(region, CAMILLE)
    end(region)
    assert not opens(region, url)
    assert rows(region, "invitation") == []


def test_it_does_not_come_back_with_an_account_that_is_enabled_again(region):
    url = url_of(region, CAMILLE)
    administer.disable(region, ADELE, CAMILLE.id, NOW)
    administer.enable(region, ADELE, CAMILLE.id, NOW)
    assert not opens(region, url)


def test_it_is_worth_nothing_once_the_account_signed_in_even_if_it_is_stored_still(region):
    url = url_of(region, CAMILLE)
    with region.transaction() as transaction:
        accounts.record_sign_in(transaction, CAMILLE.id, NOW)
    assert not opens(region, url)


def test_an_administrator_chooses_a_password_by_the_stricter_rule(region):
    zoe = administer.create_account(region, ADELE, AccountDraft("zoe", "Zoé", frozenset({Role.ADMINISTRATOR})), NOW)
    token = token_of(region, zoe)
    with pytest.raises(Refused):
        passwords.set_by_link(region, token, "Quatre-lits-1", NOW)
    assert opens(region, links.address_of(token)), "a refused password does not spend it"


# Who is invited


def test_accounts_that_never_signed_in_are_listed_however_long_ago_the_others_did(region):
    before = set(listed(region))
    assert {CAMILLE.id, CLAUDE.id} <= before
    assert DISABLED.id not in before
    signs_in(region)
    with region.transaction() as transaction:
        for table in ("session", "origin", "journal"):
            transaction.cursor.execute(f"DELETE FROM {table}")  # noqa: S608
    assert set(listed(region)) == before - {CAMILLE.id}
    (result,) = invite(region, CAMILLE)
    assert (result.delivery, result.link) == (None, "")
    assert "s'est déjà connecté" in result.refusal


def test_a_disabled_erased_unknown_or_token_account_gets_none(region):
    personal_data.erase(region, ADELE, BLANCHE.id, NOW)
    token = Account("token-1", "", "Système", frozenset({Role.MANAGER}), Perimeter(units=frozenset({"x"})))
    store_account(region, token)
    results = invite(region, DISABLED, BLANCHE, token, replace(CAMILLE, id="unknown"))
    assert [(one.delivery, one.link) for one in results] == [(None, "")] * 4
    assert [one.refusal[:18] for one in results] == ["Ce compte est désa"] * 2 + ["Ce compte n'existe"] * 2
    assert rows(region, "invitation") == []


def test_an_account_of_single_sign_on_gets_none(region):
    store_account(region, replace(CAMILLE, identity="rpps-899900000001"))
    (result,) = invite(region, CAMILLE)
    assert (result.delivery, result.link) == (None, "")
    assert "connexion unique" in result.refusal
    assert CAMILLE.id not in invitations.list_never_signed_in(region, ADELE, NOW)["id"].to_pylist()


@pytest.mark.parametrize("account", [CAMILLE, DOMINIQUE])
def test_only_an_administrator_lists_invites_and_revokes(region, account):
    for operation in (
        lambda: invitations.list_never_signed_in(region, account, NOW),
        lambda: invite(region, CLAUDE, account=account),
        lambda: invitations.revoke(region, account, [CLAUDE.id], NOW),
    ):
        with pytest.raises(Forbidden):
            operation()
    assert rows(region, "invitation") == []
    assert {line[:3] for line in journalled(region)} == {("invitation", "refused", account.id)}


# How it leaves


def test_each_account_gets_a_mail_or_a_link_to_hand_over(region, box):
    results = invite(region, CAMILLE, BLANCHE, CLAUDE)
    assert [one.delivery for one in results] == [InvitationDelivery.SENT, InvitationDelivery.NO_MAIL, InvitationDelivery.SENT]
    assert [bool(one.link) for one in results] == [False, True, False]
    first, second = box.next(), box.next()
    assert [first["To"], second["To"]] == ["camille@exemple.fr", "claude@exemple.fr"]
    text = first.get_content()
    assert "« camille »" in text
    assert "avant le 30/11/2026 à 10 h 00" in text
    assert LINK.search(second.get_content())[1] != LINK.search(text)[1]
    passwords.set_by_link(region, LINK.search(text)[1], NEW, NOW + 6 * DAY)
    deliveries = {row["id"]: row["delivery"] for row in listed(region).values() if row["delivery"]}
    assert deliveries == {BLANCHE.id: "no_mail", CLAUDE.id: "sent"}


def test_what_the_server_refuses_is_a_result_and_the_others_leave(region, use_mail_server):
    class Refusing(mailbox.Mailbox):
        async def handle_RCPT(self, server, session, envelope, address, options):
            if address == "camille@exemple.fr":
                return "550 no such user"
            envelope.rcpt_tos.append(address)
            return "250 OK"

    with mailbox.opened(box=Refusing()) as box:
        use_mail_server(box.port)
        results = invite(region, CAMILLE, CLAUDE)
        assert [one.delivery for one in results] == [InvitationDelivery.MAIL_REFUSED, InvitationDelivery.SENT]
        assert box.next()["To"] == "claude@exemple.fr"
    assert opens(region, results[0].link)


def test_without_a_mail_server_every_result_has_its_link(region):
    results = invite(region, CAMILLE, CLAUDE)
    assert [one.delivery for one in results] == [InvitationDelivery.NO_SERVER] * 2
    assert all(opens(region, one.link) for one in results)


def test_a_server_that_cannot_be_reached_is_tried_once(region, use_mail_server, caplog):
    use_mail_server(free_port())
    results = invite(region, CAMILLE, CLAUDE)
    assert [one.delivery for one in results] == [InvitationDelivery.MAIL_REFUSED] * 2
    assert "a moment ago" in caplog.records[-1].message


class _Hasty(socketserver.StreamRequestHandler):
    """A mail server that closes its connection after each mail."""

    received: ClassVar[list[str]] = []

    def handle(self):
        self.wfile.write(b"220 ready\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.received.append(b"".join(lines).decode())
                self.wfile.write(b"250 taken\r\n")
                return
            self.wfile.write(b"250 OK\r\n")


def test_a_connection_that_the_server_closes_between_two_mails_is_opened_again(region, use_mail_server):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Hasty) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        use_mail_server(server.server_address[1])
        results = invite(region, CAMILLE, CLAUDE)
        server.shutdown()
    assert [one.delivery for one in results] == [InvitationDelivery.SENT] * 2
    assert len(_Hasty.received) == 2


def test_a_server_that_closes_at_once_refuses_the_mail(region, use_mail_server):
    class _Closing(_Hasty):
        def handle(self):
            self.wfile.write(b"220 ready\r\n")
            self.rfile.readline()
            self.wfile.write(b"250 OK\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Closing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        use_mail_server(server.server_address[1])
        (result,) = invite(region, CAMILLE)
        server.shutdown()
    assert result.delivery is InvitationDelivery.MAIL_REFUSED


# In the background


def finished(run):
    deadline = time.monotonic() + mailbox.SECONDS
    while not run.finished and time.monotonic() < deadline:
        time.sleep(0.01)
    assert run.finished
    return run


def test_a_run_follows_its_progress(region, box):
    run = finished(invitations.start(region, ADELE, [CAMILLE.id, CLAUDE.id], NOW))
    assert (run.total, len(run.results), run.failure) == (2, 2, "")
    assert box.arrived.qsize() == 2


def test_a_run_stops_when_the_right_is_withdrawn_or_the_database_fails(region, monkeypatch):
    store_account(region, replace(ADELE, roles=frozenset({Role.PROFESSIONAL})))
    run = finished(invitations.start(region, ADELE, [CAMILLE.id, CLAUDE.id], NOW))
    assert (run.results, "Seul un administrateur" in run.failure) == ([], True)
    store_account(region, ADELE)
    monkeypatch.setattr(invitations.links, "new_token", lambda: 1 / 0)
    run = finished(invitations.start(region, ADELE, [CAMILLE.id], NOW))
    assert "L'envoi s'est arrêté" in run.failure


# The trace


def test_creation_delivery_and_revocation_are_in_the_journal_by_ids(region, box):
    invite(region, CAMILLE)
    assert invitations.revoke(region, ADELE, [CAMILLE.id, CLAUDE.id], NOW) == 1
    with pytest.raises(NotFound):
        invitations.revoke(region, ADELE, [CAMILLE.id], NOW)
    subject = "account:camille"
    assert journalled(region) == [
        (*("invitation", "done", ADELE.id, subject), {"action": "invite", "expires_at": (NOW + 7 * DAY).isoformat()}),
        (*("invitation", "done", ADELE.id, subject), {"delivery": "sent"}),
        (*("invitation", "done", ADELE.id, subject), {"action": "revoke"}),
    ]


def test_it_is_in_the_export_of_the_persons_data_without_its_token(region):
    url = url_of(region, CAMILLE)
    signs_in_at = json.loads(personal_data.export(region, ADELE, CAMILLE.id, NOW))
    assert signs_in_at["invitations"] == [{"faite_le": NOW.isoformat(), "remise": "Lien à remettre"}]
    assert signs_in_at["compte"]["premiere_connexion"] is None
    assert url.rpartition("=")[2] not in str(signs_in_at)


def test_it_is_deleted_when_its_time_is_past(region):
    invite(region, CAMILLE, now=NOW - 8 * DAY)
    invite(region, CLAUDE, now=NOW - 6 * DAY)
    retention.confirm_clock(region, ADELE, NOW)
    assert [row[1] for row in rows(region, "invitation")] == [CLAUDE.id]
