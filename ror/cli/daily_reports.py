"""The command `report`, for those who prefer a timer to the server's own task."""

from ror import control
from ror.cli.terminal import AsJson, print_result


def report(as_json: AsJson = False) -> None:
    """Make and mail the report of the region that is due now; run every few minutes. Example: python -m ror report --json."""
    result = control.run("report", {})
    mails = ", ".join(f"{number} {state}" for state, number in result["mails"].items()) or "none is due"
    print_result(result, as_json, f"reports: {result['made'] or 'none is due'}.", f"mails: {mails}.")
