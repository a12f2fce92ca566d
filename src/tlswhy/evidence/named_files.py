"""Files that a configuration names, and which of the evidence they are.

Owns that join, by the files' names: a server's certificates, and the group of its Diffie-Hellman. A file that is named
and not at hand leaves what it would tell unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tlswhy.evidence.beside import same_file
from tlswhy.evidence.types import FileKind, NamedFile, ServerConfiguration, ShownCertificates, ShownDhParameters

PARAMETERS_FIRST = "haproxy"
"""Its certificate's own parameters go before those of ssl-dh-param-file (ssl_sock_load_dh_params); elsewhere a file of
parameters goes before those behind the certificate (mod_ssl: SSLOpenSSLConfCmd comes last). nginx reads no others."""
WITHOUT_PARAMETERS = "nginx"


def with_named_group(configuration: ServerConfiguration, shown: Sequence[ShownDhParameters]) -> ServerConfiguration:
    """The configuration with the size of the group in the file that it names, where that is at hand."""
    named = [each for each in configuration.files if each.kind is FileKind.DH_PARAMETERS]
    beside = [each for each in configuration.files if each.kind is FileKind.CERTIFICATES]
    if configuration.platform == WITHOUT_PARAMETERS:
        beside = []
    ordered = [*beside, *named] if configuration.platform == PARAMETERS_FIRST else [*named, *beside]
    for file in ordered:
        found = [each for each in shown if same_file(file.path, each.item)]
        if len(found) == 1:
            where = {**configuration.where, "dh": found[0].where}
            settings = replace(configuration.settings, dh=found[0].group)
            return replace(configuration, settings=settings, where=where)
        if file in named:
            break  # it decides, and is not at hand
    return configuration


def served_by(
    configuration: ServerConfiguration, served: Sequence[ShownCertificates]
) -> tuple[ShownCertificates, ...] | None:
    """The certificates that the configuration names, one for each of its keys; None where it names none at hand."""
    named = [each for each in configuration.files if each.kind is FileKind.CERTIFICATES]
    above = [each for each in configuration.files if each.kind is FileKind.CHAIN]
    found = [shown for file in named if (shown := _only(file, served)) is not None]
    chains = [shown for file in above if (shown := _only(file, served)) is not None]
    if not found:
        return None
    return tuple(_joined(shown, chains) for shown in found)


def _only(file: NamedFile, served: Sequence[ShownCertificates]) -> ShownCertificates | None:
    found = [shown for shown in served if same_file(file.path, shown.item)]
    return found[0] if len(found) == 1 else None


def _joined(leaf: ShownCertificates, above: Sequence[ShownCertificates]) -> ShownCertificates:
    """SSLCertificateFile and SSLCertificateChainFile: one chain."""
    ders = (*leaf.ders, *(der for shown in above for der in shown.ders))
    where = (*leaf.where, *(place for shown in above for place in shown.where))
    return replace(leaf, ders=ders, where=where)
