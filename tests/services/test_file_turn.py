"""A server reads one file at a time: the others wait with a message, and are refused with one after too long."""

import threading

import pytest

from ror.errors import BadFile, Busy
from ror.services import file_turn
from ror.services.availability import bulk, receive_file
from ror.services.file_turn import WAITING
from ror.services.registry import imports
from tests.region import ADELE, CAMILLE, NOW, board_rows

READERS = {
    "finess": lambda db, path, on_wait: imports.preview_finess(db, ADELE, path, NOW, on_wait=on_wait),
    "units": lambda db, path, on_wait: imports.preview_units(db, ADELE, path, NOW, on_wait),
    "declarations": lambda db, path, on_wait: receive_file.import_declarations(db, path, NOW, on_wait=on_wait),
    "filled in": lambda db, path, on_wait: bulk.preview(
        db, CAMILLE, board_rows(db, NOW), path.name, path.read_bytes(), NOW, on_wait
    ),
}


@pytest.fixture
def wrong_file(tmp_path):
    path = tmp_path / "liste.csv"
    path.write_text("une;autre;liste\n")
    return path


@pytest.mark.parametrize("reader", READERS)
def test_every_file_waits_while_another_one_is_read(db, wrong_file, monkeypatch, reader):
    monkeypatch.setattr(file_turn, "_STEP_SECONDS", 0.01)
    messages = []

    def on_wait(words):
        messages.append(words)
        if len(messages) == 3:
            released.set()

    released, holding = threading.Event(), threading.Event()

    def hold():
        with file_turn.file_turn():
            holding.set()
            released.wait(10)

    other = threading.Thread(target=hold)
    other.start()
    assert holding.wait(10)
    with pytest.raises(BadFile):
        READERS[reader](db, wrong_file, on_wait)
    other.join()
    assert len(messages) >= 3
    assert set(messages) == {WAITING}


@pytest.mark.parametrize("reader", READERS)
def test_a_file_that_cannot_be_read_leaves_the_turn_to_the_next(db, wrong_file, reader):
    for _ in range(2):
        with pytest.raises(BadFile):
            READERS[reader](db, wrong_file, lambda words: pytest.fail(words))


def test_a_file_that_waits_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(file_turn, "_STEP_SECONDS", 0.01)
    monkeypatch.setattr(file_turn, "PATIENCE_SECONDS", 0.05)
    with file_turn.file_turn(), pytest.raises(Busy, match="réessayez dans quelques minutes"), file_turn.file_turn():
        pass


def test_an_error_of_on_wait_ends_the_wait(monkeypatch):
    def fail(_):
        raise ConnectionError

    with file_turn.file_turn(), pytest.raises(ConnectionError), file_turn.file_turn(fail):
        pass
    with file_turn.file_turn():
        pass
