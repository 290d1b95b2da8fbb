"""The command line as a user runs it: a process of its own, what it prints, its exit code."""

import contextlib
import csv
import os
import pty
import re
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from ror.settings import ROOT
from ror.store import accounts, journal, second_factor
from ror.store.database import Database
from tests.harness import Server, free_port

EXAMPLE = ROOT / "docs" / "example"


@pytest.fixture
def ror(tmp_path):
    """Runs `python -m ror ...` in an empty folder on a database of its own."""

    def run(*arguments, typed="", **settings):
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("ROR_", "STREAMLIT_")) and name != "PORT"
        }
        kept |= {"ROR_DATABASE": str(tmp_path / "ror.duckdb"), "PYTHONPATH": str(ROOT), "COLUMNS": "120", **settings}
        command = [sys.executable, "-m", "ror", *map(str, arguments)]
        return subprocess.run(command, cwd=tmp_path, env=kept, input=typed, capture_output=True, text=True, timeout=60)

    return run


def numbers(output):
    line = next(line for line in output.splitlines() if line.startswith("│"))
    return [int(cell) for cell in line.strip("│").split("│")]


def test_a_port_in_use_is_one_sentence(ror, tmp_path):
    with Server(tmp_path / "other.duckdb") as server:
        refused = ror("serve", "--port", server.port)
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        f"Port {server.port} is already in use: stop the other program, or choose another port (PORT=8502 make run)."
    ]


def test_a_database_in_use_is_one_sentence(ror, tmp_path):
    with Server(tmp_path / "ror.duckdb"):
        refused = ror("serve", "--port", free_port())
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "already in use by another server" in refused.stderr


def test_importing_twice_creates_once(ror):
    assert numbers(ror("import", "finess", EXAMPLE / "finess.csv").stdout) == [4, 4, 0, 0, 0]
    assert numbers(ror("import", "finess", EXAMPLE / "finess.csv").stdout) == [4, 0, 0, 4, 0]
    assert numbers(ror("import", "units", EXAMPLE / "units.csv").stdout) == [7, 7, 0, 0, 0]
    assert numbers(ror("import", "units", EXAMPLE / "units.csv").stdout) == [7, 0, 0, 7, 0]


