"""What a cipher suite's registered name says of its algorithms, and in which versions it can be used.

Owns the grammar of the names, in this one place. Knows no numbers but those of versions.
"""

from __future__ import annotations

import re
from typing import Final

from tlswhy.frozen import frozen

SSL2: Final = 0x0002
SSL3: Final = 0x0300
TLS10: Final = 0x0301
TLS11: Final = 0x0302
TLS12: Final = 0x0303
TLS13: Final = 0x0304


@frozen
class Suite:
    """What a suite's registered name says.

    ``key_exchange``: RSA, RSA_EXPORT, DH, DHE, DH_anon, ECDH, ECDHE, ECDH_anon, PSK, DHE_PSK, ECDHE_PSK, RSA_PSK, SRP,
    KRB5, ECCPWD, ECJPAKE, GOST, KEA; "any" in TLS 1.3. ``authentication``: RSA, DSS, ECDSA, anon, PSK, KRB5, GOST, …,
    "any". ``cipher`` without mode and size: AES, 3DES_EDE, RC4, CHACHA20, NULL …; ``key_bits`` its key (3DES: 168).
    ``mode``: CBC, GCM, CCM, CCM_8, POLY1305, STREAM, NULL …. ``hash`` is the name's last part: the MAC's for CBC and
    stream ciphers, the PRF's for AEAD. Versions are wire numbers, both ends included.
    """

    number: int
    name: str
    key_exchange: str
    authentication: str
    cipher: str
    key_bits: int
    mode: str
    hash: str
    export: bool
    minimum_version: int
    maximum_version: int

    @property
    def aead(self) -> bool:
        """Authenticated encryption: no separate MAC."""
        return self.mode in {"GCM", "CCM", "CCM_8", "POLY1305", "AEGIS", "MGM_L", "MGM_S", "OCB", "OCB_8"}

    @property
    def cbc(self) -> bool:
        """Block cipher in CBC mode with an HMAC."""
        return self.mode == "CBC"

    @property
    def anonymous(self) -> bool:
        """No certificate authenticates the server."""
        return self.authentication == "anon"

    @property
    def forward_secret(self) -> bool:
        """An ephemeral key exchange, so that the server's private key alone decrypts nothing."""
        return self.key_exchange in {"DHE", "ECDHE", "DH_anon", "ECDH_anon", "DHE_PSK", "ECDHE_PSK", "any"}

    @property
    def prf_hash(self) -> str:
        """The hash of the TLS 1.2 PRF (RFC 5246, 5: SHA-256 unless the suite names another) or TLS 1.3 key schedule."""
        return self.hash if self.hash in {"SHA384", "SM3", "SHA512"} else "SHA256"


def suite_by_name(number: int, name: str) -> Suite:
    """What the registered ``name`` of suite ``number`` says."""
    prefix, _, rest = name[4:].partition("_WITH_")
    if not rest:  # TLS 1.3 (RFC 8446, B.4), integrity-only RFC 9150 suites among them, and what follows no pattern
        prefix, rest = "", name[4:]
    matched = re.fullmatch(_CIPHER, rest)
    if matched is None:
        return _unpatterned(number, name, prefix)
    cipher, mode, digest = matched["cipher"], matched["mode"], matched["hash"] or ""
    size = matched["bits"] or matched["size"]
    if cipher == "AEGIS":
        mode = "AEGIS"
    mode = mode or ("NULL" if cipher == "NULL" else "STREAM")
    key_bits = int(size) if size else _KEY_BITS.get(cipher, 256)
    if mode in {"CCM", "CCM_8"} and not digest:
        digest = "SHA256"  # RFC 6655, 3: the PRF's hash, which these names leave out
    exchange, authentication, export = _key_exchange(prefix)
    versions = _versions(exchange, cipher, mode, digest, export)
    return Suite(number, name, exchange, authentication, cipher, key_bits, mode, digest, export, *versions)


