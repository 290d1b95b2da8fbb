import json
from datetime import timedelta
from pathlib import Path

import pytest

from ror.errors import Forbidden, NotFound, Outdated, Refused
from ror.exchange.printed_table import TableFormat
from ror.model.capacity import Counts
from ror.model.needs import published_needs
from ror.model.rights import Role
from ror.model.type_decision import NOTHING, TypeDecision
from ror.services import events, journal
from ror.services.availability.declare import DeclarationDraft, declare
from ror.services.availability.export_tables import ExportTable, export_table
from ror.services.registry import edit, unit_types
from ror.services.registry.imports import write as write_plan
from ror.services.registry.unit_types import TypedDecision
from ror.store import registry_changes
from ror.store import unit_types as stored_types
from ror.store.registry import MergeCounts
from tests.region import ADELE, BY_ID, CAMILLE, CORALIE, DOMINIQUE, NOW, WARD, board_rows, change_unit

pytestmark = pytest.mark.usefixtures("region")

HOSPITAL_STAY, WORKSHOP = "16", "02"
AS_PROPOSED = TypeDecision(HOSPITAL_STAY)


def decided(db):
    with db.reader() as cursor:
        return stored_types.decisions(cursor)


def last_line(db):
    return journal.read(db, None, journal.JournalQuery(), NOW).to_pylist()[0]


def test_types_with_units_come_first_with_what_is_proposed_and_decided(db):
    unit_types.decide(db, ADELE, AS_PROPOSED, TypedDecision(duty="12"), NOW)
    lines = unit_types.list_types(db, ADELE, NOW)
    used = {unit.unit_type for unit in BY_ID.values()}
    assert {line.published.code for line in lines[: len(used)]} == used
    assert [line.units for line in lines[len(used) :]] == [0] * (307 - len(used))
    (ward,) = (line for line in lines if line.published.code == HOSPITAL_STAY)
    assert (ward.published.duty, ward.region.duty) == (timedelta(hours=168), timedelta(hours=12))
    assert (ward.decision, ward.units) == (TypeDecision(HOSPITAL_STAY, duty_hours=12), 1)


def test_a_type_that_left_the_list_is_shown_while_a_unit_has_it(db):
    change_unit(db, WARD, unit_type="235")
    assert "235" in {line.published.code for line in unit_types.list_types(db, ADELE, NOW)}


def test_a_decision_is_written_journalled_published_and_seen(db):
    published = []
    stop = events.subscribe(published.append)
    typed = TypedDecision(capacity_type="02", duty=" 12 ", followed=True, needs=("had",))
    assert unit_types.decide(db, ADELE, AS_PROPOSED, typed, NOW) == TypeDecision(HOSPITAL_STAY, "02", 12, True, "had")
    stop()
    assert decided(db) == (TypeDecision(HOSPITAL_STAY, "02", 12, True, "had"),)
    assert board_rows(db)[WARD]["capacity_type"] == "02"
    line = last_line(db)
    assert (line["act"], line["actor"], line["subject"]) == ("registry", ADELE.id, "unit_type:16")
    assert json.loads(line["before"]) == dict.fromkeys(("capacity_type", "duty_hours", "needs"), "proposed")
    assert json.loads(line["after"]) == {"capacity_type": "02", "duty_hours": 12, "needs": "had"}
    # A change of the registry, as an import is: every unit of the type is another version.
    assert published[-1] == events.CommitEvent(db.position)
    with db.reader() as cursor:
        assert registry_changes.changes(cursor)[-1] == "decide unit_type:16"


def test_a_type_goes_back_to_what_is_proposed(db):
    unit_types.decide(db, ADELE, AS_PROPOSED, TypedDecision(followed=False), NOW)
    assert WARD not in board_rows(db)
    assert unit_types.restore(db, ADELE, HOSPITAL_STAY, NOW) == AS_PROPOSED
    assert decided(db) == ()
    assert WARD in board_rows(db)
    with pytest.raises(Refused, match="Rien n'a été modifié"):
        unit_types.restore(db, ADELE, HOSPITAL_STAY, NOW)


