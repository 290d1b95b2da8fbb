"""The outlines of maps and of position checks: those of the product, replaced by imported ones where there are any."""

from ror.model.outlines import Outline, OutlineKind, builtin, content_version, count_vertices, over_builtin
from ror.model.position import inside, position_problem
from ror.model.territory import territories
from tests.outline_files import EAST, NEUILLY, WEST

WESTERN = Outline("92", "Hauts-de-Seine", [[[WEST]]])
KNOWN = over_builtin("one", [WESTERN])


def test_the_product_has_an_outline_of_every_territory_and_imported_ones_take_their_place():
    assert set(builtin().by_code) == set(territories())
    assert KNOWN.by_code["92"] is WESTERN
    assert {code: one for code, one in KNOWN.by_code.items() if code != "92"} == {
        code: one for code, one in builtin().by_code.items() if code != "92"
    }


def test_another_content_has_another_version():
    versions = [
        content_version([outline])
        for outline in (WESTERN, Outline("92", "Autre", [[[WEST]]]), Outline("92", "Hauts-de-Seine", [[[EAST]]]))
    ]
    assert len(set(versions)) == 3
    assert content_version([WESTERN]) == versions[0]
    assert len({over_builtin(version, []).version for version in versions} | {builtin().version}) == 4


def test_a_structure_of_neuilly_is_in_paris_for_the_product_and_at_home_for_precise_outlines():
    assert (inside("92", *NEUILLY), inside("75", *NEUILLY)) == (False, True)
    assert inside("92", *NEUILLY, KNOWN)


def test_a_precise_outline_tolerates_one_kilometre():
    degree = 1 / 111.2
    south = 48.78
    assert position_problem("92", "", south - 0.9 * degree, 2.2, KNOWN) == ""
    assert "hors du département Hauts-de-Seine" in position_problem("92", "", south - 1.1 * degree, 2.2, KNOWN)
    # The others keep the tolerance of rough ones.
    assert position_problem("75", "", 48.83, 2.22, KNOWN) == position_problem("75", "", 48.83, 2.22) == ""


def test_an_imported_outline_of_islands_judges_in_place_of_their_box():
    square = [(-152.0, -18.0), (-149.0, -18.0), (-149.0, -16.0), (-152.0, -16.0), (-152.0, -18.0)]
    known = over_builtin("two", [Outline("987", "Polynésie française", [[[square]]])])
    assert position_problem("987", "", -17.5, -149.6, known) == ""
    assert position_problem("987", "", -9.8, -139.0) == ""
    assert "hors" in position_problem("987", "", -9.8, -139.0, known)


def test_the_vertices_of_every_ring_are_counted():
    assert count_vertices([[WEST, EAST], [EAST]]) == len(WEST) + 2 * len(EAST)
    assert KNOWN.rings(["92", "92", "999"]) == {"92": [WEST]}


def test_kinds_have_names_on_the_screens():
    assert [kind.label for kind in OutlineKind] == ["département", "commune"]
