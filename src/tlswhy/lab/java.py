"""The Java of this machine before the lab's servers: which one it is, and whether it gets in. A shell.

Owns the Java program that connects (``data/lab/Connect.java``) and its lines. Judges nothing.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tlswhy.client.overrides import read_override
from tlswhy.client.profiles import ClientSet, load_client
from tlswhy.errors import BadRequest
from tlswhy.evidence import java_security
from tlswhy.evidence.java_version import runtime_of
from tlswhy.evidence.types import SecurityProperties
from tlswhy.frozen import frozen
from tlswhy.gather.files import open_file
from tlswhy.lab.servers import Running
from tlswhy.tables import DATA

CONNECT = DATA / "lab" / "Connect.java"
OLDEST = 17
"""Which runs Connect.java from its source and knows all of it."""
LONGEST_S = 120
_HOME = re.compile(r"java\.home = (.+)")
_VERSION = re.compile(r"java\.specification\.version = (?:1\.)?(\d+)")


@frozen
class MachineJava:
    """``client``: its profile, or the nearest, as the machine's own java.security makes it."""

    program: str
    home: Path
    client: ClientSet

    def connect(self, servers: Sequence[Running]) -> dict[str, str]:
        """By case: "" where it got in, else the chain of exceptions. One that it said nothing of is missing."""
        asked = "".join(
            "\t".join(
                (
                    each.case.id,
                    each.case.host,
                    str(each.port),
                    str(each.trust),
                    "name" if each.case.sends_name else "no-name",
                )
            )
            + "\n"
            for each in servers
        )
        try:
            ran = subprocess.run(
                [self.program, str(CONNECT)],
                input=asked.encode(),
                capture_output=True,
                check=False,
                timeout=LONGEST_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BadRequest("lab-java-broken", program=self.program, reason=str(error)) from None
        if ran.returncode:
            reason = ran.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise BadRequest("lab-java-broken", program=self.program, reason=reason)
        told = (line.partition("\t") for line in ran.stdout.decode("utf-8", "replace").splitlines())
        return {name: "" if said == "OK" else said for name, _, said in told}


def find_java(program: str = "java") -> MachineJava:
    """The Java of that name on the PATH; raises BadRequest where there is none that can be asked."""
    found = shutil.which(program)
    if found is None:
        raise BadRequest("lab-java-missing", program=program)
    try:
        ran = subprocess.run(
            [found, "-XshowSettings:properties", "-version"],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=LONGEST_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BadRequest("lab-java-broken", program=found, reason=str(error)) from None
    home, version = _HOME.search(ran.stderr), _VERSION.search(ran.stderr)
    runtime = runtime_of(ran.stderr.splitlines())
    if home is None or version is None or runtime is None or int(version[1]) < OLDEST:
        raise BadRequest("lab-java-old", program=found, oldest=OLDEST)
    return MachineJava(found, Path(home[1].strip()), _as_set_up(load_client(runtime.id), Path(home[1].strip())))


def _as_set_up(client: ClientSet, home: Path) -> ClientSet:
    """With the machine's own java.security, which distributions change without a new release."""
    file = home / "conf" / "security" / "java.security"
    if not file.is_file():
        return client
    for given in java_security.read(open_file(str(file))):
        if isinstance(given, SecurityProperties):
            override = read_override(given)
            return replace(client, members=tuple(override.applied_to(member) for member in client.members))
    return client
