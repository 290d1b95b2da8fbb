"""The second factor: its codes, how often they serve, and how it is put in and out of use."""

import base64
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from ror.errors import Forbidden, NotFound, Refused
from ror.services import journal
from ror.services.accounts import second_factor
from ror.settings import secret, settings
from ror.store import accounts, sessions
from ror.store import second_factor as stored
from ror.store.journal import JournalQuery
from tests.region import ADELE, CAMILLE, DISABLED, DOMINIQUE, NOW, rows

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP = timedelta(seconds=30)


def code(at=NOW, of=SECRET):
    return pyotp.TOTP(of).at(at)


def enrolled(db, account=DOMINIQUE, at=NOW - 10 * STEP):
    """Put a second factor in use, well before `NOW`; return its recovery codes."""
    return second_factor.enrol(db, account, SECRET, code(at), at)


def opens(db, typed, at=NOW, account=DOMINIQUE):
    with db.transaction() as transaction:
        return second_factor.verify(transaction, account.id, typed, at)


def in_use(db, account=DOMINIQUE):
    with db.reader() as cursor:
        return accounts.by_id(cursor, account.id).second_factor


def lines(db, account=DOMINIQUE):
    return journal.read(db, None, JournalQuery(acts=("second_factor",), account=account.id), NOW).to_pylist()


def test_a_proposal_has_the_format_that_authenticators_read(region):
    proposal = second_factor.propose(DOMINIQUE)
    address = urlsplit(proposal.uri)
    parameters = parse_qs(address.query)
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert unquote(address.path) == "/Disponibilités en lits et en places:Dominique"
    assert parameters == {"secret": [proposal.secret], "issuer": ["Disponibilités en lits et en places"]}
    assert len(base64.b32decode(proposal.secret)) == 20
    assert proposal.qr.startswith("data:image/svg+xml")


def test_each_proposal_has_a_new_secret_which_is_not_stored(region):
    assert len({second_factor.propose(DOMINIQUE).secret for _ in range(50)}) == 50
    assert rows(region, "second_factor") == []


def test_a_second_factor_is_in_use_once_one_of_its_codes_was_typed(region):
    codes = enrolled(region)
    assert in_use(region)
    assert len(set(codes)) == second_factor.RECOVERY_CODES == 10
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", one) for one in codes)


@pytest.mark.parametrize(
    "typed", ["", "123456", "12345", "abcdef", "１２３４５６", "é" * 6, "0" * 7, code(NOW - 3 * STEP), code(NOW + 3 * STEP)]
)
def test_a_wrong_code_does_not_put_it_in_use(region, typed):
    with pytest.raises(Refused, match="n'est pas le bon"):
        second_factor.enrol(region, DOMINIQUE, SECRET, typed, NOW)
    assert not in_use(region)
    assert [line["outcome"] for line in lines(region)] == ["refused"]


@pytest.mark.parametrize("wild", ["", "short", "0189" * 8, SECRET.lower(), "A" * 1000, "é" * 32])
def test_a_secret_that_nobody_proposed_is_refused(region, wild):
    with pytest.raises(Refused):
        second_factor.enrol(region, DOMINIQUE, wild, "123456", NOW)
    assert not in_use(region)


def test_a_second_factor_in_use_is_not_replaced_without_a_code_of_it(region):
    enrolled(region)
    before = rows(region, "second_factor")
    other = second_factor.propose(DOMINIQUE).secret
    with pytest.raises(Refused, match="déjà actif"):
        second_factor.enrol(region, DOMINIQUE, other, code(of=other), NOW)
    assert rows(region, "second_factor") == before


def test_neither_the_secret_nor_a_recovery_code_can_be_read_in_the_database(region):
    codes = enrolled(region)
    everything = str([rows(region, table) for table in ("second_factor", "recovery_code", "journal")])
    assert SECRET not in everything
    assert not any(one in everything or one.replace("-", "") in everything for one in codes)


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_a_code_opens_one_step_early_or_late(region, shift):
    enrolled(region)
    assert opens(region, code(NOW + shift * STEP))


@pytest.mark.parametrize("shift", [-2, 2])
def test_a_code_two_steps_away_does_not_open(region, shift):
    enrolled(region)
    assert not opens(region, code(NOW + shift * STEP))


def test_spaces_in_a_code_do_not_count(region):
    enrolled(region)
    assert opens(region, f" {code()[:3]} {code()[3:]}\n")


def test_a_code_serves_once(region):
    enrolled(region)
    assert opens(region, code())
    assert not opens(region, code())
    assert not opens(region, code(), NOW + STEP)


