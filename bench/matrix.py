"""How many verdicts a second one core gives when one server is judged for all clients (contract.md §5).

    bench/matrix.py [--cases 40] [--least 2000] [--profile]

Each case is a server out of the recordings, its evidence the captures of all clients that were recorded before it, its
trust store the recorded one. Reading the captures is not counted; observing them, recognising hellos and judging every
known client is. A first round fills the caches of tables, as in any run that judges more than one server.
"""

import argparse
import gc
import sys
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.oracle import recorded
from tlswhy import diagnose, read_evidence, source_of_bytes
from tlswhy.client.profiles import client_ids
from tlswhy.pki.stores import read_certificates


def servers(count: int) -> list[tuple[list[object], list[bytes], str]]:
    cases: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in recorded.rows():
        cases[str(row["case"])].append(row)
    step = max(1, len(cases) // count)
    chosen = []
    for rows in list(cases.values())[::step][:count]:
        evidence = [item for row in rows for item in read_evidence(source_of_bytes(row["pcap"], recorded.capture(row)))]
        trust = [entry.certificate.der for entry in read_certificates(recorded.trust(rows[0]))]
        chosen.append((evidence, trust, rows[0]["host"]))
    return chosen


def judge_all(chosen: list[tuple[list[object], list[bytes], str]], clients: tuple[str, ...]) -> int:
    return sum(
        len(diagnose(evidence, clients=clients, host=host, trust=trust, side_by_side=True, plans=False).diagnoses)
        for evidence, trust, host in chosen
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=40)
    parser.add_argument("--least", type=float, default=2000.0, help="verdicts a second that must be reached")
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    options = parser.parse_args()
    chosen, clients = servers(options.cases), client_ids()
    judge_all(chosen[:2], clients)
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)  # as the command has it: tlswhy.__main__
    if options.profile:
        import cProfile

        cProfile.runctx("judge_all(chosen, clients)", globals(), locals(), sort="tottime")
        return
    began = time.process_time()
    verdicts = judge_all(chosen, clients)
    took = time.process_time() - began
    rate = verdicts / took
    print(f"{len(chosen)} servers × {len(clients)} clients: {verdicts} verdicts in {took:.2f} s of one core")
    print(f"verdicts a second {rate:,.0f}   (at least {options.least:,g})")
    sys.exit(rate < options.least)


if __name__ == "__main__":
    main()
