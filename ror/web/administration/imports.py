"""The section « Import »: choose a file, preview its changes, then write exactly these by « Importer »."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ror.errors import BadFile, Refused
from ror.exchange.import_file import refused_count
from ror.model import french
from ror.model.rights import Account, Action
from ror.model.unit_kind import UNKNOWN_NATURE
from ror.services.import_check import check_import
from ror.services.registry import imports, unit_types
from ror.services.registry.imports import ImportPlan
from ror.web import session, tables
from ror.web.administration import account_imports, import_tables, outlines
from ror.web.administration.uploaded_file import on_disk
from ror.web.forms import actions
from ror.web.forms.file_preview import FilePreview
from ror.web.markdown import literal

MAX_LINES = 1_000
"""The most lines of a table of the preview; its download has them all."""

_SECTION = account_imports.SECTION
_FILE = FilePreview("import", _SECTION)
_READING = "Lecture du fichier…"
_FINESS, _UNITS = "Structures (fichier FINESS)", "Unités (liste CSV ou XLSX)"
_TYPES = "Types d'unités (CSV ou XLSX)"
_OUTLINES = "Contours des cartes (GeoJSON ou TopoJSON)"
_MAX_MEGABYTES = {_FINESS: 60, _UNITS: 20, _TYPES: 5}
_EXPECTED = {
    _FINESS: "Le fichier des structures que data.gouv.fr publie chaque jour, tel quel : "
    "finess-structures-journalier-….json.gz. Les anciens fichiers sont lus aussi : etalab-cs1100507 et cs1100502 "
    "(établissements), cs1100501 (entités juridiques). Une structure fermée ici reste fermée.",
    _UNITS: "Une liste en CSV ou en XLSX, dont la première ligne nomme les colonnes : finess, nom, type, et au besoin "
    "places_installees, telephone, identifiant, fermee, nature, public... Une colonne absente ne change rien aux unités "
    "connues.",
    _TYPES: "Ce que la région décide des types, en CSV ou en XLSX : type, et au besoin compte, delai_heures, suivi, besoins. "
    "Une cellule vide ne change rien ; « proposition » revient à ce qui est proposé.",
}


@dataclass(frozen=True, slots=True)
class _ImportPreview:
    """The plan of an uploaded file and its tables, while the file stays in its field."""

    plan: ImportPlan
    created: pa.Table
    changed: pa.Table
    refused: pa.Table


def render_imports(account: Account) -> None:
    """Render the choice of a file, its preview and the button that imports it.

    A demonstration refuses the files of establishments; outlines and accounts can be imported into it.
    """
    actions.render_messages(_SECTION)
    kinds = [_FINESS, _UNITS, _TYPES, account_imports.KIND, _OUTLINES]
    kind = st.radio("Que faut-il importer ?", kinds, key="import-kind", horizontal=True) or _FINESS
    if kind == account_imports.KIND:
        account_imports.render_account_imports(account)
        return
    if kind == _OUTLINES:
        outlines.render_outlines(account)
        return
    try:
        check_import(session.database(), account, datetime.now(UTC))
    except Refused as refusal:
        st.info(literal(refusal.user_message), icon=":material/block:")
        return
    most = _MAX_MEGABYTES[kind]
    st.caption(f"{_EXPECTED[kind]} {most} Mo au plus ; un fichier plus grand s'importe en ligne de commande.")
    preview = _FILE.render("Fichier", most, lambda file: _preview(account, kind, file), variant=f"-{most}")
    if preview is not None:
        _render_preview(preview)
        _render_button(preview)


def _preview(account: Account, kind: str, file: UploadedFile) -> _ImportPreview:
    """Return the preview of a file, which is read behind a progress bar."""
    if file.size > _MAX_MEGABYTES[kind] * 2**20:
        raise BadFile(f"Le fichier dépasse {_MAX_MEGABYTES[kind]} Mo : importez-le en ligne de commande.")
    bar = st.progress(0.0, _READING)
    db, now = session.database(), datetime.now(UTC)

    def on_progress(done: int, total: int) -> None:
        bar.progress(done / total, _READING)

    def on_wait(message: str) -> None:
        bar.progress(0.0, message)

    try:
        with on_disk(file) as path:
            if kind == _FINESS:
                plan = imports.preview_finess(db, account, path, now, on_progress, on_wait)
            elif kind == _UNITS:
                plan = imports.preview_units(db, account, path, now, on_wait)
            else:
                plan = unit_types.preview_unit_types(db, account, path, now, on_wait)
    finally:
        bar.empty()
    return _ImportPreview(
        plan,
        import_tables.created_table(plan.changes),
        import_tables.changed_table(plan.changes),
        import_tables.refused_table(plan.rejects),
    )


def _render_preview(preview: _ImportPreview) -> None:
    plan, merged = preview.plan, preview.plan.merged
    counts = (
        (merged.created, "créée"),
        (merged.changed, "modifiée"),
        (merged.unchanged, "inchangée"),
        (refused_count(plan.rejects), "refusée"),
    )
    done = ", ".join(french.count(number, words) for number, words in counts)
    if remarks := len(plan.rejects) - refused_count(plan.rejects):
        done += f", {french.count(remarks, 'remarque')}"
    st.html(
        f'<p role="status"><b>{french.count(plan.read, "ligne lue", "lignes lues")}</b> : {done}. Rien n\'est encore écrit.</p>'
    )
    if plan.to_specify:
        st.warning(
            f"{french.count(plan.to_specify, 'unité')} : {UNKNOWN_NATURE}. Elles sont prises, mais ne déclareront pas tant que "
            "rien ne dit si elles comptent des lits ou des places : colonnes « nature » ou « mode_prise_en_charge », ou volet "
            "« Types et besoins »."
        )
    if plan.passed_over:
        ignored = ", ".join(f"{french.number(number)} dans « {branch} »" for branch, number in plan.passed_over.items())
        st.caption(literal(f"Entrées du fichier qui ne sont pas des structures, laissées de côté : {ignored}."))
    _render_table("Ce qui sera créé", preview.created, "crees")
    _render_table("Ce qui sera modifié, champ par champ", preview.changed, "modifies")
    _render_table("Ce qui est refusé ou à vérifier, et pourquoi", preview.refused, "refuses")


def _render_table(title: str, table: pa.Table, name: str) -> None:
    if not table.num_rows:
        return
    first = table.slice(0, MAX_LINES)
    more = "" if first.num_rows == table.num_rows else f", les {french.number(MAX_LINES)} premières lignes ici"
    with st.expander(f"{title} : {french.count(table.num_rows, 'ligne')}{more}", expanded=name != "crees"):
        height = tables.full_height(range(first.num_rows), 10)
        tables.draw(first, f"import-{name}", height=height)
        file = tables.Download(f"import-{name}", title, Action.MANAGE_REGISTRY)
        tables.download(table, f"import-{name}", file)


def _render_button(preview: _ImportPreview) -> None:
    if preview.plan.changes_nothing:
        st.info("Ce fichier ne change rien au répertoire : il n'y a rien à importer.")
        return
    st.button(
        "Importer", type="primary", icon=":material/upload:", key=f"import-go-{_FILE.number}", on_click=_import, args=(preview,)
    )


def _import(preview: _ImportPreview) -> None:
    """Write the plan; when the registry changed since, the file still in its field is previewed again."""
    if not _FILE.holds(preview):
        return
    plan, merged = preview.plan, preview.plan.merged
    counts = f"{french.count(merged.created, 'créée')}, {french.count(merged.changed, 'modifiée')}"
    refused = french.count(refused_count(plan.rejects), "ligne refusée", "lignes refusées")
    specify = f" {french.count(plan.to_specify, 'unité')} : {UNKNOWN_NATURE}." if plan.to_specify else ""
    success = f"Import terminé : {counts}, {french.count(merged.unchanged, 'inchangée')} ; {refused}.{specify}"
    written = actions.run_in_section(
        _SECTION, lambda account, now: imports.write(session.database(), account, plan, now), success
    )
    _FILE.discard()
    if written is not None:
        _FILE.empty()
