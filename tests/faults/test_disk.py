"""A disk that is full or read-only: the action is refused in a sentence, reading continues, nothing is lost."""

import os
import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from ror.errors import DatabaseError, Unavailable
from ror.model.capacity import Counts
from ror.services.availability import declare
from ror.services.operations import retention
from ror.store.engine.database import Database
from ror.store.engine.recovery import log_of, mark_of
from tests.attacks.helpers import open_for, press_state, screen, text_state
from tests.faults.helpers import EVERYBODY, ROOT, Acknowledged, build_database, check_whole, filled, small_disk
from tests.harness import Server
from tests.region import CAMILLE, CORALIE, WARD, board_rows

FULL = "disque du serveur est plein : rien n'a été enregistré"
NOBODY = 65534


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk", 12) as folder:
        yield folder


def declared(db, number, acknowledged):
    """Declare, and record what was acknowledged."""
    last = board_rows(db, datetime.now(UTC))[WARD]["position"]
    event = declare.declare(
        db, EVERYBODY, declare.DeclarationDraft(WARD, Counts(number), "", last), datetime.now(UTC), confirmed=True
    )
    acknowledged.by_position[event.position] = (WARD, number, "")


def until_full(db, acknowledged):
    """Declare until the disk is full; return the sentence of the refusal."""
    for number in range(10_000):
        try:
            declared(db, number % 6, acknowledged)
        except Unavailable as refusal:
            return refusal.user_message
    return ""


def test_a_declaration_on_a_full_disk_is_refused_and_the_service_goes_on_when_there_is_room(disk):
    db, acknowledged = Database(build_database(disk / "ror.duckdb")), Acknowledged()
    declared(db, 3, acknowledged)
    with filled(disk, leave=20_000):
        assert FULL in until_full(db, acknowledged)
        stand = db.position
        with pytest.raises(Unavailable, match=FULL):
            declared(db, 5, acknowledged)
        assert db.position == stand
        assert check_whole(db, acknowledged) == len(acknowledged.by_position)
    declared(db, 5, acknowledged)
    assert check_whole(db, acknowledged) == len(acknowledged.by_position)
    db.close()
    again = Database(disk / "ror.duckdb")
    assert check_whole(again, acknowledged) == len(acknowledged.by_position)
    again.close()


def test_the_log_is_left_where_it_is_on_a_disk_too_full_for_the_file_to_grow(disk):
    db, acknowledged = Database(build_database(disk / "ror.duckdb")), Acknowledged()
    declared(db, 3, acknowledged)
    with filled(disk, leave=20_000):
        db.checkpoint()
        declared(db, 4, acknowledged)
        retention.erase_unless_doubtful(db, retention.Clock(now := datetime.now(UTC), 0.0), now, 0.0)
        assert retention.pending_doubt(db) is None
        declared(db, 5, acknowledged)
        assert check_whole(db, acknowledged) == 3
    assert log_of(db.path).exists()
    db.checkpoint()
    assert not log_of(db.path).exists()
    assert check_whole(db, acknowledged) == 3
    db.close()


def test_a_commit_whose_log_cannot_go_into_the_file_is_acknowledged_and_the_database_goes_on(disk):
    """DuckDB then refuses every query: the database is opened again on the full disk, and users see no error."""
    db, acknowledged = Database(build_database(disk / "ror.duckdb")), Acknowledged()
    with db.reader() as cursor:
        cursor.execute("SET GLOBAL checkpoint_threshold = '1KB'")
    with filled(disk, leave=20_000):
        declared(db, 1, acknowledged)
        assert check_whole(db, acknowledged) == 1
        # The part of the file that DuckDB wrote before it failed took the rest of the space.
        assert FULL in until_full(db, acknowledged)
        assert check_whole(db, acknowledged) == len(acknowledged.by_position)
    declared(db, 5, acknowledged)
    db.checkpoint()
    assert check_whole(db, acknowledged) == len(acknowledged.by_position)
    db.close()


def test_a_database_stopped_on_a_full_disk_starts_on_it_again(disk):
    db, acknowledged = Database(build_database(disk / "ror.duckdb")), Acknowledged()
    with filled(disk, leave=20_000):
        until_full(db, acknowledged)
        db.close()
        again = Database(disk / "ror.duckdb")
        assert check_whole(again, acknowledged) == len(acknowledged.by_position)
        again.close()