def test_a_code_older_than_the_last_one_used_does_not_serve(region):
    enrolled(region)
    assert opens(region, code(NOW))
    assert not opens(region, code(NOW - STEP))
    assert opens(region, code(NOW + STEP))


def test_the_code_that_put_it_in_use_does_not_serve_again(region):
    enrolled(region, at=NOW)
    assert not opens(region, code(NOW))


def test_a_code_opens_its_own_account_alone(region):
    enrolled(region)
    assert not opens(region, code(), account=CAMILLE)
    assert not opens(region, code(), account=replace(CAMILLE, id="nobody"))


def test_a_recovery_code_serves_once(region):
    first, second, *_ = enrolled(region)
    assert opens(region, first)
    assert not opens(region, first)
    assert opens(region, second)
    assert second_factor.codes_left(region, DOMINIQUE) == 8


def test_a_recovery_code_is_accepted_with_any_separators_case_and_lookalikes(region):
    codes = enrolled(region)
    assert opens(region, codes[0].lower())
    assert opens(region, codes[1].replace("-", ""))
    assert opens(region, codes[2].replace("-", " – "))
    assert opens(region, f"\t{codes[3].replace('0', 'o').replace('1', 'l')} ")


def test_a_recovery_code_opens_its_own_account_alone(region):
    codes = enrolled(region)
    assert not opens(region, codes[0], account=CAMILLE)
    assert opens(region, codes[0])


def test_another_secret_of_the_server_leaves_the_recovery_codes_alone(region, monkeypatch):
    codes = enrolled(region)
    monkeypatch.setenv("ROR_SECRET", "another-secret-0123456789abcdef-0123")
    settings.cache_clear()
    secret.cache_clear()
    assert not opens(region, code())
    assert opens(region, codes[0])


def test_an_encrypted_secret_copied_to_another_account_cannot_be_used(region):
    enrolled(region)
    with region.transaction() as transaction:
        sealed, step = stored.get(transaction.cursor, DOMINIQUE.id)
        stored.set_up(transaction, CAMILLE.id, sealed, step, [])
    assert not opens(region, code(), account=CAMILLE)


@pytest.fixture
def transaction(region):
    """Yield one transaction for many examples."""
    enrolled(region)
    with region.transaction() as transaction:
        yield transaction


@given(
    wild=st.text()
    | st.text("0123456789- \u2010\u0660\uff11", max_size=20)
    | st.text("ABCXYZ019OIL-", max_size=40)
    | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape"))
)
@examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_a_code_or_is_refused_without_an_error(transaction, wild):
    hit = wild.replace("-", "").replace(" ", "").replace("\u2010", "") in {code(NOW + shift * STEP) for shift in (-1, 0, 1)}
    assert second_factor.verify(transaction, DOMINIQUE.id, wild, NOW) is False or hit
    assert stored.codes_left(transaction.cursor, DOMINIQUE.id) == 10


def test_a_text_of_ten_megabytes_is_no_code(region):
    enrolled(region)
    assert not opens(region, "1" * 10_000_000)


def test_an_account_removes_its_second_factor_by_a_code(region):
    enrolled(region)
    with pytest.raises(Refused, match="n'est pas le bon"):
        second_factor.remove(region, DOMINIQUE, "000000", NOW)
    assert in_use(region)
    second_factor.remove(region, DOMINIQUE, code(), NOW)
    assert not in_use(region)
    assert rows(region, "recovery_code") == []


def wrong(db, at, operation=second_factor.remove, account=DOMINIQUE):
    """Return the sentence of the refusal of a wrong code."""
    with pytest.raises(Refused) as refused:
        operation(db, account, "000000", at)
    return refused.value.user_message


@pytest.mark.parametrize("operation", [second_factor.remove, second_factor.renew_codes])
def test_wrong_codes_cause_growing_delays(region, operation):
    enrolled(region)
    answers = [wrong(region, NOW, operation) for _ in range(7)]
    assert [answer.startswith("Ce code") for answer in answers] == [True] * 5 + [False] * 2
    assert answers[5] == "Trop de codes faux. Attendez 1 seconde avant d'en taper un autre."
    assert wrong(region, NOW + timedelta(seconds=1), operation).startswith("Ce code")
    assert "Attendez 2 secondes" in wrong(region, NOW + timedelta(seconds=1), operation)


def test_a_right_code_during_the_delay_does_not_serve_and_is_not_spent(region):
    enrolled(region)
    for _ in range(5):
        wrong(region, NOW)
    with pytest.raises(Refused, match="Trop de codes faux"):
        second_factor.remove(region, DOMINIQUE, code(), NOW)
    assert in_use(region)
    second_factor.remove(region, DOMINIQUE, code(), NOW + timedelta(seconds=1))
    assert not in_use(region)


