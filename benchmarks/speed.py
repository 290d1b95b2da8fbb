"""What the pages cost, side by side with three rivals on the machine at hand: ratios with their spread, no absolute claim.

The rivals: (floor) a bare Streamlit page of one title and one slider under the same server with the same settings;
(naive) the same pages written the plain way, `streamlit run` with default settings, a query and Altair objects per
rerun; (dash) the board in Dash under gunicorn. All read copies of one region (1,875 units, one year). The client is the
same for the three Streamlit rivals, speaks Streamlit's own protocol as the browser does, and shares the machine with the
server that it measures, whichever it is. Leave the machine to it: what else runs slows one rival and not the next, and
the spread of the ratios then says nothing any more. The rivals have no sign-in and no live screens, which is in their favour.

Run: make bench, or for a developer in half a minute:
PYTHONPATH=. python benchmarks/speed.py --quick --only ours,floor --page departements
"""

import argparse
import asyncio
from os import getloadavg

from benchmarks.kit import bars, region, report
from benchmarks.kit.gestures import PAGES
from benchmarks.kit.measure import Results, measure
from benchmarks.kit.rivals import RIVALS


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one short run, without the slow bars, with absolute figures")
    parser.add_argument("--only", default="floor,ours,naive,dash", help="the rivals, by commas")
    parser.add_argument("--page", default=",".join(PAGES), help="the pages, by commas")
    parser.add_argument("--sessions", default="", help="how many at once, by commas (1,20,100)")
    parser.add_argument("--runs", type=int, default=0, help="how many runs (3)")
    parser.add_argument("--seconds", type=float, default=0, help="how long each gesture is repeated (3)")
    parser.add_argument("--bars", default="", help="which of the slow bars, by commas (load,paced,idle); none in quick mode")
    chosen = parser.parse_args()
    quick = chosen.quick
    chosen.runs = chosen.runs or (1 if quick else 3)
    chosen.seconds = chosen.seconds or (1.5 if quick else 3)
    chosen.sessions = [int(one) for one in (chosen.sessions or ("1,20" if quick else "1,20,100")).split(",")]
    chosen.bars = [one for one in (chosen.bars or ("" if quick else "load,paced,idle")).split(",") if one]
    return chosen


def main() -> None:
    """Measure, print the table, then the bars."""
    chosen = arguments()
    seeded = region.seeded()
    runs: list[Results] = []
    for number in range(chosen.runs):
        runs.append({})
        for name in chosen.only.split(","):
            print(f"run {number + 1} of {chosen.runs}: {name} (load of the machine before: {getloadavg()[0]:.1f})", flush=True)
            rival = RIVALS[name](seeded, max(chosen.sessions))
            with rival.server:
                runs[-1] |= asyncio.run(measure(rival, chosen.page.split(","), chosen.sessions, chosen.seconds))
    print()
    report.table(runs, absolute=chosen.quick)
    for line in (*report.failures(runs), report.client_share(runs)):
        print(line)
    print()
    bars.of_ratios(runs)
    bars.slow(seeded, chosen.bars)


if __name__ == "__main__":
    main()
