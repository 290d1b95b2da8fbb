"""The command `remind`, for those who prefer a timer to the server's own task."""

from ror import control
from ror.cli.terminal import AsJson, print_result


def remind(as_json: AsJson = False) -> None:
    """Send the reminders of late units that are due now; run as often as you like. Example: python -m ror remind --json."""
    result = control.run("remind", {})
    lines = [
        f"{name}: {', '.join(f'{number} {state}' for state, number in counts.items()) or 'none is due'}."
        for name, counts in result.items()
    ]
    print_result(result, as_json, *lines)
