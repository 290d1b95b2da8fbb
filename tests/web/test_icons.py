"""The icons of the screens are drawn by a font of ours, which has these icons only."""

from fontTools.ttLib import TTFont

from scripts import make_icons


def test_every_icon_in_use_is_in_our_font():
    drawn = make_icons.drawn_by_us() | make_icons.drawn_by_streamlit()
    ours, whole = make_icons.icons_of(TTFont(make_icons.TARGET)), make_icons.icons_of(make_icons.whole_font())
    missing = sorted(name for name in drawn & whole.keys() if name not in ours)
    assert missing == [], "run: python scripts/make_icons.py"


def test_every_icon_of_ours_exists():
    assert make_icons.drawn_by_us() - make_icons.icons_of(make_icons.whole_font()).keys() == set()


def test_the_icons_in_use_are_found():
    assert {"lock_reset", "download", "edit_square"} <= make_icons.drawn_by_us()
    assert {"visibility", "expand_more", "arrow_upward", "check"} <= make_icons.drawn_by_streamlit()


def test_an_icon_looks_as_in_the_whole_font():
    whole, ours = make_icons.whole_font(), TTFont(make_icons.TARGET)
    names = make_icons.icons_of(ours)
    for name in make_icons.drawn_by_us():
        shape, same = whole["glyf"][make_icons.icons_of(whole)[name]], ours["glyf"][names[name]]
        assert shape.coordinates == same.coordinates
        assert shape.flags == same.flags
    for metric in ("ascent", "descent", "lineGap"):
        assert getattr(whole["hhea"], metric) == getattr(ours["hhea"], metric)


def test_the_font_is_small_and_names_its_owner():
    assert make_icons.TARGET.stat().st_size < 20_000
    assert "Google" in TTFont(make_icons.TARGET)["name"].getDebugName(0)
