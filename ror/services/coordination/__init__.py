"""The work of coordinators and readers with the numbers: call units, report wrong numbers, follow a crisis."""
