import pyarrow as pa
import pytest

from ror.errors import Forbidden
from ror.model.rights import Action
from ror.services import journal
from ror.services.export import table_csv
from tests.region import ADELE, CAMILLE, CORALIE, DOMINIQUE, NOW

pytestmark = pytest.mark.usefixtures("region")

TABLE = pa.table({"Unité": ["Médecine", "=1+1"], "Lits": [3, 4]})


def lines(db):
    read = journal.read(db, None, journal.Wanted(), NOW).to_pylist()
    return [(line["act"], line["outcome"], line["actor"], line["subject"], line["after"]) for line in read]


def test_a_coordinator_takes_a_table_out_and_the_journal_says_so(db):
    file = table_csv(db, CORALIE, Action.EXPORT, "unites-94", TABLE, NOW)
    assert file.decode("utf-8-sig").splitlines() == ["Unité;Lits", "Médecine;3", "'=1+1;4"]
    assert lines(db) == [("export", "done", "coralie", "file:unites-94", '{"lines": 2}')]


@pytest.mark.parametrize("account", [CAMILLE, DOMINIQUE, ADELE], ids=["manager", "professional", "administrator"])
def test_nobody_else_does_and_the_refusal_is_journalled(db, account):
    with pytest.raises(Forbidden):
        table_csv(db, account, Action.EXPORT, "unites-94", TABLE, NOW)
    assert lines(db) == [("export", "refused", account.id, "file:unites-94", "")]


def test_a_manager_takes_the_list_of_its_own_units_out(db):
    assert table_csv(db, CAMILLE, Action.DECLARE, "mes-unites", TABLE, NOW)
