"""Write ror/web/server/icons.woff2: the part of Streamlit's icon font that our screens and Streamlit's own scripts draw.

To run once a screen draws a new icon, or with a new version of Streamlit: a test fails until it is.
Run: python scripts/make_icons.py
"""

import re
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from streamlit.file_util import get_static_dir

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "ror/web/server/icons.woff2"
_ICON = re.compile(r":?material/(\w+):")


def drawn_by_us() -> set[str]:
    """Return the names of the icons in our source, written as `:material/name:`."""
    return _icons(
        [*(ROOT / "ror").rglob("*.py"), *(ROOT / "ror").rglob("*.js"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"]
    )


def drawn_by_streamlit() -> set[str]:
    """Return the names of the icons in Streamlit's scripts; a few of these names are no icon of the font."""
    return _icons((Path(get_static_dir()) / "static/js").glob("*.js"))


def _icons(files: Iterable[Path]) -> set[str]:
    return {name for file in files for name in _ICON.findall(file.read_text("utf-8"))}


def whole_font() -> TTFont:
    """Return the icon font that Streamlit ships."""
    (file,) = (Path(get_static_dir()) / "static/media").glob("MaterialSymbols-Rounded.*.woff2")
    return TTFont(file, recalcTimestamp=False)


def icons_of(font: TTFont) -> dict[str, str]:
    """Return the glyph of each name that a font draws as an icon: its ligatures, spelled."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    tables = [table.ExtSubTable for lookup in font["GSUB"].table.LookupList.Lookup for table in lookup.SubTable]
    return {
        "".join(letters[glyph] for glyph in (first, *ligature.Component)): ligature.LigGlyph
        for table in tables
        for first, ligatures in table.ligatures.items()
        for ligature in ligatures
    }


def main() -> None:
    """Write the font: the glyphs of the icons, and the letters that spell their names."""
    font = whole_font()
    icons = icons_of(font)
    names = sorted((drawn_by_us() | drawn_by_streamlit()) & icons.keys())
    options = subset.Options(flavor="woff2", layout_closure=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(glyphs=[icons[name] for name in names], text=" ".join(names))
    subsetter.subset(font)
    subset.save_font(font, TARGET, options)
    print(f"{TARGET.name}: {len(names)} icons, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
