"""A manager who tampers with what the browser sends, or whose rights change meanwhile, writes nothing outside them."""

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.attacks.helpers import (
    EVERYTHING,
    cookie,
    create_file,
    download,
    file_of,
    press_state,
    screen,
    send_request,
    serving,
    text_state,
)
from tests.attacks.served import WritableServer
from tests.region import CAMILLE, CORALIE, DOMINIQUE, NURSING, WARD, own_settings

__all__ = ["own_settings"]

NUMBER = "Nombre de lits disponibles"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("perimeter"), WritableServer) as running:
        yield running


@pytest.fixture
def written(server):
    """Return a function that runs an action and returns the units of new events and the new journal lines."""

    def run(action):
        ((last,),) = server.execute("SELECT coalesce(max(position), 0) FROM declaration")
        ((line,),) = server.execute("SELECT coalesce(max(number), 0) FROM journal")
        action()
        units = [unit for (unit,) in server.execute("SELECT unit FROM declaration WHERE position > ?", [last])]
        lines = server.execute("SELECT act, outcome, actor, subject FROM journal WHERE number > ? ORDER BY number", [line])
        return units, lines

    return run


@pytest.fixture
def manager(server):
    """Return a tab with the form of one of Camille's units."""
    with screen(server, CAMILLE) as tab:
        tab.open("mise-a-jour", f"unite={WARD}")
        assert tab.shows("Médecine interne")
        yield tab


def save(tab, number="3"):
    return tab.rerun([text_state(tab, NUMBER, number), press_state(tab, "Enregistrer")])


def test_an_honest_declaration_is_written_and_journalled(server, manager, written):
    units, lines = written(lambda: save(manager))
    assert units == [WARD]
    assert lines == [("declare", "done", CAMILLE.id, f"unit:{WARD}")]


def test_the_address_of_a_unit_outside_the_perimeter_serves_the_form_of_an_own_unit(server, written):
    with screen(server, CAMILLE) as tab:
        units, lines = written(lambda: tab.open("mise-a-jour", f"unite={NURSING}"))
        assert (units, lines) == ([], [])
        assert not tab.shows("Hébergement")
        units, _ = written(lambda: save(tab) if tab.shows(NUMBER) else None)
        assert NURSING not in units


def test_widgets_of_a_form_that_was_not_served_write_nothing(server, manager, written):
    served = manager.widget("Enregistrer")
    forged = [served.replace(WARD, NURSING), f"$$ID-{'0' * 32}-declare-{NURSING}-1", "Enregistrer", "", served + "x"]
    states = [WidgetState(id=name, trigger_value=True) for name in forged]
    states.append(WidgetState(id=manager.widget(NUMBER).replace(WARD, NURSING), string_value="9"))
    assert written(lambda: manager.rerun(states)) == ([], [])


def test_another_unit_forged_into_the_field_of_units_writes_nothing_elsewhere(server, manager, written):
    states = [
        WidgetState(id=manager.widget("Unité"), string_value=NURSING),
        text_state(manager, NUMBER, "9"),
        press_state(manager, "Enregistrer"),
    ]
    units, _ = written(lambda: manager.rerun(states))
    assert set(units) <= {WARD}
    assert not manager.shows("Hébergement")


@pytest.mark.parametrize(
    "value", [{"double_value": 1e300}, {"int_value": -1}, {"json_value": "{"}, {"bool_value": True}, {"bytes_value": b"\xff"}]
)
def test_a_value_of_another_kind_in_a_field_writes_nothing_and_is_no_exception_on_screen(server, manager, written, value):
    states = [WidgetState(id=manager.widget(NUMBER), **value), press_state(manager, "Enregistrer")]
    units, lines = written(lambda: manager.rerun(states))
    assert (units, lines) == ([], [])
    assert not manager.shows("Traceback")


def test_a_unit_that_left_the_perimeter_is_refused_by_the_action_and_the_refusal_is_journalled(server, manager, written):
    (row,) = server.execute("SELECT account, kind, key FROM account_perimeter WHERE account = ?", [CAMILLE.id])
    server.execute("DELETE FROM account_perimeter WHERE account = ?", [CAMILLE.id])
    units, lines = written(lambda: save(manager, "5"))
    server.execute("INSERT INTO account_perimeter VALUES (?, ?, ?)", list(row))
    assert units == []
    assert lines == [("declare", "refused", CAMILLE.id, f"unit:{WARD}")]


def test_a_role_taken_away_counts_at_the_next_interaction_and_the_refusal_is_journalled(server, manager, written):
    server.execute("UPDATE account_role SET role = 'professional' WHERE account = ?", [CAMILLE.id])
    units, lines = written(lambda: save(manager, "6"))
    texts = manager.texts(manager.rerun())
    server.execute("UPDATE account_role SET role = 'manager' WHERE account = ?", [CAMILLE.id])
    assert units == []
    assert lines == [("declare", "refused", CAMILLE.id, f"unit:{WARD}")]
    assert any("ne donne pas accès à cet écran" in one for one in texts)


def test_an_account_disabled_does_nothing_more_from_the_next_interaction_on(server, manager, written):
    server.execute("UPDATE account SET disabled = true WHERE id = ?", [CAMILLE.id])
    try:
        units, lines = written(lambda: save(manager, "7"))
        assert (units, lines) == ([], [])
        assert "Se connecter" in manager.texts(manager.rerun())
        assert send_request(server, "/media/abc.csv", cookie=cookie(CAMILLE))[0] == 403
    finally:
        server.execute("UPDATE account SET disabled = false WHERE id = ?", [CAMILLE.id])


def test_a_button_that_is_drawn_out_of_reach_does_nothing_when_it_is_pressed_all_the_same(server, written):
    server.execute("DELETE FROM declaration WHERE unit = ?", [WARD])
    with screen(server, CAMILLE) as tab:
        tab.open("mise-a-jour", f"unite={WARD}")
        units, lines = written(lambda: tab.rerun([press_state(tab, "Rien n'a changé")]))
    assert units == []
    assert [outcome for _, outcome, _, _ in lines if outcome == "done"] == []


def test_a_file_requested_after_the_right_was_revoked_contains_no_data(server, written):
    with screen(server, EVERYTHING) as tab:
        tab.open("departements")
        server.execute("DELETE FROM account_role WHERE account = ? AND role = 'coordinator'", [EVERYTHING.id])
        addresses = []
        _, lines = written(lambda: addresses.append(download(tab, "Télécharger (CSV)")))
        body = send_request(server, addresses[0], cookie=cookie(EVERYTHING))[2].decode()
        server.execute("INSERT INTO account_role VALUES (?, 'coordinator')", [EVERYTHING.id])
    assert "Seine" not in body
    assert "ce droit est celui des coordonnateurs" in body
    assert [outcome for _, outcome, _, _ in lines] == ["refused"]


def test_the_id_of_another_accounts_file_gives_no_data(server, written):
    with screen(server, CORALIE) as theirs, screen(server, DOMINIQUE) as mine, screen(server, None) as nobody:
        theirs.open("departements")
        mine.open("departements")
        nobody.open("departements")
        file = file_of(theirs, "Télécharger (CSV)")
        addresses = []
        units, lines = written(lambda: addresses.append(create_file(mine, file)))
        body = send_request(server, addresses[0], cookie=cookie(DOMINIQUE))[2].decode()
        assert (body, units, lines) == ("Votre session est terminée : connectez-vous de nouveau.", [], [])
        with pytest.raises(TimeoutError):
            create_file(nobody, file, patience=2)
        assert "Seine" in send_request(server, create_file(theirs, file), cookie=cookie(CORALIE))[2].decode()
