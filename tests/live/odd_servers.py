"""openssl s_server set up in odd ways: versions, groups, sizes, suites, keys and signatures that clients mind.

Owns the certificates, the settings and the processes, on loopback. What a client makes of them is for the tests.
"""

import re
import subprocess
import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

HOST = "gadgets.example.test"
EVERY_SUITE = "ALL:COMPLEMENTOFALL"
RSA, EC = "-algorithm RSA -pkeyopt rsa_keygen_bits:", "-algorithm EC -pkeyopt ec_paramgen_curve:"
LEAVES = {  # name: what openssl genpkey makes, what openssl x509 signs with
    "rsa": (f"{RSA}2048", "-sha256"),
    "rsa-1024": (f"{RSA}1024", "-sha256"),
    "rsa-sha1": (f"{RSA}2048", "-sha1"),
    "rsa-md5": (f"{RSA}2048", "-md5"),
    "rsa-sha224": (f"{RSA}2048", "-sha224"),
    "rsa-sha512": (f"{RSA}2048", "-sha512"),
    "rsa-sha512-256": (f"{RSA}2048", "-sha512-256"),
    "rsa-signed-pss": (f"{RSA}2048", "-sha256 -sigopt rsa_padding_mode:pss"),
    "rsa-pss": ("-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048", "-sha256"),
    "p256": (f"{EC}P-256", "-sha256"),
    "p521": (f"{EC}P-521", "-sha256"),
    "p224": (f"{EC}secp224r1", "-sha256"),
    "secp256k1": (f"{EC}secp256k1", "-sha256"),
    "brainpool256": (f"{EC}brainpoolP256r1", "-sha256"),
    "sect283": (f"{EC}sect283r1", "-sha256"),
    "ed25519": ("-algorithm ED25519", "-sha256"),
    "ed448": ("-algorithm ED448", "-sha256"),
    "dsa": ("DSA 2048", "-sha256"),
    "dsa-1024": ("DSA 1024", "-sha1"),
}
CHAINS = (3, 9, 10)
"""Intermediates between a leaf and its root: "chain-9"."""
DH_SIZES = (512, 768, 1016, 1024, 1032, 2048, 4096, 8192)
CURVES = ("X25519", "X448", "P-256", "P-521", "brainpoolP256r1", "secp256k1", "secp224r1", "sect283r1", "prime192v1")
SUITES = (
    "AES256-GCM-SHA384",
    "AES128-SHA",
    "ECDHE-RSA-CAMELLIA256-SHA384",
    "ECDHE-ARIA256-GCM-SHA384",
    "AES256-CCM",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "DHE-RSA-AES256-SHA",
    "ADH-AES256-SHA",
    "NULL-SHA256",
    "ECDHE-RSA-AES128-SHA256",
)
SIGNATURES = ("RSA+SHA1", "RSA+SHA224", "RSA+SHA512", "RSA-PSS+SHA256", "ECDSA+SHA1", "ECDSA+SHA224", "ECDSA+SHA512")


@dataclass(frozen=True)
class Setup:
    """``certificate``: of LEAVES or CHAINS; ``arguments``: s_server's own."""

    name: str
    certificate: str
    cipher: str
    arguments: tuple[str, ...]


def setups() -> Iterator[Setup]:
    """Every odd server, one fact at a time."""
    for version in ("tls1", "tls1_1", "tls1_2", "tls1_3"):
        yield Setup(f"{version} rsa", "rsa", EVERY_SUITE, (f"-{version}",))
        yield Setup(f"{version} p256", "p256", EVERY_SUITE, (f"-{version}",))
    for bits in DH_SIZES:
        yield Setup(f"dhe {bits}", "rsa", "kDHE", ("-tls1_2", "-dhparam", f"dh-{bits}.pem"))
    yield Setup("dhe 2048 tls1", "rsa", "kDHE", ("-tls1", "-dhparam", "dh-2048.pem"))
    yield Setup("dhe dss", "dsa", "aDSS", ("-tls1_2", "-dhparam", "dh-2048.pem"))
    yield Setup("dhe sha1", "rsa", "kDHE", ("-tls1_2", "-dhparam", "dh-2048.pem", "-sigalgs", "RSA+SHA1"))
    for curve in CURVES:
        yield Setup(f"ecdhe {curve}", "rsa", "kECDHE", ("-tls1_2", "-curves", curve))
    for group in ("X448", "P-521", "ffdhe2048", "ffdhe8192"):
        yield Setup(f"tls1_3 {group}", "rsa", EVERY_SUITE, ("-tls1_3", "-curves", group))
    for leaf in (*LEAVES, *(f"chain-{count}" for count in CHAINS)):
        above = ("-cert_chain", f"{leaf}.above.pem") if leaf.startswith("chain") else ()
        for version in ("tls1", "tls1_2", "tls1_3"):
            yield Setup(f"leaf {leaf} {version}", leaf, EVERY_SUITE, (f"-{version}", *above))
    for suite in SUITES:
        yield Setup(f"suite {suite}", "rsa", suite, ("-tls1_2", "-dhparam", "dh-2048.pem"))
    yield Setup("suite ECDHE-ECDSA-AES128-SHA", "p256", "ECDHE-ECDSA-AES128-SHA", ("-tls1_2",))
    for scheme in SIGNATURES:
        leaf = "p256" if scheme.startswith("ECDSA") else "rsa"
        yield Setup(f"signs {scheme}", leaf, "kECDHE", ("-tls1_2", "-sigalgs", scheme))
    yield Setup("tls1_3 ccm", "rsa", EVERY_SUITE, ("-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"))
    for version in ("tls1_2", "tls1_3"):
        yield Setup(f"demands a certificate {version}", "rsa", EVERY_SUITE, (f"-{version}", "-Verify", "1"))
        yield Setup(f"asks for a certificate {version}", "rsa", EVERY_SUITE, (f"-{version}", "-verify", "1"))


