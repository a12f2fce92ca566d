"""Measure clients: every recorded case that a server here can play, before a real program, on loopback.

    python -m tools.measure FOLDER CLIENT... [--cases PATTERN]

Needs root for tcpdump. Writes FOLDER/<client>/rows.jsonl (case, host, port, connected, words) and one capture a row.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.oracle import recorded
from tlswhy.pki.stores import read_certificates
from tools.measure.clients import Asked, Client, clients
from tools.measure.reissue import Reissued, Reissuer
from tools.measure.servers import can_serve, pem, serving

RECORDED_ON = datetime(2026, 10, 30, tzinfo=UTC)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.measure", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("client", nargs="+", choices=clients())
    parser.add_argument("--cases", default="*")
    parser.add_argument("--first-port", type=int, default=23000)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    cases = {row["case"]: row for row in recorded.rows()}
    keys = options.folder / "keys"
    keys.mkdir(exist_ok=True)
    days = (datetime.now(UTC) - RECORDED_ON).days  # noqa: TID251 - clients go by this machine's clock
    reissuer = Reissuer(days, keys)
    for name in options.client:
        target = options.folder / name.replace("/", "")
        target.mkdir(exist_ok=True)
        with (target / "rows.jsonl").open("a") as rows:
            for number, (case, row) in enumerate(cases.items()):
                if fnmatch.fnmatch(case, options.cases) and can_serve(row["server"]):
                    pki = reissued(reissuer, row)
                    seen = measure(clients()[name], row, pki, options.first_port + 2 * number, target)
                    rows.write(json.dumps({"client": name, "case": case, "host": row["host"], **seen}) + "\n")
                    rows.flush()


def reissued(reissuer: Reissuer, row: recorded.Row) -> Reissued:
    """The case's certificates with keys of ours."""
    chain, trust = (
        [entry.certificate.der for entry in read_certificates(part(row))] for part in (recorded.chain, recorded.trust)
    )
    return reissuer.reissue(chain, trust)


def measure(client: Client, row: recorded.Row, pki: Reissued, port: int, target: Path) -> dict[str, object]:
    """One connection, its capture and what its program said."""
    case = row["case"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trust = folder / "trust.pem"
        trust.write_text(pem(pki.trust))
        (target / f"{case}.trust.pem").write_text(pem(pki.trust))
        try:
            with serving(row["server"], pki, port, folder), capturing(target / f"{case}.pcap", port):
                outcome = client.connect(Asked(row["host"], port, trust, folder))
        except OSError as error:
            return {"port": port, "connected": None, "words": f"no server: {error}"}
        if (folder / "keys.log").exists():
            shutil.copy(folder / "keys.log", target / f"{case}.keys")
    print(client.id, case, outcome.connected, outcome.words[:110], flush=True)
    return {"port": port, "connected": outcome.connected, "words": outcome.words}


@contextmanager
def capturing(path: Path, port: int) -> Iterator[None]:
    """tcpdump on the loopback interface meanwhile."""
    command = ["tcpdump", "-i", "lo", "-U", "--immediate-mode", "-w", str(path), "tcp", "port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stderr is not None
    process.stderr.readline()
    time.sleep(0.02)
    try:
        yield
        time.sleep(0.05)
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
