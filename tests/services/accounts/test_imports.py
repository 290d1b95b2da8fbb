"""Accounts by a file: the plan line by line, what is written, what a file never does, and the undo."""

import cProfile
import io
import json
import pstats
import re
import zipfile
from dataclasses import replace

import pytest

from ror.errors import BadFile, Forbidden, NotFound, Outdated, Refused
from ror.exchange import accounts as accounts_file
from ror.model.rights import Account, Perimeter, Role
from ror.services import journal
from ror.services.accounts import administer, imports, links, passwords, personal_data, sign_in
from ror.services.accounts.administer import AccountDraft
from ror.services.accounts.import_lines import AccountLineState
from ror.store import accounts, sessions
from tests.region import (
    ADELE,
    BLANCHE,
    CAMILLE,
    CLINIC,
    DISABLED,
    DOMINIQUE,
    HOME_CARE,
    HOSPITAL,
    LINDENS,
    NOW,
    PASSWORD,
    rows,
    store_account,
)

pytestmark = pytest.mark.usefixtures("region")

HEAD = "identifiant;nom;courriel;roles;perimetre"
TABLES = ("account", "account_role", "account_perimeter")
READER = frozenset({Role.PROFESSIONAL})


@pytest.fixture
def plan(region, tmp_path):
    def planned(*lines, head=HEAD, account=ADELE, **options):
        path = tmp_path / "comptes.csv"
        path.write_text("\n".join((head, *lines)) + "\n", "utf-8")
        return imports.preview_accounts(region, account, path, NOW, **options)

    return planned


def stored(db, login):
    with db.reader() as cursor:
        return accounts.by_login(cursor, login)


def states(plan):
    return [str(line.state) for line in plan.lines]


def written_rows(db):
    return [rows(db, table) for table in TABLES]


def journalled(db):
    with db.reader() as cursor:
        lines = cursor.execute("SELECT act, outcome, actor, subject, after FROM journal ORDER BY number").fetchall()
    return [(act, outcome, actor, subject, json.loads(after or "{}")) for act, outcome, actor, subject, after in lines]


# The plan


def test_each_line_says_what_it_would_do_and_nothing_is_written(region, plan):
    before = written_rows(region)
    planned = plan(
        f"zoe;Zoé Exemple;zoe@exemple.fr;Responsable de disponibilités, coordinator;{HOSPITAL} {LINDENS}",
        f"BLANCHE;Blanche Autre;;Responsable de disponibilités;{HOSPITAL},{HOME_CARE}",
        "dominique;Dominique Témoin;;professionnel de sante;",
        "max;Max Exemple;;chef;",
        ";;;;",
    )
    assert states(planned) == ["created", "changed", "unchanged", "refused"]
    assert planned.lines[0].detail == (f"Coordonnateur, Responsable de disponibilités ; périmètre : {LINDENS}, {HOSPITAL}")
    assert planned.lines[1].detail == (
        f"nom : « Blanche Modèle » devient « Blanche Autre » ; périmètre, ajouté : {HOME_CARE} ; périmètre, retiré : 990940001"
    )
    assert "« chef » n'est pas un rôle : saisissez Professionnel de santé" in planned.lines[3].detail
    assert [(reject.line, reject.reason) for reject in planned.rejects] == [(5, planned.lines[3].detail)]
    assert written_rows(region) == before


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (";Zoé;;Coordonnateur;", "L'identifiant ou le nom manque"),
        ("zo e;Zoé;;Coordonnateur;", "n'a pas d'espace"),
        ("efface-1;Zoé;;Coordonnateur;", "commence les identifiants des comptes effacés"),
        ("zoe;Zoé;zoe;Coordonnateur;", "prenom.nom@exemple.fr"),
        ("zoe;Zoé;;;", "« roles » est vide"),
        ("zoe;Zoé;;Responsable de disponibilités;", "complétez son périmètre"),
        ("zoe;Zoé;;Responsable de disponibilités;990999999", "Inconnu du répertoire : 990999999. Corrigez le numéro"),
        ("zoe;Zoé;ici@exemple.fr;Coordonnateur;", "déjà celle d'un autre compte"),
        ("camille;Camille Exemple;;Responsable de disponibilités, Administrateur;", "donne le rôle d'administrateur"),
        ("adele;Adèle Gabarit;;Coordonnateur;", "retire le rôle d'administrateur"),
    ],
)
def test_a_line_is_refused_with_what_to_do(region, plan, line, reason):
    store_account(region, replace(BLANCHE, mail="ici@exemple.fr"))
    planned = plan(line)
    assert states(planned) == ["refused"]
    assert reason in planned.lines[0].detail
    with pytest.raises(Refused, match="aucune ligne"):
        imports.write(region, ADELE, planned, NOW)


