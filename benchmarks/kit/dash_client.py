"""One open tab of the Dash rival without a browser: its layout, then the callbacks that its browser would call.

As the browser does, a gesture calls every callback that has what changed among its inputs, one POST each, together.
"""

import asyncio
import time
from random import Random
from types import TracebackType
from typing import Any, Self

import httpx

from benchmarks.kit import gestures
from benchmarks.kit.client import Run
from benchmarks.kit.load import Action

_FIRST = {"champ.value": [], "type.value": [], "nature.value": "", "mini.value": 0, "age.value": [], "carte.clickData": None}
_BANDS = ("● moins d'1 h", "■ moins de 24 h", "▲ moins de 7 jours", "✕ plus de 7 jours")


class DashTab:
    """A tab, with the values of its inputs. The rival asks for no session: `cookie` is not sent."""

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
        """The page, its layout and its callbacks, then each callback once. The scripts are in the browser's cache."""
        self.page, self._values = page, dict(_FIRST)
        self.chosen.clear()
        run, began = Run(), time.perf_counter()
        await self._get("/", run)
        answers = await asyncio.gather(self._get("/_dash-layout", run), self._get("/_dash-dependencies", run))
        self._callbacks = answers[1] or []
        await self._call(list(_FIRST), run)
        run.seconds = time.perf_counter() - began
        return run

    async def change(self, values: dict[str, Any]) -> Run:
        """Give inputs other values, by « id.property »; none: every callback again."""
        self._values |= values
        run, began = Run(), time.perf_counter()
        await self._call(list(values or _FIRST), run)
        run.seconds = time.perf_counter() - began
        return run

    async def _call(self, changed: list[str], run: Run) -> None:
        concerned = [one for one in self._callbacks if any(_name(part) in changed for part in one["inputs"])]
        await asyncio.gather(*(self._post(one, changed, run) for one in concerned))

    async def _post(self, callback: dict[str, Any], changed: list[str], run: Run) -> None:
        output = callback["output"]
        names = output.strip(".").split("...") if output.startswith("..") else [output]
        outputs = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]
        inputs = [{**part, "value": self._values[_name(part)]} for part in callback["inputs"]]
        props = [name for name in changed if any(_name(part) == name for part in inputs)]
        body = {
            "output": output,
            "outputs": outputs if len(outputs) > 1 else outputs[0],
            "inputs": inputs,
            "changedPropIds": props,
        }
        await self._answer(self._http.post("/_dash-update-component", json=body), run)

    async def _get(self, path: str, run: Run) -> Any:
        answer = await self._answer(self._http.get(path), run)
        return answer.json() if answer is not None and path != "/" else None

    async def _answer(self, asked: Any, run: Run) -> httpx.Response | None:
        try:
            answer: httpx.Response = await asked
        except httpx.HTTPError as error:
            run.failure = "no answer" if isinstance(error, httpx.TimeoutException) else f"dropped: {error!r}"
            return None
        run.bytes += len(answer.content)
        run.messages += 1
        run.failure = run.failure or ("" if answer.status_code == 200 else f"status {answer.status_code}")
        return answer


def _name(part: dict[str, str]) -> str:
    return f"{part['id']}.{part['property']}"


async def opened(tab: DashTab, _: Random) -> Run:
    """A new tab beside, closed after."""
    async with DashTab(tab.url) as fresh:
        return await fresh.open(tab.page)


async def whole(tab: DashTab, _: Random) -> Run:
    """Every callback again."""
    return await tab.change({})


async def filtered(tab: DashTab, dice: Random) -> Run:
    """One of the filters gets another value."""
    name = dice.choice(("nature", "mini", "age"))
    values: tuple[Any, ...] = {"nature": ("01", "02", ""), "mini": (0, 1, 2), "age": _BANDS}[name]
    value = gestures.other(dice, values, tab, name)
    return await tab.change({f"{name}.value": [value] if name == "age" else value})


async def department(tab: DashTab, dice: Random) -> Run:
    """Another département is clicked on the map."""
    code = gestures.other(dice, gestures.CODES, tab, "code")
    return await tab.change({"carte.clickData": {"points": [{"location": code}]}})


async def back(tab: DashTab, dice: Random) -> Run:
    """The detail is closed, then opened again, and so on."""
    tab.chosen["selected"] = not tab.chosen.get("selected", False)
    return await (department(tab, dice) if tab.chosen["selected"] else tab.change({"carte.clickData": None}))


GESTURES: dict[str, Action] = {"open": opened, "whole": whole, "filter": filtered, "select": department, "back": back}
