"""Render the validation of the probabilities of numbers: what was predicted of past weeks, and what was observed."""

from collections.abc import Mapping
from datetime import datetime

import pyarrow as pa
import streamlit as st

from ror.drawing import reliability_chart
from ror.model.french import number
from ror.model.rights import Account
from ror.model.trust.calibration import ProbabilityBand
from ror.model.trust.checks import Claim
from ror.model.trust.estimate import MAX_MISCALIBRATED, MIN_CASES, WIDEST
from ror.model.trust.expected import Residuals
from ror.model.trust.validation import Score
from ror.services.availability.trust import learning, validation
from ror.services.availability.trust.validation import ClaimValidation, ValidationReport
from ror.services.region_time import instant_words
from ror.web import chart_tables, session

TITLES = {Claim.SAME: "Encore vrai", Claim.ANY_LEFT: "Au moins un"}
_JUDGED = 2_000
"""Bands with fewer cases are left out of the largest difference that the summary shows."""

NOTHING = (
    "Rien à montrer encore : il faut que des unités aient déclaré au moins deux fois. Cette page se remplira d'elle-même, et "
    "jusque-là aucune probabilité n'est affichée."
)


def read(account: Account, now: datetime) -> ValidationReport | None:
    """Return the validation of today; the first reading of a day takes some seconds. None when nothing is learnt yet."""
    # A progress bar would let a press end the computation, which other readers wait for too.
    with st.spinner("Comparaison des 8 dernières semaines avec ce qui était annoncé, une dizaine de secondes par jour…"):
        return validation.report_of_day(session.database(), account, now)


def percent(share: float, digits: int = 1) -> str:
    """Format a share: « 81,7 % »."""
    return f"{100 * share:.{digits}f}".replace(".", ",") + "\u00a0%"


def points(gap: float) -> str:
    """Format a difference of two shares: « +0,4 point »."""
    value = round(100 * gap, 1) + 0.0
    sign = "" if not value else "+" if value > 0 else "\u2212"
    return f"{sign}{abs(value):.1f}".replace(".", ",") + (" point" if abs(value) < 2 else " points")


def render_summary(report: ValidationReport) -> None:
    """Render in three numbers and one sentence whether predictions hold."""
    outcome = report.outcomes[Claim.SAME]
    if (score := outcome.score) is None:
        st.info(NOTHING)
        return
    widest = max((abs(band.gap) for band in _judged(outcome)), default=None)
    cases, largest, gain = st.columns(3)
    cases.metric("Nombres suivis d'un autre", number(score.cases), border=True)
    words = "—" if widest is None else points(widest).removeprefix("+")
    largest.metric("Entre annoncé et constaté, au plus", words, border=True)
    gain.metric("Erreur en moins qu'un taux unique", percent(score.over_rate), border=True)
    st.caption(
        f"Sur les {report.weeks} semaines avant le {instant_words(report.until)}, chacune prédite avec les semaines d'avant "
        f"seulement. L'écart est celui entre l'annoncé et le constaté, dans les bandes d'au moins {number(_JUDGED)} cas ; "
        "l'erreur (score de Brier) est comparée à celle d'un taux unique, le même pour tous les nombres."
    )


def _judged(outcome: ClaimValidation) -> list[ProbabilityBand]:
    return [band for band in outcome.bands if band.cases >= _JUDGED]


def render_pictures(report: ValidationReport) -> None:
    """Render for each claim what was observed against what was predicted, and the same as a table."""
    for column, (claim, outcome) in zip(st.columns(2), report.outcomes.items(), strict=True):
        with column:
            _render_picture(TITLES[claim], outcome)


def _render_picture(words: str, outcome: ClaimValidation) -> None:
    rows = [
        {"predicted": 100 * band.predicted, "observed": 100 * band.observed, "cases": band.cases, "words": _band_words(band)}
        for band in outcome.bands
    ]
    largest = max(outcome.bands, key=lambda band: band.cases, default=None)
    st.vega_lite_chart(
        pa.Table.from_pylist(rows),
        reliability_chart.reliability(words),
        key=f"reliability-{words}",
        alt=f"{words} : constaté selon l'annoncé. " + (_band_words(largest) if largest else ""),
    )
    chart_tables.render(
        f"{words}, par bande de probabilité",
        ["Bande", "Annoncé", "Constaté", "Écart", "Cas"],
        [_band_row(band) for band in outcome.bands],
    )