def test_an_erased_account_is_not_changed(region, plan):
    personal_data.erase(region, ADELE, BLANCHE.id, NOW)
    (line,) = plan(f"efface-{BLANCHE.id};Blanche;;coordinator;").lines
    assert "Ce compte a été effacé" in line.detail


def test_lines_are_judged_as_those_before_leave_the_accounts(region, plan):
    store_account(region, replace(BLANCHE, mail="ici@exemple.fr"))
    planned = plan(
        "blanche;Blanche Modèle;la@exemple.fr;Responsable de disponibilités;",
        "zoe;Zoé;ICI@exemple.fr;Coordonnateur;",
        "max;Max;ici@exemple.fr;Coordonnateur;",
        "Zoe;Zoé bis;;Coordonnateur;",
    )
    assert states(planned) == ["changed", "created", "refused", "refused"]
    assert "déjà celui de la ligne 3" in planned.lines[3].detail
    imports.write(region, ADELE, planned, NOW)
    assert stored(region, "zoe")[0].mail == "ICI@exemple.fr"


def test_an_empty_cell_or_a_missing_column_changes_nothing(region, plan):
    store_account(region, replace(BLANCHE, mail="ici@exemple.fr", identity="899700000001"))
    assert states(plan("blanche;Blanche Modèle;;Responsable de disponibilités;")) == ["unchanged"]
    same = plan("blanche;Blanche Modèle;Responsable de disponibilités", head="login;name;profil")
    assert states(same) == ["unchanged"]


@pytest.mark.parametrize(("login", "same"), [("ΝΊΚΟΣ", "νίκοσ"), ("İnci", "inci"), ("ÉLODIE", "élodie")])
def test_a_login_in_another_case_is_the_same_account_as_for_the_store(region, plan, login, same):
    imports.write(region, ADELE, plan(f"{login};Zoé;;coordinator;"), NOW)
    planned = plan(f"{same};Zoé Autre;;coordinator;", f"{login};Zoé Autre;;coordinator;")
    assert states(planned) == ["changed", "refused"]
    imports.write(region, ADELE, planned, NOW)
    assert stored(region, login) == stored(region, same)


def test_a_number_of_a_structure_and_of_a_legal_entity_is_the_structure(region, plan):
    with region.transaction() as transaction:
        transaction.cursor.execute("INSERT INTO legal_entity (finess, name) VALUES (?, 'Homonyme')", [CLINIC])
    (line,) = plan(f"zoe;Zoé;;manager;{CLINIC}").lines
    assert line.after.perimeter == Perimeter(structures=frozenset({CLINIC}))


def test_what_is_left_aside_is_in_the_detail(region, plan):
    reader, disabled = plan(
        f"zoe;Zoé;;Professionnel de santé;{HOSPITAL}", f"{DISABLED.login};Autre Nom;;Responsable de disponibilités;"
    ).lines
    assert "seul un responsable en a un" in reader.detail
    assert disabled.detail.endswith("compte désactivé, qui le reste")


def test_the_rules_of_a_form_are_those_of_the_file_too(region, plan):
    def check(draft):
        if draft.name == "Zoé 2":
            raise Refused("Un nom n'a pas de chiffre.")

    assert states(plan("zoe;Zoé 2;;coordinator;", "max;Max;;coordinator;", check=check)) == ["refused", "created"]


def test_another_file_or_too_many_lines_are_refused_as_a_whole(region, plan, tmp_path, monkeypatch):
    with pytest.raises(BadFile, match="n'a pas de colonne « nom"):
        plan("zoe;x", head="identifiant;prenom")
    lines = [f"compte{number};Compte;;coordinator;" for number in range(accounts_file.MAX_LINES + 1)]
    with pytest.raises(BadFile, match="a plus de 500 lignes"):
        plan(*lines)


@pytest.mark.parametrize("account", [CAMILLE, DOMINIQUE])
def test_only_an_administrator_imports(region, plan, account):
    planned = plan("zoe;Zoé;;coordinator;")
    with pytest.raises(Forbidden):
        plan("zoe;Zoé;;coordinator;", account=account)
    with pytest.raises(Forbidden):
        imports.write(region, account, planned, NOW)
    with pytest.raises(Forbidden):
        imports.undo(region, account, planned.to_write, NOW)
    assert [line[:4] for line in journalled(region)] == [("import", "refused", account.id, "accounts")] * 3
    assert stored(region, "zoe") is None


# Writing