def test_a_right_code_clears_the_wrong_ones(region):
    enrolled(region)
    for _ in range(4):
        wrong(region, NOW)
    second_factor.renew_codes(region, DOMINIQUE, code(), NOW)
    assert [wrong(region, NOW)[:7] for _ in range(5)] == ["Ce code"] * 5


def test_wrong_codes_delay_their_own_account_only(region):
    enrolled(region)
    enrolled(region, CAMILLE)
    for _ in range(6):
        wrong(region, NOW)
    second_factor.remove(region, CAMILLE, code(), NOW)
    assert not in_use(region, CAMILLE)


def test_wrong_codes_of_a_proposal_are_delayed_too(region):
    answers = [
        wrong(region, NOW, lambda db, account, typed, at: second_factor.enrol(db, account, SECRET, typed, at)) for _ in range(6)
    ]
    assert answers[5].startswith("Trop de codes faux")


def test_an_administrator_does_not_remove_a_required_second_factor(region, monkeypatch):
    enrolled(region, ADELE)
    monkeypatch.setenv("ROR_ADMINISTRATOR_SECOND_FACTOR", "1")
    settings.cache_clear()
    with pytest.raises(Refused, match="L'administration demande"):
        second_factor.remove(region, ADELE, code(), NOW)
    assert in_use(region, ADELE)
    enrolled(region)
    second_factor.remove(region, DOMINIQUE, code(), NOW)
    assert not in_use(region)


def test_new_recovery_codes_replace_the_previous_ones(region):
    before = enrolled(region)
    after = second_factor.renew_codes(region, DOMINIQUE, before[0], NOW)
    assert len(after) == 10
    assert not set(before) & set(after)
    assert not opens(region, before[1])
    assert opens(region, after[0])


def test_recovery_codes_are_not_renewed_by_a_wrong_code(region):
    before = enrolled(region)
    with pytest.raises(Refused):
        second_factor.renew_codes(region, DOMINIQUE, "000000", NOW)
    assert opens(region, before[0])


def test_a_disabled_account_puts_nothing_in_use(region):
    with pytest.raises(Forbidden):
        second_factor.enrol(region, DISABLED, SECRET, code(), NOW)
    assert rows(region, "second_factor") == []


def test_an_administrator_removes_a_lost_second_factor_and_its_sessions_close(region):
    enrolled(region)
    with region.transaction() as transaction:
        sessions.open_session(transaction, "hash", DOMINIQUE.id, NOW)
    second_factor.remove_by_administrator(region, ADELE, DOMINIQUE.id, NOW)
    assert not in_use(region)
    with region.reader() as cursor:
        assert sessions.find_session(cursor, "hash") is None
    last = lines(region)[0]
    assert (last["actor"], last["outcome"]) == (ADELE.id, "done")
    assert '"sessions_closed": 1' in last["after"]


def test_the_command_line_removes_the_second_factor_of_the_last_administrator(region):
    enrolled(region, ADELE)
    second_factor.remove_by_administrator(region, None, ADELE.id, NOW)
    assert not in_use(region, ADELE)


def test_only_an_administrator_removes_the_second_factor_of_another_account(region):
    enrolled(region)
    with pytest.raises(Forbidden):
        second_factor.remove_by_administrator(region, CAMILLE, DOMINIQUE.id, NOW)
    assert in_use(region)
    assert lines(region)[0]["outcome"] == "refused"


def test_an_administrator_removes_their_own_second_factor_by_a_code_alone(region):
    enrolled(region, ADELE)
    with pytest.raises(Refused, match="Mon compte"):
        second_factor.remove_by_administrator(region, ADELE, ADELE.id, NOW)
    assert in_use(region, ADELE)


def test_an_unknown_account_or_one_without_second_factor_is_refused(region):
    with pytest.raises(NotFound):
        second_factor.remove_by_administrator(region, ADELE, "nobody", NOW)
    with pytest.raises(Refused):
        second_factor.remove_by_administrator(region, ADELE, CAMILLE.id, NOW)


def test_every_action_on_a_second_factor_is_journalled(region):
    codes = enrolled(region)
    second_factor.renew_codes(region, DOMINIQUE, codes[0], NOW)
    second_factor.remove(region, DOMINIQUE, code(), NOW)
    assert [line["after"] for line in lines(region)] == [
        '{"action": "remove"}',
        '{"action": "renew_codes"}',
        '{"action": "enrol"}',
    ]
    assert journal.verify(region).broken is None
