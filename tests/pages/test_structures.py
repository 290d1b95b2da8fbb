"""The page « Consultation par structure »: search, sheet, history."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from ror.model.capacity import Counts
from ror.model.count_parts import CountPart, PartKey
from ror.model.nomenclature import SourceType
from ror.services.availability.receive import Received, receive
from ror.settings import settings
from ror.store import registry, registry_changes
from tests.pages.conftest import texts
from tests.region import (
    BLANCHE,
    CAMILLE,
    DAY_HOSPITAL,
    HOME,
    HOSPITAL,
    NURSING,
    RESUSCITATION,
    STRUCTURES,
    WARD,
    change_unit,
    move,
    write,
)


def now(**ago):
    return datetime.now(UTC) - timedelta(**ago)


def found_structures(screen):
    return [name for one in screen.dataframe if "Unités trouvées" in one.value.columns for name in one.value["Structure"]]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("tilleuls", ["Hôpital fictif des Tilleuls"]),
        ("CRETEIL", ["Résidence fictive des Ormes"]),
        (HOME, ["Résidence fictive des Ormes"]),
        ("réanimation", ["Hôpital fictif des Tilleuls"]),
        ("01 99 00 02 01", ["Hôpital fictif des Tilleuls"]),
        ("seine-saint-denis domicile", ["Maison fictive du Canal"]),
    ],
)
def test_a_structure_is_found_by_name_commune_number_or_unit_type(page, region, text, names):
    assert found_structures(page("structures", "dominique", q=text)) == names


def test_a_search_of_structures_without_result_suggests_another(page, region):
    assert "essayez moins de mots" in page("structures", "dominique", q="zzz").info[0].value


def test_before_any_search_the_page_explains_how_to_search(page, region):
    screen = page("structures", "dominique")
    assert "Par exemple" in texts(screen)
    assert not screen.dataframe


def test_the_sheet_gives_address_telephones_numbers_ages_and_comments(page, region):
    write(region, WARD, 4, now(minutes=12, seconds=30), comment="Aile <b>nord</b> & sud")
    write(region, RESUSCITATION, 1, now(days=3))
    shown = texts(page("structures", "dominique", structure=HOSPITAL))
    assert "1 rue des Exemples, 75013 Paris" in shown
    assert 'href="tel:0199000001"' in shown
    assert 'href="tel:0199000202"' in shown
    assert "4 lits" in shown
    assert "il y a 12 min" in shown
    assert "Aile &lt;b&gt;nord&lt;/b&gt; &amp; sud" in shown
    assert shown.count("⚠ En retard") == 3, "the legend's, réanimation past a day, day hospital never filled in"


@pytest.mark.parametrize(
    ("region_name", "overseas", "mainland"),
    [
        ("France", "15 h 30 (heure de La Réunion)", "12 h 30<"),
        ("La Réunion", "15 h 30<", "12 h 30 (heure de Paris)"),
    ],
)
def test_each_structure_has_its_own_time_which_is_named_where_it_is_not_that_of_the_region(
    page, region, monkeypatch, region_name, overseas, mainland
):
    monkeypatch.setenv("ROR_REGION", region_name)
    settings.cache_clear()
    move(region, HOSPITAL, "974")
    at = now(days=1).replace(hour=11, minute=30, second=0, microsecond=0)
    winter = at.replace(month=1, day=15) if at.month > 1 else at
    for unit in (WARD, NURSING):
        write(region, unit, 4, winter)
    for structure, words in ((HOSPITAL, overseas), (HOME, mainland)):
        shown = texts(page("structures", "dominique", structure=structure))
        assert f"le {winter:%d/%m/%Y} à {words}" in shown


def test_a_telephone_with_an_extension_is_shown_whole_and_dials_its_first_number(page, region):
    change_unit(region, WARD, telephone="0199000011 poste 4512 / 0699000012")
    shown = texts(page("structures", "dominique", structure=HOSPITAL))
    assert '<a class="ror-call" href="tel:0199000011">☎ 01 99 00 00 11 poste 4512 / 06 99 00 00 12</a>' in shown


def test_bed_management_is_called_first_and_the_switchboard_second_with_its_label(page, region):
    with region.transaction() as transaction:
        registry.merge(transaction, [replace(STRUCTURES[0], bed_telephone="0639980101")])
        registry_changes.record_change(transaction, "tests", now())
    shown = texts(page("structures", "dominique", structure=HOSPITAL))
    first, second = ("tel:0639980101", "☎ Gestion des lits 06 39 98 01 01"), ("tel:0199000001", "☎ Standard 01 99 00 00 01")
    calls = [f'<a class="ror-call" href="{uri}">{words}</a>' for uri, words in (first, second)]
    assert f'<span class="ror-calls">{"".join(calls)}</span>' in shown
    assert found_structures(page("structures", "dominique", q="06 39 98 01 01")) == ["Hôpital fictif des Tilleuls"]
    assert shown.count(calls[0]) == 4, "that of the structure, then that of each of its three units"


@pytest.mark.parametrize(("login", "told"), [("adele", True), ("camille", True), ("claude", False), ("coralie", False)])
def test_who_changed_a_number_is_told_to_administrators_and_to_managers_of_the_unit(page, region, login, told):
    write(region, RESUSCITATION, 4, now(hours=3), account=BLANCHE.id)
    write(region, RESUSCITATION, 3, now(hours=2), account=BLANCHE.id, channel="file")
    screen = page("structures", login, structure=HOSPITAL, unite=RESUSCITATION)
    shown = texts(screen)
    assert ("<b>4 → 3 lits</b><span>Blanche Modèle</span><span>Mise à jour, fichier</span>" in shown) == told
    assert ("Blanche Modèle" in shown) == told
    assert [one.label for one in screen.expander if one.label == "Qui a changé ce nombre"] == ["Qui a changé ce nombre"] * told
    assert bool(screen.get("download_button")) == (login == "coralie")


def test_the_sheet_has_the_occupied_reserved_closed_and_supplementary_counts(page, region):
    write(region, RESUSCITATION, 2, now(hours=1))
    assert "ror-detail" not in texts(page("structures", "dominique", structure=HOSPITAL))
    write(region, WARD, 4, now(hours=1), counts=Counts(4, occupied=15, reserved=1, closed=0, supplementary=2))
    write(region, DAY_HOSPITAL, 1, now(hours=1), counts=Counts(1, occupied=7))
    shown = texts(page("structures", "dominique", structure=HOSPITAL))
    assert '4 lits<br><small>sur 20 lits</small><small class="ror-detail">15 occupés, 1 réservé, 0 fermé' in shown
    assert "0 fermé, 2 supplémentaires</small>" in shown
    assert "7 occupées</small>" in shown
    assert shown.count("ror-detail") == 2


def test_the_sheet_says_whom_a_unit_takes_and_where_it_intervenes(page, region):
    change_unit(region, WARD, patient_type="child", psychiatric_sector="75<G>05", intervention_zone="Paris 13e")
    shown = texts(page("structures", "dominique", structure=HOSPITAL))
    assert "(hors HDJ) · enfants · secteur 75&lt;G&gt;05 · zone : Paris 13e</small>" in shown
    # Nothing but its type is known of another unit.
    assert "<small>Unité de réanimation</small>" in shown


def test_the_sheet_has_the_numbers_by_sex_the_kinds_of_closed_beds_and_the_occupancy(page, region):
    parts = (
        CountPart(PartKey("available", gender="01"), 2),
        CountPart(PartKey("available", gender="04"), 1),
        CountPart(PartKey("closed", closing_type="01"), 2),
    )
    write(region, WARD, 4, now(hours=1), counts=Counts(4, occupied=13, closed=3, parts=parts))
    write(region, RESUSCITATION, 2, now(hours=1))
    write(region, DAY_HOSPITAL, 1, now(hours=1))
    shown = texts(page("structures", "dominique", structure=HOSPITAL, unite=WARD))
    words = "dont 2 femmes, 1 indifférent ; 13 occupés, 3 fermés (2 réactivables)"
    assert f'<small class="ror-detail">{words}</small>' in shown
    assert f"4 lits ({words})" in shown
    assert "<small>occupation 65 %, d'après les occupés</small>" in shown
    assert shown.count("occupation ≈ 83 %") == shown.count("occupation ≈") == 1


def test_the_sheet_has_the_numbers_of_other_temporalities(page, region):
    def receive_number(unit, temporality, number, minutes, **parts):
        numbers = Received(unit, {"available": number}, now(minutes=minutes, seconds=30), SourceType.BED_MANAGEMENT, **parts)
        receive(region, CAMILLE, replace(numbers, temporality=temporality), datetime.now(UTC))

    write(region, WARD, 4, now(hours=1))
    receive_number(WARD, "03", 6, 5)
    receive_number(DAY_HOSPITAL, "01", 3, 7, parts=(CountPart(PartKey("available", gender="04"), 3),))
    shown = texts(page("structures", "dominique", structure=HOSPITAL))
    assert '4 lits<br><small>sur 20 lits</small><small class="ror-detail">6 lits dans 24 h, il y a 5 min</small>' in shown
    assert '<td class="ror-figure">3 places maintenant (dont 3 indifférents), il y a 7 min<br>' in shown
    change_unit(region, WARD, closed=True)
    assert "dans 24 h" not in texts(page("structures", "dominique", structure=HOSPITAL))


def test_the_sheet_has_the_share_of_old_numbers(page, region):
    write(region, WARD, 4, now(days=9))
    write(region, RESUSCITATION, 2, now(minutes=5))
    shown = texts(page("structures", "dominique", structure=HOSPITAL))
    assert "<b>6 lits</b> dont 2 confirmés depuis moins de 24 h et 4 il y a plus de 7 jours" in shown


def test_the_history_has_the_other_counts_of_each_declaration(page, region):
    write(region, WARD, 3, now(days=2))
    write(region, WARD, 4, now(hours=1), counts=Counts(4, installed=22, occupied=15))
    screen = page("structures", "dominique", structure=HOSPITAL, unite=WARD)
    assert texts(screen).count(" : 4 lits (22 installés, 15 occupés)</li>") == texts(screen).count("<li>le ") == 1
    chart = screen.get("vega_lite_chart")[0]
    with pa.ipc.open_stream(chart.proto.data.data) as reader:
        numbers = reader.read_all()["number"].to_pylist()
    assert numbers[:2] == ["3 lits", "4 lits (22 installés, 15 occupés)"]


def test_the_last_90_days_mark_each_declaration_and_leave_out_older_ones(page, region):
    for days, number in ((200, 9), (80, 1), (40, 2), (1, 3)):
        write(region, WARD, number, now(days=days))
    screen = page("structures", "dominique", structure=HOSPITAL, unite=WARD)
    assert not screen.exception
    assert screen.selectbox[0].value == WARD
    assert "Aucune déclaration" not in texts(screen)


def test_a_unit_that_never_declared_has_a_sentence_for_its_history(page, region):
    screen = page("structures", "dominique", structure=HOSPITAL, unite=WARD)
    assert "Aucune déclaration dans les 90 derniers jours." in screen.info[0].value


@pytest.mark.parametrize("finess", ["999999999", "'; DROP TABLE unit; --", "é" * 500])
def test_an_unknown_structure_gets_a_sentence(page, region, finess):
    screen = page("structures", "dominique", structure=finess)
    assert "n'existe pas" in screen.warning[0].value
    assert not screen.exception
