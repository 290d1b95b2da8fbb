"""The command line with a demonstration of three days: PostgreSQL needs half a minute to store the 900,000 events of a year."""

from datetime import timedelta

from ror.cli import main
from ror.services.operations import demonstration

if __name__ == "__main__":
    demonstration.HISTORY = timedelta(days=3)
    main()
