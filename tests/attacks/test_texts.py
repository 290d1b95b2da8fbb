"""Comments and names of HTML, Markdown, formulas, marks that reverse text, or 10 MB of it: shown as text, or refused."""

import csv
import html
import io

import pytest
from websockets.exceptions import ConnectionClosed

from ror.exchange.table_csv import escape_formula
from ror.model.declaration import COMMENT_LENGTH
from ror.model.text import plain_lines
from tests.attacks.helpers import cookie, download, press_state, screen, send_request, serving, text_state
from tests.attacks.served import WritableServer
from tests.region import CAMILLE, CORALIE, HOSPITAL, WARD, own_settings

__all__ = ["own_settings"]

ELSEWHERE = "https://ailleurs.example"
HOSTILE = {
    "html": "<img src=x onerror=window.struck=1><script>window.struck=1</script><b>gras</b>",
    "markdown": f"# titre **gras** [lien]({ELSEWHERE}) ![image]({ELSEWHERE}/x.png) $x^2$ :red[rouge] :material/home:",
    "formula": "=cmd|' /C calc'!A0",
    "formula-plus": "+1+1",
    "formula-at": "@SUM(A1)",
    "formula-wide": "＝1+1",
    "formula-tab": "\t=1+1",
    "formula-hidden": "\u200b\ufeff=1+1",
    "turned": "gauche \u202egauche\u202c \u2067droite\u2069 \u200fmarque",
    "nul": "a\0b\x1b[31mrouge\x07",
    "surrogate-like": "\ufffd\ufffe\U000e0041",
    "sql": "'; DROP TABLE declaration; --",
    "separator": '";"=1+1";"',
    "lines": "une\r\n=deux\u2028=trois",
    "accents": "a" + "\u0336" * 300,
    "template": "{{7*7}} ${7*7} %s {0} %(x)s",
}
UNSEEN = set("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\ufeff\0\x1b\x07\r")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("texts"), WritableServer) as running:
        yield running


def last_comment(server):
    found = server.execute("SELECT comment FROM declaration WHERE unit = ? ORDER BY position DESC LIMIT 1", [WARD])
    return found[0][0]


def declare(tab, comment):
    tab.open("mise-a-jour", f"unite={WARD}")
    number, text = "Nombre de lits disponibles", "Commentaire (facultatif)"
    return tab.rerun([text_state(tab, number, "2"), text_state(tab, text, comment), press_state(tab, "Enregistrer")])


@pytest.mark.parametrize("comment", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_comment_reaches_the_others_as_text_and_a_spreadsheet_as_no_formula(server, comment):
    with screen(server, CAMILLE) as tab:
        declare(tab, comment)
        assert tab.shows("enregistré à l'instant")
    stored = last_comment(server)
    assert stored == plain_lines(comment)
    assert not set(stored) & UNSEEN
    with screen(server, CORALIE) as tab:
        tab.open("structures", f"structure={HOSPITAL}&unite={WARD}")
        (sheet,) = {body for body in tab.texts() if '<table class="ror-table"' in body}
        assert html.escape(stored) in sheet
        assert "<img src=x" not in sheet
        assert "<script" not in sheet
        file = send_request(server, download(tab, "Télécharger (CSV)"), cookie=cookie(CORALIE))[2].decode("utf-8-sig")
    cells = [cell for line in csv.reader(io.StringIO(file, newline=""), delimiter=";") for cell in line]
    assert escape_formula(stored) in cells
    assert [cell for cell in cells if cell.startswith(FORMULA)] == []


@pytest.mark.parametrize("length", [COMMENT_LENGTH + 1, 500_000])
def test_a_comment_longer_than_its_field_is_refused_and_no_part_of_it_is_stored(server, length):
    before = server.execute("SELECT max(position) FROM declaration")
    with screen(server, CAMILLE) as tab:
        declare(tab, "x" * length)
    assert server.execute("SELECT max(position) FROM declaration") == before


def test_a_comment_of_10_megabytes_ends_the_connection_and_changes_nothing(server):
    before = server.execute("SELECT max(position) FROM declaration")
    with screen(server, CAMILLE) as tab, pytest.raises(ConnectionClosed):
        declare(tab, "=1+1\u202e<b>x</b>" * 700_000)
    assert server.execute("SELECT max(position) FROM declaration") == before
    assert send_request(server, "/_stcore/health")[0] == 200
