"""The tiles above the board."""

import pytest

from ror.web.tiles import Tile, change_words, tiles_html


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (None, ""),
        (0, "→ comme il y a 24 h"),
        (12, "↗ 12 de plus qu'il y a 24 h"),
        (-1300, "↘ 1\u202f300 de moins qu'il y a 24 h"),
    ],
)
def test_a_change_is_an_arrow_and_words(change, words):
    assert change_words(change) == words


def test_a_tile_has_its_number_its_fresh_part_its_change_and_its_days():
    html = tiles_html([Tile("1\u202f742 lits", "dont <1 204> depuis moins de 24 h", 12, [1690, None, 1742])])
    assert "<b>1\u202f742 lits</b> dont &lt;1 204&gt; depuis moins de 24 h</p>" in html
    assert "↗ 12 de plus" in html
    assert 'alt="1\u202f742 lits, les 3 derniers jours : de 1\u202f690 à 1\u202f742"' in html


def test_a_tile_without_freshness_nor_days_has_neither_words_nor_picture():
    html = tiles_html([Tile("5 unités en retard")])
    assert "<b>5 unités en retard</b> </p>" in html
    assert "<img" not in html


def test_a_tile_has_what_is_expected_of_its_number_beside_it_where_it_is_known():
    html = tiles_html([Tile("46 lits", expected="environ 41 attendus (30 à 52)")])
    assert "<b>46 lits</b>" in html
    assert ">environ 41 attendus (30 à 52)</span>" in html
    assert "ror-trust" not in tiles_html([Tile("46 lits")])
