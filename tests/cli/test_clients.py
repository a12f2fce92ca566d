"""``--client``: IDs stay IDs, profile files are read."""

import pytest

from tests.cli.command import tlswhy
from tlswhy.cli.clients import named_clients
from tlswhy.errors import BadRequest


@pytest.fixture
def profile(tmp_path):
    file = tmp_path / "gadget.toml"
    file.write_text('extends = "java/8u212"\n')
    return file


def test_ids_stay_and_files_are_read(profile):
    names = ["java/8u51", str(profile), f"{profile}@httpclient-4.1"]
    found = [client if isinstance(client, str) else client.id for client in named_clients(names)]
    assert found == ["java/8u51", "java/gadget", "java/gadget@httpclient-4.1"]


def test_a_file_of_another_name_is_read_too(profile):
    other = profile.rename(profile.with_suffix(".profile"))
    (client,) = named_clients([str(other)])
    assert client.id == "java/gadget.profile"


def test_faults_are_the_callers(profile, tmp_path):
    for name in (tmp_path / "missing.toml", f"{profile}@no-such-layer"):
        with pytest.raises(BadRequest):
            named_clients([str(name)])
    profile.write_bytes(b"\xff\xfe")
    with pytest.raises(BadRequest, match="client-file-unreadable"):
        named_clients([str(profile)])


def test_a_complaint_names_file_and_line(folder):
    (folder / "bad.toml").write_text('extends = "java/8u212"\n[dh\n')
    done = tlswhy("explain", "weak.pcap", "--client", "bad.toml", cwd=folder)
    assert done.returncode == 2
    assert done.stderr.startswith("tlswhy: --client bad.toml: ")
    assert "line 2" in done.stderr
