"""The ways to change one field of a ``Paper``: what the tables of faults are written with."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.pki.minting import tlv
from tests.pki.paper import (
    AKI,
    BC,
    NC,
    NULL,
    SAN,
    SKI,
    TRUE,
    Extension,
    Paper,
    basic,
    general,
    key,
    key_id,
    oid,
    usual_signature,
    utc,
)

ORGANISATION, COMMON_NAME = "2.5.4.10", "2.5.4.3"

Fault = Callable[[Paper, Random], None]


def put(kind: str, value: bytes, critical: bytes | None = None) -> Fault:
    return lambda paper, dice: paper.put(kind, value, critical)


def drop(kind: str) -> Fault:
    return lambda paper, dice: paper.drop(kind)


def set_fields(**fields: object) -> Fault:
    def change(paper: Paper, dice: Random) -> None:
        for name, value in fields.items():
            setattr(paper, name, value(paper) if callable(value) else value)

    return change


def make_critical(kind: str, critical: bytes) -> Fault:
    def change(paper: Paper, dice: Random) -> None:
        if (found := paper.extension(kind)) is not None:
            found.critical = critical

    return change


def doubled(kind: str, value: bytes | None = None) -> Fault:
    def change(paper: Paper, dice: Random) -> None:
        if (found := paper.extension(kind)) is not None:
            twin = Extension(kind, found.critical, found.value if value is None else value)
            paper.extensions.insert(dice.randint(0, len(paper.extensions)), twin)

    return change


def alternative_names(*names: bytes, critical: bytes = b"") -> Fault:
    return put(SAN, tlv(0x30, *names), critical)


def set_time(which: str, days: float, writer: Callable[..., bytes] = utc) -> Fault:
    return lambda paper, dice: setattr(paper, which, writer(paper.moment + timedelta(days=days)))


def text_time(which: str, tag: int, text: str) -> Fault:
    return set_fields(**{which: tlv(tag, text.encode())})


def signed_with(algorithm: bytes, digest: hashes.HashAlgorithm | None, kind: type) -> Fault:
    """Another algorithm of the signer's kind; nothing happens to a signer of another kind."""

    def change(paper: Paper, dice: Random) -> None:
        if isinstance(paper.signer, kind):
            paper.algorithm = algorithm
            if digest is not None:
                paper.sign = lambda signer, tbs: usual_signature(signer, tbs, digest)

    return change


def signed_pss(digest: hashes.HashAlgorithm, salt: int, parameters: bytes | None) -> Fault:
    def change(paper: Paper, dice: Random) -> None:
        if isinstance(paper.signer, rsa.RSAPrivateKey) and paper.signer.key_size >= 8 * (2 * 64 + 2):
            paper.algorithm = tlv(0x30, oid("1.2.840.113549.1.1.10"), parameters if parameters is not None else b"")
            scheme = padding.PSS(padding.MGF1(digest), salt)
            paper.sign = lambda signer, tbs: signer.sign(tbs, scheme, digest)

    return change


def pss_parameters(hash_oid: str, mgf_hash: str, salt: int, null: bytes = NULL) -> bytes:
    hash_id = tlv(0x30, oid(hash_oid), null)
    mgf = tlv(0x30, oid("1.2.840.113549.1.1.8"), tlv(0x30, oid(mgf_hash), null))
    return tlv(0x30, tlv(0xA0, hash_id), tlv(0xA1, mgf), tlv(0xA2, tlv(0x02, bytes((salt,)))))


SHA256_OID, SHA384_OID, SHA1_OID = "2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.2", "1.3.14.3.2.26"


def other_key(kind: str) -> Fault:
    """Another kind of key; those whom it issues are made later and follow."""

    def change(paper: Paper, dice: Random) -> None:
        own = paper.signer is paper.key
        paper.key = key(kind)
        if own:
            paper.signer = paper.key
        if paper.extension(SKI):
            paper.put(SKI, tlv(0x04, key_id(paper.key)))
        if own and paper.extension(AKI):
            paper.put(AKI, tlv(0x30, general(0, key_id(paper.key))))

    return change


def written_key(writer: Callable[[Paper], bytes]) -> Fault:
    return lambda paper, dice: setattr(paper, "public_key", writer(paper))


def damaged(how: Callable[[bytes], bytes]) -> Fault:
    return lambda paper, dice: paper.damages.append(how)


def long_header(der: bytes) -> bytes:
    """The outermost length with a zero in front: BER, not DER."""
    size = der[1] & 0x7F
    return bytes((0x30, 0x80 | (size + 1))) + b"\0" + der[2:] if der[1] & 0x80 else der


def indefinite(der: bytes) -> bytes:
    return b"\x30\x80" + der[2 + (der[1] & 0x7F) :] + b"\0\0"


def flip(der: bytes) -> bytes:
    return der[:-3] + bytes((der[-3] ^ 1,)) + der[-2:]


def unknown_extension(critical: bytes, value: bytes = NULL, kind: str = "1.2.3.4.5") -> Fault:
    return lambda paper, dice: paper.extensions.insert(
        dice.randint(0, len(paper.extensions)), Extension(kind, critical, value)
    )


def more(kind: str, value: bytes, critical: bytes = b"") -> Fault:
    return lambda paper, dice: paper.put(kind, value, critical)


def path_length(number: bytes, ca: bool = True) -> Fault:
    return put(BC, basic(ca, number), TRUE)


def subtrees(permitted: tuple[bytes, ...] = (), excluded: tuple[bytes, ...] = (), bound: bytes = b"") -> bytes:
    """A NameConstraints of these bases."""
    sides = [(0xA0, permitted), (0xA1, excluded)]
    return tlv(0x30, *(tlv(tag, *(tlv(0x30, base, bound) for base in bases)) for tag, bases in sides if bases))


def constrained(
    *permitted: bytes, excluded: tuple[bytes, ...] = (), bound: bytes = b"", critical: bytes = TRUE
) -> Fault:
    return put(NC, subtrees(permitted, excluded, bound), critical)


def directory_name(*texts: tuple[str, str]) -> bytes:
    rdns = (tlv(0x31, tlv(0x30, oid(kind), tlv(0x0C, text.encode()))) for kind, text in texts)
    return general(0x24, tlv(0x30, *rdns))


def rename(paper: Paper, name: bytes) -> None:
    if paper.issuer == paper.subject:
        paper.issuer = name
    paper.subject = name