def test_the_lines_are_written_at_once_each_with_its_line_of_the_journal(region, plan):
    planned = plan(
        f"zoe;Zoé Exemple;zoe@exemple.fr;manager;{HOSPITAL}",
        "blanche;Blanche Autre;;coordinator;",
        "dominique;Dominique Témoin;;professional;",
        "max;Max;;chef;",
    )
    hashes = {login: stored(region, login)[1] for login in ("blanche", "dominique")}
    assert imports.write(region, ADELE, planned, NOW) == planned.lines[:2]
    zoe, password_hash = stored(region, "zoe")
    assert (zoe.name, zoe.mail, zoe.roles, zoe.perimeter) == (
        *("Zoé Exemple", "zoe@exemple.fr", frozenset({Role.MANAGER})),
        Perimeter(structures=frozenset({HOSPITAL})),
    )
    assert password_hash == ""
    assert stored(region, "blanche")[0].roles == {Role.COORDINATOR}
    assert {login: stored(region, login)[1] for login in hashes} == hashes
    lines = journalled(region)
    assert [(act, subject) for act, _, _, subject, _ in lines] == [
        ("account", f"account:{zoe.id}"),
        ("account", "account:blanche"),
        ("rights", "account:blanche"),
        ("import", "accounts"),
    ]
    counts = {"created": 1, "changed": 1, "unchanged": 1, "refused": 1, "read": 4}
    assert counts.items() <= lines[-1][4].items()
    assert not any("Zoé" in str(line) or "exemple.fr" in str(line) for line in lines)


def test_the_same_file_again_changes_nothing(region, plan):
    line = f"zoe;Zoé Exemple;zoe@exemple.fr;manager;{HOSPITAL}"
    imports.write(region, ADELE, plan(line), NOW)
    assert states(plan(line)) == ["unchanged"]


def test_when_one_line_is_no_longer_possible_nothing_is_written(region, plan):
    planned = plan("zoe;Zoé;;coordinator;", "blanche;Blanche Autre;;coordinator;")
    store_account(region, replace(BLANCHE, name="Blanche Déjà"))
    before = written_rows(region)
    with pytest.raises(Outdated, match=r"Rien n'a été écrit : la ligne 3 \(blanche\)"):
        imports.write(region, ADELE, planned, NOW)
    assert written_rows(region) == before
    planned = plan("zoe;Zoé;;coordinator;")
    administer.create_account(region, ADELE, AccountDraft("ZOE", "Zoé", READER), NOW)
    with pytest.raises(Refused, match="la ligne 2"):
        imports.write(region, ADELE, planned, NOW)
    planned = plan("blanche;Blanche Autre;;coordinator;")
    personal_data.erase(region, ADELE, BLANCHE.id, NOW)
    with pytest.raises(Refused, match="effacé"):
        imports.write(region, ADELE, planned, NOW)


def statements(operation):
    """Return how many statements an operation has the database execute."""
    profile = cProfile.Profile()
    profile.runcall(operation)
    counts = pstats.Stats(profile).stats.items()
    return sum(calls for (_, _, name), (calls, *_) in counts if re.search(r"duckdb\S*\.execute", name))


def test_writing_many_lines_takes_no_more_statements_than_a_few(region, plan):
    """Everybody who declares waits meanwhile."""

    def written(first, number):
        lines = [f"p{rank};P Exemple;p{rank}@exemple.fr;manager;{HOSPITAL} {CLINIC}" for rank in range(first, first + number)]
        planned = plan(*lines)
        return statements(lambda: imports.write(region, ADELE, planned, NOW))

    few = written(0, 2)
    assert 0 < written(2, 50) <= few
    assert journal.verify(region).broken is None


def test_another_mail_voids_the_link_sent_to_the_previous_one(region, plan):
    urls = {login: links.create_link(region, ADELE, login, NOW) for login in ("blanche", "dominique")}
    imports.write(region, ADELE, plan("blanche;Blanche;b@exemple.fr;coordinator;", "dominique;Domi;;coordinator;"), NOW)
    assert {login: links.is_valid(region, url, NOW) for login, url in urls.items()} == {"blanche": False, "dominique": True}


def test_an_account_disabled_since_the_preview_stays_disabled(region, plan):
    planned = plan("dominique;Dominique Autre;;coordinator;")
    administer.disable(region, ADELE, "dominique", NOW)
    imports.write(region, ADELE, planned, NOW)
    after = administer.account_by_id(region, ADELE, "dominique")
    assert (after.name, after.disabled) == ("Dominique Autre", True)


def test_a_structure_that_left_the_registry_meanwhile_stops_the_import(region, plan):
    planned = plan("dominique;Dominique Autre;;coordinator;", f"zoe;Zoé;;manager;{CLINIC}")
    with region.transaction() as transaction:
        transaction.cursor.execute("DELETE FROM structure WHERE finess = ?", [CLINIC])
    with pytest.raises(Refused, match=rf"la ligne 3 \(zoe\) n'est plus possible. .* inconnues : {CLINIC}"):
        imports.write(region, ADELE, planned, NOW)
    assert stored(region, "dominique")[0].name == DOMINIQUE.name


