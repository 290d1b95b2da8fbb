"""`account`: open, link, list, let in again; what is typed on a terminal."""

import contextlib
import os
import pty
import re
import sys

import pytest

from ror.settings import ROOT
from ror.store import accounts, second_factor
from ror.store.engine.database import Database
from tests.cli.ground import STRONG, opened


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
    with contextlib.closing(Database(tmp_path / "ror.duckdb")) as db, db.transaction() as transaction:
        account, _ = accounts.by_login(transaction.cursor, "anne")
        second_factor.set_up(transaction, account.id, "sealed", 1, [])
    assert ror("account", "reset-second-factor", "ANNE").returncode == 0
    with contextlib.closing(Database(tmp_path / "ror.duckdb")) as db, db.reader() as cursor:
        assert second_factor.get(cursor, account.id) is None
        assert not accounts.by_id(cursor, account.id).second_factor
