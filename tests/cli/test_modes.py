"""Files that a command writes may hold personal data: only their owner may read them."""

import os
import stat

import pytest

from tests.cli.helpers import EXAMPLE, import_region, runner
from tests.harness import Server


@pytest.fixture(scope="module")
def beside(tmp_path_factory):
    """Return a folder whose database a server has open, so that the command line never opens it."""
    folder = tmp_path_factory.mktemp("beside")
    import_region(folder)
    with Server(folder / "ror.duckdb"):
        yield folder


@pytest.fixture
def usual_mask():
    """Set the mask of an ordinary shell: files that others may read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


COMMANDS = {
    "the journal": ("journal", "export", "out.csv"),
    "a table": ("export", "units", "--output", "out.csv"),
    "a table again": ("export", "units", "--output", "out.csv", "--replace"),
    "refused lines": ("import", "units", "wrong.csv"),
    "a backup": ("backup", "--to", "backups"),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_files_of_a_command_beside_a_server_are_readable_by_their_owner_only(beside, tmp_path, usual_mask, command):
    run = runner(tmp_path)
    text = (EXAMPLE / "units.csv").read_text("utf-8-sig")
    (tmp_path / "wrong.csv").write_text(f"{text}999999999;Perdue;16;;;;\n", encoding="utf-8")
    if "--replace" in command:
        (tmp_path / "out.csv").write_text("before")
    before = {path: path.stat().st_mode for path in tmp_path.rglob("*")}
    ran = run(*command, ROR_DATABASE=str(beside / "ror.duckdb"))
    assert ran.returncode in (0, 3), ran.stderr
    written = [path for path in tmp_path.rglob("*") if path not in before or path.name == "out.csv"]
    assert written
    assert {path.name: oct(stat.S_IMODE(path.stat().st_mode) & 0o077) for path in written} == {
        path.name: "0o0" for path in written
    }