@pytest.mark.parametrize(
    ("original", "typed", "error", "sentence"),
    [
        (TypeDecision("999"), TypedDecision(), NotFound, "Ce type n'existe pas"),
        (AS_PROPOSED, TypedDecision(capacity_type="03"), Refused, "Choisissez dans la liste"),
        (AS_PROPOSED, TypedDecision(duty="douze"), Refused, "nombre entier d'heures"),
        (AS_PROPOSED, TypedDecision(needs=("dentiste",)), Refused, "Le besoin « dentiste » est inconnu"),
        # What equals the proposal decides nothing.
        (AS_PROPOSED, TypedDecision("01", "168"), Refused, "Rien n'a été modifié"),
        (TypeDecision(HOSPITAL_STAY, "02"), TypedDecision("01"), Outdated, "Entre-temps"),
    ],
)
def test_a_decision_that_cannot_be_written_is_refused(db, original, typed, error, sentence):
    with pytest.raises(error, match=sentence):
        unit_types.decide(db, ADELE, original, typed, NOW)
    assert decided(db) == ()


@pytest.mark.parametrize("account", [CAMILLE, DOMINIQUE, CORALIE])
def test_nobody_but_an_administrator_decides(db, account, tmp_path):
    file = tmp_path / "types.csv"
    file.write_text("type;compte\n16;place\n")
    assert Role.ADMINISTRATOR not in account.roles
    for attempt in (
        lambda: unit_types.list_types(db, account, NOW),
        lambda: unit_types.list_needs(db, account, NOW),
        lambda: unit_types.decide(db, account, AS_PROPOSED, TypedDecision(duty="12"), NOW),
        lambda: unit_types.restore(db, account, HOSPITAL_STAY, NOW),
        lambda: unit_types.change_words(db, account, "had", "had", NOW),
        lambda: unit_types.import_unit_types(db, file, NOW, account),
    ):
        with pytest.raises(Forbidden):
            attempt()
        assert last_line(db)["outcome"] == "refused"
    assert decided(db) == ()


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        (TypeDecision(HOSPITAL_STAY, NOTHING), "Cette unité ne compte ni lits ni places"),
        (TypeDecision(HOSPITAL_STAY, followed=False), "Votre région ne suit pas les unités de ce type"),
    ],
)
def test_a_unit_whose_type_declares_nothing_is_refused_with_the_reason(db, decision, sentence):
    typed = TypedDecision(decision.capacity_type or "", followed=decision.followed)
    unit_types.decide(db, ADELE, AS_PROPOSED, typed, NOW)
    with pytest.raises(Refused, match=sentence):
        declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3)), NOW)


def test_units_without_a_nature_are_listed_until_somebody_decides(db):
    assert edit.uncounted(db, ADELE, NOW).num_rows == 0
    change_unit(db, WARD, unit_type=WORKSHOP)
    assert edit.uncounted(db, ADELE, NOW)["unit"].to_pylist() == [WARD]
    unit_types.decide(db, ADELE, TypeDecision(WORKSHOP), TypedDecision(NOTHING), NOW)
    assert edit.uncounted(db, ADELE, NOW).num_rows == 0


def test_a_type_of_which_nothing_was_known_declares_once_the_region_chose(db):
    change_unit(db, WARD, unit_type=WORKSHOP)
    draft = DeclarationDraft(WARD, Counts(3))
    with pytest.raises(Refused, match="Le répertoire ne dit pas si cette unité compte"):
        declare(db, CAMILLE, draft, NOW)
    unit_types.decide(db, ADELE, TypeDecision(WORKSHOP), TypedDecision("01"), NOW)
    declare(db, CAMILLE, draft, NOW)
    assert board_rows(db)[WARD]["available"] == 3


def test_the_words_of_a_need_are_changed_journalled_and_restored(db):
    assert board_rows(db)[WARD]["needs"] == "medecine"
    unit_types.change_words(db, ADELE, "had", "HAD\n médecine  interne, had", NOW)
    assert board_rows(db)[WARD]["needs"] == "had"
    line = last_line(db)
    assert (line["subject"], json.loads(line["after"])) == ("need:had", {"words": ["had", "medecine interne"]})
    with pytest.raises(Refused, match="Rien n'a été modifié"):
        unit_types.change_words(db, ADELE, "had", "had, médecine interne", NOW)
    assert unit_types.list_needs(db, ADELE, NOW)["had"].words == ("had", "medecine interne")
    unit_types.change_words(db, ADELE, "had", None, NOW)
    assert unit_types.list_needs(db, ADELE, NOW) == published_needs()
    assert board_rows(db)[WARD]["needs"] == "medecine"
    with pytest.raises(NotFound):
        unit_types.change_words(db, ADELE, "dentiste", "dent", NOW)


