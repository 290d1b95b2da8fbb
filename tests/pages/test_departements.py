"""The page « Consultation par département »: totals, filters, table, structures of one département."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ror.drawing import maps
from ror.model.capacity import Counts
from ror.model.count_parts import sex_parts
from ror.model.search import folded
from ror.model.territory import department_name
from ror.settings import settings
from ror.store import registry, registry_changes
from ror.web import board, consultation, question, session
from tests.pages.conftest import as_read, texts
from tests.region import (
    BY_ID,
    CLOSED_UNIT,
    DAY_HOSPITAL,
    HOME_CARE,
    NURSING,
    PSYCHIATRY,
    REHABILITATION,
    RESUSCITATION,
    WARD,
    write,
)


def now(**ago):
    return datetime.now(UTC) - timedelta(**ago)


def declared(region):
    write(region, RESUSCITATION, 2, now(minutes=5))
    write(region, WARD, 4, now(hours=30))
    write(region, DAY_HOSPITAL, 3, now(hours=2))
    write(region, REHABILITATION, 6, now(days=8))
    write(region, NURSING, 5, now(hours=5))
    write(region, HOME_CARE, 1, now(days=3))


def table(screen, column):
    return next(as_read(one.value) for one in screen.dataframe if column in one.value.columns).set_index(column)


def criteria(screen):
    """Open « Plus de critères » of a screen and return it."""
    screen.session_state[question.CRITERIA] = True
    return screen.run()


def by_unit(screen):
    """Open the tab « Par unité » of a screen and return it."""
    screen.session_state[consultation.DETAIL_TABS] = consultation.BY_UNIT
    return screen.run()


def test_the_table_of_units_is_rendered_only_once_its_tab_is_open(page, region):
    screen = page("departements", "dominique", departement="94")
    assert not any("Unité" in one.value.columns for one in screen.dataframe)
    assert any("Structure" in one.value.columns and "Unité" not in one.value.columns for one in screen.dataframe)
    by_unit(screen)
    assert any("Unité" in one.value.columns for one in screen.dataframe)


def test_the_filter_keeps_the_units_with_a_place_for_a_woman_or_a_man(page, region):
    for unit, counts in (
        (WARD, Counts(4, parts=sex_parts({"women": 1, "men": 0, "either": 0}))),
        (REHABILITATION, Counts(6, parts=sex_parts({"women": 0, "men": 0, "either": 2}))),
    ):
        write(region, unit, counts.available, now(hours=1), counts=counts)
    write(region, DAY_HOSPITAL, 3, now(hours=1))
    screen = page("departements", "dominique", sexe="Une femme")
    assert "<b>10 lits</b>" in texts(screen)
    assert "<b>2 unités à jour</b> sur 2<" in texts(screen)
    screen.selectbox(key="sexe").set_value("Un homme").run()
    assert "<b>6 lits</b>" in texts(screen)
    assert "<b>3 unités à jour</b> sur 11 ;" in texts(page("departements", "dominique", sexe="Tous"))


def test_the_table_of_units_has_the_occupancy_beside_the_age(page, region):
    write(region, WARD, 4, now(hours=1), counts=Counts(4, occupied=15))
    write(region, RESUSCITATION, 3, now(hours=1))
    lines = table(by_unit(page("departements", "dominique", departement="75")), "Unité")
    assert [str(lines.loc["Médecine interne", name]).strip() for name in ("Occupation", "Occupation d'après")] == [
        "75 %",
        "occupés",
    ]
    assert [str(lines.loc["Réanimation", name]).strip() for name in ("Occupation", "Occupation d'après")] == [
        "75 %",
        "disponibles",
    ]
    columns = list(lines.columns)
    assert columns[columns.index("Mise à jour") + 1] == "Occupation"


def test_the_totals_keep_beds_and_places_apart_and_state_their_freshness(page, region):
    declared(region)
    shown = texts(page("departements", "dominique"))
    assert "<b>12 lits</b> dont 2 confirmés depuis moins de 24 h et 6 il y a plus de 7 jours" in shown
    assert "<b>9 places</b> dont 8 confirmées depuis moins de 24 h et 0 il y a plus de 7 jours" in shown
    assert "<b>5 unités à jour</b> sur 11 ; 1 autre fermée<" in shown
    assert "<b>6 unités en retard</b>" in shown


def test_the_table_has_a_line_per_departement_in_the_band_of_its_median_unit(page, region):
    declared(region)
    lines = table(page("departements", "dominique"), "Département")
    assert list(lines.index) == ["75 Paris", "93 Seine-Saint-Denis", "94 Val-de-Marne"]
    assert list(lines.loc["75 Paris", "Âge"]) == ["■ moins de 24 h"]
    assert list(lines.loc["94 Val-de-Marne", "Âge"]) == ["○ jamais renseigné"]
    assert list(lines["Lits"]) == [6, 6, 0]
    assert list(lines["Places"]) == [3, 1, 5]
    assert list(lines["À jour"]) == [100, 25, 25]
    assert list(lines.columns)[:6] == ["Âge", "Lits", "Places", "À jour", "En retard", "Répartition par âge"]


def test_types_are_chosen_field_by_field_and_the_address_has_their_labels(page, region):
    declared(region)
    screen = page("departements", "dominique", type="Unité de réanimation")
    field = screen.multiselect(key="types-by-field")
    fields = [option.partition(" · ")[0] for option in field.options]
    assert list(dict.fromkeys(fields)) == ["MCO", "SMR", "PSY", "MS"]
    assert fields == sorted(fields, key=["MCO", "SMR", "PSY", "MS"].index)
    labels = [folded(option) for option in field.options if option.startswith("MCO · ")]
    assert labels == sorted(labels)
    assert field.value == ["Unité de réanimation"]
    assert "<b>2 lits</b>" in texts(screen)
    field.unselect("Unité de réanimation").run()
    assert "type" not in screen.query_params
    assert "<b>12 lits</b>" in texts(screen)
    screen = criteria(page("departements", "dominique"))
    screen.multiselect(key="types-by-field").set_value(["Unité de réanimation"]).run()
    assert screen.query_params["type"] == "Unité de réanimation"
    assert "<b>2 lits</b>" in texts(screen)


def test_a_list_of_changes_that_is_cut_says_how_many_it_leaves_out(page, region, monkeypatch):
    for unit, before, after in ((RESUSCITATION, 4, 1), (WARD, 9, 2), (DAY_HOSPITAL, 6, 3)):
        write(region, unit, before, now(hours=30))
        write(region, unit, after, now(hours=1))
    screen = page("departements", "dominique", vue="depuis-hier")
    assert "Dégradé depuis hier : 3 unités" in texts(screen)
    assert not [one.value for one in screen.caption if "précisez" in one.value]
    assert "Dégradé depuis hier, Seine-Saint-Denis : 0 unité" in texts(
        page("departements", "dominique", vue="depuis-hier", departement="93")
    )
    monkeypatch.setattr(board, "MAX_CHANGE_LINES", 1)
    screen = page("departements", "dominique", vue="depuis-hier")
    assert [one.value for one in screen.caption if "précisez" in one.value] == ["2 autres unités : précisez la question."]


def test_the_field_of_the_past_is_drawn_once_its_popover_is_open(page, region):
    declared(region)
    screen = page("departements", "dominique")
    assert not screen.slider
    screen.session_state[question.PAST] = True
    screen.run()
    assert [one.label for one in screen.slider] == ["Les dernières 24 h, heure par heure"]
    assert "Le service a rencontré une erreur" not in texts(screen)


def test_a_question_of_types_alone_lists_the_units_that_answer_it(page, region):
    declared(region)
    screen = page("departements", "dominique", type="Unité de réanimation")
    assert "1 unité, unité de réanimation : 2 lits" in texts(screen)
    assert "Détail par structure de" not in {one.label for one in screen.selectbox}
    assert "Détail par structure de" in {one.label for one in page("departements", "dominique").selectbox}


@pytest.mark.parametrize("code", ["975", "977", "978", "986", "987", "988"])
def test_an_overseas_collectivity_has_its_line_its_map_and_its_detail(page, region, code):
    with region.reader() as cursor:
        home = registry.structure(cursor, BY_ID[NURSING].structure)
    with region.transaction() as transaction:
        registry.merge(transaction, [replace(home, department=code, latitude=None, longitude=None)])
        registry_changes.record_change(transaction, "edit structure", datetime.now(UTC))
    screen = page("departements", "dominique", departement=code)
    assert not screen.exception
    assert f"{code} {department_name(code)}" in table(page("departements", "dominique"), "Département").index
    assert any(department_name(code) in header.value for header in screen.header)
    screen.session_state[consultation.DETAIL_TABS] = consultation.DRAWN
    drawn = [chart.proto.spec for chart in screen.run().get("vega_lite_chart")]
    assert any(maps.address((code,)) in spec for spec in drawn)


def test_a_departement_and_its_structures_show_the_share_of_old_numbers(page, region):
    declared(region)
    screen = page("departements", "dominique", departement="93")
    assert "<b>6 lits</b> dont 0 confirmé depuis moins de 24 h et 6 il y a plus de 7 jours" in texts(screen)
    for column, shown in (("Département", page("departements", "dominique")), ("Structure", screen)):
        lines = table(shown, column)
        old = "93 Seine-Saint-Denis" if column == "Département" else "Clinique fictive des Saules"
        assert (lines.loc[old, "Lits de plus de 7 jours"], lines.loc[old, "Places de plus de 7 jours"]) == (6, 0)
        assert lines["Lits de plus de 7 jours"].sum() == 6


def test_the_counts_beside_the_number_are_columns_where_a_unit_gives_them(page, region):
    declared(region)
    before = table(by_unit(page("departements", "dominique", departement="75")), "Unité")
    assert not {"Occupés", "Réservés", "Fermés", "Supplémentaires"} & set(before.columns)
    counts = Counts(4, occupied=15, closed=0)
    write(region, WARD, 4, now(hours=1), counts=counts)
    after = table(by_unit(page("departements", "dominique", departement="75")), "Unité")
    assert (after.loc["Médecine interne", "Occupés"], after.loc["Médecine interne", "Fermés"]) == ("15", "0")
    assert after["Occupés"].count() == 1, "none is given for the others"
    assert not {"Réservés", "Supplémentaires"} & set(after.columns)


def test_only_units_that_pass_the_filter_are_counted(page, region):
    declared(region)
    screen = page("departements", "dominique")
    criteria(screen).multiselect(key="champ").set_value(["Soins Médicaux et de réadaptation (SMR)"]).run()
    assert "<b>6 lits</b> dont 0 confirmé depuis" in texts(screen)
    screen = page("departements", "dominique")
    screen.number_input(key="mini").set_value(5).run()
    assert "<b>6 lits</b>" in texts(screen)
    assert "<b>5 places</b>" in texts(screen)
    lines = table(screen, "Département")
    assert list(lines.index) == ["75 Paris", "93 Seine-Saint-Denis", "94 Val-de-Marne"], "none leaves the map or the table"
    assert (list(lines["Unités"]), list(lines.loc["75 Paris", "Âge"])) == ([0, 1, 1], [])


def test_filters_and_selection_come_from_the_address(page, region):
    declared(region)
    screen = page("departements", "dominique", nature="Places", departement="94")
    assert "lits</b>" not in texts(screen)
    assert "<b>9 places</b>" in texts(screen)
    assert "Détail par structure : Val-de-Marne (94)" in texts(screen)


def test_the_selection_survives_a_filter_change_even_one_that_empties_it(page, region):
    declared(region)
    screen = page("departements", "dominique", departement="94")
    criteria(screen).multiselect(key="champ").set_value(["Médecine Chirurgie Obstétrique (MCO)"]).run()
    assert screen.query_params["departement"] == "94"
    assert "Détail par structure : Val-de-Marne (94)" in texts(screen)
    screen = page("departements", "dominique", departement="94")
    criteria(screen).multiselect(key="champ").set_value(["Soins Médicaux et de réadaptation (SMR)"]).run()
    assert "Détail par structure : Val-de-Marne (94)" in texts(screen)


def test_the_detail_lists_structures_and_units_of_that_departement_alone(page, region):
    declared(region)
    screen = page("departements", "dominique", departement="93")
    assert list(table(screen, "Commune").Structure) == ["Clinique fictive des Saules", "Maison fictive du Canal"]
    units = table(by_unit(screen), "Unité")
    assert set(units.Structure) == {"Clinique fictive des Saules", "Maison fictive du Canal"}
    assert units.loc["Rééducation", "En retard"] == "⚠ En retard"
    assert units.loc["Soins à domicile", "En retard"] == ""


def test_filters_without_any_unit_have_a_sentence(page, region):
    screen = page("departements", "dominique")
    screen.number_input(key="mini").set_value(9999).run()
    assert "élargissez-les" in screen.info[0].value
    assert not screen.exception


def test_a_region_without_any_unit_has_a_sentence(page, region):
    with region.transaction() as transaction:
        transaction.cursor.execute("DELETE FROM unit")
    screen = page("departements", "dominique")
    assert not screen.exception
    assert screen.info


def test_an_address_that_names_no_departement_of_the_region_shows_the_region(page, region):
    screen = page("departements", "dominique", departement="<script>", mini="abc", nature="rien")
    assert not screen.exception
    assert screen.selectbox(key="choose-").value == ""
    assert "Détail par structure :" not in texts(screen)


def test_the_legend_stands_on_the_page_with_words_and_shapes(page, region):
    shown = texts(page("departements", "dominique"))
    for words in ("● moins d&#x27;1 h", "■ moins de 24 h", "▲ moins de 7 jours", "✕ plus de 7 jours", "○ jamais renseigné"):
        assert words in shown


def test_a_closed_unit_is_not_late_and_offers_nothing(page, region):
    write(region, CLOSED_UNIT, 7, now(hours=1))
    write(region, PSYCHIATRY, 0, now(days=30), kind="closed", closed_until=datetime.now(UTC).date() + timedelta(days=5))
    units = table(by_unit(page("departements", "dominique", departement="94")), "Unité")
    for name in ("Longue durée, aile fermée", "Psychiatrie"):
        assert (units.loc[name, "Disponible"], units.loc[name, "En retard"], list(units.loc[name, "Âge"])) == (
            "0",
            "",
            ["⊘ Fermée"],
        )


def test_a_departement_is_chosen_from_the_field_as_from_the_map(page, region):
    screen = page("departements", "dominique")
    screen.selectbox(key="choose-").set_value("93").run()
    assert screen.query_params["departement"] == "93"
    assert "Détail par structure : Seine-Saint-Denis (93)" in texts(screen)


def test_a_structure_whose_units_are_all_closed_is_shown_as_closed(page, region):
    with region.transaction() as transaction:
        transaction.cursor.execute("UPDATE unit SET closed = true WHERE structure = '990940002'")
    lines = table(page("departements", "dominique", departement="94"), "Structure")
    assert list(lines.loc["Centre fictif des Érables", "Âge"]) == ["⊘ Fermée"]


def test_the_totals_use_the_age_limit_of_the_settings(page, region, monkeypatch):
    monkeypatch.setenv("ROR_AGE_LIMITS_HOURS", "1,12,168")
    settings.cache_clear()
    declared(region)
    assert "confirmés depuis moins de 12 h" in texts(page("departements", "dominique"))


@pytest.mark.parametrize(
    ("place", "parameter", "orders"),
    [
        ({}, "ordre", ["Disponible", "Fraîcheur", "Fiabilité"]),
        ({"pres": "commune:75113"}, "tri", ["Distance", "Disponible", "Fraîcheur", "Fiabilité"]),
    ],
)
def test_units_are_ordered_by_distance_only_from_a_place(page, region, place, parameter, orders):
    screen = page("departements", "dominique", besoin="Réanimation", tri="Distance", **place)
    (control,) = (one for one in screen.get("button_group") if one.key in ("tri", "ordre"))
    assert (control.key, control.options, control.value) == (parameter, orders, orders[0].lower().replace("î", "i"))


@pytest.mark.parametrize(("key", "value"), [("rayon", 50), ("mini", 2)])
def test_a_criterion_reruns_the_figures_alone(page, region, monkeypatch, key, value):
    declared(region)
    screen = page("departements", "dominique", pres="commune:94028")
    rerun = []
    monkeypatch.setattr(session, "rerun_fragment", rerun.append)
    field = screen.selectbox if key == "rayon" else screen.number_input
    field(key=key).set_value(value).run()
    assert rerun == ["figures"]


@pytest.mark.parametrize(("nature", "shown", "hidden"), [("Places", "Places", "Lits"), ("Lits", "Lits", "Places")])
def test_the_tables_have_no_column_of_what_is_not_asked_for(page, region, nature, shown, hidden):
    declared(region)
    columns = table(page("departements", "dominique", nature=nature), "Département").columns
    assert shown in columns
    assert not [name for name in columns if name.startswith(hidden)]


@pytest.mark.parametrize("narrowed", [{}, {"pres": "commune:94028"}, {"departement": "94"}])
def test_totals_are_those_of_the_region_and_say_so(page, region, narrowed):
    declared(region)
    assert "Dans toute la région" in texts(page("departements", "dominique", **narrowed))