def _band_row(band: ProbabilityBand) -> tuple[str, ...]:
    span = f"{band.low:.0%} à {band.high:.0%}".replace("%", "\u00a0%")
    return span, percent(band.predicted), percent(band.observed), points(band.gap), number(band.cases)


def _band_words(band: ProbabilityBand) -> str:
    return f"Annoncé {percent(band.predicted)}, constaté {percent(band.observed)}, {number(band.cases)} cas"


def render_groups(outcome: ClaimValidation) -> None:
    """Render what was predicted and what was observed by type of unit, then by need."""
    for title, scores in (("Par type d'unité", outcome.by_type), ("Par besoin", outcome.by_need)):
        st.subheader(title)
        st.html(_scores_html(title, scores))


def _scores_html(title: str, scores: Mapping[str, Score]) -> str:
    rows = [(label, *_score_row(score)) for label, score in scores.items()]
    headings = ["Unités", "Cas", "Annoncé", "Constaté", "Écart", "Erreur en moins qu'un taux unique", "qu'un taux par type"]
    return chart_tables.plain_html(f"Encore vrai : {title.lower()}", headings, rows)


def _score_row(score: Score) -> tuple[str, ...]:
    shares = percent(score.predicted), percent(score.observed), points(score.predicted - score.observed)
    return number(score.cases), *shares, percent(score.over_rate), percent(score.over_climatology)


def render_totals() -> None:
    """Render how often past totals were within the intervals that are shown beside them."""
    learnt = learning.latest(session.database())
    if learnt is None:
        st.write("Les totaux attendus ne sont pas encore calculés : le serveur vient de démarrer.")
        return
    st.write(_total_words("Toute la région", learnt.region))
    st.write(_total_words("Un département", learnt.departments))


def _total_words(title: str, residuals: Residuals) -> str:
    if not residuals.days:
        return f"{title} : pas encore assez de jours pour le vérifier ; aucun intervalle n'est affiché."
    shown = "" if residuals.is_shown else " Cet écart est trop grand : aucun intervalle n'est affiché."
    return (
        f"{title} : sur {residuals.days} jours passés, l'intervalle annoncé à 80\u00a0% a contenu le vrai total "
        f"{percent(residuals.coverage, 0)} du temps.{shown}"
    )


def render_calls(report: ValidationReport) -> None:
    """Render what telephone calls found: unlike declarations, they do not depend on when managers choose to declare."""
    score = report.outcomes[Claim.SAME].calls
    if score is None:
        st.write("Aucun nombre n'a encore été vérifié au téléphone sur ces semaines.")
        return
    st.write(
        f"{number(score.cases)} nombres ont été vérifiés au téléphone : encore vrais {percent(score.observed)} du temps, "
        f"{percent(score.predicted)} annoncés."
    )


def render_order(report: ValidationReport) -> None:
    """Render how many of the first calls would have found a changed number, in each order of calls."""
    if (gain := report.calls) is None:
        st.write("Pas encore assez de jours pour comparer.")
        return
    st.write(
        f"Sur {gain.days} jours passés, un appel sur dix en premier : {percent(gain.learnt, 0)} auraient trouvé un nombre "
        f"changé dans l'ordre « ce qu'un appel apprend », {percent(gain.oldest, 0)} en commençant par les plus vieux, "
        f"{percent(gain.any_order, 0)} au hasard."
    )


SILENCES = f"""
- moins de {MIN_CASES} nombres de ce type d'unité ont été suivis d'un autre ;
- le nombre est plus vieux que presque tous ceux que l'on a vus vérifiés dans ce type ;
- l'incertitude sur l'unité dépasse {WIDEST:.0%} ;
- pour ce type, l'annoncé des quatre dernières semaines s'écarte du constaté de plus de {100 * MAX_MISCALIBRATED:.0f} points ;
- un lecteur a contredit le nombre, l'unité est fermée, ou l'écran montre un instant passé.
""".replace("%", "\u00a0%")
