"""Profile one rerun of a page over the demonstration: `make profile PAGE=departements`."""

import cProfile
import os
import pstats
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.testing.v1 import AppTest

from ror.model.rights import Role
from ror.services.accounts import sign_in
from ror.services.operations import demonstration
from ror.settings import PAGES, settings
from ror.store import accounts
from ror.store.engine.database import Database, open_database
from ror.web import session

LINES = 60
ROLES = {"mise_a_jour": Role.MANAGER, "administration": Role.ADMINISTRATOR}
"""Who opens a page; a coordinator opens the others."""


def main(page: str) -> None:
    """Seed a demonstration in a temporary folder, run the page twice, then print the profile of a third run."""
    # The welcome page draws nothing: it leads to the first page of the account.
    names = sorted({path.stem for path in PAGES.glob("*.py")} - {"accueil"})
    if page not in names:
        sys.exit(f"There is no page {page}: give one of {', '.join(names)}.")
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"ROR_DATABASE": str(Path(folder) / "ror.duckdb"), "ROR_DEMO": "1", "ROR_DEMO_LIVE": "0"}
        settings.cache_clear()
        print("Seeding the demonstration")
        database = open_database()
        demonstration.prepare(database, datetime.now(UTC))
        token = _session_token(database, ROLES.get(page, Role.COORDINATOR))
        with patch.object(session, "token", lambda: token), patch.object(session, "address", lambda: "192.0.2.7"):
            profile = _profile_rerun(page)
        database.close()
    pstats.Stats(profile).strip_dirs().sort_stats("cumulative").print_stats(LINES)


def _session_token(database: Database, role: Role) -> str:
    """Open a session for the demonstration's account of this role."""
    login = next(login for login, its_role in demonstration.SIGN_INS.items() if its_role is role)
    with database.reader() as cursor:
        account, _ = accounts.by_login(cursor, login)
    if account is None:
        raise LookupError(login)
    return sign_in.open_session(database, sign_in.ticket_for(account), datetime.now(UTC))


def _profile_rerun(page: str) -> cProfile.Profile:
    """Return the profile of the third run: the first two import modules and fill caches.

    AppTest runs a page in a thread of its own, where the profiler has to be started.
    """
    screen = AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=120)
    screen.run().run()
    profile = cProfile.Profile()
    run_script = ScriptRunner._run_script

    def profiled(runner: ScriptRunner, rerun_data: Any) -> None:
        profile.runcall(run_script, runner, rerun_data)

    with patch.object(ScriptRunner, "_run_script", profiled):
        screen.run()
    for error in screen.exception:
        print(f"The page raised {error.message}", file=sys.stderr)
    return profile


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "departements")
