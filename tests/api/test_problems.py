"""The errors of the JSON interface alone: the rejections of its routes, and the list of the kinds of problems."""

from ror.api.error_table import all_kinds
from ror.api.problems import problem_type
from tests.api.helpers import client_with, problem, token


def test_an_unknown_address_and_a_refused_method_are_problems_too(region):
    with client_with(token(region)) as client:
        assert problem(client.get("/v1/nothing")) == (404, "no-such-address")
        assert problem(client.get("/")) == (404, "no-such-address")
        assert problem(client.get("/v1/units/")) == (404, "no-such-address")
        refused = client.delete("/v1/units")
        assert problem(refused) == (405, "method-not-allowed")
        assert refused.headers["allow"] == "GET"
        assert client.delete("/v1/declarations").headers["allow"] == "GET, POST"


def test_every_kind_of_problem_is_listed_without_a_token(region):
    with client_with() as client:
        listed = client.get("/v1/problems").json()
    assert {one["type"] for one in listed} == {problem_type(kind) for kind in all_kinds()}
    assert len(listed) == len(all_kinds())
