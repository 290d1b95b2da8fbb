"""A file that is no table is refused: the message names its kind, and the file to give instead."""

import pytest

from ror.errors import BadFile
from ror.exchange.safe_file import check_size, check_text

EXPECTED = "une liste fictive"


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"%PDF-1.7", "un PDF"),
        (b"\xef\xbb\xbf<!DOCTYPE html>", "une page HTML ou XML"),
        (b"\r\n <HTML>", "une page HTML ou XML"),
        (b"<?xml version='1.0'?>", "une page HTML ou XML"),
        (b"\x89PNG\r\n", "une image"),
        (b"\x1f\x8b\x08", "une archive"),
        ("identifiant;disponible".encode("utf-16"), "un texte « Unicode »"),
        (b"{\\rtf1", "un texte mis en forme"),
        (b"ab\0cd\n", "ni un CSV ni un XLSX"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_its_kind(start, kind):
    with pytest.raises(BadFile, match=rf"{kind}.* : donnez une liste fictive\."):
        check_text("liste.csv", start, EXPECTED)


def test_a_file_too_large_or_empty_is_refused_with_the_limit():
    with pytest.raises(BadFile, match="dépasse 5 Mo"):
        check_size("liste.csv", 5 * 2**20 + 1, 5 * 2**20, EXPECTED)
    with pytest.raises(BadFile, match="est vide"):
        check_size("liste.csv", 0, 5 * 2**20, EXPECTED)
    check_size("liste.csv", 5 * 2**20, 5 * 2**20, EXPECTED)