# Import and export


@pytest.fixture
def write_file(tmp_path):
    def make(*lines: str) -> Path:
        path = tmp_path / "types.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return make


HEADER = "type;compte;delai_heures;suivi;besoins"


def test_a_file_decides_several_types_and_an_empty_cell_changes_nothing(db, write_file):
    file = write_file(HEADER, "16;place;12;;HAD|SMR", "2;rien;;non;aucun", "Unité de réanimation;lit;24;oui;")
    plan = unit_types.preview_unit_types(db, ADELE, file, NOW)
    assert (plan.read, plan.merged, decided(db)) == (3, MergeCounts(2, 0, 1), ())
    assert write_plan(db, ADELE, plan, NOW).merged == plan.merged
    # The last line says what is proposed already.
    assert decided(db) == (TypeDecision("02", NOTHING, None, False, ""), TypeDecision("16", "02", 12, True, "smr|had"))
    assert unit_types.import_unit_types(db, file, NOW).merged == MergeCounts(0, 0, 3)
    more = write_file(HEADER, "16;;;;proposition", "02;proposition;;;")
    assert unit_types.import_unit_types(db, more, NOW).merged == MergeCounts(0, 2, 0)
    assert decided(db) == (TypeDecision("02", None, None, False, ""), TypeDecision("16", "02", 12))


def test_a_file_that_restores_what_is_proposed_leaves_no_decision(db, write_file):
    unit_types.decide(db, ADELE, AS_PROPOSED, TypedDecision(duty="12"), NOW)
    file = write_file(HEADER, "16;proposition;proposition;proposition;proposition")
    assert unit_types.import_unit_types(db, file, NOW).merged == MergeCounts(0, 1, 0)
    assert decided(db) == ()
    assert unit_types.import_unit_types(db, file, NOW).merged == MergeCounts(0, 0, 1)


def test_a_bad_line_is_refused_and_stops_no_other(db, write_file):
    file = write_file(
        HEADER,
        "hôtel;lit;;;",
        "235;lit;;;",
        "16;baignoire;;;",
        "16;;0;;",
        "16;;;peut-être;",
        "16;;;;dentiste",
        "16;place;;;",
        "16;lit;;;",
    )
    summary = unit_types.import_unit_types(db, file, NOW, ADELE)
    assert [(reject.line, reject.reason.split(" :")[0]) for reject in summary.rejects] == [
        (2, "Le type « hôtel » est inconnu"),
        (3, "Le type 235 « Unité hospitalière de médecine générale » a été retiré de la liste TRE_R244"),
        (4, "« baignoire » dans la colonne « compte »"),
        (5, "Le délai est un nombre entier d'heures, de 1 à 744"),
        (6, "« peut-être » dans la colonne « suivi »"),
        (7, "Le besoin « dentiste » est inconnu"),
        (9, "Le type 16 est déjà celui de la ligne 8"),
    ]
    assert decided(db) == (TypeDecision(HOSPITAL_STAY, "02"),)


def test_a_decision_taken_since_the_preview_is_not_written_over(db, write_file):
    plan = unit_types.preview_unit_types(db, ADELE, write_file(HEADER, "16;place;;;"), NOW)
    unit_types.decide(db, ADELE, AS_PROPOSED, TypedDecision(duty="12"), NOW)
    with pytest.raises(Outdated):
        write_plan(db, ADELE, plan, NOW)


def test_the_export_is_a_file_that_an_import_reads_and_that_changes_nothing(db, write_file, tmp_path):
    unit_types.import_unit_types(db, write_file(HEADER, "16;place;12;;HAD", "02;rien;;non;"), NOW)
    before, exported = decided(db), tmp_path / "export.csv"
    with exported.open("wb") as target:
        done = export_table(db, None, ExportTable.UNIT_TYPES, TableFormat.CSV, target, NOW)
    assert done.lines == 307
    assert unit_types.import_unit_types(db, exported, NOW).merged == MergeCounts(0, 0, 307)
    assert decided(db) == before
