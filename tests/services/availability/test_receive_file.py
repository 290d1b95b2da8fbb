"""A file of observations: each line is received as a number of another system, all or none, with the outcome of each."""

import json
from datetime import timedelta

import pytest

from ror.errors import BadFile
from ror.exchange import observations_file
from ror.services import events, journal
from ror.services.availability import consult, mask
from ror.services.availability.receive_file import import_declarations
from ror.store import declarations
from tests.region import ADELE, CAMILLE, CARDIAC, CLOSED_UNIT, NOW, RESUSCITATION, WARD, history, rows, write

pytestmark = pytest.mark.usefixtures("region")

HEAD = "unit;available;observed_at;source_type;comment"
EARLY, MORNING, NOON = "2026-11-22T06:00:00+01:00", "2026-11-22T08:00:00+01:00", "2026-11-22T12:00:00+01:00"


@pytest.fixture
def write_list(tmp_path):
    """Return a function that writes a file of observations and returns its path."""

    def make(*lines):
        path = tmp_path / "numbers.csv"
        path.write_text("\n".join([HEAD, *lines]), encoding="utf-8")
        return path

    return make


def latest(db, unit):
    with db.reader() as cursor:
        return declarations.latest(cursor, [unit])[-1]


def test_numbers_are_written_in_the_order_of_their_instants_and_carry_them(db, write_list):
    done = import_declarations(db, write_list(f"{WARD};4;{NOON};02;", f"{WARD};7;{MORNING};02;Calme"), NOW)
    assert (done.read, done.written, done.unchanged, done.rejects) == (2, 2, 0, [])
    assert history(db, WARD) == [("declared", 7), ("declared", 4)]
    last = latest(db, WARD)
    assert (last.observed_at.isoformat(), last.recorded_at, last.source_type) == ("2026-11-22T11:00:00+00:00", NOW, "02")
    assert last.comment == ""


def test_the_same_file_again_changes_nothing(db, write_list):
    path = write_list(f"{WARD};4;{EARLY};;", f"{WARD};6;{MORNING};;", f"{WARD};5;{NOON};;", f"{CARDIAC};2;{MORNING};;")
    import_declarations(db, path, NOW)
    before = rows(db, "declaration")
    done = import_declarations(db, path, NOW)
    assert (done.written, done.unchanged, done.rejects) == (0, 4, [])
    assert rows(db, "declaration") == before


def test_the_same_file_with_every_number_of_a_unit_changes_nothing_either(db, tmp_path):
    path = tmp_path / "numbers.csv"
    head = "unit;observed_at;available;installed;occupied;reserved;closed;supplementary"
    path.write_text("\n".join([head, f"{WARD};{MORNING};4;20;10;2;1;0", f"{WARD};{NOON};5;20;9;2;1;0"]), encoding="utf-8")
    assert import_declarations(db, path, NOW).written == 2
    again = import_declarations(db, path, NOW)
    assert (again.written, again.unchanged, again.rejects) == (0, 2, [])


def test_the_same_file_again_changes_nothing_of_the_hour_that_comes_twice_in_autumn(db, write_list):
    path = write_list(f"{WARD};4;25/10/2026 02:30;;")
    assert import_declarations(db, path, NOW).written == 1
    assert import_declarations(db, path, NOW).unchanged == 1
    assert history(db, WARD) == [("declared", 4)]


def test_several_lines_of_a_unit_are_received_one_after_the_other(db, write_list):
    write(db, WARD, 4, NOW - timedelta(days=9))
    done = import_declarations(
        db, write_list(f"{WARD};4;{MORNING};;", f"{WARD};6;{NOON};;", f"{WARD};6;{NOON};;", f"{WARD};7;{NOON};;"), NOW
    )
    assert (done.written, done.unchanged, [one.line for one in done.rejects]) == (2, 1, [5])
    assert history(db, WARD) == [("declared", 4), ("confirmed", 4), ("declared", 6)]


def test_a_file_without_a_readable_line_writes_nothing(db, write_list):
    done = import_declarations(db, write_list(f"{WARD};beaucoup;{MORNING};;"), NOW)
    assert (done.read, done.written, done.unchanged, len(done.rejects)) == (1, 0, 0, 1)
    assert rows(db, "declaration") == []


