"""Packs the recorded rows into tests/oracle, the same bytes from the same recordings every time.

    python -m tools.pack_oracle [RECORDINGS]        RECORDINGS: the folder with rows.jsonl, default ../shared/oracle

Owns the shape of the packed files: one tar for the Java clients, one for the others, both zstd with a window as long as
the whole tar, because what repeats (the certificates of a case) repeats far apart. Knows nothing of what a row means.
"""

import argparse
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import zstandard

REPOSITORY = Path(__file__).resolve().parent.parent
RECORDINGS = REPOSITORY.parent / "shared" / "oracle"
PACKED = REPOSITORY / "tests" / "oracle"
OTHERS = "others"
WINDOW_LOG = 25
"""32 MB: longer than either tar. `tests/oracle/recorded.py` must allow the same to unpack."""


def recordings(root: Path, *, others: bool) -> Iterator[tuple[str, Path]]:
    """Every file of one half, as (name in the tar, path), in the order of the names."""
    top = root / OTHERS if others else root
    for path in sorted(top.rglob("*"), key=lambda p: p.relative_to(top).as_posix()):
        name = path.relative_to(top)
        if path.is_file() and (others or name.parts[0] != OTHERS):
            yield name.as_posix(), path


def packed(files: Iterator[tuple[str, Path]]) -> bytes:
    """A tar without times, owners or modes of the machine that made it, compressed."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, path in files:
            content = path.read_bytes()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    plain = tar.getvalue()
    parameters = zstandard.ZstdCompressionParameters.from_level(
        19, source_size=len(plain), window_log=WINDOW_LOG, enable_ldm=True, write_checksum=True
    )
    return zstandard.ZstdCompressor(compression_params=parameters).compress(plain)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="?", type=Path, default=RECORDINGS)
    root = parser.parse_args().recordings
    for name, others in (("java", False), ("others", True)):
        target = PACKED / f"{name}.tar.zst"
        target.write_bytes(packed(recordings(root, others=others)))
        print(f"{target.relative_to(REPOSITORY)}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
