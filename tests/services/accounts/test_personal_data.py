"""Exporting all data stored on a person, without credentials, and erasing it for ever."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden, NotFound, Refused, SignInFailed
from ror.model.journal import Act
from ror.model.reminder import Deputyship, DueUnit, Line, Preference, Rhythm
from ror.model.rights import Role
from ror.services import journal
from ror.services.accounts import personal_data, second_factor, sign_in
from ror.services.availability import mask
from ror.settings import settings
from ror.store import accounts, declarations, deputyships, handovers, reminders, sessions
from ror.store import personal_data as stored
from ror.store.journal import JournalQuery
from tests.region import (
    ADELE,
    BLANCHE,
    CAMILLE,
    CLAUDE,
    DAY_HOSPITAL,
    DISABLED,
    DOMINIQUE,
    HOME_CARE,
    NOW,
    PASSWORD,
    PASSWORDLESS,
    RESUSCITATION,
    WARD,
    only_on_a_file,
    rows,
    store_account,
    write,
)
from tests.services.accounts.test_second_factor import enrolled

SHIFT = timedelta(hours=8)
ERASED = {"login": "efface-camille", "name": "Compte effacé", "mail": "", "identity": "", "password_hash": ""}


@pytest.fixture
def with_data(region):
    """Return the region with data of each kind on Camille."""
    account = replace(CAMILLE, mail="camille@example.fr", identity="810000000001")
    with region.transaction() as transaction:
        accounts.change(transaction, account)
        sessions.open_session(transaction, "hash-of-camille", CAMILLE.id, NOW)
        sessions.open_session(transaction, "hash-of-blanche", BLANCHE.id, NOW)
        sessions.add_link(transaction, "hash-of-link", CAMILLE.id, NOW)
    enrolled(region, account)
    write_line(region, account, Act.SIGN_IN, "session", "192.0.2.7")
    write_line(region, ADELE, Act.RIGHTS, "account:camille", "192.0.2.99")
    write_line(region, BLANCHE, Act.SIGN_IN, "session", "192.0.2.8")
    with region.transaction() as transaction:
        handovers.add(transaction, WARD, CAMILLE.id, CLAUDE.id, NOW, NOW + SHIFT)
        handovers.add(transaction, HOME_CARE, CLAUDE.id, CAMILLE.id, NOW, NOW + SHIFT)
        handovers.add(transaction, DAY_HOSPITAL, CLAUDE.id, BLANCHE.id, NOW, NOW + SHIFT)
        late = Line(DueUnit(WARD, 3, True, False, frozenset()))
        reminders.claim(transaction, "mail-to-camille", CAMILLE.id, 0, [late], NOW)
        absent = Line(DueUnit(DAY_HOSPITAL, 3, True, False, frozenset()), absent=CAMILLE.id)
        reminders.claim(transaction, "mail-to-claude", CLAUDE.id, 0, [absent], NOW)
        reminders.set_preference(transaction, CAMILLE.id, Preference(Rhythm.WEEKLY, 2, 10), NOW, by_link=False)
        day = NOW.date()
        deputyships.add(transaction, Deputyship(CAMILLE.id, CLAUDE.id, day, day, True), NOW)
        deputyships.add(transaction, Deputyship(BLANCHE.id, CAMILLE.id, day, day, False), NOW)
        deputyships.add(transaction, Deputyship(CLAUDE.id, BLANCHE.id, day, day, False), NOW)
    write(region, WARD, 7, comment="Aile nord")
    write(region, WARD, 6, account=BLANCHE.id, comment="Aile sud")
    return region


def write_line(db, account, act, subject, address):
    journal.acting_from(address)
    with db.transaction() as transaction:
        journal.record(transaction, act, account, subject, NOW, after={"number": 7})
    journal.acting_from(journal.CONSOLE)


def exported(db, account=CAMILLE, target=CAMILLE):
    return json.loads(personal_data.export(db, account, target.id, NOW))


def account_row(db, account):
    with db.reader() as cursor:
        query = "SELECT login, name, mail, identity, password_hash, disabled FROM account WHERE id = ?"
        return cursor.execute(query, [account.id]).to_arrow_table().to_pylist()[0]


def test_an_account_exports_all_data_stored_on_it(with_data):
    data = exported(with_data)
    person = data["compte"]
    assert (person["nom"], person["identifiant"], person["courriel"]) == ("Camille Exemple", "camille", "camille@example.fr")
    assert (person["connexion_unique"], person["second_facteur"]) == ("810000000001", True)
    assert person["codes_de_secours_restants"] == 10
    assert person["roles"] == ["Responsable de disponibilités"]
    assert person["perimetre"] == ["Entité juridique : Groupe hospitalier fictif des Tilleuls (990000101)"]
    assert data["sessions"] == [{"ouverte_le": NOW.isoformat(), "dernier_geste": NOW.isoformat(), "fermee_le": None}]
    assert data["liens_a_usage_unique"] == [{"fait_le": NOW.isoformat()}]
    assert {line["adresse"] for line in data["adresses_reseau"]} == {"192.0.2.7", "console"}
    assert data["mises_a_jour"]["nombre"] == 1
    assert data["mises_a_jour"]["liste"][0]["commentaire"] == "Aile nord"
    handed_over = [(one["unite"], one["nom"], one["par"], one["confiee_le"], one["jusqu_a"]) for one in data["unites_confiees"]]
    instants = NOW.isoformat(), (NOW + SHIFT).isoformat()
    assert sorted(handed_over) == [
        (WARD, "Médecine interne", "ce compte", *instants),
        (HOME_CARE, "Soins à domicile", "un autre compte", *instants),
    ]
    chosen = data["rappels"]["choix"]
    assert [(one["jour"], one["heure"], one["choisi_le"], one["par_un_lien"]) for one in chosen] == [
        ("mercredi", 10, NOW.isoformat(), False)
    ]
    mails = data["rappels"]["courriels"]
    assert [(one["fait_le"], one["etat"], one["unites"]) for one in mails] == [
        (NOW.isoformat(), "envoi en cours ou interrompu", [WARD])
    ]
    roles = [(one["role"], one["du"], one["a_la_place"]) for one in data["rappels"]["suppleances"]]
    assert sorted(roles) == [("absent", NOW.date().isoformat(), True), ("suppléant", NOW.date().isoformat(), False)]
    assert [(line["acte"], line["par"]) for line in data["journal"]] == [
        ("Second facteur", "ce compte"),
        ("Connexion", "ce compte"),
        ("Rôles et périmètre", "un autre compte"),
        ("Données personnelles", "ce compte"),
    ]


def test_the_export_has_no_credential_and_no_data_of_others(with_data):
    text = personal_data.export(with_data, CAMILLE, CAMILLE.id, NOW).decode()
    secrets = [row[0] for row in rows(with_data, "second_factor") + rows(with_data, "recovery_code") if row[0] != CAMILLE.id]
    secrets += [sealed for _, sealed, _ in rows(with_data, "second_factor")] + [
        hashed for _, hashed in rows(with_data, "recovery_code")
    ]
    secrets += ["$2b$", "hash-of-camille", "hash-of-link"]
    theirs = ["Blanche", "blanche", "Claude", "claude", DAY_HOSPITAL, "Aile sud", "192.0.2.8", "192.0.2.99", "adele"]
    assert not [word for word in secrets + theirs if word in text]


def test_the_export_is_readable_text_with_accents(with_data):
    text = personal_data.export(with_data, CAMILLE, CAMILLE.id, NOW).decode("utf-8")
    assert "Responsable de disponibilités" in text
    assert text.count("\n") > 50


def test_a_perimeter_is_exported_in_words(region):
    assert personal_data.perimeter(region, BLANCHE) == [
        "Structure : Hôpital fictif des Tilleuls (990750001)",
        "Structure : Résidence fictive des Ormes (990940001)",
    ]
    assert personal_data.perimeter(region, CLAUDE) == [
        f"Unité : Hôpital de jour - Hôpital fictif des Tilleuls ({DAY_HOSPITAL})",
        f"Unité : Soins à domicile - Maison fictive du Canal ({HOME_CARE})",
    ]
    assert personal_data.perimeter(region, DOMINIQUE) == []


def test_an_entry_missing_from_the_registry_is_exported_by_its_number(region):
    lost = replace(DOMINIQUE, perimeter=replace(DOMINIQUE.perimeter, structures=frozenset({"990999999"})))
    with region.transaction() as transaction:
        accounts.change(transaction, lost)
    assert personal_data.perimeter(region, lost) == ["Structure : absente du répertoire (990999999)"]


def test_a_masked_comment_is_not_exported(with_data):
    position = write(with_data, RESUSCITATION, 2, comment="Lit de M. Fictif").position
    mask.mask(with_data, ADELE, position, NOW)
    text = personal_data.export(with_data, CAMILLE, CAMILLE.id, NOW).decode()
    assert "M. Fictif" not in text
    declared = [
        (one["geste"], one["commentaire"], one["commentaire_masque"]) for one in json.loads(text)["mises_a_jour"]["liste"]
    ]
    assert declared == [("declared", "Aile nord", False), ("declared", "", True)]


def test_an_administrator_exports_the_data_of_any_account(with_data):
    assert exported(with_data, ADELE)["compte"]["nom"] == "Camille Exemple"
    assert exported(with_data, None)["compte"]["nom"] == "Camille Exemple"


def test_only_an_administrator_exports_the_data_of_another_account(with_data):
    for stranger in (BLANCHE, DOMINIQUE, store_account(with_data, replace(ADELE, disabled=True))):
        with pytest.raises(Forbidden):
            personal_data.export(with_data, stranger, CAMILLE.id, NOW)
    newest = journal.read(with_data, None, JournalQuery(acts=("personal_data",)), NOW).to_pylist()
    assert [(line["actor"], line["outcome"]) for line in newest] == [
        ("adele", "refused"),
        ("dominique", "refused"),
        ("blanche", "refused"),
    ]


def test_a_disabled_account_exports_nothing(region):
    with pytest.raises(Forbidden):
        personal_data.export(region, DISABLED, DISABLED.id, NOW)


def test_an_erased_account_keeps_only_its_id(with_data):
    personal_data.erase(with_data, ADELE, CAMILLE.id, NOW)
    assert account_row(with_data, CAMILLE) == {**ERASED, "disabled": True}
    sessions_and_rights = ("account_role", "account_perimeter", "handover", "session", "one_time_link", "origin")
    of_reminders = ("reminder", "reminder_unit", "reminder_preference", "deputyship")
    for table in (*sessions_and_rights, *of_reminders, "second_factor", "recovery_code"):
        assert CAMILLE.id not in {value for row in rows(with_data, table) for value in row}, table
    assert [row[0] for row in rows(with_data, "handover")] == [DAY_HOSPITAL]
    assert [row[:2] for row in rows(with_data, "deputyship")] == [(CLAUDE.id, BLANCHE.id)]
    assert [row[0] for row in rows(with_data, "reminder")] == ["mail-to-claude"]
    with with_data.reader() as cursor:
        assert accounts.by_id(cursor, CAMILLE.id).erased
        assert not accounts.by_id(cursor, BLANCHE.id).erased


def test_no_table_has_data_of_an_erased_person(with_data):
    personal_data.erase(with_data, ADELE, CAMILLE.id, NOW)
    with with_data.reader() as cursor:
        listed = "SELECT DISTINCT table_name FROM duckdb_tables() WHERE schema_name IN ('main', 'public')"
        tables = [name for (name,) in cursor.execute(listed).fetchall()]
    everything = str([rows(with_data, table) for table in tables])
    assert len(tables) > 15
    for word in ("Camille", "camille@example.fr", "810000000001", "192.0.2.7", "hash-of-camille", "hash-of-link"):
        assert word not in everything, word
    assert "192.0.2.8" in everything


def test_the_chain_of_the_journal_is_valid_after_an_erasure(with_data):
    before = journal.verify(with_data).head
    personal_data.erase(with_data, ADELE, CAMILLE.id, NOW)
    verified = journal.verify(with_data, before)
    assert verified.broken is None
    assert verified.head.number == before.number + 1
    newest = journal.read(with_data, None, JournalQuery(account=CAMILLE.id), NOW).to_pylist()
    assert (newest[0]["act"], newest[0]["subject"], newest[0]["subject_name"]) == (
        "personal_data",
        "account:camille",
        "Compte effacé",
    )
    assert {line["actor_name"] for line in newest if line["actor"] == CAMILLE.id} == {"Compte effacé"}
    assert {line["address"] for line in newest if line["actor"] == CAMILLE.id} == {""}


def test_no_network_address_stays_on_the_failed_attempts_of_an_erased_account(with_data):
    journal.acting_from("192.0.2.55")
    for login in ("camille", "personne-de-ce-nom"):
        with pytest.raises(SignInFailed):
            sign_in.sign_in(with_data, login, "pas-le-bon-mot", NOW)
    journal.acting_from(journal.CONSOLE)
    before = journal.verify(with_data).head
    assert refused_from(with_data) == {"account:camille": "192.0.2.55", "account:": "192.0.2.55"}
    personal_data.erase(with_data, ADELE, CAMILLE.id, NOW)
    assert refused_from(with_data) == {"account:camille": "", "account:": "192.0.2.55"}
    assert "camille" not in {account for _, account, *_ in rows(with_data, "origin")}
    assert journal.verify(with_data, before).broken is None


def refused_from(db):
    lines = journal.read(db, None, JournalQuery(acts=("sign_in",), outcome="refused"), NOW).to_pylist()
    return {line["subject"]: line["address"] for line in lines}


def test_the_write_ahead_log_has_no_data_of_an_erased_person(with_data):
    words = (b"camille@example.fr", b"810000000001", b"192.0.2.7")
    path = only_on_a_file(with_data)
    log = path.with_name(f"{path.name}.wal")
    assert [word for word in words if word not in log.read_bytes()] == []
    personal_data.erase(with_data, ADELE, CAMILLE.id, NOW)
    assert not log.exists() or [word for word in words if word in log.read_bytes()] == []


def test_declarations_keep_their_numbers_and_comments_by_an_erased_author(with_data):
    before = rows(with_data, "declaration")
    personal_data.erase(with_data, ADELE, CAMILLE.id, NOW)
    assert rows(with_data, "declaration") == before
    with with_data.reader() as cursor:
        assert accounts.names(cursor, [CAMILLE.id]) == {CAMILLE.id: "Compte effacé"}
        first = declarations.history(cursor, WARD, NOW - timedelta(days=1)).to_pylist()[0]
    assert (first["available"], first["comment"], first["account"]) == (7, "Aile nord", CAMILLE.id)


@pytest.mark.parametrize("login", ["camille", "efface-camille", ""])
def test_nobody_signs_in_with_an_erased_account(with_data, login):
    personal_data.erase(with_data, ADELE, CAMILLE.id, NOW)
    for password in (PASSWORD, ""):
        with pytest.raises(SignInFailed):
            sign_in.sign_in(with_data, login, password, NOW)


def test_an_open_session_of_an_erased_account_ends(with_data):
    token = sign_in.open_session(with_data, sign_in.ticket_for(BLANCHE), NOW)
    assert sign_in.account_of(with_data, token, NOW)
    personal_data.erase(with_data, ADELE, BLANCHE.id, NOW)
    assert sign_in.account_of(with_data, token, NOW) is None


def test_the_last_administrator_is_not_erased(region):
    for account in (ADELE, None):
        with pytest.raises(Refused, match="dernier administrateur"):
            personal_data.erase(region, account, ADELE.id, NOW)
    assert account_row(region, ADELE)["name"] == "Adèle Gabarit"


@pytest.mark.parametrize("by", ["administrator", "command line"])
def test_an_administrator_is_erased_by_another_or_the_command_line_when_another_stays(region, by):
    other = store_account(region, replace(DOMINIQUE, roles=frozenset({Role.ADMINISTRATOR})))
    personal_data.erase(region, other if by == "administrator" else None, ADELE.id, NOW)
    assert account_row(region, ADELE)["name"] == "Compte effacé"


def test_an_account_does_not_erase_itself(region):
    store_account(region, replace(DOMINIQUE, roles=frozenset({Role.ADMINISTRATOR})))
    with pytest.raises(Refused, match="votre propre compte"):
        personal_data.erase(region, ADELE, ADELE.id, NOW)
    assert account_row(region, ADELE)["name"] == "Adèle Gabarit"


def test_an_administrator_who_cannot_sign_in_does_not_count(region):
    store_account(region, replace(PASSWORDLESS, roles=frozenset({Role.ADMINISTRATOR})))
    with pytest.raises(Refused, match="dernier administrateur"):
        personal_data.erase(region, None, ADELE.id, NOW)
    store_account(region, replace(PASSWORDLESS, roles=frozenset({Role.ADMINISTRATOR}), identity="810000000009"))
    personal_data.erase(region, None, ADELE.id, NOW)
    assert account_row(region, ADELE)["name"] == "Compte effacé"


def test_an_export_reads_one_snapshot_while_others_write(with_data, monkeypatch):
    read, pool = stored.read, ThreadPoolExecutor(1)

    def read_while_somebody_writes(*arguments):
        pool.submit(write, with_data, WARD, 5).result(timeout=10)
        return read(*arguments)

    monkeypatch.setattr(stored, "read", read_while_somebody_writes)
    assert exported(with_data)["mises_a_jour"]["nombre"] == 1
    pool.shutdown()
    assert len(rows(with_data, "declaration")) > 5


def test_only_an_administrator_erases_an_account(with_data):
    before = rows(with_data, "account")
    for stranger in (CAMILLE, BLANCHE, DOMINIQUE):
        with pytest.raises(Forbidden):
            personal_data.erase(with_data, stranger, CAMILLE.id, NOW)
    assert rows(with_data, "account") == before


def test_an_erased_or_unknown_account_is_not_erased(with_data):
    personal_data.erase(with_data, ADELE, CAMILLE.id, NOW)
    with pytest.raises(Refused, match="déjà effacé"):
        personal_data.erase(with_data, ADELE, CAMILLE.id, NOW)
    with pytest.raises(NotFound):
        personal_data.erase(with_data, ADELE, "nobody", NOW)


def test_an_administrator_without_a_required_second_factor_neither_exports_nor_erases(with_data, monkeypatch):
    monkeypatch.setenv("ROR_ADMINISTRATOR_SECOND_FACTOR", "1")
    settings.cache_clear()
    for operation in (personal_data.export, personal_data.erase):
        with pytest.raises(Forbidden, match="second facteur"):
            operation(with_data, ADELE, CAMILLE.id, NOW)
    assert exported(with_data, ADELE, ADELE)["compte"]["identifiant"] == "adele"
    assert second_factor.is_required(ADELE)


def test_an_invented_account_id_is_unknown(region):
    write(region, RESUSCITATION, 1)
    for wild in ("", "'; DROP TABLE account", "\x00", "é" * 5_000):
        with pytest.raises(NotFound):
            personal_data.export(region, ADELE, wild, NOW)
