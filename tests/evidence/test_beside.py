"""Which of the files that are given another one means."""

import pytest

from tlswhy.evidence.beside import Beside, same_file
from tlswhy.source import source_of_bytes

NAMES = [
    "etc/nginx/nginx.conf",
    "etc/nginx/conf.d/b.conf",
    "etc/nginx/conf.d/a.conf",
    "etc/nginx/conf.d/notes.txt",
    "etc/nginx/snippets/tls.conf",
    "etc/nginx/sites-enabled/gadgets",
]


def named(pattern: str, by: str = NAMES[0], names: list[str] = NAMES) -> list[str]:
    return [source.name for source in Beside([source_of_bytes(name, b"") for name in names]).named(pattern, by)]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("conf.d/*.conf", [NAMES[2], NAMES[1]]),
        ("/etc/nginx/conf.d/*.conf", [NAMES[2], NAMES[1]]),
        ("/opt/nginx/snippets/tls.conf", [NAMES[4]]),
        ("snippets/../snippets/tls.conf", [NAMES[4]]),
        ('"/etc/nginx/sites-enabled/*"', [NAMES[5]]),
        ("C:\\nginx\\conf.d\\a.conf", [NAMES[2]]),
        ("*.conf", []),
        ("other.d/*.conf", []),
        ("", []),
        ("x" * 5000, []),
    ],
)
def test_a_path_means_the_file_that_ends_alike(pattern, found):
    assert named(pattern) == found


def test_files_that_were_copied_into_one_folder():
    flat = ["nginx.conf", "tls.conf", "a.conf"]
    assert named("/etc/nginx/snippets/tls.conf", "nginx.conf", flat) == ["tls.conf"]
    assert named("*.conf", "nginx.conf", flat) == ["a.conf", "tls.conf"], "beside itself"
    assert named("nginx.conf", "nginx.conf", flat) == [], "not itself"


def test_the_same_file_by_its_name():
    assert same_file("/etc/ssl/fullchain.pem", "evidence/fullchain.pem")
    assert not same_file("/etc/ssl/fullchain.pem", "evidence/chain.pem")
    assert not same_file("", "")
