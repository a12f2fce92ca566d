import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

import pytest

from tests.cli.command import tlswhy


def test_the_list_shows_case_cause_client_and_what_it_teaches():
    shown = tlswhy("lab", "list").stdout
    assert "dh-768" in shown
    assert "dh-key-too-small · java/8u212" in shown
    assert "Refused from Java 8u161 on; 8u51 still takes" in shown
    assert re.search(r"\d\d servers with a fault", shown)


def test_the_list_for_programs():
    listed = json.loads(tlswhy("lab", "list", "--format", "json").stdout)
    assert len([each for each in listed if each["cause"]]) >= 40
    (weak,) = [each for each in listed if each["id"] == "dh-768"]
    assert weak["cause"] == "dh-key-too-small"
    assert weak["refuses"][0] == "java/8u212"
    assert weak["accepts"] == ["java/8u51"]
    assert weak["healthy"] == "dh-768-healthy"
    assert weak["teaches"]


@pytest.mark.parametrize("width", ["60", "110"])
def test_no_line_of_the_list_is_wider_than_the_terminal(width):
    shown = tlswhy("lab", "list", env={"COLUMNS": width}).stdout
    assert max(map(len, shown.splitlines())) <= int(width)


def test_a_run_says_for_each_whether_it_was_explained():
    done = tlswhy("lab", "run", "dh-768", "dh-768-healthy", "leaf-expired", "aes256-only")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert re.match(r"✔ dh-768 +dh-key-too-small +java/8u212 +fixed ✔$", lines[0])
    assert re.match(r"✔ leaf-expired +cert-expired +java/8u212$", lines[1])
    assert re.match(r"✔ aes256-only +no-common-cipher +java/8u51$", lines[2])
    assert "3 of 3 faults explained with their own cause" in done.stdout
    assert "1 of 1 servers without a fault accepted" in done.stdout


def test_a_run_for_programs():
    done = tlswhy("lab", "run", "dh-768", "dh-768-healthy", "--format", "json")
    weak, healthy = json.loads(done.stdout)
    assert (weak["verdict"], weak["found"], weak["right"], weak["java"]) == ("refused", "dh-key-too-small", True, None)
    assert (healthy["healthy_twin_of"], healthy["verdict"], healthy["found"]) == ("dh-768", "accepted", None)
    lines = tlswhy("lab", "run", "dh-768", "dh-768-healthy", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["dh-768", "dh-768-healthy"]


def test_a_run_with_java_compares():
    if shutil.which("java") is None or shutil.which("javac") is None:
        pytest.skip("no JDK here")
    done = tlswhy("lab", "run", "dh-768", "dh-768-healthy", "--java")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[0].endswith("Java ✔")
    assert "the same verdict on 2 of 2" in done.stdout


def test_a_capture_is_what_wireshark_reads_and_explain_explains(tmp_path):
    capture = tmp_path / "weak.pcapng"
    done = tlswhy("lab", "capture", "dh-768", "--output", str(capture))
    assert done.returncode == 0, done.stderr
    trust = tmp_path / "weak.trust.pem"
    explained = tlswhy("explain", str(capture), "--client", "java/8u212", "--trust", str(trust), "--foretell")
    assert explained.returncode == 1
    assert "768 bits" in explained.stdout
    if shutil.which("tshark") is None:
        pytest.skip("no tshark here")
    fields = ["-T", "fields", "-e", "tls.handshake.type", "-e", "tls.handshake.p_len"]
    read = subprocess.run(["tshark", "-r", capture, *fields], capture_output=True, text=True, check=True).stdout
    assert read.split() == ["1", "2,11,12,14", "96"]


def test_the_secrets_of_a_capture_open_it(tmp_path):
    capture = tmp_path / "new.pcapng"
    assert tlswhy("lab", "capture", "expired-behind-tls13", "--output", str(capture)).returncode == 0
    explained = tlswhy("explain", str(capture), "--trust", str(tmp_path / "new.trust.pem"), "--foretell")
    assert explained.returncode == 1
    assert "cert-expired" in explained.stdout


def up(*arguments):
    command = [sys.executable, "-c", "from tlswhy.cli import main; main()", "lab", "up", *arguments]
    environment = os.environ | {"PYTHONIOENCODING": "utf-8", "COLUMNS": "100"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, encoding="utf-8"
    )


def read_until(stream, wanted):
    said = ""
    while wanted not in said:
        line = stream.readline()
        assert line, said
        said += line
    return said


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_servers_stay_up_until_they_are_told_to_end(ending):
    process = up("dh-768", "name-refused")
    try:
        said = read_until(process.stdout, "Ctrl-C")
        ports = [int(port) for port in re.findall(r"URL +https://localhost:(\d+)", said)]
        assert len(ports) == 2
        trust = re.search(r"Trust +(\S+)", said)[1]
        with socket.create_connection(("127.0.0.1", ports[0]), 5):
            pass
        explain = re.search(r"Explain +tlswhy (.*)", said)[1].split()
        explained = tlswhy(*explain)
        assert explained.returncode == 1
        assert "dh-key-too-small" in explained.stdout
    finally:
        process.send_signal(ending)
        _, complaints = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in complaints
    assert not os.path.exists(trust)  # noqa: PTH110
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", ports[0]), 5)


def test_the_commands_that_are_shown_work_where_the_name_leads_nowhere():
    process = up("name-refused", "address-not-named")
    try:
        said = read_until(process.stdout, "Ctrl-C")
        causes = []
        for explain in re.findall(r"Explain +tlswhy (.*)", said):
            causes += re.findall(r"Cause +\S|─ Why ─+ (\S+)", tlswhy(*explain.split()).stdout)[:1]
        assert causes == ["sni-unrecognized", "hostname-mismatch"]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("lab",), "list|up|run|capture"),
        (("lab", "dance"), "none of"),
        (("lab", "run", "dh-767"), "no case “dh-767”"),
        (("lab", "up"), "name the case"),
        (("lab", "capture", "dh-768"), "--output"),
        (("lab", "capture", "--output", "x"), "name the case"),
        (("lab", "up", "dh-768", "--port", "many"), "not a port"),
        (("lab", "list", "--format", "html"), "html"),
    ],
)
def test_wrong_usage_is_one_line(arguments, words):
    done = tlswhy(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.startswith("tlswhy: ")
    assert "Traceback" not in done.stderr
