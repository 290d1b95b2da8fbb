"""One file at a time in the whole server: the others wait with a sentence, and give up in one."""

import threading

import pytest

from ror.errors import BadFile, Busy
from ror.services import file_turn
from ror.services.availability import bulk, receive_file
from ror.services.file_turn import WAITING
from ror.services.registry import imports
from tests.region import ADELE, CAMILLE, NOW, seen

READERS = {
    "finess": lambda db, path, say: imports.preview_finess(db, ADELE, path, NOW, on_wait=say),
    "units": lambda db, path, say: imports.preview_units(db, ADELE, path, NOW, say),
    "declarations": lambda db, path, say: receive_file.import_declarations(db, path, NOW, on_wait=say),
    "filled in": lambda db, path, say: bulk.preview(db, CAMILLE, seen(db, NOW), path.name, path.read_bytes(), NOW, say),
}


@pytest.fixture
def wrong(tmp_path):
    path = tmp_path / "liste.csv"
    path.write_text("une;autre;liste\n")
    return path


@pytest.mark.parametrize("reader", READERS)
def test_every_file_waits_while_another_one_is_read(db, wrong, monkeypatch, reader):
    monkeypatch.setattr(file_turn, "_STEP_SECONDS", 0.01)
    told = []

    def say(words):
        told.append(words)
        if len(told) == 3:
            held.set()

    held, holding = threading.Event(), threading.Event()

    def hold():
        with file_turn.file_turn():
            holding.set()
            held.wait(10)

    other = threading.Thread(target=hold)
    other.start()
    assert holding.wait(10)
    with pytest.raises(BadFile):
        READERS[reader](db, wrong, say)
    other.join()
    assert len(told) >= 3
    assert set(told) == {WAITING}


@pytest.mark.parametrize("reader", READERS)
def test_a_file_that_cannot_be_read_leaves_the_turn_to_the_next(db, wrong, reader):
    for _ in range(2):
        with pytest.raises(BadFile):
            READERS[reader](db, wrong, lambda words: pytest.fail(words))


def test_who_waits_too_long_is_asked_to_come_back(monkeypatch):
    monkeypatch.setattr(file_turn, "_STEP_SECONDS", 0.01)
    monkeypatch.setattr(file_turn, "PATIENCE_SECONDS", 0.05)
    with file_turn.file_turn(), pytest.raises(Busy, match="réessayez dans quelques minutes"), file_turn.file_turn():
        pass


def test_who_goes_away_while_waiting_is_not_waited_for(monkeypatch):
    def gone(_):
        raise ConnectionError

    with file_turn.file_turn(), pytest.raises(ConnectionError), file_turn.file_turn(gone):
        pass
    with file_turn.file_turn():
        pass
