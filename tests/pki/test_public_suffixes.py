import subprocess
import sys

import pytest

from tlswhy.pki.public_suffixes import icann_suffix


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.example.com", "com"),
        ("com", "com"),
        ("a.b.co.uk", "co.uk"),
        ("co.uk", "co.uk"),
        ("x.city.kawasaki.jp", "kawasaki.jp"),
        ("x.other.kawasaki.jp", "other.kawasaki.jp"),
        ("a.github.io", "io"),
        ("finesse.corp.local", None),
        ("gadgets.example.test", None),
        ("finesse.intranet", None),
        ("finesse", None),
        ("*.com.tw", "com.tw"),
    ],
)
def test_what_is_sold(name, suffix):
    assert icann_suffix(name) == suffix


def test_the_list_is_loaded_for_those_who_need_it_alone():
    asked = "from tlswhy.pki.public_suffixes import icann_suffix as f; f('a.com'); f('a.test'); import sys; "
    told = "print('publicsuffixlist' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked + told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
