"""The log: in production each line is a JSON object, with pseudonyms and without any name."""

import json
import logging
import re
import socket
from datetime import UTC, datetime

import pytest
from streamlit import logger as streamlit_logger

from ror import logs
from ror.store.engine.database import Database
from tests.attacks.helpers import prepare, press_state, screen, serving, text_state
from tests.region import CAMILLE, WARD, own_settings

__all__ = ["own_settings"]


def test_the_pseudonym_of_an_account_is_steady_keyed_and_not_its_name(monkeypatch, own_settings):
    pseudonym = logs.pseudonym("camille")
    assert pseudonym == logs.pseudonym("camille") != logs.pseudonym("claude")
    assert "camille" not in pseudonym
    monkeypatch.setattr(logs, "secret", lambda: "another secret")
    assert logs.pseudonym("camille") != pseudonym
    assert logs.pseudonym("") == ""


def test_a_line_is_one_object_with_its_traceback_in_one_field():
    try:
        raise ValueError("sur\ndeux lignes")
    except ValueError as error:
        record = logging.getLogger("ror.essai").makeRecord(
            "ror.essai",
            logging.ERROR,
            "f",
            1,
            "Error %s",
            ("0a",),
            (ValueError, error, error.__traceback__),
            extra={"error": "0a"},
        )
    line = logs.Json().format(record)
    assert "\n" not in line
    written = json.loads(line)
    assert (written["level"], written["logger"], written["message"], written["error"]) == (
        "error",
        "ror.essai",
        "Error 0a",
        "0a",
    )
    assert "ValueError: sur\ndeux lignes" in written["traceback"]
    assert datetime.fromisoformat(written["time"]).tzinfo == UTC


def broken(words):
    try:
        raise ValueError(words)
    except ValueError as error:
        return error


def test_the_same_error_within_a_minute_is_counted_under_its_first_number(monkeypatch, caplog):
    now = [1000.0]
    monkeypatch.setattr(logs, "repeats", logs.Repeats(lambda: now[0]))
    with caplog.at_level(logging.ERROR):
        numbers = [logs.report(broken("un"), "request") for _ in range(50)]
        other = logs.report(KeyError("deux"), "request")
        now[0] += logs.QUIET_SECONDS
        later = logs.report(broken("un"), "request")
    assert len({*numbers, other, later}) == 3
    assert [(record.error, record.repeats) for record in caplog.records] == [(numbers[0], None), (other, None), (later, 49)]


def test_a_line_of_a_library_is_written_once_a_minute_and_ours_each_time(monkeypatch, capsys, own_settings):
    now = [1000.0]
    monkeypatch.setattr(logs, "repeats", logs.Repeats(lambda: now[0]))
    handlers = logging.getLogger().handlers[:]
    try:
        logs.set_up()
        for round_ in range(30):
            now[0] += 3
            logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
            logging.getLogger("ror.essai").warning("Line %s", round_)
    finally:
        logging.getLogger().handlers[:] = handlers
    lines = capsys.readouterr().err.splitlines()
    assert len([line for line in lines if "Line" in line]) == 30
    assert ["repeats=19" in line for line in lines if "Invalid HTTP" in line] == [False, True]


@pytest.fixture
def damaged(tmp_path):
    """Build a database without a journal: a refusal cannot be written, which is an error."""
    prepare(tmp_path / "ror.duckdb")
    db = Database(tmp_path / "ror.duckdb")
    with db.transaction() as transaction:
        transaction.cursor.execute("DROP TABLE journal")
    db.close()
    return tmp_path


def test_every_line_in_json_can_be_read_gives_number_and_pseudonym_and_names_nobody(damaged):
    with serving(damaged, ROR_LOG="json") as running:
        with screen(running, None) as tab:
            tab.open("departements", "recherche=secret-de-la-barre")
            tab.rerun([text_state(tab, "Identifiant", "dominique"), text_state(tab, "Mot de passe", "tapé-ici")])
            tab.rerun([press_state(tab, "Se connecter")])
        with screen(running, CAMILLE) as tab:
            tab.open("mise-a-jour", f"unite={WARD}")
            tab.rerun([press_state(tab, "Rien n'a changé")])
        # A request that is no HTTP makes uvicorn write a line.
        with socket.create_connection(("127.0.0.1", running.port)) as plug:
            plug.sendall(b"ceci n'est pas HTTP\r\n\r\n")
            plug.recv(100)
        output = running.output()
    lines = [json.loads(line) for line in output.splitlines()]
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
    assert any(line["logger"].startswith("uvicorn") for line in lines)
    assert [
        hidden for hidden in ("secret-de-la-barre", "tapé-ici", "dominique", "Camille", "camille") if hidden in output
    ] == []
    errors = [line for line in lines if "error" in line]
    assert re.fullmatch("[0-9a-f]{8}", errors[0]["error"])
    assert "Catalog Error" in errors[0]["traceback"]
    assert "Uncaught app execution" not in output
    assert "\x1b" not in output
    (own,) = {line["account"] for line in errors if "account" in line}
    assert re.fullmatch("[0-9a-f]{12}", own)


def test_the_loggers_of_streamlit_go_the_same_way(monkeypatch):
    monkeypatch.setattr(streamlit_logger, "setup_formatter", logs.propagate)
    logger = streamlit_logger.get_logger("streamlit.essai")
    assert logger.propagate
    assert logger.handlers == []
