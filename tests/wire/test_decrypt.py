"""Decryption: recorded TLS 1.3 with its key logs, and live OpenSSL pairs on loopback for every kind of cipher."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import time
import uuid

import pytest

from tests.oracle import recorded
from tests.wire import tapped
from tests.wire.test_stream import kinds, recorded_alerts, told_alerts
from tlswhy.side import Side
from tlswhy.wire.decrypt import Decryptor
from tlswhy.wire.keylog import KeyLog
from tlswhy.wire.messages import (
    Alert,
    ApplicationData,
    CertificateMessage,
    CertificateRequest,
    CertificateVerify,
    ClientHello,
    EncryptedExtensions,
    EncryptedRecord,
    OtherHandshake,
    ServerHello,
)
from tlswhy.wire.numbers import version_name
from tlswhy.wire.protection import CbcOpener, Mac, StreamOpener
from tlswhy.wire.records import Record
from tlswhy.wire.schedule import key_block
from tlswhy.wire.stream import Conversation

FINISHED = 20


def converse(turns, keys):
    conversation = Conversation(keys)
    messages = [message for sender, data in turns for message in conversation.feed(sender, data)]
    return messages + conversation.finish(), [oddity.what for oddity in conversation.oddities]


def test_recorded_tls13_gives_the_decrypted_alerts_and_certificates():
    checked = 0
    for row in recorded.rows():
        if row["wire"].get("server_version") != "TLSv1.3":
            continue
        keys = KeyLog.parse(recorded.keylog(row))
        messages, oddities = converse(tapped.turns(recorded.capture(row), row["port"]), keys)
        alerts = row["alerts_decrypted"] if row["alerts_decrypted"] is not None else row["alerts"]
        assert told_alerts(messages) == recorded_alerts(alerts), row["pcap"]
        known = {entry["sha256"] for entry in sha256s(recorded.certificates(row))}
        shown = next((m for m in messages if isinstance(m, CertificateMessage) and m.span.sender is Side.SERVER), None)
        if shown is not None and known:
            assert shown.span.decrypted
            assert {hashed(der) for der in shown.certificates} & known, row["pcap"]
        assert oddities == [], row["pcap"]
        checked += 1
    assert checked > 90


def sha256s(node):
    stack, found = [node], []
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            stack += part.values()
            if "sha256" in part:
                found.append({"sha256": part["sha256"].replace(":", "").lower()})
        elif isinstance(part, list):
            stack += part
    return found


def hashed(der):
    import hashlib

    return hashlib.sha256(der).hexdigest()


def test_keys_of_another_connection_are_no_oddity_and_wrong_keys_are_one():
    row = recorded.row("j17.0.9", "base-tls12-13")
    turns = tapped.turns(recorded.capture(row), row["port"])
    other = KeyLog.parse(f"CLIENT_HANDSHAKE_TRAFFIC_SECRET {'00' * 32} {'11' * 48}")
    messages, oddities = converse(turns, other)
    assert oddities == []
    without, _ = converse(turns, None)
    assert messages == without
    hello = next(m for m in messages if isinstance(m, ClientHello))
    lines = [f"{side}_{kind} {hello.random.hex()} {'22' * 48}" for side in ("CLIENT", "SERVER")
             for kind in ("HANDSHAKE_TRAFFIC_SECRET", "TRAFFIC_SECRET_0")]  # fmt: skip
    messages, oddities = converse(turns, KeyLog.parse("\n".join(lines)))
    assert messages == without
    assert oddities == ["keys-do-not-fit"]


def test_a_lost_record_is_passed_over():
    row = recorded.row("j17.0.9", "base-tls12-13")
    keys = KeyLog.parse(recorded.keylog(row))
    turns = tapped.turns(recorded.capture(row), row["port"])
    complete, _ = converse(turns, keys)
    target = next(m for m in complete if isinstance(m, CertificateMessage))
    conversation = Conversation(keys)
    messages, position = [], 0
    for sender, data in turns:
        if sender is Side.SERVER:
            start, position = position, position + len(data)
            cut = range(max(start, target.span.start + 9), min(position, target.span.end - 9))
            if cut:
                messages += conversation.feed(sender, data[: cut.start - start])
                conversation.hole(sender, len(cut))
                data = data[cut.stop - start :]
        messages += conversation.feed(sender, data)
    messages += conversation.finish()
    assert not any(isinstance(m, CertificateMessage) and m.span.sender is Side.SERVER for m in messages)
    assert any(isinstance(m, CertificateVerify) for m in messages)
    assert told_alerts(messages) == told_alerts(complete)


# -- live


@pytest.fixture(scope="module")
def identity(tmp_path_factory):
    """Key and certificate files, one of RSA and one of EC."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("identity")
    for name, algorithm in (("rsa", ["rsa:2048"]), ("ec", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])):
        command = ["openssl", "req", "-x509", "-newkey", *algorithm, "-nodes", "-subj", "/CN=a.test", "-days", "9"]
        command += ["-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")]
        subprocess.run(command, check=True, capture_output=True)
    return folder


