"""Reassembly of IP datagrams from their fragments (RFC 791 §2.3, RFC 8200 §4.5), in bounded memory.

Refuses to know: what stands in a datagram.
"""

from __future__ import annotations

from collections import OrderedDict

LARGEST_DATAGRAM = 65_535
_FRAGMENTS_EACH = 1_024
_BYTES_HELD = 4 << 20
_COST_EACH = 128

Identity = tuple[bytes, int, int]
"""(addresses, protocol, identification)"""


class Fragments:
    """Keeps fragments until their datagram is complete; the oldest datagrams give way."""

    __slots__ = ("_datagrams", "_held", "given_up")

    def __init__(self) -> None:
        self._datagrams: OrderedDict[Identity, _Datagram] = OrderedDict()
        self._held = 0
        self.given_up = 0

    @property
    def incomplete(self) -> int:
        """Datagrams of which fragments never came, so far."""
        return self.given_up + len(self._datagrams)

    def add(self, identity: Identity, offset: int, more: bool, data: bytes, protocol: int) -> tuple[bytes, int] | None:
        """Take one fragment; return the datagram's payload and its protocol when it is complete."""
        datagram = self._datagrams.get(identity)
        if datagram is None:
            datagram = self._datagrams[identity] = _Datagram()
        if offset + len(data) > LARGEST_DATAGRAM or len(datagram.parts) >= _FRAGMENTS_EACH:
            self._forget(identity)
            return None
        if offset == 0:
            datagram.protocol = protocol
        if not more:
            datagram.size = offset + len(data)
        if data and offset not in datagram.parts:
            datagram.parts[offset] = data
            datagram.held += len(data)
            self._held += len(data) + _COST_EACH
        whole = datagram.join()
        if whole is not None:
            del self._datagrams[identity]
            self._held -= datagram.cost
            return whole, datagram.protocol
        while self._held > _BYTES_HELD:
            self._forget(next(iter(self._datagrams)))
        return None

    def _forget(self, identity: Identity) -> None:
        self._held -= self._datagrams.pop(identity).cost
        self.given_up += 1


class _Datagram:
    __slots__ = ("held", "parts", "protocol", "size")

    def __init__(self) -> None:
        self.parts: dict[int, bytes] = {}
        self.held = 0
        self.size = -1
        self.protocol = 0

    @property
    def cost(self) -> int:
        return self.held + _COST_EACH * len(self.parts)

    def join(self) -> bytes | None:
        if self.size < 0 or self.held < self.size:
            return None
        whole = bytearray()
        for offset in sorted(self.parts):
            if offset > len(whole):
                return None
            whole += self.parts[offset][len(whole) - offset :]
        return bytes(whole[: self.size]) if len(whole) >= self.size else None