class Workshop:
    """Keys, certificates and parameters in a folder, made when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._keys: dict[str, bytes] = {}
        (folder / "leaf.ext").write_text(f"basicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:{HOST}\n")
        (folder / "ca.ext").write_text("basicConstraints=critical,CA:TRUE\n")
        self._run(f"openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -subj /CN=root {CA_DAYS}")

    @cached_property
    def root(self) -> bytes:
        """The one trusted certificate, as DER."""
        return x509.load_pem_x509_certificate((self.folder / "root.pem").read_bytes()).public_bytes(Encoding.DER)

    @property
    def trust(self) -> str:
        """The same in base64, as JavaClient takes it."""
        return b64encode(self.root).decode()

    def make_certificate(self, name: str) -> None:
        if (self.folder / f"{name}.pem").exists():
            return
        if name in LEAVES:
            self._issue(name, *LEAVES[name], issuer="root", extensions="leaf.ext")
            return
        count, issuer, above = int(name.removeprefix("chain-")), "root", b""
        for number in range(count):
            ca = f"{name}-ca-{number}"
            self._issue(ca, f"{RSA}2048", "-sha256", issuer=issuer, extensions="ca.ext")
            above, issuer = (self.folder / f"{ca}.pem").read_bytes() + above, ca
        self._issue(name, f"{RSA}2048", "-sha256", issuer=issuer, extensions="leaf.ext")
        (self.folder / f"{name}.above.pem").write_bytes(above)

    def make_group(self, bits: int) -> None:
        """Named groups where there are any: others of a size are slow to find, so that they are -dsaparam ones."""
        if (self.folder / f"dh-{bits}.pem").exists():
            return
        named = bits in (2048, 4096, 8192)
        make = f"genpkey -genparam -algorithm DH -pkeyopt group:ffdhe{bits}" if named else "dhparam -dsaparam"
        self._run(f"openssl {make} -out dh-{bits}.pem {'' if named else bits}")

    def _issue(self, name: str, key: str, signing: str, *, issuer: str, extensions: str) -> None:
        if key not in self._keys:
            make = "dsaparam -genkey -noout -out {} {}" if key.startswith("DSA") else "genpkey -out {} {}"
            self._run("openssl " + make.format(f"{name}.key", key.removeprefix("DSA ")))
            self._keys[key] = (self.folder / f"{name}.key").read_bytes()
        (self.folder / f"{name}.key").write_bytes(self._keys[key])
        self._run(f"openssl req -new -key {name}.key -subj /CN={name} -out {name}.csr")
        self._run(
            f"openssl x509 -req -in {name}.csr {signing} -CA {issuer}.pem -CAkey {issuer}.key -days 3"
            f" -extfile {extensions} -out {name}.pem"
        )

    def _run(self, command: str) -> None:
        subprocess.run(command.split(), cwd=self.folder, check=True, capture_output=True, timeout=60)


CA_DAYS = "-days 3"


class Server:
    """One s_server that answers GET; ``port`` is None where this openssl can't be set up so."""

    def __init__(self, setup: Setup, workshop: Workshop) -> None:
        self.setup = setup
        workshop.make_certificate(setup.certificate)
        for argument in setup.arguments:
            if size := re.fullmatch(r"dh-(\d+)\.pem", argument):
                workshop.make_group(int(size[1]))
        arguments = ["-cipher", f"{setup.cipher}:@SECLEVEL=0", "-www", "-keylogfile", "keys.txt", *setup.arguments]
        certificate = ["-cert", f"{setup.certificate}.pem", "-key", f"{setup.certificate}.key"]
        self._process = subprocess.Popen(
            ["openssl", "s_server", "-accept", "127.0.0.1:0", *certificate, *arguments],
            cwd=workshop.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._drain: threading.Thread | None = None
        self.port = self._listening()

    def stop(self) -> None:
        """End the process."""
        with self._process as process:
            process.kill()
            if self._drain is not None:
                self._drain.join()

    def _listening(self) -> int | None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.match(r"ACCEPT .*:(\d+)", line):
                self._drain = threading.Thread(target=self._process.stdout.read, daemon=True)
                self._drain.start()
                return int(found[1])
        return None
