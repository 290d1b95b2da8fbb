"""The commands `account ...`, and what they ask on a terminal."""

import contextlib
import os
import pty
import re
import sys

import pytest

from ror.settings import ROOT
from ror.store import accounts, second_factor
from ror.store.engine.database import Database
from tests.cli.helpers import STRONG, create_account


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
def test_an_invalid_account_is_refused_in_a_sentence(ror, arguments, typed, words):
    refused = ror("account", "create", *arguments, "--password-stdin", typed=typed)
    assert refused.returncode == 1
    assert words in refused.stderr


def test_a_login_is_unique(ror):
    command = ("account", "create", "anne", "--name", "Anne", "--role", "professional", "--password-stdin")
    assert ror(*command, typed="assez-long-fictif\n").returncode == 0
    refused = ror(*command, typed="assez-long-fictif\n")
    assert (refused.returncode, "déjà pris" in refused.stderr) == (1, True)


def on_terminal(tmp_path, *arguments, answers):
    """Run `python -m ror ...` on a terminal, type each answer once its question is there, and return all that was printed."""
    command = [sys.executable, "-m", "ror", *arguments]
    settings = {"ROR_DATABASE": str(tmp_path / "ror.duckdb"), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(tmp_path)
        os.execve(sys.executable, command, settings)
    shown = ""
    with contextlib.suppress(OSError):  # Reading a terminal whose process has ended raises it.
        for question, answer in answers:
            # The space after the colon is printed once earlier input was discarded: an answer before it would be lost.
            while not (match := re.search(rf"{question}[^:]*: ", shown)):
                shown += os.read(terminal, 1024).decode(errors="replace")
            shown = shown[match.end() :]
            os.write(terminal, f"{answer}\n".encode())
        while data := os.read(terminal, 1024):
            shown += data.decode(errors="replace")
    return shown, os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def test_the_first_administrator_is_created_by_prompts_that_say_the_rule_for_its_password(tmp_path, ror):
    rule = "16 characters(?s:.)*"
    answers = [("Login", "racine"), ("Name", "Personne Fictive"), (f"{rule}Password", STRONG), ("Repeat", STRONG)]
    shown, code = on_terminal(tmp_path, "account", "create", "--role", "administrator", answers=answers)
    assert code == 0, shown
    assert "Account racine created." in shown
    assert STRONG not in shown
    assert ror("account", "link", "RACINE").returncode == 0


def test_a_password_repeated_differently_is_prompted_again(tmp_path):
    answers = [("Password", STRONG), ("Repeat", "autre"), ("Password", STRONG), ("Repeat", STRONG)]
    command = ("account", "create", "racine", "--name", "Personne Fictive", "--role", "administrator")
    shown, code = on_terminal(tmp_path, *command, answers=answers)
    assert (code, "Account racine created." in shown) == (0, True)


def test_an_account_can_be_created_with_a_link_instead_of_a_password(ror):
    ran = ror(
        "account", "create", "anne", "--name", "Anne", "--role", "professional", "--link", ROR_PUBLIC_URL="https://ror.fr"
    )
    assert ran.returncode == 0, ran.stderr
    opening, words, url = ran.stdout.splitlines()
    assert opening == "Account anne created."
    assert "within 30 minutes" in words
    assert re.fullmatch(r"https://ror\.fr/\?jeton=[\w-]{43}", url)


def test_each_link_of_an_account_is_different(ror):
    create_account(ror)
    first, second = (ror("account", "link", "anne").stdout.splitlines()[-1] for _ in range(2))
    assert first != second
    refused = ror("account", "link", "paul")
    assert (refused.returncode, "n'existe pas" in refused.stderr) == (1, True)


def test_an_existing_login_is_refused_before_the_password_prompt(tmp_path, ror):
    create_account(ror)
    command = ("account", "create", "ANNE", "--name", "Autre Personne", "--role", "professional")
    shown, code = on_terminal(tmp_path, *command, answers=[])
    assert (code, "déjà pris" in shown, "Password" in shown) == (1, True, False)


def test_the_rule_for_passwords_is_printed_before_the_prompt(tmp_path):
    command = ("account", "create", "anne", "--name", "Personne Fictive", "--role", "professional")
    answers = [("14, or 7 words(?s:.)*Password", STRONG), ("Repeat", STRONG)]
    shown, code = on_terminal(tmp_path, *command, answers=answers)
    assert code == 0, shown


def test_accounts_are_listed_with_state_second_factor_and_last_sign_in(ror):
    create_account(ror, "anne[b]")
    listed = ror("account", "list")
    assert listed.returncode == 0
    (line,) = [line for line in listed.stdout.splitlines() if line.startswith("│")]
    cells = [cell.strip() for cell in line.strip("│").split("│")]
    assert cells == ["anne[b]", "Personne Fictive", "professional", "active", "no", "never"]


def test_a_lost_second_factor_can_be_removed(ror, tmp_path):
    create_account(ror)
    refused = ror("account", "reset-second-factor", "anne")
    assert (refused.returncode, "n'a pas de second facteur" in refused.stderr) == (1, True)
    with contextlib.closing(Database(tmp_path / "ror.duckdb")) as db, db.transaction() as transaction:
        account, _ = accounts.by_login(transaction.cursor, "anne")
        second_factor.set_up(transaction, account.id, "sealed", 1, [])
    assert ror("account", "reset-second-factor", "ANNE").returncode == 0
    with contextlib.closing(Database(tmp_path / "ror.duckdb")) as db, db.reader() as cursor:
        assert second_factor.get(cursor, account.id) is None
        assert not accounts.by_id(cursor, account.id).second_factor
