"""Which keys open which record: the epochs of a connection, from a key log's secrets.

Owns when keys change (ChangeCipherSpec, Finished, KeyUpdate), early data that is skipped, and that keys which do not
fit are said once. Knows nothing of messages but their types.
"""

from __future__ import annotations

from tlswhy.side import Side
from tlswhy.wire.extensions import EARLY_DATA, ENCRYPT_THEN_MAC
from tlswhy.wire.handshake import END_OF_EARLY_DATA, FINISHED, KEY_UPDATE
from tlswhy.wire.keylog import KeyLog
from tlswhy.wire.messages import ClientHello, ServerHello
from tlswhy.wire.numbers import TLS13, Suite, is_tls13, suite
from tlswhy.wire.protection import (
    HASHES,
    CbcOpener,
    Mac,
    NullOpener,
    Opener,
    StreamOpener,
    Tls12AeadOpener,
    Tls13Opener,
)
from tlswhy.wire.records import APPLICATION_DATA, Record
from tlswhy.wire.schedule import key_block, next_traffic_secret

__all__ = ["Decryptor", "KeyLog"]

RECORDS_MISSED = 64
"""After a hole, so many records more than its size asks for may have been lost and the next is still recognised."""
MOST_TRIED = 1 << 16
"""Sequence numbers that are tried for one side's keys, all in all: a quarter of a second."""
SEARCHES = 20
"""After so many records that no sequence number opened, a side is given up."""

_TRUNCATED_HMAC = 4
_LARGEST_RECORD = 5 + (1 << 14) + 256  # RFC 8446, 5.2; before TLS 1.3 MAC and padding take less
_SMALL_RECORD = 1 << 9  # the least that can be agreed upon (RFC 6066, 4)


