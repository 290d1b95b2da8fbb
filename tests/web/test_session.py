"""The account signed in is read once in a run of the script, and again after half a second; its files are its own."""

from contextvars import copy_context

import pytest
from streamlit.testing.v1 import AppTest

from ror.services.accounts import sign_in
from ror.web import session
from ror.web.server import reruns
from tests.region import CAMILLE


@pytest.fixture
def run_state(monkeypatch):
    """Return a dictionary: the clock and the name of the run, which a test sets, and the reads of the account so far."""
    state = {"now": 100.0, "run": "run 1", "reads": 0}

    def account_of(*_, **__):
        state["reads"] += 1
        return CAMILLE

    monkeypatch.setattr(session, "database", lambda: None)
    monkeypatch.setattr(session, "token", lambda: "token")
    monkeypatch.setattr(session.st, "session_state", {})
    monkeypatch.setattr(session.time, "monotonic", lambda: state["now"])
    monkeypatch.setattr(reruns, "name", lambda: state["run"])
    monkeypatch.setattr(sign_in, "account_of", account_of)
    return state


def test_within_a_run_the_account_is_read_again_after_half_a_second(run_state):
    for now, count in ((100.0, 1), (100.2, 1), (100.49, 1), (100.5, 2), (100.9, 2), (101.1, 3)):
        run_state["now"] = now
        assert session.current() == CAMILLE
        assert run_state["reads"] == count, f"at {now}"


def test_each_run_reads_the_account_again(run_state):
    for run in ("run 1", "run 1", "run 2", ""):
        run_state["run"] = run
        session.current()
    assert run_state["reads"] == 3
    session.current()
    assert run_state["reads"] == 4, "outside of a run nothing is reused"


@pytest.mark.parametrize(("browser", "content"), [("token", CAMILLE.name), ("another", session.OVER), ("", session.OVER)])
def test_a_file_is_created_for_the_browser_of_its_session_alone(run_state, monkeypatch, browser, content):
    monkeypatch.setattr(session, "address", lambda: "192.0.2.7")
    file = session.deferred_file(lambda account: account.name.encode())

    def press():
        session.connection_token.set(browser)
        return file().decode()

    assert copy_context().run(press) == content


def _page_with_a_fragment():
    import streamlit as st

    from ror.web import session

    @st.fragment(key="part")
    def part():
        st.session_state.part_runs = st.session_state.get("part_runs", 0) + 1

    def require_whole_page_and_update():
        session.require_whole_page()
        session.rerun_fragment("part")

    st.session_state.page_runs = st.session_state.get("page_runs", 0) + 1
    with session.whole_page():
        st.button("Mise à jour en direct", on_click=session.rerun_fragment, args=("part",))
        st.button("Nouvelle question", on_click=require_whole_page_and_update)
        part()
        if st.session_state.get("interrupted"):
            st.stop()


def test_a_live_update_after_an_interrupted_run_of_the_page_runs_the_whole_page():
    app = AppTest.from_function(_page_with_a_fragment).run()

    def runs():
        return app.session_state.page_runs, app.session_state.part_runs

    app.button[0].click().run()
    assert runs() == (1, 2)
    app.session_state.interrupted = True
    app.run()
    app.session_state.interrupted = False
    app.button[0].click().run()
    assert runs() == (3, 4)
    app.button[0].click().run()
    assert runs() == (3, 5)


def test_the_whole_page_that_a_callback_requires_runs_whatever_another_one_reruns():
    app = AppTest.from_function(_page_with_a_fragment).run()
    app.button[1].click().run()
    assert (app.session_state.page_runs, app.session_state.part_runs) == (2, 2)
    app.button[0].click().run()
    assert (app.session_state.page_runs, app.session_state.part_runs) == (2, 3)
