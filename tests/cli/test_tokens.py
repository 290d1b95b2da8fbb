"""The commands `token ...`: created once, listed without the text, revoked for good."""

import hashlib
import json
from contextlib import closing

from ror.store.engine.database import Database
from tests.cli.helpers import HOSPITAL, RESUSCITATION


def make_token(ror, *more):
    ran = ror("token", "make", "Bed management", "--scope", "read", *more, "--json")
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_a_token_is_printed_once_and_only_its_hash_is_stored(in_region, tmp_path):
    ran = in_region(
        *("token", "make", "Bed management", "--scope", "read", "--scope", "declare"),
        *("--structure", HOSPITAL, "--unit", RESUSCITATION, "--days", "30"),
    )
    assert ran.returncode == 0, ran.stderr
    text = ran.stdout.splitlines()[-1]
    assert text.startswith("ror_")
    with closing(Database(tmp_path / "ror.duckdb")) as db, db.reader() as cursor:
        assert cursor.execute("SELECT token_hash FROM token").fetchall() == [(hashlib.sha256(text.encode()).hexdigest(),)]
    assert text not in in_region("token", "list").stdout


def test_tokens_are_listed_with_their_state_and_scopes(in_region):
    first, second = make_token(in_region), make_token(in_region)
    assert in_region("token", "revoke", first["id"]).returncode == 0
    listed = json.loads(in_region("token", "list", "--json").stdout)["tokens"]
    assert {one["id"]: one["state"] for one in listed} == {first["id"]: "revoked", second["id"]: "active"}
    assert [one["scopes"] for one in listed] == [["read"], ["read"]]
    # The id is not cut even on a narrow terminal: `token revoke` requires it.
    shown = in_region("token", "list", COLUMNS="80").stdout
    assert first["id"] in shown
    assert "never" in shown


def test_an_invalid_token_request_is_refused_in_a_sentence(in_region):
    alone = in_region("token", "make", "Bed management", "--scope", "declare")
    unknown = in_region("token", "make", "Bed management", "--scope", "declare", "--structure", "999999999")
    nobody = in_region("token", "revoke", "token-000000000000")
    for refused in (alone, unknown, nobody):
        assert (refused.returncode, refused.stdout, len(refused.stderr.splitlines())) == (1, "", 1)


def test_an_unknown_scope_or_duration_is_a_usage_error(in_region):
    assert in_region("token", "make", "x", "--scope", "everything").returncode == 2
    assert in_region("token", "make", "x", "--scope", "read", "--days", "0").returncode == 2
