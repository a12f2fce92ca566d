import hashlib
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.x509 import load_der_x509_certificate

from tests.oracle import recorded
from tests.pki.minting import handmade, mint, read, rsa_key, spki, tlv
from tlswhy.pki import der
from tlswhy.pki.certificate import read_certificate
from tlswhy.pki.keys import read_public_key
from tlswhy.pki.signatures import SignatureOutcome, is_signed_by
from tlswhy.pki.stores import read_certificates


def self_check(made):
    certificate = read(made)
    return is_signed_by(certificate, certificate.public_key)


def key_of(data):
    return read_public_key(der.read_element(data))


def pss(salt, mgf=None):
    return padding.PSS(padding.MGF1(mgf or hashes.SHA256()), salt)


MAKERS = {
    "RSA": lambda: rsa.generate_private_key(65537, 1024),
    "secp256r1": lambda: ec.generate_private_key(ec.SECP256R1()),
    "brainpoolP384r1": lambda: ec.generate_private_key(ec.BrainpoolP384R1()),
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
    "secp224r1": lambda: ec.generate_private_key(ec.SECP224R1()),
    "secp192r1": lambda: ec.generate_private_key(ec.SECP192R1()),
    "DSA": lambda: dsa.generate_private_key(1024),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_a_signature_by_the_key_is_valid_and_by_another_is_not(kind):
    made = read(mint(key=MAKERS[kind]()))
    assert is_signed_by(made, made.public_key).valid
    check = is_signed_by(made, key_of(spki(MAKERS[kind]())))
    assert (check.outcome, check.reason) == (SignatureOutcome.INVALID, "signature-does-not-match")


@pytest.mark.parametrize("kind", [ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey])
def test_edwards_curves(kind):
    key = kind.generate()
    made = mint(key=key)
    assert self_check(made).valid
    assert is_signed_by(read(made), key_of(spki(kind.generate()))).invalid


@pytest.mark.parametrize("hash_", [hashes.SHA224(), hashes.SHA384(), hashes.SHA512(), hashes.SHA3_256()])
def test_digests(hash_):
    assert self_check(mint(key=rsa_key(1024), hash_=hash_)).valid


@pytest.mark.parametrize("bits", [1024, 1025, 1031, 1032])
@pytest.mark.parametrize("salt", [0, 20, 32, padding.PSS.MAX_LENGTH])
def test_pss_for_key_sizes_around_a_whole_octet(bits, salt):
    key = rsa_key(bits)
    assert self_check(mint(key=key, hash_=hashes.SHA256(), padding=pss(salt))).valid


def test_pss_with_another_salt_length_than_stated_is_wrong():
    made = mint(key=rsa_key(1024), padding=pss(32))
    data = read(made).der
    assert data.count(b"\xa2\x03\x02\x01\x20") == 2
    certificate = read_certificate(data.replace(b"\xa2\x03\x02\x01\x20", b"\xa2\x03\x02\x01\x1f"))
    assert is_signed_by(certificate, certificate.public_key).invalid


@pytest.mark.parametrize("changed", [40, 200, -20, -1])
def test_one_flipped_bit_is_enough(changed):
    key = rsa_key(1024)
    for made in (mint(key=key), mint(key=key, padding=pss(32))):
        data = bytearray(read(made).der)
        data[changed] ^= 1
        certificate = read_certificate(bytes(data))
        assert not is_signed_by(certificate, key_of(spki(key))).valid


def test_the_recorded_chains_are_signed_link_by_link():
    for case in ("base-tls12", "pss-all-sent", "sig-md5-root-sent", "rsa-512-int", "rsa-768-root-sent", "ed448-int",
                 "ecdsa-root-brainpool256", "ecdsa-root-secp192r1", "dsa-2048-root", "chain-5-ints"):  # fmt: skip
        row = recorded.row("j17.0.9", case)
        chain = [stored.certificate for stored in read_certificates(recorded.chain(row) + b"\n" + recorded.trust(row))]
        for lower, upper in pairwise(chain):
            if lower.issuer == upper.subject and lower != upper:
                assert is_signed_by(lower, upper.public_key).valid, (case, lower)


def test_the_recorded_forgery_is_found():
    row = recorded.row("j17.0.9", "bad-signature-int")
    _, intermediate = (stored.certificate for stored in read_certificates(recorded.chain(row)))
    (root,) = (stored.certificate for stored in read_certificates(recorded.trust(row)))
    assert is_signed_by(intermediate, root.public_key).reason == "signature-does-not-match"


def small_rsa(bits, exponent=65537):
    """A key that cryptography would not make; primes found by Fermat's test are good enough here."""
    state = 12345

    def prime(size):
        nonlocal state
        while True:
            state = int.from_bytes(hashlib.sha512(state.to_bytes(64, "big")).digest(), "big")
            candidate = state % (1 << size) | 1 | 3 << (size - 2)
            if pow(2, candidate - 1, candidate) == 1 and (candidate - 1) % exponent:
                return candidate

    p, q = prime(bits // 2), prime(bits - bits // 2)
    return p * q, exponent, pow(exponent, -1, (p - 1) * (q - 1))


def signed_by_hand(numbers, digest_info_prefix):
    modulus, exponent, private = numbers
    size = (modulus.bit_length() + 7) // 8
    rsa_oid = bytes.fromhex("06092a864886f70d010101")
    public = tlv(0x30, *(tlv(0x02, b"\0" + n.to_bytes((n.bit_length() + 7) // 8, "big")) for n in (modulus, exponent)))
    key = tlv(0x30, tlv(0x30, rsa_oid, b"\5\0"), tlv(0x03, b"\0" + public))
    sha1_rsa = bytes.fromhex("300d06092a864886f70d0101050500")
    unsigned = read_certificate(handmade(key=key, algorithm=sha1_rsa))
    info = bytes.fromhex(digest_info_prefix) + hashlib.sha1(unsigned.tbs).digest()
    padded = b"\0\1" + b"\xff" * (size - len(info) - 3) + b"\0" + info
    value = pow(int.from_bytes(padded, "big"), private, modulus).to_bytes(size, "big")
    return read_certificate(tlv(0x30, unsigned.tbs, sha1_rsa, tlv(0x03, b"\0" + value)))


WITH_NULL = "3021300906052b0e03021a05000414"
WITHOUT_NULL = "301f300706052b0e03021a0414"


@pytest.mark.parametrize("bits", [512, 513, 768])
def test_keys_smaller_than_libraries_allow(bits):
    certificate = signed_by_hand(small_rsa(bits), WITH_NULL)
    assert certificate.public_key.bits in (bits, bits - 1)
    assert is_signed_by(certificate, certificate.public_key).valid


def test_a_digest_info_without_null_is_right_too():
    certificate = signed_by_hand(small_rsa(512), WITHOUT_NULL)
    assert is_signed_by(certificate, certificate.public_key).valid


def test_a_digest_info_of_another_digest_is_wrong():
    certificate = signed_by_hand(small_rsa(512), "3021300906052b0e03021b05000414")
    assert is_signed_by(certificate, certificate.public_key).invalid


def test_a_key_of_another_kind_cannot_have_signed():
    assert is_signed_by(read(mint()), key_of(spki(rsa_key(1024)))).reason == "key-of-another-kind"


@pytest.mark.parametrize(
    ("algorithm", "reason"),
    [
        ("300d06092a864886f70d0101020500", "digest-not-available"),  # MD2withRSA
        ("300506032a0304", "signature-algorithm-unknown"),
        ("300f06092a864886f70d01010a3002a000", "signature-parameters-unreadable"),
    ],
)
def test_what_is_not_implemented_is_told_not_raised(algorithm, reason):
    certificate = read_certificate(handmade(algorithm=bytes.fromhex(algorithm)))
    check = is_signed_by(certificate, key_of(spki(rsa_key(1024))))
    assert (check.outcome, check.reason) == (SignatureOutcome.UNSUPPORTED, reason)


def test_a_curve_that_is_not_implemented_is_told_not_raised(openssl):
    pem = openssl("ecparam", "-name", "prime239v1", "-genkey", "-noout")
    made = openssl("req", "-x509", "-new", "-key", "/dev/stdin", "-subj", "/CN=odd", stdin=pem)
    (stored,) = read_certificates(made)
    check = is_signed_by(stored.certificate, stored.certificate.public_key)
    assert (check.outcome, check.reason) == (SignatureOutcome.UNSUPPORTED, "curve-not-available")


def test_a_hostile_key_costs_nothing():
    huge = tlv(0x30, *(tlv(0x02, b"\0" + b"\xff" * 3000) for _ in range(2)))
    key = tlv(0x30, tlv(0x30, bytes.fromhex("06092a864886f70d010101"), b"\5\0"), tlv(0x03, b"\0" + huge))
    certificate = read_certificate(handmade(key=key, algorithm=bytes.fromhex("300d06092a864886f70d01010b0500")))
    assert is_signed_by(certificate, certificate.public_key).reason == "rsa-key-too-large"


def test_the_restriction_of_a_pss_key_binds(openssl, restricted_pss_key):
    made = openssl("req", "-x509", "-new", "-key", restricted_pss_key, "-subj", "/CN=pss", "-sha256")
    (stored,) = read_certificates(made)
    certificate = stored.certificate
    assert certificate.public_key.algorithm == "RSASSA-PSS"
    assert is_signed_by(certificate, certificate.public_key).valid
    other = read(mint(key=rsa_key(1024), padding=pss(20)))
    assert is_signed_by(other, certificate.public_key).reason == "pss-parameters-not-of-key"
    plain = read(mint(key=rsa_key(1024)))
    assert is_signed_by(plain, certificate.public_key).reason == "key-of-another-kind"


def test_a_plain_and_a_pss_signature_by_cryptography_agree_with_its_own_check():
    for options in ({}, {"padding": pss(20)}):
        made = mint(key=rsa_key(), **options)
        load_der_x509_certificate(read(made).der).verify_directly_issued_by(made)
        assert self_check(made).valid
