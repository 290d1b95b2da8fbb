"""Rerun metrics and log lines on a real server."""

import json
import re

import pytest

from tests.attacks.helpers import press_state, screen, send_request, serving, text_state
from tests.region import CAMILLE, CORALIE, DOMINIQUE, WARD, own_settings

__all__ = ["own_settings"]


def figures(server):
    """Return the samples of the metrics by name and labels."""
    text = send_request(server, "/metrics")[2].decode()
    return {name: float(value) for name, value in re.findall(r"^(\S+) (\S+)$", text, re.MULTILINE)}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("reruns"), ROR_LOG="json", ROR_SLOW_RERUN_MS="1") as running:
        yield running


def rerun_counter(page, kind):
    return f'ror_rerun_seconds_count{{kind="{kind}",page="{page}"}}'


def test_a_page_opened_is_counted_as_open_and_its_reruns_by_page_and_kind(server):
    before = figures(server)
    with screen(server, CORALIE) as tab:
        first = tab.open("departements")
        tab.rerun(fragment_id=next(one.delta.fragment_id for one in first if one.delta.fragment_id))
        during = figures(server)
    assert during["ror_open_pages"] == before["ror_open_pages"] + 1
    for kind in ("whole", "fragment"):
        name = rerun_counter("departements", kind)
        assert during[name] == before.get(name, 0) + 1
    assert during["ror_rerun_wait_seconds_sum"] < sum(
        value for name, value in during.items() if name.startswith("ror_rerun_seconds_sum")
    )


def test_invented_addresses_do_not_become_labels(server):
    with screen(server, CORALIE) as tab:
        tab.open("une-adresse-inventee")
    with screen(server, None) as tab:
        tab.open("departements")
    pages = {page for name in figures(server) for page in re.findall(r'page="([^"]+)"', name)}
    assert {"autre", "connexion"} <= pages
    assert not any("invent" in page for page in pages)


def test_no_metric_names_an_account_or_a_unit(server):
    with screen(server, CAMILLE) as tab:
        tab.open("mise-a-jour")
    text = send_request(server, "/metrics")[2].decode()
    labels = {name for names in re.findall(r"^ror_\w+\{([^}]*)\}", text, re.MULTILINE) for name in re.findall(r"(\w+)=", names)}
    assert labels == {"page", "kind", "le", "place", "act", "outcome", "band", "version"}
    assert CAMILLE.login not in text
    assert WARD not in text


def test_a_slow_rerun_is_a_line_with_its_page_and_a_pseudonym(server):
    with screen(server, DOMINIQUE) as tab:
        tab.open("aide")
    slow = [json.loads(line) for line in server.output().splitlines() if "Slow rerun" in line]
    (line,) = [one for one in slow if one["page"] == "aide"]
    assert line["duration_ms"] == line["wait_ms"] + line["run_ms"]
    assert re.fullmatch(r"[0-9a-f]{16}\.1", line["request"])
    assert re.fullmatch(r"[0-9a-f]{12}", line["account"])


def test_a_sign_in_refused_and_a_declaration_move_the_figures(server):
    before = figures(server)
    with screen(server, None) as tab:
        tab.open("")
        tab.rerun(
            [
                text_state(tab, "Identifiant", "camille"),
                text_state(tab, "Mot de passe", "faux"),
                press_state(tab, "Se connecter"),
            ]
        )
    with screen(server, CAMILLE) as tab:
        tab.open("mise-a-jour", f"unite={WARD}")
        tab.rerun([press_state(tab, "Rien n'a changé")])
    after = figures(server)
    assert after['ror_sign_ins_total{outcome="refused"}'] == before['ror_sign_ins_total{outcome="refused"}'] + 1
    name = 'ror_declarations_total{act="confirmed"}'
    assert after[name] == before[name] + 1
    assert after["ror_position"] == before["ror_position"] + 1
    assert after["ror_write_seconds_count"] > before["ror_write_seconds_count"]
