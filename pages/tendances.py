"""The page « Tendances »: beds and places day by day, by territory and by group, and how regularly units declare."""

from datetime import UTC, datetime

import streamlit as st

from ror.errors import Refused
from ror.model.rights import Account, Action
from ror.services.availability import consult
from ror.services.availability import trends as services
from ror.web import forecast, session, titles, trend_question, trends
from ror.web.markdown import literal

SCREEN = "screen"
TABS = ["Comparer", "Demain", "Jour par jour", "Régularité et heures"]


@session.fragment(Action.CONSULT, SCREEN)
def screen(account: Account) -> None:
    """Render the answer to the question of the fields; reruns when a field changes."""
    try:
        render_answer(account)
    except Refused as refusal:
        st.warning(literal(refusal.user_message))


def render_answer(account: Account) -> None:
    """Render the territories, then the open tab: groups, forecasts, days, or how units declare. Raises `Refused`."""
    db, now = session.database(), datetime.now(UTC)
    question = trend_question.selected(consult.current(db, account))
    shown = trends.read(account, question, now)
    if not any(one.units for one in shown):
        st.info(trends.NO_UNIT)
        return
    if not any(one.begun for one in shown):
        st.info("Pas encore d'historique pour ces unités : la première journée s'affichera demain.")
        return
    st.html(trends.how_to_read(shown[0]))
    with st.container(key="trend-charts"):
        trends.render_territories(shown)
    by_group, ahead, by_day, punctual = tabs = st.tabs(TABS, key="volet", on_change="rerun", bind="query-params")
    titles.show(next(words for words, tab in zip(TABS, tabs, strict=True) if tab.open))
    if by_group.open:
        with by_group:
            trend_question.render_cut()
            question = trend_question.selected(consult.current(db, account))
            groups = services.trends_by(db, account, question.query, question.by, now)
            with st.container(key="trend-charts-groups"):
                trends.render_groups(groups, question.measure)
            trends.render_groups_table(groups, question)
    elif ahead.open:
        with ahead:
            forecast.render(account, question, now)
    elif by_day.open:
        with by_day:
            trends.render_days_table(shown[0], question)
    elif punctual.open:
        with punctual:
            hours, weeks = st.columns([3, 2])
            units = services.regularity(db, account, question.query, now)
            with hours:
                trends.render_hours(services.declaring_hours(db, account, question.query, now))
            with weeks:
                trends.render_regularity(units)
            trends.render_regularity_table(units, question)


def rerun() -> None:
    """Rerun the answer alone."""
    session.rerun_fragment(SCREEN)


reader = session.require(Action.CONSULT)
st.title("Tendances")
trend_question.render_question(consult.current(session.database(), reader), rerun)
screen()
