import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer

from ror.services.accounts import devices
from ror.settings import secret


def test_a_browser_is_recognised_for_the_accounts_that_signed_in_from_it():
    mark = devices.updated_mark(devices.updated_mark("", "camille"), "blanche")
    assert devices.device_of(mark, "camille") == devices.device_of(mark, "blanche") != ""
    assert devices.device_of(mark, "claude") == ""


def test_each_browser_has_its_own_id():
    assert devices.device_of(devices.updated_mark("", "camille"), "camille") != devices.device_of(
        devices.updated_mark("", "camille"), "camille"
    )


def test_a_shared_browser_keeps_its_last_twenty_accounts():
    mark = ""
    for number in range(25):
        mark = devices.updated_mark(mark, f"account{number}")
    assert [bool(devices.device_of(mark, f"account{number}")) for number in range(25)] == [False] * 5 + [True] * 20


@pytest.mark.parametrize("payload", [None, "camille", ["x"], [1, 2, 3], {"a": "b"}, ["x", 5]])
def test_a_mark_with_another_signature_or_shape_is_ignored(payload):
    signed = URLSafeTimedSerializer(secret(), salt="device").dumps(payload)
    assert devices.device_of(signed, "camille") == ""
    forged = URLSafeTimedSerializer("another secret", salt="device").dumps(["device", ["camille"]])
    assert devices.device_of(forged, "camille") == ""


@given(st.text())
def test_any_cookie_is_a_mark_or_is_ignored(text):
    assert devices.device_of(text, "camille") == ""
