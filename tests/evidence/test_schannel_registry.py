"""Exports of Schannel's registry keys: protocols, lists, releases."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlswhy.errors import BadEvidence, TlswhyError
from tlswhy.evidence import schannel_registry
from tlswhy.evidence.read import read_evidence
from tlswhy.evidence.types import ServerConfiguration
from tlswhy.model.settings import Order
from tlswhy.oddity import Oddity
from tlswhy.source import source_of_bytes
from tlswhy.unseen import UNSEEN

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