_KEY_BITS: Final = {
    "3DES_EDE": 168,
    "DES": 56,
    "DES40": 40,
    "IDEA": 128,
    "SEED": 128,
    "CHACHA20": 256,
    "NULL": 0,
    "SM4": 128,
}
_CIPHER: Final = (
    r"(?P<cipher>AES|CAMELLIA|ARIA|RC4|RC2|3DES_EDE|DES40|DES|IDEA|SEED|CHACHA20|SM4|AEGIS|KUZNYECHIK|MAGMA|28147|NULL"
    r"|FORTEZZA|(?:ESTREAM_)?SALSA20)"
    r"(?:_(?P<size>\d+)L?)?(?:_(?P<mode>CBC|GCM|CCM_8|CCM|POLY1305|OCB_8|OCB|CNT|CTR|MGM_L|MGM_S))?(?:_(?P<bits>40|56))?"
    r"(?:_(?P<hash>[A-Z0-9]+))?"
)


def _unpatterned(number: int, name: str, prefix: str) -> Suite:
    if name in {"TLS_SHA256_SHA256", "TLS_SHA384_SHA384"}:  # RFC 9150: integrity only
        return Suite(number, name, "any", "any", "NULL", 0, "NULL", name[4:10], False, TLS13, TLS13)
    exchange, authentication, export = _key_exchange(prefix) if prefix else ("unknown", "unknown", False)
    return Suite(number, name, exchange, authentication, "unknown", 0, "unknown", "", export, SSL3, TLS12)


_KEY_EXCHANGES: Final = {
    "": ("any", "any"),
    "NULL": ("NULL", "anon"),
    "RSA": ("RSA", "RSA"),
    "DH_anon": ("DH_anon", "anon"),
    "ECDH_anon": ("ECDH_anon", "anon"),
    "PSK": ("PSK", "PSK"),
    "PSK_DHE": ("DHE_PSK", "PSK"),  # two registered names of RFC 6655 have the words the other way round
    "DHE_PSK": ("DHE_PSK", "PSK"),
    "ECDHE_PSK": ("ECDHE_PSK", "PSK"),
    "RSA_PSK": ("RSA_PSK", "RSA"),
    "SRP_SHA": ("SRP", "SRP"),
    "SRP_SHA_RSA": ("SRP", "RSA"),
    "SRP_SHA_DSS": ("SRP", "DSS"),
    "KRB5": ("KRB5", "KRB5"),
    "ECCPWD": ("ECCPWD", "ECCPWD"),
    "ECJPAKE": ("ECJPAKE", "ECJPAKE"),
    "RSA_FIPS": ("RSA", "RSA"),
    "FORTEZZA_KEA": ("KEA", "DSS"),
}


def _key_exchange(prefix: str) -> tuple[str, str, bool]:
    words = prefix.split("_")
    export = words[-1].startswith("EXPORT")
    if export:
        prefix = "_".join(words[:-1])
    if prefix.startswith("GOST"):
        return "GOST", "GOST", export
    known = _KEY_EXCHANGES.get(prefix)
    if known is None:  # DH, DHE, ECDH, ECDHE with RSA, DSS or ECDSA
        exchange, _, authentication = prefix.partition("_")
        known = (exchange, authentication)
    if export and known[0] == "RSA":
        known = ("RSA_EXPORT", "RSA")
    return (*known, export)


def _versions(exchange: str, cipher: str, mode: str, digest: str, export: bool) -> tuple[int, int]:
    if exchange == "any":
        return TLS13, TLS13
    if mode in {"GCM", "CCM", "CCM_8", "POLY1305"} or cipher in {"ARIA", "KUZNYECHIK", "MAGMA"}:
        return TLS12, TLS12
    if digest in {"SHA256", "SHA384"}:
        # RFC 5246, A.5 and RFC 5289: TLS 1.2 only; RFC 5487, 3 lets the PSK ones be used in any TLS version.
        return (TLS10 if exchange.endswith("PSK") else TLS12), TLS12
    minimum = TLS10 if exchange.startswith("ECDH") else SSL3  # RFC 4492, 2.2: needs the TLS 1.0 hello extensions
    if export:
        return minimum, TLS10  # RFC 4346, A.5
    return minimum, TLS11 if cipher in {"DES", "IDEA"} else TLS12  # RFC 5469
