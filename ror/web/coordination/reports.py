"""The section « Rapports »: the hours and subscribers of the report of the region, a report at once, the archive by date."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pyarrow as pa
import streamlit as st

from ror.exchange.situation_report import message_pdf
from ror.model.daily_report import MAX_HOURS, PROPOSED_HOURS
from ror.model.french import count
from ror.model.rights import Account
from ror.model.sending import MailState
from ror.model.territory import zone_words
from ror.services import mail
from ror.services.coordination import daily_report, daily_report_mails
from ror.services.coordination.daily_report import Overview, ReportDetails
from ror.services.region_time import instant_words
from ror.settings import settings
from ror.store.daily_reports import ArchivedReport, FileForm
from ror.web import address, columns, session, tables, titles
from ror.web.forms import actions
from ror.web.markdown import literal

_SECTION, REPORT = "reports", "rapport"
_HOURS, _DAY = "report-hours", "report-day"


def render_reports(account: Account) -> None:
    """Render the report of the address, or the hours, the subscription and the archive."""
    now = datetime.now(UTC)
    chosen = st.query_params.get(REPORT, "")
    if chosen and (opened := daily_report.report_details(session.database(), account, chosen, now)):
        actions.render_messages(_SECTION)
        _render_report(opened)
        return
    if chosen:
        st.info("Ce rapport n'est plus dans les archives : choisissez-en un autre ci-dessous.")
    overview = daily_report.overview(session.database(), account, now)
    st.html(f"<p>{_sentence(overview)}</p>")
    _render_acts(account, overview)
    actions.render_messages(_SECTION)
    _render_hours(overview)
    _render_archive(account, overview, now)


def _sentence(overview: Overview) -> str:
    """Return the sentence about the next report: its time and how many accounts receive it, or why there is none."""
    if settings().reports == "off":
        return "Aucun rapport n'est établi automatiquement : ils sont coupés dans les réglages du service."
    if overview.next is None:
        return "Aucun rapport n'est établi automatiquement : choisissez les heures ci-dessous, puis enregistrez-les."
    local = zone_words(overview.zone)
    if not mail.configured():
        return f"Prochain rapport : <b>{overview.next.words}</b> ({local}), archivé ici. Ce service n'envoie pas de courriel."
    receivers = f"envoyé à {count(overview.subscribers, 'compte')}" if overview.subscribers else "que personne ne reçoit encore"
    return f"Prochain rapport : <b>{overview.next.words}</b> ({local}), {receivers}."


def _render_acts(account: Account, overview: Overview) -> None:
    by_mail = mail.configured() and bool(account.mail)
    with st.container(horizontal=True, key="report-acts"):
        label = "Envoyer maintenant" if by_mail else "Établir maintenant"
        st.button(label, key="report-now", type="primary", icon=":material/picture_as_pdf:", on_click=_create_now)
        if overview.subscribed_at is not None:
            st.button("Ne plus recevoir les rapports", key="report-stop", icon=":material/close:", on_click=_unsubscribe)
        elif mail.configured():
            st.button(
                "Recevoir les rapports par courriel",
                key="report-subscribe",
                icon=":material/notifications:",
                on_click=_subscribe,
            )
    if overview.subscribed_at is not None:
        st.caption("Vous recevez ces rapports par courriel." if account.mail else "Votre compte n'a plus de courriel.")


def _create_now() -> None:
    result = actions.run_in_section(
        _SECTION, lambda account, now: daily_report.make_and_send_now(session.database(), account, now), ""
    )
    if result is not None:
        report, state = result
        actions.succeed(_SECTION, _created_words(report, state))


def _created_words(report: ArchivedReport, state: MailState | None) -> str:
    words = f"Rapport du {instant_words(report.created_at)}"
    if state is MailState.SENT:
        return f"{words} : envoyé à votre adresse, et archivé ci-dessous."
    account = session.current()
    if mail.configured() and account is not None and account.mail:
        return f"{words} : il vous a déjà été envoyé ; un autre peut être établi dans quelques minutes."
    return f"{words} : archivé ci-dessous, où il se télécharge."


def _subscribe() -> None:
    actions.run_in_section(
        _SECTION,
        lambda account, now: daily_report.subscribe(session.database(), account, now),
        "Vous recevrez le prochain rapport par courriel.",
    )


def _unsubscribe() -> None:
    actions.run_in_section(
        _SECTION,
        lambda account, now: daily_report.unsubscribe(session.database(), account, now),
        "Vous ne recevrez plus ces rapports.",
    )


def _render_hours(overview: Overview) -> None:
    """Render the choice of the hours, which are the same for everybody."""
    hours = overview.schedule.hours
    with st.expander("Heures des rapports", expanded=not hours), st.container(horizontal=True, vertical_alignment="bottom"):
        st.multiselect(
            f"Chaque jour à (au plus {MAX_HOURS} heures, les mêmes pour toute la région)",
            list(range(24)),
            list(hours or (() if overview.schedule.changed_at else PROPOSED_HOURS)),
            format_func=lambda hour: f"{hour} h",
            key=_HOURS,
            placeholder="Aucune heure",
            width=420,
        )
        st.button("Enregistrer ces heures", key="report-save-hours", icon=":material/schedule:", on_click=_save_hours)


def _save_hours() -> None:
    actions.run_in_section(
        _SECTION,
        lambda account, now: daily_report.choose_hours(session.database(), account, st.session_state[_HOURS], now),
        "Les heures des rapports sont enregistrées.",
    )


def _render_archive(account: Account, overview: Overview, now: datetime) -> None:
    """Render the reports of the chosen day, or all of them."""
    st.header("Archives")
    if overview.days is None:
        st.info("Aucun rapport n'est archivé.")
        return
    # The bounds are wider than the archive: Streamlit would refuse a day outside of them in English.
    farthest = now.date().replace(month=12, day=31).replace(year=now.year + 10)
    day: date | None = st.date_input(
        "Jour", None, date(1900, 1, 1), farthest, format="DD/MM/YYYY", key=_DAY, width=160, help="Vide : tous les jours"
    )
    reports = daily_report.archive(session.database(), account, day, now)
    if not reports:
        first, last = overview.days
        st.info(f"Aucun rapport de ce jour : les archives vont du {first:%d/%m/%Y} au {last:%d/%m/%Y}.")
        return
    tables.draw(_table(reports), "rapports", on_open=lambda line: _go(reports[line].id), height=tables.full_height(reports, 12))


def _table(reports: Sequence[ArchivedReport]) -> pa.Table:
    return pa.table(
        {
            "Rapport": [_date_words(report) for report in reports],
            columns.DAY: pa.array([report.day for report in reports], pa.date32()),
            **{
                name: pa.array([getattr(report, field) for report in reports], pa.int32())
                for name, field in {
                    "Lits": "beds",
                    "Places": "places",
                    "Unités": "units",
                    columns.LATE_TITLE: "overdue",
                }.items()
            },
        }
    )


def _date_words(report: ArchivedReport) -> str:
    return report.slot.words if report.slot else f"{instant_words(report.created_at)}, à la demande"


def _render_report(opened: ReportDetails) -> None:
    """Render a report: its summary, its files, the states of its mails."""
    report = opened.report
    titles.show(f"Rapport du {_date_words(report)}", "Rapports")
    st.button("Tous les rapports", icon=":material/arrow_back:", key="reports-back", type="tertiary", on_click=_go, args=("",))
    st.header(f"Rapport du {_date_words(report)}")
    st.markdown(literal(opened.summary).replace("\n", "  \n"))
    with st.container(horizontal=True, key="report-files"):
        for form in opened.forms:
            _render_download(report, form)
    if FileForm.CSV not in opened.forms:
        st.caption("La région a trop d'unités pour un tableau par rapport : téléchargez-le dans « Consultation ».")
    if opened.mails:
        states = ", ".join(f"{number} {state.label}" for state, number in opened.mails.items())
        st.caption(f"Établi le {instant_words(report.created_at)}. Courriels : {states}.")


_FILES = {
    FileForm.PDF: ("Rapport (PDF)", ":material/picture_as_pdf:"),
    FileForm.CSV: ("Tableau des unités (CSV)", ":material/download:"),
}


def _render_download(report: ArchivedReport, form: FileForm) -> None:
    db = session.database()
    label, icon = _FILES[form]
    st.download_button(
        label,
        session.deferred_file(
            lambda account: daily_report.file(db, account, report.id, form, datetime.now(UTC)),
            message_pdf if form is FileForm.PDF else str.encode,
        ),
        daily_report_mails.file_name(report, form),
        daily_report_mails.MEDIA_TYPES[form],
        key=f"report-{form}",
        icon=icon,
        on_click="ignore",
    )


def _go(report_id: str) -> None:
    """Open a report, "" for the list, without the messages of the last action."""
    address.step(**{REPORT: report_id})
    actions.clear_messages(_SECTION)
