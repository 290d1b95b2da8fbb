"""Client of the Dash rival: one open tab without a browser, its layout, then the callbacks that its browser would call.

As the browser does, an action calls every callback that has a changed input, one POST each, together.
"""

import asyncio
import time
from random import Random
from types import TracebackType
from typing import Any, Self

import httpx

from benchmarks.kit.actions import CODES, pick_other
from benchmarks.kit.client import Run
from benchmarks.kit.load import Action

_FIRST = {"champ.value": [], "type.value": [], "nature.value": "", "mini.value": 0, "age.value": [], "carte.clickData": None}
_BANDS = ("● moins d'1 h", "■ moins de 24 h", "▲ moins de 7 jours", "✕ plus de 7 jours")


class DashTab:
    """A tab, with the values of its inputs by « id.property ». The rival has no sessions: `cookie` is not sent."""

    def __init__(self, url: str, cookie: str = "") -> None:
        self.url, self.cookie, self.page = url, cookie, ""
        self.chosen: dict[str, Any] = {}
        self._values: dict[str, Any] = dict(_FIRST)
        self._callbacks: list[dict[str, Any]] = []
        self._http = httpx.AsyncClient(base_url=url, timeout=60, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def open(self, page: str = "") -> Run:
        """Get the page, its layout and its callbacks, then call each callback. The scripts are in the browser's cache."""
        self.page, self._values = page, dict(_FIRST)
        run, began = Run(), time.perf_counter()
        await self._answer(self._http.get("/"), run)
        paths = ("/_dash-layout", "/_dash-dependencies")
        _, callbacks = await asyncio.gather(*(self._answer(self._http.get(path), run) for path in paths))
        self._callbacks = callbacks.json() if callbacks else []
        await self._call(list(_FIRST), run)
        run.seconds = time.perf_counter() - began
        return run

    async def change(self, values: dict[str, Any]) -> Run:
        """Set inputs; none: call every callback again."""
        self._values |= values
        run, began = Run(), time.perf_counter()
        await self._call(list(values or _FIRST), run)
        run.seconds = time.perf_counter() - began
        return run

    async def _call(self, changed: list[str], run: Run) -> None:
        bodies = (self._body(callback, changed) for callback in self._callbacks)
        posts = (self._http.post("/_dash-update-component", json=body) for body in bodies if body["changedPropIds"])
        await asyncio.gather(*(self._answer(post, run) for post in posts))

    def _body(self, callback: dict[str, Any], changed: list[str]) -> dict[str, Any]:
        names = callback["output"].strip(".").split("...")
        outputs = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]
        inputs = {f"{part['id']}.{part['property']}": part for part in callback["inputs"]}
        return {
            "output": callback["output"],
            "outputs": outputs if len(outputs) > 1 else outputs[0],
            "inputs": [{**part, "value": self._values[name]} for name, part in inputs.items()],
            "changedPropIds": [name for name in changed if name in inputs],
        }

    async def _answer(self, request: Any, run: Run) -> httpx.Response | None:
        try:
            answer: httpx.Response = await request
        except httpx.HTTPError as error:
            run.failure = "no answer" if isinstance(error, httpx.TimeoutException) else f"dropped: {error!r}"
            return None
        run.bytes += len(answer.content)
        run.messages += 1
        run.failure = run.failure or ("" if answer.status_code == 200 else f"status {answer.status_code}")
        return answer


async def _open_tab(tab: DashTab, _: Random) -> Run:
    async with DashTab(tab.url) as fresh:
        return await fresh.open(tab.page)


async def _rerun(tab: DashTab, _: Random) -> Run:
    return await tab.change({})


async def _filter_units(tab: DashTab, rng: Random) -> Run:
    name = rng.choice(("nature", "mini", "age"))
    values: tuple[Any, ...] = {"nature": ("01", "02", ""), "mini": (0, 1, 2), "age": _BANDS}[name]
    value = pick_other(rng, values, tab, name)
    return await tab.change({f"{name}.value": [value] if name == "age" else value})


async def _select_department(tab: DashTab, rng: Random) -> Run:
    code = pick_other(rng, CODES, tab, "code")
    return await tab.change({"carte.clickData": {"points": [{"location": code}]}})


BOARD: dict[str, Action] = {"open": _open_tab, "whole": _rerun, "filter": _filter_units, "select": _select_department}
