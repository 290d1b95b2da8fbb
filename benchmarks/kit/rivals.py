"""The rivals: for each, its server, the pages it has, and the gestures of each page; all on copies of the same region."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.kit import gestures, region, servers
from benchmarks.kit.client import Tab
from benchmarks.kit.load import Action

LOGINS = {"departements": "coordination", "structures": "coordination", "mise-a-jour": "responsable"}
MOST_TABS = 100


@dataclass(slots=True)
class Rival:
    """`cookies` are those of signed-in sessions by login, for the rivals that ask who one is."""

    name: str
    server: servers.Measured
    pages: dict[str, dict[str, Action]]
    cookies: dict[str, list[str]] = field(default_factory=dict)
    make_tab: Callable[[str, str], Any] = Tab

    def tabs(self, page: str, count: int) -> Sequence[Any]:
        """So many tabs, each with a session of its own; not connected yet."""
        cookies = self.cookies.get(LOGINS.get(page, ""), [""] * count)
        return [self.make_tab(self.server.url, cookie) for cookie in cookies[:count]]


def ours(seeded: Path, most: int = MOST_TABS) -> Rival:
    """The product, on a copy of the region, with at `most` so many sessions of each login opened beforehand."""
    copy = region.copied(seeded, "ours")
    cookies = {login: region.signed_in(copy, login, most) for login in set(LOGINS.values())}
    return Rival("ours", servers.Ours(copy, demo=True), gestures.OURS, cookies)


def floor(_: Path, _most: int = MOST_TABS) -> Rival:
    """One title and one slider: one page, at the address "", which every other is compared with."""
    return Rival("floor", servers.Floor(), {"": gestures.FLOOR})


def naive(seeded: Path, _most: int = MOST_TABS) -> Rival:
    """The same pages the plain way, without sign-in."""
    copy = region.copied(seeded, "naive")
    return Rival("naive", servers.Naive(copy, environment={"BENCH_DATABASE": str(copy)}), gestures.NAIVE)


def dash(seeded: Path, _most: int = MOST_TABS) -> Rival:
    """The page of départements in Dash, without sign-in."""
    from benchmarks.kit.dash_client import GESTURES, DashTab

    servers.install_dash()
    copy = region.copied(seeded, "dash")
    server = servers.Dash(copy, environment={"BENCH_DATABASE": str(copy)})
    return Rival("dash", server, {"departements": GESTURES}, make_tab=DashTab)


RIVALS: dict[str, Callable[[Path, int], Rival]] = {"floor": floor, "ours": ours, "naive": naive, "dash": dash}
