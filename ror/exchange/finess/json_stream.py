"""Picks, from the events of a JSON parser, the entries of one branch of the root, and counts those of the others."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

DEEPEST = 10
"""Containers within an entry; what is deeper is passed over."""

LONGEST_TEXT = 500
MOST_BRANCHES = 100
"""Names at the root that are remembered."""

_STARTS = frozenset({"start_map", "start_array"})
_ENDS = frozenset({"end_map", "end_array"})

_NONE: tuple[str, Any] = ("", None)
Container = dict[str, Any] | list[Any]
Events = Iterator[tuple[str, Any]]


class Branches:
    """Builds the entries of the array `branch` of the root object, with the keys of `wanted` alone.

    `values` are the texts and numbers of the root, `passed_over` counts what the other branches hold. A text is cut to
    `LONGEST_TEXT` characters: whatever the file, an entry is small.
    """

    def __init__(self, branch: str, wanted: frozenset[str]) -> None:
        self.values: dict[str, Any] = {}
        self.passed_over: Counter[str] = Counter()
        self._branch, self._wanted = branch, wanted
        self._rooted = False
        self._in_branch = False
        self._key = ""
        """The last key of the root."""
        self._skipped = 0
        """How many containers that are not wanted are open."""
        self._counted = ""
        """The branch whose children are counted while it is passed over."""
        self._open: list[tuple[Container, str]] = []
        """The containers of the entry in hand, each with the key under which it stands in the one before."""

    def feed(self, events: list[tuple[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield the entries that these events complete. Each step takes the events of one kind, in a loop of its own."""
        rest = iter(events)
        left = True
        while left:
            if self._skipped:
                left = self._skip(rest)
            elif self._open:
                left, entry = self._build(rest)
                if entry is not None:
                    yield entry
            else:
                left = self._advance(rest)

    def _skip(self, events: Events) -> bool:
        """Pass over the containers that are not wanted; whether they ended."""
        depth, children = self._skipped, 0
        for event, _ in events:
            if event in _ENDS:
                depth -= 1
                if not depth:
                    break
            elif event in _STARTS:
                children += depth == 1
                depth += 1
            elif depth == 1 and event != "map_key":
                children += 1
        self._skipped = depth
        if self._counted:
            self.passed_over[self._counted] += children
        if not depth:
            self._counted = ""
        return not depth

    def _advance(self, events: Events) -> bool:
        """Take the next event of the root or of the branch; whether there was one."""
        event, value = next(events, _NONE)
        if self._in_branch:
            self._begin_entry(event)
        elif not self._rooted:
            self._rooted = event == "start_map"
            self._skipped = event == "start_array"
        elif event == "map_key":
            self._key = value[:LONGEST_TEXT]
        elif event == "start_array" and self._key == self._branch:
            self._in_branch = True
        elif event in _STARTS:
            known = len(self.passed_over) < MOST_BRANCHES
            self._counted, self._skipped = self._key if known else "", 1
        elif event and event not in _ENDS and len(self.values) < MOST_BRANCHES:
            self.values[self._key] = _small(value)
        return bool(event)

    def _begin_entry(self, event: str) -> None:
        if event == "start_map":
            self._open = [({}, "")]
        elif event == "start_array":
            self._skipped = 1
        elif event == "end_array":
            self._in_branch = False

    def _build(self, events: Events) -> tuple[bool, dict[str, Any] | None]:
        """Fill the entry in hand; whether there is more to do with these events, and the entry when it is whole."""
        wanted = self._wanted
        container, key = self._open[-1]
        for event, value in events:
            if event == "map_key":
                key = value if value in wanted else ""
            elif event in _ENDS:
                whole, _ = self._open.pop()
                if not self._open:
                    return True, whole if isinstance(whole, dict) else None
                container, key = self._open[-1]
            elif event in _STARTS:
                inner: Container = {} if event == "start_map" else []
                if len(self._open) > DEEPEST or not _put(container, key, inner):
                    self._open[-1] = container, key
                    self._skipped = 1
                    return True, None
                self._open[-1] = container, key
                container, key = inner, ""
                self._open.append((container, key))
            elif key or isinstance(container, list):
                _put(container, key, _small(value))
        self._open[-1] = container, key
        return False, None


def _put(container: Container, key: str, value: Any) -> bool:
    """Put a value in a container; whether it is wanted there."""
    if isinstance(container, list):
        container.append(value)
        return True
    if key:
        container[key] = value
    return bool(key)


def _small(value: Any) -> Any:
    return value[:LONGEST_TEXT] if isinstance(value, str) else value