class Decryptor:
    """Opens records of one connection from its ServerHello on."""

    def __init__(self, keys: KeyLog, client: ClientHello, server: ServerHello, early_records: int = 0) -> None:
        self._keys = keys
        self._client, self._server = client, server
        self._suite = suite(server.cipher_suite)
        self._tls13 = is_tls13(server.version)
        self._complaints: list[str] = []
        self._complained = False
        self._epochs: dict[Side, _Epoch | None] = dict.fromkeys(Side)
        self._early: _Epoch | None = None
        self._skips_early = False
        if self._tls13:
            for side in Side:
                self._enter(side, f"{side.upper()}_HANDSHAKE_TRAFFIC_SECRET", "handshake")
            if EARLY_DATA in client.extensions:
                self._skips_early = True
                self._early = self._tls13_epoch("CLIENT_EARLY_TRAFFIC_SECRET", "early")
                if self._early is not None:
                    self._early.sequence = early_records

    def change_cipher_spec(self, side: Side) -> None:
        """TLS 1.2 and before: from the next record on, ``side`` encrypts."""
        if not self._tls13:
            self._epochs[side] = self._tls12_epoch(side)

    def open(self, side: Side, record: Record) -> tuple[int, bytes] | None:
        """Content type and plaintext of a record, or None where it stays closed."""
        epoch = self._epochs[side]
        if epoch is None or (self._tls13 and record.type != APPLICATION_DATA):
            return None
        if record.damage:
            epoch.pass_over()
            return None
        if side is Side.CLIENT and self._skips_early and epoch.name == "handshake" and epoch.opened == 0:
            return self._open_early(epoch, record)
        opened = epoch.open(record)
        if opened is None and epoch.searching:
            opened = self._search_next_epoch(side, record)
        if opened is None:
            self._give_up(side, epoch)
        return opened

    def handshake_read(self, side: Side, message_type: int) -> None:
        """A message was decrypted after which ``side``'s keys may change (RFC 8446, 4.4.4, 4.5, 4.6.3)."""
        epoch = self._epochs[side]
        if epoch is None or not self._tls13:
            return
        if message_type == FINISHED and epoch.name == "handshake":
            self._enter(side, f"{side.upper()}_TRAFFIC_SECRET_0", "application")
        elif message_type == KEY_UPDATE and epoch.name == "application" and self._suite is not None:
            self._epochs[side] = self._open_with(
                next_traffic_secret(epoch.secret, HASHES[self._suite.prf_hash]), "application"
            )
        elif message_type == END_OF_EARLY_DATA and side is Side.CLIENT:
            self._skips_early, self._early = False, None

    def cipher_changed_again(self, side: Side) -> None:
        """A renegotiation made keys that no log of the first handshake knows."""
        self._epochs[side] = None

    def lost(self, side: Side, size: int = 0) -> None:
        """Records were lost, in so many bytes at least: sequence numbers must be searched for."""
        epoch = self._epochs[side]
        if epoch is None:
            return
        epoch.searching = True
        epoch.lost += size
        if not epoch.opener.stateless:
            self._epochs[side] = None

    def take_complaints(self) -> list[str]:
        """Codes of what went wrong since the last call."""
        complaints, self._complaints = self._complaints, []
        return complaints

    def _open_early(self, epoch: _Epoch, record: Record) -> tuple[int, bytes] | None:
        """The client's handshake keys, else its early keys; a server that refused early data skips it likewise."""
        opened = epoch.open(record)
        if opened is not None:
            self._skips_early, self._early = False, None
            return opened
        epoch.sequence = 0
        return self._early.open(record) if self._early is not None else None

    def _search_next_epoch(self, side: Side, record: Record) -> tuple[int, bytes] | None:
        epoch = self._epochs[side]
        if epoch is None or epoch.name != "handshake":
            return None
        following = self._tls13_epoch(f"{side.upper()}_TRAFFIC_SECRET_0", "application")
        if following is None:
            return None
        following.searching, following.lost = True, epoch.lost
        opened = following.open(record)
        if opened is not None:
            self._epochs[side] = following
        return opened

    def _give_up(self, side: Side, epoch: _Epoch) -> None:
        if epoch.searching and epoch.searched < SEARCHES:
            return
        self._epochs[side] = None
        if not epoch.searching and not self._complained:
            self._complained = True
            self._complaints.append("keys-do-not-fit")

    def _enter(self, side: Side, label: str, name: str) -> None:
        self._epochs[side] = self._tls13_epoch(label, name)

    def _tls13_epoch(self, label: str, name: str) -> _Epoch | None:
        secret = self._keys.secret(label, self._client.random)
        return None if secret is None else self._open_with(secret, name)

    def _open_with(self, secret: bytes, name: str) -> _Epoch | None:
        if self._suite is None or self._suite.cipher not in {"AES", "CHACHA20"}:
            self._unopenable()
            return None
        authenticated = self._server.version == TLS13 or self._server.version & 0xFF >= 25
        return _Epoch(Tls13Opener(self._suite, secret, header_authenticated=authenticated), name, secret)

    def _tls12_epoch(self, side: Side) -> _Epoch | None:
        chosen = self._suite
        master = self._keys.secret("CLIENT_RANDOM", self._client.random)
        if chosen is None or (master is None and chosen.cipher != "NULL"):
            return None
        if not _openable(chosen):
            self._unopenable()
            return None
        return _Epoch(self._tls12_opener(chosen, side, master), "connection", b"")

    def _tls12_opener(self, chosen: Suite, side: Side, master: bytes | None) -> Opener:
        version, extensions = self._server.version, self._server.extensions
        key_size = {"3DES_EDE": 24, "DES": 8}.get(chosen.cipher, chosen.key_bits // 8)
        iv_size = {"CBC": 8 if chosen.cipher in {"3DES_EDE", "DES", "IDEA"} else 16, "POLY1305": 12}.get(chosen.mode, 4)
        digest = HASHES[chosen.hash]
        truncated = _TRUNCATED_HMAC in extensions
        if master is None:
            return NullOpener(Mac(b"", digest, version, truncated=truncated))
        mac_size = 0 if chosen.aead else Mac(b"", digest, version).size
        size = 2 * (mac_size + key_size + iv_size)
        prf = HASHES[chosen.prf_hash]
        block = key_block(version, master, self._client.random, self._server.random, size, prf)
        mac_key = _half(block, 0, mac_size, side)
        key = _half(block, 2 * mac_size, key_size, side)
        iv = _half(block, 2 * (mac_size + key_size), iv_size, side)
        if chosen.aead:
            return Tls12AeadOpener(chosen, key, iv)
        mac = Mac(mac_key, digest, version, truncated=truncated)
        if chosen.mode == "NULL":
            return NullOpener(mac)
        if chosen.mode == "STREAM":
            return StreamOpener(mac, key)
        return CbcOpener(chosen, version, mac, key, iv, encrypt_then_mac=ENCRYPT_THEN_MAC in extensions)

    def _unopenable(self) -> None:
        if not self._complained:
            self._complained = True
            self._complaints.append("suite-cannot-be-decrypted")


class _Epoch:
    """One side's keys from one change to the next."""

    def __init__(self, opener: Opener, name: str, secret: bytes) -> None:
        self.opener = opener
        self.name = name
        self.secret = secret
        self.sequence = 0
        self.opened = 0
        self.searching = False
        self.searched = 0
        self.lost = 0
        """Bytes that went by since the last record that was opened."""
        self._tried = 0

    def open(self, record: Record) -> tuple[int, bytes] | None:
        for ahead in self._ahead() if self.searching else range(1):
            opened = self.opener.open(record, self.sequence + ahead)
            if opened is not None:
                self.sequence += ahead + 1
                self.opened += 1
                self.searching, self.lost = False, 0
                return opened
        self.searched += 1
        if not self.searching:
            self.sequence += 1
        return None

    def _ahead(self) -> range:
        """How many records may have gone by in the bytes lost, from the largest ones to small ones."""
        least = self.lost // _LARGEST_RECORD
        most = min(self.lost // _SMALL_RECORD + RECORDS_MISSED, least + MOST_TRIED - self._tried)
        self._tried += max(0, most - least - RECORDS_MISSED)
        return range(least, most)

    def pass_over(self) -> None:
        """A record that cannot be opened still counts; what runs on from record to record is lost with it."""
        self.sequence += 1
        if not self.opener.stateless:
            self.searching = True
            self.searched = SEARCHES


def _openable(chosen: Suite) -> bool:
    if chosen.export:
        return False
    if chosen.aead:
        return chosen.cipher in {"AES", "CHACHA20"} and chosen.mode in {"GCM", "CCM", "CCM_8", "POLY1305"}
    if chosen.cbc:
        return chosen.cipher in {"AES", "CAMELLIA", "3DES_EDE", "DES", "IDEA", "SEED"}
    return chosen.cipher in {"RC4", "NULL"} and chosen.hash in HASHES


def _half(block: bytes, start: int, size: int, side: Side) -> bytes:
    """The client's values come first (RFC 5246, 6.3)."""
    first = start if side is Side.CLIENT else start + size
    return block[first : first + size]
