"""The command line of a server that learns from its log at once: a real one first lets its pages open for half a minute."""

import sys

from ror.cli import main
from ror.services.availability.trust import learning
from tests.harness import Server


class EarlyLearningServer(Server):
    """A server that learns at its start."""

    def command(self) -> list[str]:
        """Return the command of the server."""
        return [sys.executable, "-m", "tests.early_learning", *super().command()[3:]]


if __name__ == "__main__":
    learning.FIRST = 0
    main()
