"""The commands `journal ...`: verify, export, purge, confirm the clock."""

import csv
import json
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from ror.model.territory import PARIS
from ror.services import journal
from ror.store.engine.database import Database
from tests.cli.helpers import create_account


def test_a_journal_that_holds_gives_the_mark_that_the_next_verification_takes(ror):
    create_account(ror)
    ran = ror("journal", "verify")
    assert ran.returncode == 0
    assert "Lines checked: 1." in ran.stdout
    mark = ran.stdout.split()[-1]
    assert re.fullmatch(r"1:[0-9a-f]{64}", mark)
    create_account(ror, "paul")
    assert ror("journal", "verify", "--known", mark).returncode == 0
    forged = ror("journal", "verify", "--known", f"1:{'0' * 64}")
    assert (forged.returncode, forged.stderr) == (
        1,
        "The journal does not hold at line 1: is not the line that was noted elsewhere.\n",
    )


def test_a_journal_that_was_tampered_with_fails_and_names_the_line(ror, tmp_path):
    for login in ("anne", "paul", "zoe"):
        create_account(ror, login)
    known = ror("journal", "verify").stdout.split()[-1]
    with closing(duckdb.connect(str(tmp_path / "ror.duckdb"))) as file:
        file.execute("UPDATE journal SET actor = 'somebody' WHERE number = 2")
    broken = ror("journal", "verify")
    assert (broken.returncode, broken.stderr) == (1, "The journal does not hold at line 2: changed.\n")
    with closing(duckdb.connect(str(tmp_path / "ror.duckdb"))) as file:
        file.execute("DELETE FROM journal WHERE number > 1")
        file.execute("UPDATE journal_head SET number = 1, hash = (SELECT hash FROM journal)")
    assert "but line 3 was acknowledged" in ror("journal", "verify").stderr
    (tmp_path / "ror.duckdb.position").unlink()
    assert ror("journal", "verify").returncode == 0, "nothing left on the machine tells"
    cut = ror("journal", "verify", "--known", known)
    assert (cut.returncode, cut.stderr) == (1, "The journal does not hold at line 2: missing.\n")


@pytest.mark.parametrize("mark", ["1", "x:0", "1:zz", f"-1:{'0' * 64}"])
def test_an_invalid_mark_is_refused(ror, mark):
    refused = ror("journal", "verify", "--known", mark)
    assert (refused.returncode, "64 hexadecimal digits" in refused.stderr) == (1, True)


def test_the_journal_is_exported_to_a_file_that_is_not_overwritten(ror, tmp_path):
    create_account(ror)
    assert "1 lines written" in ror("journal", "export", "journal.csv").stdout
    with (tmp_path / "journal.csv").open(encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file, delimiter=";")
    assert (row["Qui"], row["Acte"], row["Depuis"]) == ("ligne de commande", "Compte", "ligne de commande")
    assert "rôles : Professionnel de santé" in row["Après"]
    refused = ror("journal", "export", "journal.csv")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    ror("journal", "export", "second.csv")
    assert "Téléchargement" in (tmp_path / "second.csv").read_text("utf-8-sig")


def test_a_mark_that_cannot_be_checked_has_its_own_exit_code(ror, tmp_path):
    create_account(ror)
    create_account(ror, "paul")
    first = ror("journal", "verify").stdout.split()[-1].replace("2:", "1:")
    with closing(Database(tmp_path / "ror.duckdb")) as db:
        assert journal.purge(db, None, datetime.now(UTC), datetime.now(UTC)) == 2
    ran = ror("journal", "verify", "--known", first)
    assert (ran.returncode, ran.stderr) == (4, "")
    assert "CANNOT BE CHECKED" in ran.stdout
    as_json = ror("journal", "verify", "--known", first, "--json")
    assert (as_json.returncode, json.loads(as_json.stdout)["known_purged"]) == (4, 2)
    newer = ran.stdout.split()[-1]
    assert ror("journal", "verify", "--known", newer).returncode == 0


def test_a_purge_removes_older_lines_and_refuses_a_future_day(ror):
    create_account(ror)
    assert "0 lines removed" in ror("journal", "purge", "--before", "2026-01-01").stdout
    tomorrow = datetime.now(UTC) + timedelta(days=2)
    refused = ror("journal", "purge", "--before", f"{tomorrow:%Y-%m-%d}")
    assert (refused.returncode, "not past" in refused.stderr) == (1, True)


def test_only_the_date_of_today_confirms_the_clock(ror):
    create_account(ror)
    today = datetime.now(PARIS)
    for other in (today - timedelta(days=1), today + timedelta(days=400)):
        refused = ror("journal", "confirm-clock", f"{other:%Y-%m-%d}")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert f"clock says {today:%Y-%m-%d}: set it right" in refused.stderr
    assert "0 lines removed" in ror("journal", "confirm-clock", f"{today:%Y-%m-%d}").stdout
    assert ror("journal", "verify").stdout.split()[-1].partition(":")[0] == "2"
