"""Build the entries of one branch of the root from the events of a JSON parser, and count those of the other branches."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

DEEPEST = 10
"""Most nested containers of an entry; deeper ones are skipped."""

MAX_TEXT_LENGTH = 500
MAX_BRANCHES = 100
"""Most names at the root that are stored."""

_STARTS = frozenset({"start_map", "start_array"})
_ENDS = frozenset({"end_map", "end_array"})

_NONE: tuple[str, Any] = ("", None)
Container = dict[str, Any] | list[Any]
Events = Iterator[tuple[str, Any]]


class Branches:
    """Builds the entries of the array `branch` of the root object, with the keys `keys` only.

    `values` are the texts and numbers of the root, `passed_over` counts the entries of the other branches. Texts are cut to
    `MAX_TEXT_LENGTH` characters, so that an entry is small whatever the file.
    """

    def __init__(self, branch: str, keys: frozenset[str]) -> None:
        self.values: dict[str, Any] = {}
        self.passed_over: Counter[str] = Counter()
        self._branch, self._keys = branch, keys
        self._rooted = False
        self._in_branch = False
        self._key = ""
        """The last key of the root."""
        self._skipped = 0
        """The number of skipped containers that are open."""
        self._counted = ""
        """The branch whose children are counted while it is skipped."""
        self._open: list[tuple[Container, str]] = []
        """The open containers of the current entry, each with its last key."""

    def feed(self, events: list[tuple[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield the entries that these events complete. Each state has a loop of its own, for speed."""
        remaining = iter(events)
        more = True
        while more:
            if self._skipped:
                more = self._skip(remaining)
            elif self._open:
                more, entry = self._build(remaining)
                if entry is not None:
                    yield entry
            else:
                more = self._advance(remaining)

    def _skip(self, events: Events) -> bool:
        """Skip events up to the end of the open containers. Return whether the end was reached."""
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
        """Handle the next event of the root or of the branch. Return whether there was one."""
        event, value = next(events, _NONE)
        if self._in_branch:
            self._begin_entry(event)
        elif not self._rooted:
            self._rooted = event == "start_map"
            self._skipped = event == "start_array"
        elif event == "map_key":
            self._key = value[:MAX_TEXT_LENGTH]
        elif event == "start_array" and self._key == self._branch:
            self._in_branch = True
        elif event in _STARTS:
            room = len(self.passed_over) < MAX_BRANCHES
            self._counted, self._skipped = self._key if room else "", 1
        elif event and event not in _ENDS and len(self.values) < MAX_BRANCHES:
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
        """Fill the current entry. Return whether events may be left, and the entry once it is complete."""
        keys = self._keys
        container, key = self._open[-1]
        for event, value in events:
            if event == "map_key":
                key = value if value in keys else ""
            elif event in _ENDS:
                complete, _ = self._open.pop()
                if not self._open:
                    return True, complete if isinstance(complete, dict) else None
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
    """Put a value in a container. Return False for an object without a key, which does not take it."""
    if isinstance(container, list):
        container.append(value)
        return True
    if key:
        container[key] = value
    return bool(key)


def _small(value: Any) -> Any:
    return value[:MAX_TEXT_LENGTH] if isinstance(value, str) else value
