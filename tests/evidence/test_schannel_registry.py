"""Exports of Schannel's registry keys: protocols, lists, releases."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlswhy.errors import BadEvidence, TlswhyError
from tlswhy.evidence import schannel_registry
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ServerConfiguration
from tlswhy.model.settings import DhGroup, Order, Switches
from tlswhy.oddity import Oddity
from tlswhy.server.schannel import words_of
from tlswhy.server.software import load_software, software_ids
from tlswhy.source import source_of_bytes
from tlswhy.unseen import UNSEEN
from tlswhy.wire.numbers import suite, suite_numbers

SCHANNEL = r"[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols"
POLICY = r"[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002]"
LOCAL = r"[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002]"
HEAD = "Windows Registry Editor Version 5.00\n\n"


def protocol(name: str, *, on: bool) -> str:
    return f'{SCHANNEL}\\{name}\\Server]\n"Enabled"=dword:{on:08x}\n"DisabledByDefault"=dword:{not on:08x}\n\n'


def strings(name: str, *values: str) -> str:
    digits = [f"{byte:02x}" for byte in ("\0".join(values) + "\0\0").encode("utf-16-le")]
    rows = [",".join(digits[start : start + 25]) for start in range(0, len(digits), 25)]
    return f'"{name}"=hex(7):' + ",\\\n  ".join(rows) + "\n"


def read(text: str) -> tuple[ServerConfiguration, list[Oddity]]:
    found, *oddities = read_evidence(source_of_bytes("tls.reg", text.encode("utf-16")))
    assert isinstance(found, ServerConfiguration)
    return found, [each for each in oddities if isinstance(each, Oddity)]


def test_all_protocols_told():
    names = {"TLS 1.0": False, "TLS 1.1": False, "TLS 1.2": True, "TLS 1.3": True}
    found, _ = read(HEAD + "".join(protocol(name, on=on) for name, on in names.items()))
    assert found.settings.versions == (0x0304, 0x0303)
    assert found.where["versions"].place == "line 4"
    assert found.platform is None


def test_what_the_release_decides_is_open():
    text = (
        HEAD + protocol("TLS 1.0", on=False) + protocol("TLS 9.9", on=True) + f"{POLICY}\n" + '"EccCurves"="nothing"\n'
    )
    text += '[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n"CurrentBuild"="17763"\n'
    found, oddities = read(text)
    assert (found.settings.versions, found.settings.groups, found.platform) == (UNSEEN, UNSEEN, "windows-2019")
    assert [odd.facts["name"] for odd in oddities] == ["TLS 9.9"]


def test_a_policy_wins_over_the_local_list():
    local = (
        f"{LOCAL}\n"
        + strings("Functions", "TLS_RSA_WITH_AES_128_CBC_SHA")
        + strings("EccCurves", "curve25519", "NistP384")
    )
    policy = f'{POLICY}\n"Functions"="TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256_P256,NO_SUITE"\n'
    found, oddities = read(HEAD + policy + local)
    assert (found.settings.suites, found.settings.order) == ((0xC02F,), Order.SERVER)
    assert found.settings.groups == (29, 24)
    assert [(odd.what, odd.place) for odd in oddities] == [("configuration-suite-unknown", "line 4")]
    assert read(HEAD + local)[0].settings.suites == (0x002F,)


BELOW = SCHANNEL.removesuffix("\\Protocols")


def below(key: str, **values: int) -> str:
    return f"{BELOW}\\{key}]\n" + "".join(f'"{name}"=dword:{value:08x}\n' for name, value in values.items())


def build(number: str) -> str:
    return f'[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n"CurrentBuild"="{number}"\n'


def test_versions_are_switches_where_others_are_as_the_release_has_them():
    found, _ = read(HEAD + protocol("TLS 1.0", on=False) + protocol("TLS 1.2", on=True))
    assert (found.settings.versions, found.settings.software) == (UNSEEN, "schannel")
    assert found.settings.switches.versions == ((0x0303, True), (0x0301, False))
    assert found.where["versions"].place == "line 4"


def test_disabled_by_default_is_off():
    assert read(HEAD + below("Protocols\\TLS 1.1\\Server", DisabledByDefault=1))[0].settings.switches.versions == (
        (0x0302, False),
    )
    both = below("Protocols\\TLS 1.1\\Server", Enabled=0xFFFFFFFF, DisabledByDefault=0)
    assert read(HEAD + both)[0].settings.switches.versions == ((0x0302, True),)
    assert (
        read(HEAD + below("Protocols\\TLS 1.1\\Client", Enabled=0) + build("20348"))[0].settings.switches == Switches()
    )


def test_the_size_of_diffie_hellman():
    found, _ = read(HEAD + below("KeyExchangeAlgorithms\\Diffie-Hellman", ServerMinKeyBitLength=0x1000))
    assert (found.settings.dh, found.where["dh"].place) == (DhGroup(4096), "line 4")
    strange = below("KeyExchangeAlgorithms\\Diffie-Hellman", ServerMinKeyBitLength=7, ClientMinKeyBitLength=1024)
    assert read(HEAD + strange + build("14393"))[0].settings.dh is UNSEEN


def test_what_is_switched_off_for_all_suites():
    text = HEAD + below("Ciphers\\RC4 128/128", Enabled=0) + below("Ciphers\\Triple DES 168", Enabled=0)
    text += below("KeyExchangeAlgorithms\\Diffie-Hellman", Enabled=0) + below(
        "Ciphers\\AES 128/128", Enabled=0xFFFFFFFF
    )
    text += below("Hashes\\MD5", Enabled=0) + below("KeyExchangeAlgorithms\\PKCS", Enabled=1)
    found, _ = read(text)
    assert found.settings.switches.off == {"RC4_128", "3DES_EDE", "DHE", "MD5"}
    assert found.where["suites"].place == "line 4"


def test_a_list_of_old_windows_brings_its_curves():
    policy = (
        f'{POLICY}\n"Functions"="TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA_P384,TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA_P256"\n'
    )
    curves = f'{POLICY}\n"EccCurves"="NistP256"\n'
    old, new = (read(HEAD + policy + curves + build(number))[0].settings for number in ("9600", "14393"))
    assert (old.groups, old.software) == ((24, 23), "schannel/2012r2")
    assert (new.groups, new.software) == ((23,), "schannel/2016")


def test_which_releases_bring_curves_in_names():
    known = {name.removeprefix("schannel/") for name in software_ids() if name.startswith("schannel/")}
    assert {name for name in known if load_software(f"schannel/{name}").behaviour["curves_in_names"]} == set(
        schannel_registry.BEFORE_WINDOWS_10
    )
    assert {f"windows-{name}" for name in known} == set(schannel_registry.BUILDS.values())


def test_what_each_switch_is_called_is_what_suites_are_made_of():
    numbers = (*suite_numbers(), 0x0064)  # TLS_RSA_EXPORT1024_WITH_RC4_56_SHA is in no registry
    known = {word for found in map(suite, numbers) if found is not None for word in words_of(found)}
    assert set(schannel_registry.WORDS.values()) <= known


def test_an_export_of_something_else():
    other = f"{HEAD}[HKEY_LOCAL_MACHINE\\SOFTWARE\\X]\n"
    assert schannel_registry.likelihood(other.encode()) == 0
    with pytest.raises(BadEvidence) as raised:
        list(schannel_registry.read(source_of_bytes("x", other.encode())))
    assert raised.value.code == "configuration-without-tls"


PIECES = [
    SCHANNEL,
    POLICY,
    LOCAL,
    "\n",
    "]",
    "\\TLS 1.2\\Server]",
    '"Functions"=',
    "hex(7):",
    "41,00,\\",
    '"Enabled"=',
    "dword:",
]


@given(st.lists(st.sampled_from(PIECES)))
def test_anything_in_only_refusals_out(pieces: list[str]):
    with suppress(TlswhyError):
        list(schannel_registry.read(source_of_bytes("x", "".join(pieces).encode())))


def test_a_policy_of_an_old_release_without_curves():
    names = "TLS_DHE_RSA_WITH_AES_256_CBC_SHA,TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"
    key = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
    build = r"[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]" + '\n"CurrentBuild"="{build}"\n'
    text = f'Windows Registry Editor Version 5.00\n\n{build}[{key}]\n"Functions"="{names},"\n'
    found, odd = read_evidence(source_of_bytes("a.reg", text.replace("{build}", "9600").encode("utf-16")))
    assert (odd.what, odd.facts) == ("suites-without-curve", {"suites": "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"})
    assert found.curveless == {0xC014}
    (found,) = read_evidence(source_of_bytes("a.reg", text.replace("{build}", "14393").encode()))
    assert found.settings.suites == (0x0039, 0xC014)
