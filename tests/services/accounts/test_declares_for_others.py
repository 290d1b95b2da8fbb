"""The grant to write numbers learnt by telephone: who gives it, when it ends, and what is stored on its holder."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Refused
from ror.model.call_round import CallKind
from ror.model.rights import EVERYWHERE, Role
from ror.services.accounts import administer, imports, personal_data
from ror.services.accounts.administer import AccountDraft
from ror.services.availability import correct
from ror.services.coordination import calls
from ror.services.coordination.calls import CallResult
from ror.services.operations import retention
from ror.store import accounts, call_round
from ror.store import journal as journal_lines
from tests.region import ADELE, CORALIE, NOW, WARD, rows, store_account, write

pytestmark = pytest.mark.usefixtures("region")

DAY = timedelta(days=1)
COORDINATOR = frozenset({Role.COORDINATOR})


def draft(*departments, roles=COORDINATOR):
    return AccountDraft(CORALIE.login, CORALIE.name, roles, declares_for_others=frozenset(departments))


def stored(db):
    with db.reader() as cursor:
        return accounts.by_id(cursor, CORALIE.id)


def test_an_administrator_gives_the_grant_and_the_journal_has_it(db):
    assert stored(db).declares_for_others == frozenset()
    administer.change_account(db, ADELE, CORALIE, draft("93", "75"), NOW)
    assert stored(db).declares_for_others == {"75", "93"}
    with db.reader() as cursor:
        (line,) = [line for line, _ in journal_lines.in_order(cursor) if line.act == "rights"]
    assert json.loads(line.before) == {"roles": ["coordinator"]}
    assert json.loads(line.after) == {"roles": ["coordinator"], "declares_for_others": ["75", "93"]}


def test_every_departement_stands_for_all_of_them(db):
    administer.change_account(db, ADELE, CORALIE, draft("*", "75"), NOW)
    assert stored(db).declares_for_others == EVERYWHERE


def test_a_departement_that_does_not_exist_is_refused(db):
    with pytest.raises(Refused, match="Départements inconnus : 100, paris"):
        administer.change_account(db, ADELE, CORALIE, draft("75", "100", "paris"), NOW)


def test_the_grant_goes_with_the_role_of_coordinator_and_does_not_come_back_with_it(db):
    administer.change_account(db, ADELE, CORALIE, draft("75"), NOW)
    reader = administer.change_account(db, ADELE, stored(db), draft("75", roles=frozenset({Role.PROFESSIONAL})), NOW)
    assert reader.declares_for_others == stored(db).declares_for_others == frozenset()
    again = AccountDraft(CORALIE.login, CORALIE.name, COORDINATOR)
    assert administer.change_account(db, ADELE, reader, again, NOW).declares_for_others == frozenset()


def test_a_draft_or_a_file_that_does_not_speak_of_the_grant_leaves_it(db, tmp_path):
    granted = administer.change_account(db, ADELE, CORALIE, draft("75"), NOW)
    renamed = AccountDraft(CORALIE.login, "Coralie Autrement", COORDINATOR)
    assert administer.change_account(db, ADELE, granted, renamed, NOW).declares_for_others == {"75"}
    path = tmp_path / "comptes.csv"
    path.write_text("identifiant;nom;roles\ncoralie;Coralie Fichier;coordinator\n", "utf-8")
    imports.import_accounts(db, path, NOW, ADELE)
    assert (stored(db).name, stored(db).declares_for_others) == ("Coralie Fichier", {"75"})


def use(db):
    """Write a number, a note and a correction as Coralie, to whom a unit is given too."""
    account = store_account(db, replace(CORALIE, declares_for_others=EVERYWHERE))
    wrong, last = write(db, WARD, 9, NOW - 2 * DAY), write(db, WARD, 4, NOW - DAY)
    first = calls.assign(db, account, WARD, CORALIE.id, 0, NOW)
    result = CallResult(WARD, CallKind.NUMBER, first.number, last.position, "2", note="vu avec le cadre", write=True)
    calls.record(db, account, result, NOW)
    correct.correct(db, account, WARD, wrong.position, "3", NOW)
    return account


def test_a_person_reads_all_of_it_in_the_export(db):
    account = use(db)
    exported = json.loads(personal_data.export(db, account, account.id, NOW))
    assert exported["compte"]["ecrit_par_telephone_pour"] == ["tous les départements"]
    assert [(call["geste"], call["nombre"], call["note"]) for call in exported["appels"]] == [
        ("À appeler par", None, ""),
        ("Autre nombre", 2, "vu avec le cadre"),
    ]
    assert [one["nombre"] for one in exported["nombres_corriges"]] == [3]
    assert [one["canal"] for one in exported["mises_a_jour"]["liste"]] == ["telephone"]


def test_the_note_of_somebody_else_is_not_exported(db):
    use(db)
    with db.transaction() as transaction:
        call = call_round.of_unit(transaction.cursor, WARD, NOW - DAY, NOW)[0]
        other = replace(call, number=call_round.next_number(transaction), account=ADELE.id, note="secret", assignee=CORALIE.id)
        call_round.add(transaction, other)
    assert b"secret" not in personal_data.export(db, CORALIE, CORALIE.id, NOW)


def test_an_erased_account_has_no_grant_and_its_calls_keep_their_numbers(db):
    use(db)
    personal_data.erase(db, ADELE, CORALIE.id, NOW)
    assert stored(db).declares_for_others == frozenset()
    assert rows(db, "declares_for_others") == []
    assert len(rows(db, "round_call")) == 2
    assert not [row for table in ("round_call", "correction") for row in rows(db, table) if CORALIE.name in row]


def test_calls_go_after_90_days_and_corrections_stay(db):
    use(db)
    for days, remaining in ((90, 2), (91, 0)):
        with db.transaction() as transaction:
            retention._erase(transaction, None, NOW + days * DAY)
        assert len(rows(db, "round_call")) == remaining
    assert len(rows(db, "correction")) == 1
