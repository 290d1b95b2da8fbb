"""Displays: who creates and revokes them, what their link opens and until when, and what is stored after their end."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden, NotFound, Refused, Unavailable
from ror.exchange.journal_words import to_french
from ror.model.display import MAX_DAYS, Theme
from ror.model.rights import Account, Role
from ror.model.territory import PARIS
from ror.model.tokens import TokenState
from ror.services import journal
from ror.services.accounts import administer, personal_data, sign_in, tokens
from ror.services.coordination import displays
from ror.services.journal import JournalQuery
from ror.services.operations import retention
from ror.settings import settings
from ror.store import displays as stored
from tests.region import ADELE, CAMILLE, CORALIE, DOMINIQUE, NOW, rows, store_account

pytestmark = pytest.mark.usefixtures("region")

HOUR, DAY, MOMENT = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)


def create(db, account=CORALIE, name="Salle de crise", theme=Theme.DARK, days=30, now=NOW):
    """Create a display; return it and the secret of its link."""
    display, link = displays.create(db, account, name, theme, days, now)
    return display, link.partition("#")[2]


def opened(db, now=NOW, **others):
    """Create a display, open its link and read once; return it and the text of its session."""
    display, secret = create(db, now=now, **others)
    text = displays.open_session(db, secret, now)[1]
    assert read_display_id(db, text, now) == display.id
    return display, text


def read_display_id(db, text, now=NOW):
    display = displays.of_session(db, text, now)
    return display.id if display else None


def listed(db, now=NOW):
    return displays.list_displays(db, CORALIE, now)


def lines(db):
    """Return the lines of the journal about displays, the oldest first: outcome, actor, subject, action."""
    read = journal.read(db, None, JournalQuery(acts=("display",)), NOW).to_pylist()
    return [(row["outcome"], row["actor"], row["subject"], json.loads(row["after"] or "{}").get("action")) for row in read][
        ::-1
    ]


def test_a_link_opens_its_display_once(db):
    display, secret = create(db)
    opened_display, text = displays.open_session(db, secret, NOW + HOUR)
    assert opened_display.id == display.id
    assert read_display_id(db, text, NOW + HOUR) == display.id
    with pytest.raises(NotFound, match="ne sert qu'une fois"):
        displays.open_session(db, secret, NOW + HOUR)
    assert read_display_id(db, text, NOW + HOUR) == display.id


def test_a_link_pressed_twice_at_once_opens_one_session(db):
    _, secret = create(db)
    with ThreadPoolExecutor(6) as pool:
        texts = [text for _, text in pool.map(lambda _: displays.open_session(db, secret, NOW), range(6))]
    assert sum(read_display_id(db, text) is not None for text in texts) == 1
    with pytest.raises(NotFound):
        displays.open_session(db, secret, NOW)


def test_a_link_whose_answer_was_lost_opens_again_until_a_session_is_used(db):
    _, secret = create(db)
    lost = displays.open_session(db, secret, NOW)[1]
    text = displays.open_session(db, secret, NOW + HOUR)[1]
    assert read_display_id(db, lost, NOW + HOUR) is None
    assert read_display_id(db, text, NOW + HOUR)
    with pytest.raises(NotFound):
        displays.open_session(db, secret, NOW + HOUR)
    assert read_display_id(db, text, NOW + HOUR)


def test_a_link_is_an_address_whose_secret_no_server_receives(db, monkeypatch):
    monkeypatch.setenv("ROR_PUBLIC_URL", "https://lits.example.fr")
    settings.cache_clear()
    _, link = displays.create(db, CORALIE, "Salle", Theme.LIGHT, 1, NOW)
    address, _, secret = link.partition("#")
    assert (address, len(secret)) == ("https://lits.example.fr/mur", 43)


def test_neither_the_link_nor_the_session_is_stored(db):
    _, secret = create(db)
    _, text = displays.open_session(db, secret, NOW)
    everything = str(rows(db, "display")) + str(rows(db, "journal"))
    assert secret not in everything
    assert text not in everything
    # The hash of a link is worth nothing as a link.
    assert read_display_id(db, secret) is None


@pytest.mark.parametrize("secret", ["", "x", "x" * 43, "\ud800", "' OR 1=1 --", "x" * 100_000])
def test_an_unknown_link_or_session_opens_nothing_and_writes_nothing(db, secret):
    create(db)
    before = rows(db, "journal"), rows(db, "display")
    with pytest.raises(NotFound):
        displays.open_session(db, secret, NOW)
    assert displays.of_session(db, secret, NOW) is None
    assert (rows(db, "journal"), rows(db, "display")) == before


def test_a_link_is_valid_for_seven_days(db):
    _, late = create(db)
    with pytest.raises(NotFound):
        displays.open_session(db, late, NOW + 7 * DAY)
    assert displays.open_session(db, late, NOW + 7 * DAY - MOMENT)


def test_a_session_ends_with_its_display_ninety_days_at_most(db):
    display, text = opened(db, days=MAX_DAYS)
    assert read_display_id(db, text, NOW + 90 * DAY - MOMENT) == display.id
    assert read_display_id(db, text, NOW + 90 * DAY) is None


def test_a_session_of_a_clock_that_was_ahead_opens_nothing(db):
    _, text = opened(db, now=NOW + DAY)
    assert read_display_id(db, text, NOW) is None


def test_a_revoked_display_reads_nothing_more_at_once_and_its_link_opens_nothing(db):
    display, text = opened(db)
    displays.revoke(db, ADELE, display.id, NOW)
    assert read_display_id(db, text) is None
    other, secret = create(db)
    displays.revoke(db, CORALIE, other.id, NOW)
    with pytest.raises(NotFound):
        displays.open_session(db, secret, NOW)
    for action in (displays.revoke, displays.renew_link):
        with pytest.raises(NotFound, match="n'est plus en service"):
            action(db, CORALIE, display.id, NOW)


def test_a_display_revoked_while_its_link_waits_to_be_written_is_refused(db):
    display, secret = create(db)
    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as transaction:
            waiting = pool.submit(displays.open_session, db, secret, NOW)
            stored.revoke(transaction, display.id, NOW)
        with pytest.raises(NotFound):
            waiting.result()


def test_a_new_link_voids_the_one_before_and_the_open_screen(db):
    display, text = opened(db)
    second = displays.renew_link(db, CORALIE, display.id, NOW + DAY).partition("#")[2]
    assert read_display_id(db, text) is None
    third = displays.renew_link(db, CORALIE, display.id, NOW + DAY).partition("#")[2]
    with pytest.raises(NotFound):
        displays.open_session(db, second, NOW + DAY)
    assert read_display_id(db, displays.open_session(db, third, NOW + DAY)[1], NOW + DAY) == display.id
    # It does not prolong the display.
    assert listed(db)[0].display.expires_at == display.expires_at


def test_an_expired_or_unknown_display_is_neither_revoked_nor_given_a_link(db):
    display, _ = create(db, days=1)
    for action in (displays.revoke, displays.renew_link):
        with pytest.raises(NotFound):
            action(db, CORALIE, display.id, NOW + DAY)
        with pytest.raises(NotFound):
            action(db, CORALIE, "mur-inconnu", NOW)


def test_the_last_use_is_stored_to_five_minutes(db):
    _, text = opened(db)
    for minutes in (1, 4, 6, 9):
        read_display_id(db, text, NOW + timedelta(minutes=minutes))
    assert listed(db)[0].display.used_at == NOW + timedelta(minutes=6)


def test_a_use_by_a_clock_that_was_ahead_does_not_stay_the_last_one(db):
    _, text = opened(db)
    for at in (NOW + DAY, NOW + HOUR):
        assert read_display_id(db, text, at)
    assert listed(db)[0].display.used_at == NOW + HOUR


def test_a_display_reads_on_when_the_store_accepts_no_more_writes(db, monkeypatch):
    display, text = opened(db)

    def refuses(*_):
        raise Unavailable("full")

    monkeypatch.setattr(stored, "touch", refuses)
    assert read_display_id(db, text, NOW + HOUR) == display.id
    assert listed(db)[0].display.used_at == NOW


def test_an_unknown_link_does_not_wait_for_the_turn_to_write(db):
    with ThreadPoolExecutor(1) as pool, db.transaction(), pytest.raises(NotFound):
        pool.submit(displays.open_session, db, "x" * 43, NOW).result(timeout=5)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " \u200b "}, "Nommez la salle"),
        ({"name": "x" * 61}, "60 caractères"),
        ({"days": 0}, "de 1 à 90 jours"),
        ({"days": 91}, "de 1 à 90 jours"),
    ],
)
def test_an_invalid_display_is_refused_with_a_sentence_and_nothing_is_written(db, changes, words):
    with pytest.raises(Refused, match=words):
        create(db, **changes)
    assert rows(db, "display") == []


def test_a_name_is_stored_without_invisible_characters(db):
    assert create(db, name="  Salle\u202e de\n crise ")[0].name == "Salle de crise"


def test_there_is_a_bound_to_the_displays_in_use_and_those_that_ended_do_not_count(db, monkeypatch):
    monkeypatch.setattr(displays, "MAX_DISPLAYS", 2)
    first, _ = create(db)
    create(db, days=1)
    with pytest.raises(Refused, match="2 écrans sont déjà en service"):
        create(db)
    displays.revoke(db, CORALIE, first.id, NOW)
    create(db)
    create(db, now=NOW + DAY)


# Rights


ACTIONS = {
    "create": lambda db, account: create(db, account),
    "renew": lambda db, account: displays.renew_link(db, account, "mur-none", NOW),
    "revoke": lambda db, account: displays.revoke(db, account, "mur-none", NOW),
    "list": lambda db, account: displays.list_displays(db, account, NOW),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_readers_and_managers_give_no_display_and_the_refusal_is_journalled(db, action):
    for number, account in enumerate((DOMINIQUE, CAMILLE), 1):
        with pytest.raises(Forbidden, match="adressez-vous à un coordonnateur"):
            ACTIONS[action](db, account)
        assert [line[:2] for line in lines(db)][-1] == ("refused", account.id)
        assert len(lines(db)) == number


def test_coordinators_and_administrators_each_manage_the_displays_of_all(db):
    display, _ = create(db, CORALIE)
    displays.renew_link(db, ADELE, display.id, NOW)
    other, _ = create(db, ADELE)
    displays.revoke(db, CORALIE, other.id, NOW)
    assert {one.display.id: one.state for one in listed(db)} == {
        display.id: TokenState.ACTIVE,
        other.id: TokenState.REVOKED,
    }


def test_an_administrator_needs_the_second_factor_where_it_is_required_and_a_coordinator_does_not(db, monkeypatch):
    monkeypatch.setenv("ROR_ADMINISTRATOR_SECOND_FACTOR", "1")
    settings.cache_clear()
    with pytest.raises(Forbidden, match="second facteur"):
        create(db, ADELE)
    create(db, CORALIE)
    create(db, store_account(db, replace(ADELE, second_factor=True)))
    create(db, store_account(db, replace(ADELE, roles=frozenset({Role.ADMINISTRATOR, Role.COORDINATOR}))))


def test_no_token_of_another_system_gives_a_display(db):
    token = Account("token-1", "", "Logiciel", frozenset(Role))
    with pytest.raises(Forbidden):
        create(db, token)


def test_a_display_is_no_account(db):
    """Neither the secret of its link nor that of its session is accepted as a session or as a token."""
    _, secret = create(db)
    text = displays.open_session(db, secret, NOW)[1]
    for credential in (secret, text):
        assert sign_in.account_of(db, credential, NOW) is None
        assert tokens.account_of(db, credential, NOW) is None


# What stays


def test_every_action_is_in_the_journal_by_ids_without_the_name_of_the_room(db):
    display, secret = create(db)
    displays.open_session(db, secret, NOW)
    displays.renew_link(db, ADELE, display.id, NOW)
    displays.revoke(db, CORALIE, display.id, NOW)
    subject = f"display:{display.id}"
    assert lines(db) == [
        ("done", CORALIE.id, subject, "make"),
        ("done", "", subject, "open_by_link"),
        ("done", ADELE.id, subject, "renew_link"),
        ("done", CORALIE.id, subject, "revoke"),
    ]
    assert "Salle de crise" not in str(rows(db, "journal"))


def test_the_journal_says_it_in_french(db):
    display, secret = create(db, theme=Theme.LIGHT)
    displays.open_session(db, secret, NOW)
    opening, creation = to_french(journal.read(db, None, JournalQuery(acts=("display",)), NOW), PARIS).to_pylist()
    assert (creation["Acte"], creation["Objet"]) == ("Écran mural", f"écran mural {display.id}")
    assert creation["Après"] == "action : création ; expire le : 23/12/2026 10:00 ; couleurs : clair"
    assert (opening["Qui"], opening["Après"]) == ("ligne de commande", "action : ouverture par son lien")


def test_a_display_outlives_its_creator_who_is_forgotten_by_an_erasure(db):
    display, text = opened(db)
    exported = json.loads(personal_data.export(db, CORALIE, CORALIE.id, NOW))
    assert [one["nom"] for one in exported["ecrans_muraux"]] == ["Salle de crise"]
    administer.disable(db, ADELE, CORALIE.id, NOW)
    assert read_display_id(db, text) == display.id
    personal_data.erase(db, ADELE, CORALIE.id, NOW)
    (one,) = displays.list_displays(db, ADELE, NOW)
    assert (one.display.created_by, one.creator) == ("", "")
    assert read_display_id(db, text) == display.id


def test_a_display_is_deleted_thirty_days_after_its_end(db):
    expired, _ = create(db, days=1, now=NOW - 31 * DAY - MOMENT)
    recent, _ = create(db, days=1, now=NOW - 31 * DAY + HOUR)
    revoked, _ = create(db, now=NOW - 40 * DAY)
    displays.revoke(db, CORALIE, revoked.id, NOW - 30 * DAY - MOMENT)
    # Without a line for a month, the journal would let nothing be erased.
    displays.renew_link(db, CORALIE, create(db, now=NOW - 15 * DAY)[0].id, NOW - 10 * DAY)
    retention.erase_unless_doubtful(db, retention.Clock(NOW, 0.0), NOW, 0.0)
    remaining = [one.display.id for one in listed(db)]
    assert (len(remaining), recent.id in remaining) == (2, True)
    assert not {expired.id, revoked.id} & set(remaining)
