import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ed448, ed25519, x25519

from tests.pki.minting import ec_key, rsa_key, spki, tlv
from tlswhy.pki import der
from tlswhy.pki.keys import (
    PssParameters,
    inherit_parameters,
    lacks_parameters,
    read_public_key,
    read_signature_algorithm,
    rsa_numbers,
)


def key_of(data):
    return read_public_key(der.read_element(data))


def algorithm_of(data):
    return read_signature_algorithm(der.read_element(data))


def oid(content):
    return tlv(0x06, bytes.fromhex(content))


SHA256, MGF1, PSS = "608648016503040201", "2a864886f70d010108", "2a864886f70d01010a"


@pytest.mark.parametrize(
    ("key", "algorithm", "bits", "curve"),
    [
        (rsa_key(1024), "RSA", 1024, None),
        (ec_key(), "EC", 256, "secp256r1"),
        (ec_key("secp384r1"), "EC", 384, "secp384r1"),
        (dsa.generate_private_key(1024), "DSA", 1024, None),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519", 255, None),
        (ed448.Ed448PrivateKey.generate(), "Ed448", 448, None),
        (x25519.X25519PrivateKey.generate(), "X25519", 255, None),
    ],
)
def test_kind_and_size_of_a_key(key, algorithm, bits, curve):
    found = key_of(spki(key))
    assert (found.algorithm, found.bits, found.curve) == (algorithm, bits, curve)
    assert found.spki == spki(key)
    assert found.family == algorithm


def test_the_numbers_of_an_rsa_key():
    numbers = rsa_key().public_key().public_numbers()
    assert rsa_numbers(key_of(spki(rsa_key()))) == (numbers.n, numbers.e)


def test_a_dsa_key_without_parameters_has_its_issuers():
    full = key_of(spki(dsa.generate_private_key(1024)))
    algorithm, bits = der.read_element(full.spki).children()
    bare = key_of(tlv(0x30, tlv(0x30, algorithm.first().raw), bits.raw))
    assert (bare.bits, lacks_parameters(bare), lacks_parameters(full)) == (None, True, False)
    assert inherit_parameters(bare, full) == full
    assert inherit_parameters(full, bare) is full
    rsa = key_of(spki(rsa_key()))
    assert inherit_parameters(bare, rsa) is inherit_parameters(bare, bare) is bare
    assert not lacks_parameters(rsa)


def test_an_unknown_curve_is_its_oid_and_an_unknown_key_too():
    point = tlv(0x03, b"\0\x04" + bytes(64))
    curve = key_of(tlv(0x30, tlv(0x30, oid("2a8648ce3d0201"), oid("2a0304")), point))
    assert (curve.curve, curve.bits) == ("1.2.3.4", None)
    assert key_of(tlv(0x30, tlv(0x30, oid("2a0304")), point)).algorithm == "1.2.3.4"


@pytest.mark.parametrize("curve", ["brainpoolP256r1", "secp192r1", "X9.62 prime239v1", "sect283k1"])
def test_curves_are_named_as_the_jdk_names_them(curve, openssl):
    known = {"secp192r1": "prime192v1", "X9.62 prime239v1": "prime239v1"}.get(curve, curve)
    data = openssl("ecparam", "-name", known, "-genkey", "-noout", "-outform", "DER")
    public = openssl("ec", "-inform", "DER", "-pubout", "-outform", "DER", stdin=data)
    assert key_of(public).curve == curve


def test_explicit_curve_parameters_are_said_so(openssl):
    data = openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-param_enc", "explicit", "-outform", "DER")
    public = openssl("ec", "-inform", "DER", "-pubout", "-outform", "DER", stdin=data)
    assert (key_of(public).curve, key_of(public).bits) == ("explicit", 256)


def test_a_key_that_cannot_be_read_has_no_size():
    broken = tlv(0x30, tlv(0x30, oid("2a864886f70d010101"), b"\5\0"), tlv(0x03, b"\0junk"))
    assert (key_of(broken).algorithm, key_of(broken).bits) == ("RSA", None)


@pytest.mark.parametrize(
    ("content", "name", "key", "digest"),
    [
        ("2a864886f70d01010b", "SHA256withRSA", "RSA", "SHA-256"),
        ("2a864886f70d010104", "MD5withRSA", "RSA", "MD5"),
        ("2a864886f70d010102", "MD2withRSA", "RSA", "MD2"),
        ("2a8648ce380403", "SHA1withDSA", "DSA", "SHA-1"),
        ("2a8648ce3d040303", "SHA384withECDSA", "EC", "SHA-384"),
        ("2b6570", "Ed25519", "Ed25519", None),
        ("2a0304", "1.2.3.4", None, None),
    ],
)
def test_signature_algorithms_by_their_java_name(content, name, key, digest):
    found = algorithm_of(tlv(0x30, oid(content), b"\5\0"))
    assert (found.name, found.key, found.digest, found.pss) == (name, key, digest, None)


@pytest.mark.parametrize("parameters", [b"", tlv(0x30)], ids=["absent", "empty"])
def test_pss_without_parameters_is_sha_1_with_a_salt_of_twenty(parameters):
    found = algorithm_of(tlv(0x30, oid(PSS), parameters))
    assert found.pss == PssParameters("SHA-1", "MGF1", "SHA-1", 20, 1)
    assert (found.name, found.digest, found.readable) == ("RSASSA-PSS", "SHA-1", True)


def test_pss_parameters_are_read_one_by_one():
    sha256 = tlv(0x30, oid(SHA256), b"\5\0")
    full = tlv(
        0x30,
        tlv(0xA0, sha256),
        tlv(0xA1, tlv(0x30, oid(MGF1), sha256)),
        tlv(0xA2, b"\x02\x01\x20"),
        tlv(0xA3, b"\x02\x01\x02"),
    )
    assert algorithm_of(tlv(0x30, oid(PSS), full)).pss == PssParameters("SHA-256", "MGF1", "SHA-256", 32, 2)
    only_hash = algorithm_of(tlv(0x30, oid(PSS), tlv(0x30, tlv(0xA0, sha256)))).pss
    assert only_hash == PssParameters("SHA-256", "MGF1", "SHA-1", 20, 1)


def test_pss_parameters_that_cannot_be_read_are_said_so():
    assert not algorithm_of(tlv(0x30, oid(PSS), tlv(0x30, tlv(0xA0, b"\x02\x01\x01")))).readable


def test_the_restriction_of_a_pss_key(openssl, restricted_pss_key):
    found = key_of(openssl("pkey", "-in", restricted_pss_key, "-pubout", "-outform", "DER"))
    assert (found.algorithm, found.family, found.bits) == ("RSASSA-PSS", "RSA", 1024)
    assert found.pss == PssParameters("SHA-256", "MGF1", "SHA-256", 32, 1)
