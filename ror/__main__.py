"""Run the command line: `python -m ror`."""

from ror.cli import main

main()