LIMITED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from ror.errors import RorError
from ror.store.engine.database import Database
from tests.faults.helpers import Acknowledged
from tests.faults.test_disk import declared
db, acknowledged = Database(Path(sys.argv[1])), Acknowledged()
try:
    while True:
        declared(db, len(acknowledged.by_position) % 6, acknowledged)
except RorError as error:
    print(len(acknowledged.by_position), db.position, type(error).__name__, error.user_message)
"""


def test_a_file_that_may_not_grow_any_more_is_like_a_full_disk_wherever_this_runs(tmp_path):
    path = build_database(tmp_path / "ror.duckdb")
    largest = path.stat().st_size + 2_000
    db = Database(path)
    # Without checkpoints the log alone grows, and reaches the limit before the file does.
    with db.reader() as cursor:
        cursor.execute("PRAGMA disable_checkpoint_on_shutdown")
    db.close()

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (min(largest, 20_000), min(largest, 20_000)))

    command = [sys.executable, "-c", LIMITED, str(path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, preexec_fn=limit, stdout=subprocess.PIPE, text=True, check=True)
    count, position, kind, message = done.stdout.split(maxsplit=3)
    assert (kind, FULL in message) == ("Unavailable", True)
    db = Database(path)
    assert db.position == int(position)
    assert check_whole(db, Acknowledged()) == int(count) > 0
    db.close()


def test_the_screen_says_it_keeps_what_was_typed_and_still_reads(disk, monkeypatch):
    path = build_database(disk / "ror.duckdb")
    db = Database(path)
    for account in (CAMILLE, CORALIE):
        open_for(db, account)
    db.close()
    with Server(path, environment={"TMPDIR": str(disk.parent)}) as server:
        with screen(server, CAMILLE) as tab, filled(disk, leave=0):
            tab.open("mise-a-jour", f"unite={WARD}")
            typed = [text_state(tab, "Nombre de lits disponibles", "4"), press_state(tab, "Enregistrer")]
            messages = tab.rerun(typed)
            for _ in range(200):
                if tab.shows(FULL, messages):
                    break
                messages = tab.rerun([press_state(tab, "Enregistrer")])
            assert tab.shows(FULL, messages)
            with screen(server, CORALIE) as other:
                other.open("departements")
                assert other.shows("Paris")
        with screen(server, CAMILLE) as tab:
            tab.open("mise-a-jour", f"unite={WARD}")
            typed = [text_state(tab, "Nombre de lits disponibles", "4"), press_state(tab, "Enregistrer")]
            assert tab.shows("4 lits, enregistré", tab.rerun(typed))


def list_accounts_unprivileged(path):
    """List accounts by the command line, without root's right to write the files of others; return the completed process."""
    command = [sys.executable, "-m", "ror", "account", "list"]
    if os.geteuid() == 0:
        for one in (path, path.parent):
            os.chown(one, NOBODY, NOBODY)
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    environment = os.environ | {"ROR_DATABASE": str(path)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("folder_mode", [0o555, 0o755])
def test_a_file_that_may_not_be_written_is_refused_at_the_start_in_one_sentence(tmp_path, folder_mode):
    (tmp_path / "data").mkdir()
    path = build_database(tmp_path / "data" / "ror.duckdb")
    before = path.read_bytes()
    path.chmod(0o444)
    path.parent.chmod(folder_mode)
    done = list_accounts_unprivileged(path)
    path.parent.chmod(0o755)
    assert (done.returncode, done.stdout) == (1, "")
    assert "may not read and write it" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert path.read_bytes() == before


def test_a_disk_that_was_mounted_read_only_is_refused_at_the_start(disk):
    path = build_database(disk / "ror.duckdb")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with pytest.raises(DatabaseError, match="its disk is read-only or failing"):
        Database(path)


def test_a_disk_that_becomes_read_only_refuses_actions_and_is_still_read(disk):
    db, acknowledged = Database(build_database(disk / "ror.duckdb")), Acknowledged()
    declared(db, 3, acknowledged)
    mark = mark_of(db.path).read_bytes()
    # The system may refuse while a file is open for writing, unlike a disk that fails: then nothing is tested but the reading.
    busy = subprocess.run(["mount", "-o", "remount,ro", str(disk)], capture_output=True, check=False).returncode
    if not busy:
        with pytest.raises(Unavailable, match="ne peut plus être écrit"):
            declared(db, 4, acknowledged)
    assert check_whole(db, acknowledged) == 1
    assert mark_of(db.path).read_bytes() == mark
    db.close()
