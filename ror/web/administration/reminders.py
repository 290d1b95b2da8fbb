"""The section « Rappels »: the mails that were sent, with their state, and the accounts that want none."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa
import streamlit as st

from ror.model import french
from ror.model.rights import Account, Action
from ror.services import mail
from ror.services.region_time import instant_words, region_zone
from ror.services.reminders import confirm_link, overview
from ror.services.reminders.overview import SentMail
from ror.settings import settings
from ror.web import address, columns, session, tables, titles
from ror.web.forms import actions
from ror.web.markdown import literal

_SECTION, MAIL = "reminders-list", "courriel"
_INSTANT = pa.timestamp("us", tz="UTC")


def render_reminders(account: Account) -> None:
    """Render the mail of the address, or the list of mails and the list of accounts that want none."""
    now = datetime.now(UTC)
    mails = overview.sent(session.database(), account, now)
    actions.render_messages(_SECTION)
    if chosen := next((one for one in mails if one.id == st.query_params.get(MAIL)), None):
        _render_mail(chosen)
        return
    st.caption(_how())
    _render_list(mails, now)
    _render_stopped(account, now)


def _how() -> str:
    """Return a sentence on who sends the mails and when."""
    first, end = settings().reminder_hours
    if settings().reminders == "off" or not mail.configured():
        return "Aucun rappel ne part : ils sont coupés, ou le serveur de courrier n'est pas renseigné."
    who = "Le serveur envoie" if settings().reminders == "server" else "La commande « remind » envoie"
    usual = f"{who} les rappels de {first} h à {end} h, un par personne et par jour au plus"
    return f"{usual} ; pendant un événement, un par tour, à toute heure."


def _render_list(mails: Sequence[SentMail], now: datetime) -> None:
    if not mails:
        st.info("Aucun rappel n'a été envoyé depuis 90 jours.")
        return
    tables.render(
        _table(mails),
        "rappels",
        on_open=lambda line: _go(mails[line].id),
        file=tables.Download("rappels", "Rappels", Action.MANAGE_ACCOUNTS, now),
        height=tables.full_height(mails, 15),
    )


def _table(mails: Sequence[SentMail]) -> pa.Table:
    return pa.table(
        {
            "Personne": [one.name for one in mails],
            columns.SENT: pa.array([one.at for one in mails], _INSTANT),
            "État": [one.state.label for one in mails],
            "Unités": [one.units for one in mails],
            "Mises à jour depuis": [one.declared_since for one in mails],
            "Lien": [_link(one) for one in mails],
        }
    )


def _link(sent: SentMail) -> str:
    if sent.used_at is not None:
        return f"utilisé, {french.count(sent.confirmed or 0, 'unité confirmée', 'unités confirmées')}"
    if sent.revoked_at is not None:
        return "retiré ou remplacé"
    return "en service" if sent.link_lives else "expiré"


def _render_mail(sent: SentMail) -> None:
    titles.show("Un rappel", "Rappels")
    st.button("Tous les rappels", icon=":material/arrow_back:", key="reminders-back", type="tertiary", on_click=_go, args=("",))
    st.header(literal(sent.name))
    facts = {
        "Envoi": f"{instant_words(sent.at)}, {sent.state.label}, {french.count(sent.tries, 'essai')}",
        "Unités": f"{sent.units}, {french.count(sent.declared_since, 'mise à jour', 'mises à jour')} depuis",
        "Lien de confirmation": _link(sent) + (f", le {instant_words(sent.used_at)}" if sent.used_at else ""),
    }
    st.html(f'<dl class="ror-person">{"".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts.items())}</dl>')
    if sent.link_lives:
        st.button("Retirer ce lien", key="reminder-revoke", icon=":material/link_off:", on_click=_revoke, args=(sent.id,))


def _revoke(mail_id: str) -> None:
    actions.run_in_section(
        _SECTION,
        lambda account, now: confirm_link.revoke(session.database(), account, mail_id, now),
        "Ce lien ne sert plus.",
    )


def _render_stopped(account: Account, now: datetime) -> None:
    st.header("Ne veulent aucun rappel")
    stopped = overview.stopped(session.database(), account, now)
    if not stopped.num_rows:
        st.html("<p>Personne.</p>")
        return
    ways = ["par le lien d'un courriel" if by_link else "dans « Mon compte »" for by_link in stopped["by_link"].to_pylist()]
    days = [instant.astimezone(region_zone()).date() for instant in stopped["changed_at"].to_pylist()]
    tables.draw(pa.table({"Personne": stopped["name"], columns.DAY: days, "Comment": ways}), "stopped")


def _go(mail_id: str) -> None:
    """Open a mail, "" for the list, without the messages of the last action."""
    address.step(**{MAIL: mail_id})
    actions.clear_messages(_SECTION)
