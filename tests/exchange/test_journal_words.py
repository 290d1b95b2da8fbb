"""The journal in French words: every value is translated, and no cell is a formula of a spreadsheet."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from ror.exchange.journal_words import format_values, to_french, to_journal_csv
from ror.model.territory import PARIS

LINE = {
    "number": 7,
    "happened_at": datetime(2026, 11, 23, 9, 0, 5, tzinfo=UTC),
    "act": "rights",
    "outcome": "done",
    "actor": "a1",
    "actor_name": "Adèle Gabarit",
    "address": "192.0.2.7",
    "subject": "account:c1",
    "subject_name": "Camille Exemple",
    "before": '{"roles": ["manager"]}',
    "after": "",
}


def words(**changes):
    return to_french(pa.Table.from_pylist([{**LINE, **changes}]), PARIS).to_pylist()[0]


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("", ""),
        ('{"acts_on": 4, "position": 5}', "porte sur la mise à jour 4 ; numéro : 5"),
        ('{"available": 4, "comment": true}', "disponibles : 4 ; commentaire : oui"),
        ('{"roles": ["manager", "coordinator"]}', "rôles : Responsable de disponibilités, Coordonnateur"),
        (
            '{"action": "make", "scopes": ["declare", "read"], "expires_at": "2026-12-23T09:00:00+00:00"}',
            "action : création ; permet : Déclarer dans un périmètre, Lire les disponibilités ; expire le : 23/12/2026 10:00",
        ),
        # As lines are written up to version 0.2.0.
        ('{"gesture": "create"}', "action : création"),
        ('{"closed": 3}', "fermés : 3"),
        ('{"closed": true, "latitude": null}', "fermée : oui ; latitude : rien"),
        ('{"structures": []}', "structures : aucun"),
        ('{"closed_until": "2026-12-24"}', "fermée jusqu'au : 24/12/2026"),
        ('{"before": "2026-11-23T09:00:00+00:00"}', "antérieures au : 23/11/2026 10:00"),
        ('{"action": "create", "new": {"available": 1}}', "action : création ; new : disponibles 1"),
        ('{"key": "9907500001", "other": "0123T56789"}', "key : 9907500001 ; other : 0123T56789"),
    ],
)
def test_the_values_before_and_after_are_translated(printed, expected):
    assert format_values(printed, PARIS) == expected


@pytest.mark.parametrize(
    ("before", "after", "capacity", "expected"),
    [
        ('{"available": 4}', '{"available": 3}', "01", "4 → 3 lits"),
        ('{"available": 0}', '{"available": 1}', "02", "0 → 1 place"),
        ("", '{"available": 3}', "01", "— → 3 lits"),
        ('{"available": 3}', '{"available": 3}', "01", "3 lits, inchangé"),
        ('{"available": 3}', '{"position": 9}', "01", "3 lits → —"),
        ('{"available": 4}', '{"available": 3}', None, "4 → 3"),
        ("", "", "01", ""),
    ],
)
def test_a_change_of_number_has_a_column_of_its_own(before, after, capacity, expected):
    change = {"act": "declare", "subject": "unit:u1", "capacity_type": capacity, "before": before, "after": after}
    assert words(**change)["Changement"] == expected
    assert words(**change, outcome="refused")["Changement"] == ""
    assert words(**change | {"act": "registry"})["Changement"] == ""


def test_a_line_has_author_act_subject_and_origin_in_words():
    line = words()
    assert list(line) == [
        "Ligne",
        "Date",
        "Qui",
        "Depuis",
        "Acte",
        "Résultat",
        "Objet",
        "Structure",
        "Changement",
        "Avant",
        "Après",
    ]
    assert (line["Qui"], line["Acte"], line["Résultat"]) == ("Adèle Gabarit", "Rôles et périmètre", "fait")
    assert (line["Objet"], line["Avant"], line["Depuis"]) == (
        "compte Camille Exemple",
        "rôles : Responsable de disponibilités",
        "192.0.2.7",
    )


@pytest.mark.parametrize(
    ("subject", "name", "expected"),
    [
        ("account:c1", "Compte effacé", "Compte effacé"),
        ("legal_entity:990000117", "Entité juridique 990000117", "Entité juridique 990000117"),
        ("legal_entity:990000117", "Fondation fictive", "entité juridique Fondation fictive"),
        ("structure:990000018", "", "structure 990000018"),
        ("account:token-0123456789ab", "Gestion des lits", "jeton Gestion des lits"),
        ("account:token-0123456789ab", "Jeton du SIH", "Jeton du SIH"),
    ],
)
def test_the_kind_of_a_subject_is_not_repeated_before_its_name(subject, name, expected):
    assert words(subject=subject, subject_name=name)["Objet"] == expected


def test_a_deleted_account_nobody_and_the_command_line_are_authors_too():
    assert words(actor_name="")["Qui"] == "compte a1"
    assert words(actor="", actor_name="", act="sign_in")["Qui"] == "(non connecté)"
    console = words(actor="", actor_name="", address="console")
    assert (console["Qui"], console["Depuis"]) == ("ligne de commande", "ligne de commande")
    service = words(actor="", actor_name="", address="service", act="journal")
    assert (service["Qui"], service["Depuis"]) == ("le service", "le service")
    unknown = words(actor="", actor_name="", address="inconnue", act="sign_in")
    assert (unknown["Qui"], unknown["Depuis"]) == ("(non connecté)", "adresse inconnue")


@pytest.mark.parametrize(
    ("subject", "words_of_it"),
    [("board", "tableau des disponibilités"), ("accounts", "comptes"), ("comments", "commentaires")],
)
def test_a_reading_of_a_whole_table_has_its_words(subject, words_of_it):
    assert words(subject=subject, subject_name="", act="consult")["Objet"] == words_of_it


def test_an_unknown_code_is_shown_as_it_is():
    line = words(act="=1+1", outcome="?", subject="thing", subject_name="")
    assert (line["Acte"], line["Résultat"], line["Objet"]) == ("=1+1", "?", "thing")


def test_the_file_has_seconds_and_ids_and_no_formula():
    text = to_journal_csv(pa.Table.from_pylist([{**LINE, "actor_name": "=cmd()", "subject_name": ""}]), PARIS).decode(
        "utf-8-sig"
    )
    header, line = text.splitlines()
    assert header == "Ligne;Date (Paris);Qui;Depuis;Acte;Résultat;Objet;Structure;Changement;Avant;Après;Compte;Référence"
    assert line.startswith("7;23/11/2026 10:00:05;'=cmd();")
    assert line.endswith(";a1;account:c1")


def test_a_journal_without_lines_is_a_line_of_names():
    empty = pa.Table.from_pylist([LINE]).slice(0, 0)
    assert len(to_journal_csv(empty, PARIS).decode().splitlines()) == 1