def test_bad_lines_are_reported_with_number_and_reason_and_do_not_stop_the_rest(ror, tmp_path):
    ror("import", "finess", EXAMPLE / "finess.csv")
    known = (EXAMPLE / "units.csv").read_text("utf-8-sig").splitlines()
    bad = tmp_path / "units.csv"
    bad.write_text("finess;nom;type\n999999999;Perdue;16\nxx;Mauvaise;16\n" + known[1].split(";")[0] + ";Bonne;16\n")
    ran = ror("import", "units", bad)
    assert numbers(ran.stdout) == [3, 1, 0, 0, 2]
    with (tmp_path / "units.rejects.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["ligne"] for row in rows] == ["2", "3"]
    assert "inconnue" in rows[0]["motif"]


def test_a_changed_structure_is_changed_and_the_others_are_left_alone(ror, tmp_path):
    ror("import", "finess", EXAMPLE / "finess.csv")
    text = (EXAMPLE / "finess.csv").read_text("utf-8")
    later = tmp_path / "later.csv"
    later.write_text(text.replace(";R;", ";AV;", 1), encoding="utf-8")
    assert later.read_text("utf-8") != text
    assert numbers(ror("import", "finess", later).stdout) == [4, 0, 1, 3, 0]


@pytest.mark.parametrize("arguments", [("import", "finess", "absent.csv"), ("import", "units", "absent.csv")])
def test_a_file_that_is_not_there_is_one_sentence(ror, arguments):
    refused = ror(*arguments)
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "n'existe pas" in refused.stderr


def test_real_structures_never_enter_the_demonstration(ror, demonstration_database):
    refused = ror("import", "finess", EXAMPLE / "finess.csv", ROR_DATABASE=str(demonstration_database))
    assert refused.returncode == 1
    assert "aucun établissement réel ne côtoie des nombres inventés" in refused.stderr


def test_the_demonstration_is_written_once_then_only_what_it_missed(ror, tmp_path, demonstration_database):
    again = ror("demo", ROR_DATABASE=str(demonstration_database))
    assert again.returncode == 0, again.stderr
    line = again.stdout.strip()
    assert re.fullmatch(r"\d+ declarations written to .*demonstration\.duckdb", line)
    with closing(Database(demonstration_database)) as db, db.reader() as cursor:
        before, after = cursor.execute(
            "SELECT count(*) FILTER (recorded_at < now() - INTERVAL 1 DAY), count(*) FROM declaration"
        ).fetchone()
    assert int(line.split()[0]) <= after - before


@pytest.mark.parametrize(
    ("scale", "words"), [("national", "holds the demonstration at scale region"), ("moon", "give region or national")]
)
def test_a_scale_that_cannot_be_is_one_sentence(ror, demonstration_database, scale, words):
    refused = ror("demo", "--scale", scale, ROR_DATABASE=str(demonstration_database))
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert words in refused.stderr


def test_nothing_is_invented_beside_real_structures(ror):
    ror("import", "finess", EXAMPLE / "finess.csv")
    refused = ror("demo")
    assert refused.returncode == 1
    assert "holds a real region" in refused.stderr


@pytest.mark.parametrize(("demo", "words"), [("1", "holds a real region"), ("0", "holds the demonstration")])
def test_demonstration_and_real_region_are_not_served_for_each_other(ror, demonstration_database, demo, words):
    settings = {"ROR_DEMO": demo}
    if demo == "1":
        ror("import", "finess", EXAMPLE / "finess.csv")
    else:
        settings["ROR_DATABASE"] = str(demonstration_database)
    refused = ror("serve", "--port", free_port(), **settings)
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert words in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "typed", "words"),
    [
        (["anne", "--name", "Anne", "--role", "professional"], "court\n", "12 caractères"),
        (["anne", "--name", "Anne", "--role", "professional"], "é" * 40 + "\n", "72 au plus"),
        (["anne", "--name", "Anne", "--role", "manager"], "assez-long-fictif\n", "au moins une structure"),
        (["anne", "--name", "Anne", "--role", "manager", "--structure", "1"], "assez-long-fictif\n", "inconnues"),
        ([" ", "--name", "Anne", "--role", "professional"], "assez-long-fictif\n", "Indiquez un identifiant"),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_words(ror, arguments, typed, words):
    refused = ror("account", "create", *arguments, "--password-stdin", typed=typed)
    assert refused.returncode == 1
    assert words in refused.stderr


def test_a_login_is_taken_once(ror):
    command = ("account", "create", "anne", "--name", "Anne", "--role", "professional", "--password-stdin")
    assert ror(*command, typed="assez-long-fictif\n").returncode == 0
    refused = ror(*command, typed="assez-long-fictif\n")
    assert (refused.returncode, "déjà pris" in refused.stderr) == (1, True)


STRONG = "Colline-Vapeur-Tambour-7"


def opened(ror, login="anne", *more):
    command = ("account", "create", login, "--name", "Personne Fictive", "--role", "professional", "--password-stdin", *more)
    ran = ror(*command, typed=f"{STRONG}\n")
    assert ran.returncode == 0, ran.stderr
    return ran


def on_terminal(tmp_path, *arguments, answers):
    """Runs `python -m ror ...` on a terminal, typing each answer once its question is there; returns all that was shown."""
    command = [sys.executable, "-m", "ror", *arguments]
    settings = {"ROR_DATABASE": str(tmp_path / "ror.duckdb"), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(tmp_path)
        os.execve(sys.executable, command, settings)
    shown = ""
    with contextlib.suppress(OSError):  # how a terminal says that the other side is gone
        for question, answer in answers:
            # The space after the colon comes once what was typed too early has been thrown away.
            while not (asked := re.search(rf"{question}[^:]*: ", shown)):
                shown += os.read(terminal, 1024).decode(errors="replace")
            shown = shown[asked.end() :]
            os.write(terminal, f"{answer}\n".encode())
        while data := os.read(terminal, 1024):
            shown += data.decode(errors="replace")
    return shown, os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def test_the_first_administrator_is_opened_by_what_the_command_asks(tmp_path, ror):
    answers = [("Login", "racine"), ("Name", "Personne Fictive"), ("Password", STRONG), ("Repeat", STRONG)]
    shown, code = on_terminal(tmp_path, "account", "create", "--role", "administrator", answers=answers)
    assert code == 0, shown
    assert "Account racine opened." in shown
    assert STRONG not in shown
    assert ror("account", "link", "RACINE").returncode == 0


def test_a_password_typed_differently_the_second_time_is_asked_for_again(tmp_path):
    answers = [("Password", STRONG), ("Repeat", "autre"), ("Password", STRONG), ("Repeat", STRONG)]
    command = ("account", "create", "racine", "--name", "Personne Fictive", "--role", "administrator")
    shown, code = on_terminal(tmp_path, *command, answers=answers)
    assert (code, "Account racine opened." in shown) == (0, True)


def test_an_account_is_opened_with_a_link_in_place_of_a_password(ror):
    ran = ror(
        "account", "create", "anne", "--name", "Anne", "--role", "professional", "--link", ROR_PUBLIC_URL="https://ror.fr"
    )
    assert ran.returncode == 0, ran.stderr
    opening, words, url = ran.stdout.splitlines()
    assert opening == "Account anne opened."
    assert "within 30 minutes" in words
    assert re.fullmatch(r"https://ror\.fr/\?jeton=[\w-]{43}", url)


def test_who_lost_access_gets_a_link_each_time_another(ror):
    opened(ror)
    first, second = (ror("account", "link", "anne").stdout.splitlines()[-1] for _ in range(2))
    assert first != second
    refused = ror("account", "link", "paul")
    assert (refused.returncode, "n'existe pas" in refused.stderr) == (1, True)


def test_a_login_that_is_taken_is_refused_before_a_password_is_asked_for(tmp_path, ror):
    opened(ror)
    command = ("account", "create", "ANNE", "--name", "Autre Personne", "--role", "professional")
    shown, code = on_terminal(tmp_path, *command, answers=[])
    assert (code, "déjà pris" in shown, "Password" in shown) == (1, True, False)


@pytest.mark.parametrize(("role", "words"), [("professional", "14, or 7 words"), ("administrator", "16 characters")])
def test_what_a_password_must_be_is_said_before_it_is_asked_for(tmp_path, role, words):
    command = ("account", "create", "anne", "--name", "Personne Fictive", "--role", role)
    shown, code = on_terminal(tmp_path, *command, answers=[(f"{words}(?s:.)*Password", STRONG), ("Repeat", STRONG)])
    assert code == 0, shown


def test_accounts_are_listed_with_what_tells_who_can_sign_in(ror):
    opened(ror, "anne[b]")
    listed = ror("account", "list")
    assert listed.returncode == 0
    (line,) = [line for line in listed.stdout.splitlines() if line.startswith("│")]
    cells = [cell.strip() for cell in line.strip("│").split("│")]
    assert cells == ["anne[b]", "Personne Fictive", "professional", "active", "no", "never"]


def test_who_lost_the_second_factor_signs_in_without_it_again(ror, tmp_path):
    opened(ror)
    refused = ror("account", "reset-second-factor", "anne")
    assert (refused.returncode, "n'a pas de second facteur" in refused.stderr) == (1, True)
    with contextlib.closing(Database(tmp_path / "ror.duckdb")) as db, db.writer() as writer:
        account, _ = accounts.by_login(writer.cursor, "anne")
        second_factor.set_up(writer, account.id, "sealed", 1, [])
    assert ror("account", "reset-second-factor", "ANNE").returncode == 0
    with contextlib.closing(Database(tmp_path / "ror.duckdb")) as db, db.reader() as cursor:
        assert second_factor.of(cursor, account.id) is None
        assert not accounts.by_id(cursor, account.id).second_factor


def test_a_journal_that_holds_gives_the_mark_that_the_next_verification_takes(ror):
    opened(ror)
    ran = ror("journal", "verify")
    assert ran.returncode == 0
    assert "Lines checked: 1." in ran.stdout
    mark = ran.stdout.split()[-1]
    assert re.fullmatch(r"1:[0-9a-f]{64}", mark)
    opened(ror, "paul")
    assert ror("journal", "verify", "--known", mark).returncode == 0
    forged = ror("journal", "verify", "--known", f"1:{'0' * 64}")
    assert (forged.returncode, forged.stderr) == (
        1,
        "The journal does not hold at line 1: is not the line that was noted elsewhere.\n",
    )


def test_a_journal_that_was_tampered_with_fails_and_names_the_line(ror, tmp_path):
    for login in ("anne", "paul", "zoe"):
        opened(ror, login)
    known = ror("journal", "verify").stdout.split()[-1]
    with closing(duckdb.connect(str(tmp_path / "ror.duckdb"))) as file:
        file.execute("UPDATE journal SET actor = 'somebody' WHERE number = 2")
    broken = ror("journal", "verify")
    assert (broken.returncode, broken.stderr) == (1, "The journal does not hold at line 2: changed.\n")
    with closing(duckdb.connect(str(tmp_path / "ror.duckdb"))) as file:
        file.execute("DELETE FROM journal WHERE number > 1")
        file.execute("UPDATE journal_head SET number = 1, hash = (SELECT hash FROM journal)")
    assert ror("journal", "verify").returncode == 0
    cut = ror("journal", "verify", "--known", known)
    assert (cut.returncode, cut.stderr) == (1, "The journal does not hold at line 2: missing.\n")


@pytest.mark.parametrize("mark", ["1", "x:0", "1:zz", f"-1:{'0' * 64}"])
def test_what_is_no_mark_is_said(ror, mark):
    refused = ror("journal", "verify", "--known", mark)
    assert (refused.returncode, "64 hexadecimal digits" in refused.stderr) == (1, True)


def test_the_journal_is_taken_out_as_a_file_that_is_not_written_over(ror, tmp_path):
    opened(ror)
    assert "1 lines written" in ror("journal", "export", "journal.csv").stdout
    with (tmp_path / "journal.csv").open(encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file, delimiter=";")
    assert (row["Qui"], row["Acte"], row["Depuis"]) == ("ligne de commande", "Compte", "ligne de commande")
    assert "rôles : Professionnel de santé" in row["Après"]
    refused = ror("journal", "export", "journal.csv")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    ror("journal", "export", "second.csv")
    assert "Téléchargement" in (tmp_path / "second.csv").read_text("utf-8-sig")


def test_a_purge_leaves_a_journal_that_holds_and_a_mark_too_old_to_check_is_said(ror, tmp_path):
    opened(ror)
    opened(ror, "paul")
    first = ror("journal", "verify").stdout.split()[-1].replace("2:", "1:")
    with Database(tmp_path / "ror.duckdb").writer() as writer:
        assert journal.purge(writer, datetime.now(UTC), datetime.now(UTC)) == 2
    ran = ror("journal", "verify", "--known", first)
    assert ran.returncode == 0
    assert "was purged" in ran.stdout


def test_a_purge_by_day_removes_what_is_older_and_no_day_to_come(ror):
    opened(ror)
    assert "0 lines removed" in ror("journal", "purge", "--before", "2026-01-01").stdout
    tomorrow = datetime.now(UTC) + timedelta(days=2)
    refused = ror("journal", "purge", "--before", f"{tomorrow:%Y-%m-%d}")
    assert (refused.returncode, "not past" in refused.stderr) == (1, True)


def test_a_setting_that_cannot_be_used_is_named(ror):
    refused = ror("serve", ROR_AGE_LIMITS_HOURS="24,1,7")
    assert refused.returncode == 1
    assert refused.stderr.startswith("The setting ROR_AGE_LIMITS_HOURS cannot be used: ")


def test_a_value_within_a_setting_that_cannot_be_used_names_the_setting_alone(ror):
    refused = ror("serve", ROR_AGE_LIMITS_HOURS="24,1")
    assert refused.returncode == 1
    assert refused.stderr.startswith("The setting ROR_AGE_LIMITS_HOURS cannot be used: ")