def test_the_log_is_read_once_for_all_the_lines_of_a_file(db, write_list, monkeypatch):
    read = []

    def counted(name, real):
        return lambda *args, **others: read.append(name) or real(*args, **others)

    for name in ("latest", "previous", "recent_numbers", "observed"):
        monkeypatch.setattr(declarations, name, counted(name, getattr(declarations, name)))
    path = write_list(f"{WARD};4;{MORNING};;", f"{CARDIAC};2;{MORNING};;", f"{WARD};5;{NOON};;")
    import_declarations(db, path, NOW)
    import_declarations(db, path, NOW)
    assert read == ["latest", "observed"] * 2


def test_a_number_older_than_the_stored_one_is_refused_line_by_line(db, write_list):
    write(db, WARD, 5, NOW - timedelta(hours=1))
    done = import_declarations(db, write_list(f"{WARD};4;{MORNING};;", f"{CARDIAC};2;{MORNING};;"), NOW)
    assert (done.written, [(one.line, "plus récent" in one.reason) for one in done.rejects]) == (1, [(2, True)])
    assert history(db, WARD) == [("declared", 5)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"nulle-part;4;{MORNING};;", "L'unité nulle-part est inconnue"),
        (f"{RESUSCITATION};400;{MORNING};;", "L'unité compte 12 lits"),
        (f"{CLOSED_UNIT};1;{MORNING};;", "fermée au répertoire"),
        (f"{WARD};4;2026-11-24T08:00:00Z;;", "est à venir"),
    ],
)
def test_what_breaks_a_rule_of_the_field_is_refused_and_the_rest_is_written(db, write_list, line, words):
    done = import_declarations(db, write_list(line, f"{CARDIAC};2;{MORNING};;"), NOW)
    assert (done.written, [words in one.reason for one in done.rejects]) == (1, [True])


def test_a_comment_is_not_brought_back_to_a_unit_where_one_was_masked(db, write_list):
    mask.mask(db, ADELE, write(db, WARD, 4, NOW - timedelta(days=3), comment="Nom d'une personne").position, NOW)
    done = import_declarations(db, write_list(f"{WARD};5;{MORNING};;Nom d'une personne", f"{WARD};6;{NOON};;"), NOW)
    assert [(one.line, "retirez celui de la ligne" in one.reason) for one in done.rejects] == [(2, True)]
    assert latest(db, WARD).counts.available == 6


def test_the_author_of_an_imported_number_is_an_import(db, write_list):
    import_declarations(db, write_list(f"{WARD};4;{MORNING};;"), NOW)
    view = consult.view(db, consult.current(db, CAMILLE), consult.Filters(), NOW)
    own = {row["unit"]: row["author"] for row in consult.with_authors(db, consult.own_units(db, CAMILLE, view)).to_pylist()}
    assert own[WARD] == "un import"
    assert own[CARDIAC] == ""


def test_the_journal_has_a_line_for_the_file_and_one_for_each_number(db, write_list):
    import_declarations(db, write_list(f"{WARD};4;{MORNING};;", f"nulle-part;4;{MORNING};;"), NOW)
    lines = journal.read(db, None, journal.JournalQuery(), NOW).to_pylist()
    assert [(line["act"], line["actor"], line["subject"]) for line in lines] == [
        ("import", "", "board"),
        ("declare", "", f"unit:{WARD}"),
    ]
    after = json.loads(lines[0]["after"])
    assert (after["read"], after["created"], after["unchanged"], after["refused"]) == (2, 1, 0, 1)


def test_each_imported_number_is_published_once_committed(db, write_list):
    changes = []
    stop = events.subscribe(changes.append)
    import_declarations(db, write_list(f"{WARD};4;{MORNING};;", f"nulle-part;4;{MORNING};;"), NOW)
    stop()
    assert [change.unit for change in changes] == [WARD]


def test_an_import_that_fails_half_way_writes_nothing(db, write_list):
    def fail(done, total):
        if done:
            raise ConnectionError

    before = rows(db, "declaration")
    with pytest.raises(ConnectionError):
        import_declarations(db, write_list(f"{WARD};4;{MORNING};;", f"{CARDIAC};2;{MORNING};;"), NOW, fail)
    assert rows(db, "declaration") == before


def test_a_file_with_too_many_lines_is_refused(db, write_list, monkeypatch):
    monkeypatch.setattr(observations_file, "MAX_LINES", 1)
    with pytest.raises(BadFile, match="a plus de 1 lignes : donnez-le en plusieurs fichiers"):
        import_declarations(db, write_list(f"{WARD};4;{MORNING};;", f"{CARDIAC};2;{MORNING};;"), NOW)
