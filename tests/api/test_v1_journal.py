"""The journal, for a system that archives and watches it."""

from datetime import UTC, datetime

import pytest

from ror.model.tokens import TokenScope
from ror.services import journal
from ror.services.accounts import administer
from tests.api.helpers import client_with, items, pages, problem, token
from tests.region import ADELE, DOMINIQUE, HOSPITAL


@pytest.fixture
def watcher(region):
    with client_with(token(region, TokenScope.ADMINISTER)) as client:
        yield client


def test_every_line_comes_once_in_the_order_of_the_numbers(watcher, region):
    for turn in (administer.disable, administer.enable) * 3:
        turn(region, ADELE, DOMINIQUE.id, datetime.now(UTC))
    found = [line for page in pages(watcher, "/v1/journal?limit=2") for line in page]
    shown = journal.read(region, ADELE, journal.JournalQuery(), datetime.now(UTC)).to_pylist()
    assert [line["number"] for line in found] == [row["number"] for row in reversed(shown)]
    assert {len(page) for page in pages(watcher, "/v1/journal?limit=2")[:-1]} == {2}


def test_a_line_has_author_act_address_and_changes_by_ids_alone(watcher, region):
    before = watcher.get("/v1/journal").json()["position"]
    journal.acting_from("192.0.2.7")
    administer.disable(region, ADELE, DOMINIQUE.id, datetime.now(UTC))
    line = next(one for one in items(watcher.get(f"/v1/journal?after={before}")) if one["subject"] == f"account:{DOMINIQUE.id}")
    assert (line["act"], line["outcome"], line["actor"], line["address"]) == ("account", "done", ADELE.id, "192.0.2.7")
    assert line["before"] != line["after"]
    assert not {DOMINIQUE.name, DOMINIQUE.login, ADELE.name} & set(map(str, line.values()))


def test_the_journal_is_not_sent_again_until_a_line_is_written(watcher, region):
    tag = watcher.get("/v1/journal").headers["etag"]
    assert watcher.get("/v1/journal", headers={"if-none-match": tag}).status_code == 304
    administer.disable(region, ADELE, DOMINIQUE.id, datetime.now(UTC))
    assert watcher.get("/v1/journal", headers={"if-none-match": tag}).status_code == 200


def test_following_it_writes_no_line(watcher):
    first, again = (watcher.get("/v1/journal").json() for _ in range(2))
    assert first == again


@pytest.mark.parametrize(("scope", "structures"), [(TokenScope.READ, ()), (TokenScope.DECLARE, (HOSPITAL,))])
def test_a_token_that_does_not_administer_is_refused_and_the_refusal_is_a_line(region, scope, structures):
    with client_with(token(region, scope, structures=structures)) as client:
        assert problem(client.get("/v1/journal")) == (403, "forbidden")
    (line,) = journal.read(region, ADELE, journal.JournalQuery(outcome="refused"), datetime.now(UTC)).to_pylist()
    assert (line["act"], line["subject"]) == ("journal", "journal")