def test_an_account_of_a_token_is_not_reached(region, plan):
    token = Account("token-1", "", "Système", frozenset({Role.MANAGER}), Perimeter(structures=frozenset({HOSPITAL})))
    with region.transaction() as transaction:
        accounts.add(transaction, token)
    planned = plan(";Système;;coordinator;", "token-1;Système;;coordinator;")
    assert states(planned) == ["refused", "created"]
    imports.write(region, ADELE, planned, NOW)
    with region.reader() as cursor:
        assert accounts.by_id(cursor, token.id) == token
    line = replace(planned.lines[1], before=token)
    with pytest.raises(NotFound):
        imports.write(region, ADELE, replace(planned, lines=[line]), NOW)


def test_a_file_makes_an_administrator_that_a_form_could_make_and_a_last_one_stays(region, plan):
    imports.write(region, None, plan("zoe;Zoé;;Administrateur;", account=None), NOW)
    assert stored(region, "zoe")[0].roles == {Role.ADMINISTRATOR}
    assert states(plan("adele;Adèle Gabarit;;Coordonnateur;", account=None)) == ["refused"]


def test_a_workbook_is_read_too_and_the_one_to_fill_in_has_the_columns(region, tmp_path):
    path = tmp_path / "modele.xlsx"
    path.write_bytes(accounts_file.model_workbook())
    planned = imports.preview_accounts(region, ADELE, path, NOW)
    assert (planned.read, planned.lines) == (0, [])
    with zipfile.ZipFile(io.BytesIO(accounts_file.model_workbook())) as book:
        assert "identifiant" in book.read("xl/sharedStrings.xml").decode()


# Undo


def test_an_import_is_undone_whole(region, plan):
    sessions_before = stored(region, "blanche")
    planned = plan(f"zoe;Zoé;zoe@exemple.fr;manager;{HOSPITAL}", "blanche;Blanche Autre;b@exemple.fr;coordinator;")
    written = imports.write(region, ADELE, planned, NOW)
    zoe, _ = stored(region, "zoe")
    imports.undo(region, ADELE, written, NOW)
    assert stored(region, "zoe") is None
    assert stored(region, "blanche") == sessions_before
    with region.reader() as cursor:
        assert accounts.by_id(cursor, zoe.id).erased
    assert journalled(region)[-1][4] == {"action": "undo", "lines": 2}
    assert states(plan("zoe;Zoé;zoe@exemple.fr;coordinator;")) == ["created"], "its login and its mail are free again"


@pytest.mark.parametrize("change", ["signed in", "changed", "disabled"])
def test_an_account_that_served_or_changed_since_stops_the_undo(region, plan, change):
    planned = plan("blanche;Blanche Autre;;coordinator;", "zoe;Zoé;;coordinator;")
    written = imports.write(region, ADELE, planned, NOW)
    zoe, _ = stored(region, "zoe")
    if change == "signed in":
        url = links.create_link(region, ADELE, zoe.id, NOW)
        accepted = passwords.set_by_link(region, url.rpartition("=")[2], "brouillard pivoine 41", NOW)
        sign_in.open_session(region, accepted.ticket, NOW)
    elif change == "disabled":
        administer.disable(region, ADELE, zoe.id, NOW)
    else:
        administer.change_account(region, ADELE, zoe, AccountDraft("zoe", "Zoé Autre", READER), NOW)
    before = written_rows(region)
    with pytest.raises(Refused, match=r"Rien n'a été annulé : le compte zoe \(ligne 3\)"):
        imports.undo(region, ADELE, written, NOW)
    assert written_rows(region) == before


def test_the_states_of_lines_are_counted(plan):
    planned = plan("zoe;Zoé;;coordinator;", "max;Max;;chef;")
    assert [planned.count(state) for state in AccountLineState] == [1, 0, 0, 1]


def test_what_signs_in_now_goes_on_after_an_import(region, plan):
    ticket = sign_in.sign_in(region, "dominique", PASSWORD, NOW).ticket
    token = sign_in.open_session(region, ticket, NOW)
    imports.write(region, ADELE, plan("dominique;Dominique Autre;;coordinator;"), NOW)
    assert sign_in.account_of(region, token, NOW).roles == {Role.COORDINATOR}
    with region.reader() as cursor:
        assert sessions.find_session(cursor, "unknown") is None


def test_a_file_that_changes_nothing_is_not_written(region, tmp_path):
    path = tmp_path / "comptes.csv"
    path.write_text(f"{HEAD}\nzoe;Zoé Exemple;zoe@exemple.fr;manager;{HOSPITAL}\n", "utf-8")
    imports.import_accounts(region, path, NOW)
    lines = len(journalled(region))
    assert states(imports.import_accounts(region, path, NOW)) == ["unchanged"]
    assert len(journalled(region)) == lines
