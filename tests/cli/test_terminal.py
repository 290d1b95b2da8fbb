"""`python -m ror` as a process of its own, as a terminal and a shell start it."""

import json
import os
import subprocess
import sys

import pytest

from ror.settings import ROOT
from tests.cli.helpers import STRONG


@pytest.fixture
def shell(ror, tmp_path):
    """Return a function that runs a shell line, with `$ror` as the command, where an account has an accent."""
    account = ("account", "create", "lea", "--name", "Léa Fictive", "--role", "professional", "--password-stdin")
    assert ror(*account, typed=f"{STRONG}\n").returncode == 0

    def run(line, **settings):
        inherited = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "ROR_DATABASE": str(tmp_path / "ror.duckdb")}
        environment = inherited | {"ror": f"{sys.executable} -m ror"} | settings
        return subprocess.run(line, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)

    return run


def test_a_letter_that_the_terminal_lacks_is_replaced(shell):
    ran = shell("$ror account list", PYTHONIOENCODING="ascii")
    assert (ran.returncode, "L?a Fictive" in ran.stdout, ran.stderr) == (0, True, "")


def test_json_output_has_every_letter_on_any_terminal(shell):
    ran = shell("$ror account list --json", PYTHONIOENCODING="ascii")
    assert [one["name"] for one in json.loads(ran.stdout)["accounts"]] == ["Léa Fictive"]


def test_a_closed_pipe_prints_no_error(shell):
    for words in ("account list", "account list --json", "--help"):
        assert shell(f"$ror {words} | true").stderr == ""


def test_a_refusal_is_one_sentence_and_exit_code_1(shell):
    refused = shell("$ror export units --output absent/units.csv")
    assert (refused.returncode, refused.stdout, len(refused.stderr.splitlines())) == (1, "", 1)
