"""Files of numbers from other systems: the content of a line, and the refusals with their reasons."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.errors import BadFile
from ror.exchange.import_file import refused_count
from ror.exchange.observations_file import MANDATORY, OPTIONAL, read_observed
from ror.model.nomenclature import SourceType
from ror.model.territory import PARIS
from ror.settings import ROOT
from tests.examples import slow_examples

EIGHT_IN_PARIS = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
HEAD = "unit;available;observed_at;source_type;comment;occupied\n"


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a file of these lines under a header."""

    def of(lines, head=HEAD):
        path = tmp_path / "numbers.csv"
        path.write_text(head + lines, encoding="utf-8")
        return read_observed(path, PARIS)

    return of


def test_a_line_gives_the_unit_its_numbers_their_instant_where_they_come_from_and_the_comment(read):
    (line,) = read("u1;4;2026-05-04T08:00:00+02:00;02;Deux lits en travaux;17\n").observed
    assert (line.unit, line.counts, line.observed_at) == ("u1", {"available": 4, "occupied": 17}, EIGHT_IN_PARIS)
    assert (line.source_type, line.comment, line.line) == (SourceType.BED_MANAGEMENT, "Deux lits en travaux", 2)


@pytest.mark.parametrize(
    "instant", ["2026-05-04T06:00:00Z", "2026-05-04 08:00", "2026-05-04T08:00:00", "04/05/2026 08:00", "04/05/2026 08:00:00"]
)
def test_an_instant_without_a_zone_is_of_paris(read, instant):
    assert read(f"u1;4;{instant};;;\n").observed[0].observed_at == EIGHT_IN_PARIS


@pytest.mark.parametrize(
    "instant",
    [
        *("", "hier", "2026-05-04", "04/05/2026", "31/02/2026 08:00"),
        *("0001-01-01T00:00:00Z", "9999-12-31T23:30:00-01:00", "9999-12-31T23:30:00"),
    ],
)
def test_an_invalid_instant_is_refused_with_an_example(read, instant):
    file = read(f"u1;4;{instant};;;\n")
    (reject,) = file.rejects
    assert (file.observed, reject.line) == ([], 2)
    assert "L'instant" in reject.reason


@pytest.mark.parametrize(
    ("typed", "source"),
    [
        ("", SourceType.MANUAL),
        ("2", SourceType.BED_MANAGEMENT),
        ("04", SourceType.PATIENT_RECORD),
        ("bed management", SourceType.BED_MANAGEMENT),
        ("Gestion administrative du malade (GAM)", SourceType.ADMINISTRATION),
    ],
)
def test_the_source_is_a_code_with_or_without_its_zero_or_a_label(read, typed, source):
    assert read(f"u1;4;2026-05-04 08:00;{typed};;\n").observed[0].source_type is source


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (";4;2026-05-04 08:00;;;", "L'identifiant de l'unité manque"),
        ("u1;;2026-05-04 08:00;;;", "Le nombre disponible manque"),
        ("u1;-1;2026-05-04 08:00;;;", "« disponible » doit être un nombre entier"),
        ("u1;4;2026-05-04 08:00;;;beaucoup", "« occupé » doit être un nombre entier"),
        ("u1;4;2026-05-04 08:00;9;;", "La source « 9 » est inconnue"),
        (f"u1;4;2026-05-04 08:00;;{'x' * 501};", "501 caractères"),
        ("u1;4;2026-05-04 08:00;;;;de trop", "plus de cellules que l'en-tête"),
    ],
)
def test_a_bad_line_is_refused_in_words_and_does_not_stop_the_others(read, line, words):
    file = read(f"{line}\nu2;3;2026-05-04 08:00;;;\n")
    assert [one.unit for one in file.observed] == ["u2"]
    assert [(reject.line, words in reject.reason) for reject in file.rejects] == [(2, True)]
    assert file.read == 2


def test_the_oldest_comes_first_whatever_the_order_of_the_file(read):
    file = read("u1;1;2026-05-05 08:00;;;\nu1;2;2026-05-04 08:00;;;\nu2;3;2026-05-04T05:00:00Z;;;\n")
    assert [one.counts["available"] for one in file.observed] == [3, 2, 1]


def test_a_missing_column_of_comments_differs_from_an_empty_comment(read):
    head = "unit,available,observed_at\n"
    assert read("u1,4,2026-05-04 08:00\n", head).observed[0].comment is None
    assert read("u1;4;2026-05-04 08:00;;;\n").observed[0].comment == ""


def test_an_hour_that_does_not_exist_refuses_its_line_and_one_that_exists_twice_has_a_remark(read):
    file = read("u1;1;29/03/2026 02:30;;;\nu1;2;29/03/2026 03:30;;;\nu1;3,0;25/10/2026 02:30;2.0;;\n")
    assert [one.counts["available"] for one in file.observed] == [2, 3]
    assert [(reject.line, reject.accepted) for reject in file.rejects] == [(2, False), (4, True)]


def test_a_file_without_its_columns_is_refused_with_those_it_needs(read):
    with pytest.raises(BadFile, match="observed_at"):
        read("u1;4\n", "unit;available\n")


def test_the_example_of_the_documentation_is_read_whole():
    file = read_observed(ROOT / "docs" / "example" / "declarations.csv", PARIS)
    assert (len(file.observed), file.rejects) == (3, [])


def test_the_columns_are_documented():
    page = (ROOT / "docs" / "files.md").read_text("utf-8").replace("\u00a0", " ")
    section = page.partition("## Numbers")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
    documented = {name.strip(" `"): needed.strip() for names, needed in rows for name in names.split(",")}
    assert documented == dict.fromkeys(MANDATORY, "yes") | dict.fromkeys(OPTIONAL, "no")


@slow_examples(60)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_a_message(tmp_path, content):
    path = tmp_path / "wild.csv"
    path.write_bytes(HEAD.encode() + content)
    file = read_observed(path, PARIS)
    assert len(file.observed) + refused_count(file.rejects) == file.read
