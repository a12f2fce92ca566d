"""The programs that make real keys and stores for this room's tests; where one is missing, its tests are skipped."""

import shutil
import subprocess
from pathlib import Path

import pytest


def runner(program):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")

    def run(*arguments, stdin=b""):
        done = subprocess.run([program, *arguments], input=stdin, capture_output=True, check=True, timeout=60)
        return done.stdout

    return run


@pytest.fixture(scope="session")
def openssl():
    """Runs openssl, gives what it prints."""
    return runner("openssl")


@pytest.fixture(scope="session")
def keytool():
    """Runs keytool of whatever JDK is here."""
    return runner("keytool")


@pytest.fixture(scope="session")
def kept() -> Path:
    """Stores written by keytool 17 and openssl 3.0 (`root.der` in each of them; passwords changeit and sesame)."""
    return Path(__file__).parent / "stores"


@pytest.fixture(scope="session")
def restricted_pss_key(openssl, tmp_path_factory) -> str:
    """The path of an id-RSASSA-PSS key that only signs with SHA-256, MGF1 with SHA-256 and a salt of 32 or more."""
    path = str(tmp_path_factory.mktemp("keys") / "pss.pem")
    wanted = ("rsa_keygen_bits:1024", "rsa_pss_keygen_md:sha256", "rsa_pss_keygen_mgf1_md:sha256")
    options = [word for option in (*wanted, "rsa_pss_keygen_saltlen:32") for word in ("-pkeyopt", option)]
    openssl("genpkey", "-algorithm", "RSA-PSS", *options, "-out", path)
    return path
