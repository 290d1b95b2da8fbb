"""The message cache of Streamlit's browser, kept by the same rules: what it has kept is not sent to it again.

A message marked cacheable is kept under its hash; each run the hashes kept are sent along, and the server answers a
kept message by its hash alone (`ref_hash`). A message unused for `most_age` runs is dropped, but not while runs of
fragments to which it does not belong go by.
"""

from dataclasses import dataclass

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


@dataclass(slots=True)
class _Kept:
    message: ForwardMsg
    run: int


class MessageCache:
    """Messages by hash; `most_age` is told by the server at each run."""

    def __init__(self) -> None:
        self.most_age = 2
        self._kept: dict[str, _Kept] = {}
        self._run = 0

    def hashes(self) -> list[str]:
        """What goes with the next run."""
        return list(self._kept)

    def expand(self, message: ForwardMsg) -> ForwardMsg:
        """The message, kept if it may be; a reference is replaced by what it stands for. Raises `KeyError` if unknown."""
        if message.WhichOneof("type") == "ref_hash":
            kept = self._kept[message.ref_hash]
            kept.run = self._run
            return kept.message
        if message.metadata.cacheable:
            self._kept.setdefault(message.hash, _Kept(message, self._run)).run = self._run
        return message

    def finished(self, fragments: list[str]) -> None:
        """A run ended, of the whole page or of these fragments: drop what has not been used for too long."""
        self._run += 1
        self._kept = {
            name: kept
            for name, kept in self._kept.items()
            if (fragments and kept.message.delta.fragment_id not in fragments) or self._run - kept.run <= self.most_age
        }
