"""Files that a configuration names, found among the evidence."""

import pytest

from tlswhy.evidence.named_files import served_by, with_named_group
from tlswhy.evidence.types import (
    FileKind,
    NamedFile,
    Role,
    ServerConfiguration,
    ShownCertificates,
    ShownDhParameters,
)
from tlswhy.model.settings import DhGroup, ServerSettings
from tlswhy.model.where import line
from tlswhy.unseen import UNSEEN

CERTIFICATES, CHAIN, PARAMETERS = FileKind.CERTIFICATES, FileKind.CHAIN, FileKind.DH_PARAMETERS


def naming(platform: str = "apache", **files: FileKind) -> ServerConfiguration:
    named = (NamedFile(kind, f"/etc/ssl/{name}.pem", line("conf", 1)) for name, kind in files.items())
    return ServerConfiguration("conf", platform, ServerSettings(), (), {}, tuple(named))


def group(name: str, bits: int) -> ShownDhParameters:
    return ShownDhParameters(f"evidence/{name}.pem", DhGroup(bits), line(name, 7))


def shown(name: str, *ders: bytes) -> ShownCertificates:
    return ShownCertificates(f"evidence/{name}.pem", Role.SERVED, ders, tuple(line(name, 1) for _ in ders))


def test_the_group_of_the_file_that_is_named():
    found = with_named_group(naming(dh=PARAMETERS), [group("dh", 1024), group("other", 2048)])
    assert (found.settings.dh, found.where["dh"]) == (DhGroup(1024), line("dh", 7))
    assert with_named_group(naming(dh=PARAMETERS), [group("other", 2048)]).settings.dh is UNSEEN
    assert with_named_group(naming(dh=PARAMETERS), [group("dh", 1024), group("dh", 2048)]).settings.dh is UNSEEN


@pytest.mark.parametrize(
    ("platform", "bits"),
    [("apache", 1024), ("haproxy", 2048), ("nginx", 1024)],
)
def test_whose_group_counts_where_the_certificates_have_one_too(platform: str, bits: int):
    both = naming(platform, site=CERTIFICATES, dh=PARAMETERS)
    assert with_named_group(both, [group("site", 2048), group("dh", 1024)]).settings.dh == DhGroup(bits)
    alone = with_named_group(naming(platform, site=CERTIFICATES), [group("site", 2048)]).settings.dh
    assert alone == (UNSEEN if platform == "nginx" else DhGroup(2048))


def test_a_file_that_decides_and_is_not_at_hand_leaves_it_open():
    assert with_named_group(naming(site=CERTIFICATES, dh=PARAMETERS), [group("site", 2048)]).settings.dh is UNSEEN


def test_the_certificates_that_are_named():
    files = [shown("leaf", b"1"), shown("above", b"2", b"3"), shown("another", b"9")]
    (found,) = served_by(naming(leaf=CERTIFICATES, above=CHAIN), files) or ()
    assert found.ders == (b"1", b"2", b"3")
    assert len(found.where) == 3
    assert served_by(naming(nowhere=CERTIFICATES), files) is None
    assert [each.ders for each in served_by(naming(leaf=CERTIFICATES, another=CERTIFICATES), files) or ()] == [
        *((b"1",), (b"9",))
    ]