@contextlib.contextmanager
def serving(folder, log, *options, certificate="rsa", cwd=None):
    """An OpenSSL server on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    files = ["-key", str(folder / f"{certificate}.key"), "-cert", str(folder / f"{certificate}.pem")]
    server = subprocess.Popen(
        ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", *files, "-keylogfile", str(log), *options],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=cwd,
    )  # fmt: skip
    try:
        wait_for(port)
        yield port
    finally:
        server.kill()
        server.communicate()


def connecting(port, *options, lines=(b"GET / HTTP/1.0\r\n\r\n",), pause=0.0):
    """Run an OpenSSL client through a relay; return what was said."""
    relay = tapped.Relay(port)
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{relay.port}", *options]
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for line in lines:
        time.sleep(pause)
        client.stdin.write(line)
        client.stdin.flush()
    client.communicate(timeout=30)
    relay.finish()
    return relay.turns


def recorded_pair(folder, client_options, server_options, *, certificate="rsa"):
    """One request between s_client and s_server: the turns and the key log."""
    log = folder / f"{uuid.uuid4()}.keys"
    with serving(folder, log, "-www", *server_options, certificate=certificate) as port:
        turns = connecting(port, "-ign_eof", *client_options)
    return turns, KeyLog.parse(log.read_bytes())


def wait_for(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("the server does not listen")


SECLEVEL0 = "@SECLEVEL=0"
ALL_CIPHERS = [
    ("-tls1_2", "AES128-GCM-SHA256"),
    ("-tls1_2", "ECDHE-RSA-AES256-GCM-SHA384"),
    ("-tls1_2", "ECDHE-RSA-CHACHA20-POLY1305"),
    ("-tls1_2", "AES128-CCM"),
    ("-tls1_2", "AES256-CCM8"),
    ("-tls1_2", "AES128-SHA"),
    ("-tls1_2", "AES256-SHA256"),
    ("-tls1_2", "ECDHE-RSA-AES256-SHA384"),
    ("-tls1_2", "CAMELLIA128-SHA256"),
    ("-tls1_1", "AES128-SHA"),
    ("-tls1", "AES256-SHA"),
    ("-tls1", "CAMELLIA256-SHA"),
    ("-tls1_2", "NULL-SHA256"),
]
CBC_CIPHERS = [pair for pair in ALL_CIPHERS if not any(mode in pair[1] for mode in ("GCM", "CCM", "POLY", "NULL"))]
TLS12_AND_BEFORE = [(*pair, True) for pair in ALL_CIPHERS] + [(*pair, False) for pair in CBC_CIPHERS]


@pytest.mark.parametrize(("version", "cipher", "etm"), TLS12_AND_BEFORE)
def test_tls12_and_before_live(identity, version, cipher, etm):
    options = [version, "-cipher", cipher + SECLEVEL0]
    turns, keys = recorded_pair(identity, options + ([] if etm else ["-no_etm"]), ["-cipher", "ALL:eNULL" + SECLEVEL0])
    messages, oddities = converse(turns, keys)
    assert oddities == []
    assert not [m for m in messages if isinstance(m, EncryptedRecord)]
    finished = [m for m in messages if isinstance(m, OtherHandshake) and m.type == FINISHED]
    assert [m.span.sender for m in finished] == [Side.CLIENT, Side.SERVER]
    assert all(m.span.decrypted for m in finished)
    assert any(isinstance(m, ApplicationData) and m.span.sender is Side.CLIENT and m.size == 18 for m in messages)
    assert any(isinstance(m, Alert) and m.description == 0 for m in messages)


@pytest.mark.parametrize("cipher", ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
                                    "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"])  # fmt: skip
def test_tls13_live(identity, cipher):
    options = ["-tls1_3", "-ciphersuites", cipher + ":TLS_AES_128_GCM_SHA256"]
    turns, keys = recorded_pair(identity, options, ["-ciphersuites", cipher], certificate="ec")
    messages, oddities = converse(turns, keys)
    assert oddities == []
    assert not [m for m in messages if isinstance(m, EncryptedRecord)]
    assert {"EncryptedExtensions", "CertificateMessage", "CertificateVerify", "ApplicationData"} <= set(kinds(messages))
    certificate = next(m for m in messages if isinstance(m, CertificateMessage))
    assert ssl.PEM_cert_to_DER_cert((identity / "ec.pem").read_text()) == certificate.certificates[0]
    verify = next(m for m in messages if isinstance(m, CertificateVerify))
    assert verify.scheme == 0x0403
    assert isinstance(next(m for m in messages if isinstance(m, EncryptedExtensions)).extensions, tuple)


def test_tls13_client_certificate_refused(identity):
    options = ["-tls1_3", "-key", str(identity / "rsa.key"), "-cert", str(identity / "rsa.pem")]
    turns, keys = recorded_pair(identity, options, ["-Verify", "1", "-verify_return_error"])
    messages, _ = converse(turns, keys)
    request = next(m for m in messages if isinstance(m, CertificateRequest))
    assert 0x0804 in request.signature_schemes
    shown = [m for m in messages if isinstance(m, CertificateMessage) and m.span.sender is Side.CLIENT]
    assert ssl.PEM_cert_to_DER_cert((identity / "rsa.pem").read_text()) == shown[0].certificates[0]
    assert [m.description for m in messages if isinstance(m, Alert) and m.level == 2] == [48]


def test_resumption_in_tls12_is_encrypted_after_change_cipher_spec(identity, tmp_path):
    session, log = str(tmp_path / "session.pem"), tmp_path / "keys"
    with serving(identity, log, "-www", "-tls1_2") as port:
        connecting(port, "-ign_eof", "-sess_out", session)
        turns = connecting(port, "-ign_eof", "-sess_in", session)
    messages, oddities = converse(turns, KeyLog.parse(log.read_bytes()))
    assert oddities == []
    assert not any(isinstance(m, CertificateMessage) for m in messages)
    hello = next(m for m in messages if isinstance(m, ClientHello))
    assert hello.ticket_offered
    assert version_name(next(m for m in messages if isinstance(m, ServerHello)).version) == "TLS1.2"
    assert sum(isinstance(m, OtherHandshake) and m.type == FINISHED for m in messages) == 2
    closed, _ = converse(turns, None)
    assert [m.content_type for m in closed if isinstance(m, EncryptedRecord)][:2] == [22, 22]


def test_early_data_taken_and_refused(identity, tmp_path):
    session, log, early = str(tmp_path / "session.pem"), tmp_path / "keys", tmp_path / "early"
    early.write_bytes(b"early bird")
    options = ("-tls1_3", "-sess_in", session, "-early_data", str(early))
    with serving(identity, log, "-early_data") as port:
        connecting(port, "-tls1_3", "-sess_out", session, lines=(b"", b"hello\n", b"Q\n"), pause=0.3)
        taken = connecting(port, *options, lines=(b"", b"hello\n", b"Q\n"), pause=0.2)
    messages, oddities = converse(taken, KeyLog.parse(log.read_bytes()))
    assert oddities == []
    hello = next(m for m in messages if isinstance(m, ClientHello))
    assert hello.psk_offered
    assert any(isinstance(m, OtherHandshake) and m.type == 5 for m in messages)  # EndOfEarlyData
    sizes = [m.size for m in messages if isinstance(m, ApplicationData) and m.span.sender is Side.CLIENT]
    assert sizes[-1] == 6
    closed = [m for m in messages if isinstance(m, EncryptedRecord)]
    assert len(closed) <= 1  # early data that came before the ServerHello named its suite
    other = tmp_path / "other"
    with serving(identity, other, "-rev") as port:  # another server: it cannot open the ticket
        refused = connecting(port, *options, lines=(b"", b"hello\n", b"Q\n"), pause=0.2)
    messages, oddities = converse(refused, KeyLog.parse(other.read_bytes()))
    assert oddities == []
    finished = [m.span.sender for m in messages if isinstance(m, OtherHandshake) and m.type == FINISHED]
    assert sorted(finished) == [Side.CLIENT, Side.SERVER]
    assert [m.size for m in messages if isinstance(m, ApplicationData) and m.span.sender is Side.CLIENT] == [6]


def test_key_updates(identity, tmp_path):
    log = tmp_path / "keys"
    with serving(identity, log, "-rev", "-tls1_3") as port:
        turns = connecting(port, lines=(b"", b"one\n", b"K\n", b"two\n", b"Q\n"), pause=0.25)
    messages, oddities = converse(turns, KeyLog.parse(log.read_bytes()))
    assert oddities == []
    updates = [m.span.sender for m in messages if isinstance(m, OtherHandshake) and m.type == 24]
    assert sorted(updates) == [Side.CLIENT, Side.SERVER]
    assert not any(isinstance(m, EncryptedRecord) for m in messages)
    assert [m.size for m in messages if isinstance(m, ApplicationData) and m.span.sender is Side.CLIENT] == [4, 4]


@pytest.mark.parametrize("version", ["-tls1_3", "-tls1_2"])
def test_after_a_hole_over_records_decryption_finds_its_place(identity, tmp_path, version):
    log = tmp_path / "keys"
    with serving(identity, log, "-rev", version) as port:
        lines = (b"", *(bytes([97 + n]) * 60 + b"\n" for n in range(8)), b"Q\n")
        turns = connecting(port, version, lines=lines, pause=0.08)
    keys = KeyLog.parse(log.read_bytes())
    complete, _ = converse(turns, keys)
    records = [m.span for m in complete if isinstance(m, ApplicationData) and m.span.sender is Side.SERVER]
    assert len(records) >= 6
    first, last = records[1].start + 2, records[2].start + 2  # a header is lost with it
    stream = b"".join(data for sender, data in turns if sender is Side.SERVER)
    conversation, messages = Conversation(keys), []
    for sender, data in turns:  # the client's side first, as far as the server needs it: both are independent enough
        if sender is Side.CLIENT:
            messages += conversation.feed(sender, data)
        else:
            break
    messages += conversation.feed(Side.SERVER, stream[:first])
    conversation.hole(Side.SERVER, last - first)
    messages += conversation.feed(Side.SERVER, stream[last:])
    messages += conversation.finish()
    opened = [m.span.start for m in messages if isinstance(m, ApplicationData) and m.span.sender is Side.SERVER]
    assert opened == [span.start for span in records if not first - 2 <= span.start < last]
    assert "keys-do-not-fit" not in [oddity.what for oddity in conversation.oddities]


@pytest.mark.parametrize(
    "options",
    [
        ["-tls1_3", "-max_send_frag", "512"],
        ["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"],
        ["-tls1_2", "-cipher", "AES128-GCM-SHA256"],
        ["-tls1_2", "-cipher", "AES128-SHA"],
    ],
)
def test_an_alert_behind_a_long_transfer_is_found_by_the_size_of_what_was_left_out(identity, tmp_path, options):
    """More records than are looked for without the size: 4 MB, or 400 KB of small records."""
    log, folder = tmp_path / "keys", tmp_path / "served"
    folder.mkdir()
    (folder / "big").write_bytes(bytes(400_000 if "-max_send_frag" in options else 4_000_000))
    serve, ask = ["-WWW", *options], [option for option in options if not option[1:].startswith("max")][:1]
    with serving(identity, log, *serve, cwd=folder) as port:
        turns = connecting(port, *ask, "-ign_eof", lines=(b"GET /big HTTP/1.0\r\n\r\n",))
    keys = KeyLog.parse(log.read_bytes())
    complete, _ = converse(turns, keys)
    (told,) = (m for m in complete if isinstance(m, Alert) and m.span.sender is Side.SERVER)
    kept = 100_000
    for size in (told.span.start - kept, 0):
        conversation, messages, position = Conversation(keys), [], 0
        for sender, data in turns:
            if sender is Side.SERVER:
                start, position = position, position + len(data)
                data = data[: max(0, kept - start)]
            messages += conversation.feed(sender, data)
        conversation.skip(Side.SERVER, size)
        stream = b"".join(data for sender, data in turns if sender is Side.SERVER)
        messages += conversation.feed(Side.SERVER, stream[told.span.start : told.span.end])
        found = [m.description for m in messages if isinstance(m, Alert) and m.span.sender is Side.SERVER]
        assert found == ([told.description] if size else [])


# -- what no installed program speaks any more: sealed here, by the same definitions the other way round


def seal_cbc(mac, key, iv, sequence, content, *, version, random_padding=b""):
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    plain = content + mac.digest(Record(22, version, 0, b""), sequence, content)
    size = 7 - len(plain) % 8
    plain += (random_padding[:size] if random_padding else bytes([size]) * size) + bytes([size])
    sealer = Cipher(TripleDES(key), CBC(iv)).encryptor()
    return sealer.update(plain) + sealer.finalize()


@pytest.mark.parametrize("version", [0x0300, 0x0301])
def test_3des_runs_its_iv_on_from_record_to_record(version):
    from tlswhy.wire import numbers

    suite = numbers.suite(0x000A)
    key, iv = bytes(range(24)), b"abcdefgh"
    mac = Mac(b"m" * 20, "sha1", version)
    one = seal_cbc(mac, key, iv, 0, b"first", version=version, random_padding=b"" if version > 0x0300 else b"\xaa" * 8)
    two = seal_cbc(mac, key, one[-8:], 1, b"second!", version=version)
    opener = CbcOpener(suite, version, mac, key, iv)
    assert opener.open(Record(22, version, 0, one), 0) == (22, b"first")
    assert opener.open(Record(22, version, 0, two), 1) == (22, b"second!")
    again = CbcOpener(suite, version, mac, key, iv)
    assert again.open(Record(22, version, 0, one), 1) is None


def test_rc4_runs_on_and_checks_its_mac():
    from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
    from cryptography.hazmat.primitives.ciphers import Cipher

    mac = Mac(b"m" * 16, "md5", 0x0301)
    sealer = Cipher(ARC4(b"k" * 16), mode=None).encryptor()
    sealed = [
        sealer.update(text + mac.digest(Record(21, 0x0301, 0, b""), n, text))
        for n, text in enumerate([b"\x01\x00", b"x"])
    ]
    opener = StreamOpener(mac, b"k" * 16)
    assert opener.open(Record(21, 0x0301, 0, sealed[0]), 0) == (21, b"\x01\x00")
    assert opener.open(Record(21, 0x0301, 0, sealed[1]), 0) is None


def test_the_ssl3_key_block_is_that_of_its_definition():
    import hashlib

    master, client, server = b"M" * 48, b"C" * 32, b"S" * 32
    first = hashlib.md5(master + hashlib.sha1(b"A" + master + server + client).digest()).digest()
    second = hashlib.md5(master + hashlib.sha1(b"BB" + master + server + client).digest()).digest()
    assert key_block(0x0300, master, client, server, 20, "sha256") == first + second[:4]


def test_a_decryptor_without_secrets_opens_nothing():
    row = recorded.row("j17.0.9", "base-tls12-13")
    messages, _ = converse(tapped.turns(recorded.capture(row), row["port"]), None)
    client = next(m for m in messages if isinstance(m, ClientHello))
    server = next(m for m in messages if isinstance(m, ServerHello))
    decryptor = Decryptor(KeyLog(), client, server)
    assert decryptor.open(Side.SERVER, Record(23, 0x0303, 0, bytes(100))) is None
    assert decryptor.take_complaints() == []
