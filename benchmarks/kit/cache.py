"""Message cache of Streamlit's browser, by the same rules: the server does not send a cached message again.

A message marked cacheable is cached under its hash; each run sends the cached hashes along, and the server answers with the
hash alone (`ref_hash`). A message unused for `most_age` runs is dropped, but not by runs of fragments to which it does not
belong.
"""

from dataclasses import dataclass

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


@dataclass(slots=True)
class _Cached:
    message: ForwardMsg
    run: int


class MessageCache:
    """Messages by hash; the server sends `most_age` with each run."""

    def __init__(self) -> None:
        self.most_age = 2
        self._messages: dict[str, _Cached] = {}
        self._run = 0

    def hashes(self) -> list[str]:
        """Return the hashes to send with the next run."""
        return list(self._messages)

    def expand(self, message: ForwardMsg) -> ForwardMsg:
        """Return the message, cached if it may be; of a reference, the cached message. Raises `KeyError` if there is none."""
        if message.WhichOneof("type") == "ref_hash":
            cached = self._messages[message.ref_hash]
            cached.run = self._run
            return cached.message
        if message.metadata.cacheable:
            self._messages.setdefault(message.hash, _Cached(message, self._run)).run = self._run
        return message

    def finished(self, fragments: list[str]) -> None:
        """Drop messages unused for too long, after a run of the whole page or of these fragments."""
        self._run += 1
        self._messages = {
            name: cached
            for name, cached in self._messages.items()
            if (fragments and cached.message.delta.fragment_id not in fragments) or self._run - cached.run <= self.most_age
        }
