"""Host names against patterns at random, matched by this machine's own OpenSSL and by our rule for s_client."""

import re
import shutil
import subprocess
from random import Random

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.pki.minting import mint, name, read
from tlswhy.pki.names import match_host

LABELS = ("a", "web1", "xn--e1a", "b-c", "web", "-x", "x_y", "")
STARS = ("*", "w*", "*1", "w*1", "**", "xn--*", "*b-c", "web1*", "-*", "*-")
COUNT = 60


def text(dice: Random, *, star: bool) -> str:
    labels = [dice.choice(LABELS) for _ in range(dice.choice((1, 2, 3, 3, 4)))]
    if star and dice.random() < 0.8:
        labels[dice.choice((0, 0, 0, -1))] = dice.choice(STARS)
    return ".".join([*labels, *dice.choice(((), ("example", "test"), ("test",), ("test", "")))])


@pytest.mark.timeout(120)
def test_names_are_matched_as_by_the_machine_s_openssl(tmp_path):
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    dice, matched, differing = Random(5), 0, []
    for number in range(COUNT):
        pattern = text(dice, star=True)
        fitting = pattern.replace("*", dice.choice(("", "a", "eb", "1", "xn--a")))
        host = fitting if number % 2 else text(dice, star=False)
        if not host or not pattern or host[0] in "-.":  # a dot in front means a whole domain to OpenSSL
            continue
        made = mint(name("x"), dns=[pattern])
        (tmp_path / "leaf.pem").write_bytes(made.public_bytes(Encoding.PEM))
        command = [program, "x509", "-in", tmp_path / "leaf.pem", "-noout", "-checkhost", host]
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout
        theirs = re.search("does match", said) is not None
        matched += theirs
        if match_host(host, read(made), "openssl-s_client").matched != theirs:
            differing.append((pattern, host, theirs))
    assert differing == [], differing
    assert matched > COUNT / 10
