"""A process that runs one round of the reports: `report_round FILE INSTANT`. A test kills it."""

import sys
from datetime import datetime
from pathlib import Path

from ror.services.coordination.daily_report_rounds import run_due
from ror.store.engine.database import Database

if __name__ == "__main__":
    run_due(Database(Path(sys.argv[1])), datetime.fromisoformat(sys.argv[2]))
