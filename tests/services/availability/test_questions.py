"""Questions typed in one field, down to the number that answers them, on a region with declared numbers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ror.model.registry import Unit
from ror.services.availability import answers, consult, places, questions
from ror.store import declarations, registry, registry_changes
from tests.near_melun import CRETEIL, EVRY, MELUN, PLACED, PROVINS, VILLEJUIF, structure
from tests.region import DOMINIQUE, LONG_STAY, NOW, RESUSCITATION, WARD, event

pytestmark = pytest.mark.usefixtures("region")

HOUR = timedelta(hours=1)


@pytest.fixture
def declared(db):
    """Write units of réanimation and of SMR gériatrique; return the function that declares a number of one."""
    smr = [("-a", "101", "SMR gériatrique"), ("-b", "100", "SMR gériatrie polyvalente"), ("-c", "100", "SMR polyvalent")]
    units = [Unit(f"{finess}-r", finess, "Réanimation", "121", 12, "") for finess in (MELUN, EVRY, PROVINS)]
    units += [Unit(f"{finess}{end}", finess, name, code, 30, "") for finess in (CRETEIL, VILLEJUIF) for end, code, name in smr]
    units.append(Unit(f"{PROVINS}-a", PROVINS, "SMR gériatrique", "101", 30, ""))
    with db.transaction() as transaction:
        for entries in ([structure(finess) for finess in PLACED], units):
            registry.merge(transaction, entries)
        registry_changes.record_change(transaction, "tests", NOW)

    def declare(unit, number, age=HOUR):
        with db.transaction() as transaction:
            declarations.append(transaction, replace(event(transaction, WARD, number, NOW - age), unit=unit))

    return declare


def ask(db, text):
    """Return the question that a text is read as, and its answers."""
    board = consult.current(db, DOMINIQUE)
    question = questions.read(db, board, text)
    view = consult.view(db, board, question.filters, NOW)
    point = places.point(db, question.places[0]) if question.places else None
    return question, answers.find(db, view, point, question.kilometres, departments=question.departments)


def lines_of(ranked):
    return [(answer.unit, answer.available, None if answer.distance is None else round(answer.distance)) for answer in ranked]


def test_a_bed_of_reanimation_near_melun(db, declared):
    declared(f"{MELUN}-r", 0)
    declared(f"{EVRY}-r", 7)
    declared(f"{PROVINS}-r", 3)
    question, result = ask(db, "réanimation près de Melun")
    assert (question.places, question.unread) == (("commune:77288",), ())
    # Seven beds at Évry, then Provins; Melun is full, and the hospital of Paris never declared.
    assert lines_of(result.answers) == [
        (f"{EVRY}-r", 7, 15),
        (f"{PROVINS}-r", 3, 48),
        (f"{MELUN}-r", 0, 2),
        (RESUSCITATION, None, 38),
    ]
    assert result.summary["beds"] == 10
    view = consult.view(db, consult.current(db, DOMINIQUE), question.filters, NOW)
    assert lines_of(answers.alternatives(db, view, f"{MELUN}-r")) == [(f"{EVRY}-r", 7, 16), (f"{PROVINS}-r", 3, 47)]


def test_geriatric_rehabilitation_within_20_km_of_creteil_two_at_least_under_a_day(db, declared):
    declared(f"{CRETEIL}-a", 1)  # too few
    declared(f"{CRETEIL}-b", 5, 30 * HOUR)  # too old
    declared(f"{CRETEIL}-c", 9)  # not geriatric
    declared(f"{VILLEJUIF}-a", 4)
    declared(f"{VILLEJUIF}-b", 2, 23 * HOUR)  # by its name
    declared(f"{PROVINS}-a", 8)  # too far
    declared(LONG_STAY, 6)  # no rehabilitation
    question, result = ask(db, "SMR gériatrique à moins de 20 km de Créteil, au moins 2, moins de 24 h")
    assert (question.kilometres, question.unread) == (20, ())
    assert lines_of(result.answers) == [(f"{VILLEJUIF}-b", 2, 8), (f"{VILLEJUIF}-a", 4, 8)]
    assert (result.total, result.summary["beds"], result.summary["beds_fresh"]) == (2, 6, 6)
    assert result.beyond == ()


def test_when_nothing_is_within_the_radius_the_nearest_is_said_to_be_beyond_it(db, declared):
    declared(f"{PROVINS}-a", 8)
    _, result = ask(db, "SMR gériatrique à moins de 20 km de Créteil, au moins 2")
    assert (result.total, lines_of(result.beyond)) == (0, [(f"{PROVINS}-a", 8, 67)])


@pytest.mark.parametrize("text", ["réa melun", "rea 77", f"réa {MELUN}", "réa hôpital fictif melun", "MELUN REA"])
def test_the_ways_to_ask_for_a_bed_of_one_town(db, declared, text):
    declared(f"{MELUN}-r", 5)
    question, result = ask(db, text)
    assert question.unread == ()
    assert lines_of(result.answers)[0][:2] == (f"{MELUN}-r", 5)


def test_the_words_of_a_region_are_read_again_when_it_changes_them(db, declared):
    board = consult.current(db, DOMINIQUE)
    assert questions.read(db, board, "villefictive").unread == ("villefictive",)
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(structure(MELUN), commune="Villefictive", commune_code="77999")])
        registry_changes.record_change(transaction, "tests", NOW)
    assert questions.read(db, consult.current(db, DOMINIQUE), "villefictive").places == ("commune:77999",)


def test_the_ages_are_those_of_the_settings(db, monkeypatch):
    board = consult.current(db, DOMINIQUE)
    assert questions.read(db, board, "moins de 48 h").unread == ("moins de 48 h",)
    monkeypatch.setenv("ROR_AGE_LIMITS_HOURS", "2,48,336")
    questions.settings.cache_clear()
    assert questions.read(db, board, "moins de 48 h").filters.ranks == (0, 1)


@pytest.mark.parametrize(("text", "commune"), [("réa vincennes", "94080"), ("réa montreuil", "93048"), ("réa 94300", "94080")])
def test_a_commune_at_the_border_of_its_departement_is_a_place_to_be_near(db, declared, text, commune):
    question, _ = ask(db, text)
    assert (question.places, question.unread) == ((f"commune:{commune}",), ())
    assert places.point(db, question.places[0]) is not None
