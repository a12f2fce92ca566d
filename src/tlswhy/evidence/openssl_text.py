"""What ``openssl s_client`` prints, as evidence: the chain that a server sends, what was negotiated, what went wrong.

Owns the sections of that output, of 1.0.2 to 3.x, and which lines are about one run, where a text holds several. With
-showcerts every certificate stands under "Certificate chain"; without it only the leaf does, under "Server
certificate", which says nothing of what else was sent. Dumps (-msg, -debug) are ``openssl_dumps``' business. Whose
words these are is said: they are s_client's, with its own trust, and not those of the client in question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from tlswhy.errors import BadEvidence
from tlswhy.evidence.java_trace import Heard
from tlswhy.evidence.library_errors import said_in
from tlswhy.evidence.openssl_dumps import Dumps
from tlswhy.evidence.pem_lines import PemReader
from tlswhy.evidence.text import lines, text_of
from tlswhy.evidence.tool_names import scheme_named, suite_named, temporary_key, version_named
from tlswhy.evidence.types import ClientWords, Evidence, Role, ShownCertificates, SpokenAlert, ToldConnection
from tlswhy.model.where import line as line_of
from tlswhy.oddity import Oddity
from tlswhy.side import Side
from tlswhy.source import Source
from tlswhy.unseen import UNSEEN, Unseen, UnseenType
from tlswhy.wire.numbers import TLS13, alert_number, is_tls13

MOST_RUNS = 256
PROGRAM = "openssl"
_MARKS = re.compile(
    r"^(?:CONNECTED\([0-9A-Fa-f]+\)|Certificate chain|SSL handshake has read \d+ bytes|depth=\d+ |verify error:num=\d"
    r"|no peer certificate available|New, [\w./()]{2,20}, Cipher is |SSL_connect:|Verify return code: \d"
    r"|connect:errno=|(?:write|read):errno=|SSL3 alert (?:read|write):"
    r"|[0-9A-F]{4,20}:error:[0-9A-F]{8}:|(?:>>>|<<<) (?:TLS|SSL) ?[\d.]+,? Handshake)",
    re.MULTILINE,
)
_COMMAND = re.compile(r"\bopenssl s_client\b(?P<rest>.{0,2000})")
_ISSUED = re.compile(r"^ {1,3}(?P<number>\d{1,3}) s:")
_CIPHER = re.compile(r"^(?:New|Reused), (?P<version>[\w./()]{2,20}), Cipher is (?P<suite>[\w()-]{2,60})")
_PROTOCOL = re.compile(r"^\s{0,8}Protocol\s{0,4}: (?P<version>[\w.]{3,10})")
_TEMP_KEY = re.compile(r"^(?:Server|Peer) Temp Key: (?P<key>.{2,80})")
_GROUP = re.compile(r"^Negotiated TLS1\.3 group: (?P<group>[\w.-]{2,60})")
_SIGNING = re.compile(r"^Peer signing digest: (?P<digest>[\w-]{2,20})")
_SIGNED = re.compile(r"^Peer signature type: (?P<kind>[\w-]{2,40})")
_ASKED = re.compile(
    r"^(?:Acceptable client certificate CA names|Client Certificate Types: |Requested Signature Algorithms: )"
)
_VERIFIED = re.compile(r"^\s{0,8}Verify return code: (?P<code>\d{1,3}) \(")
_VERIFY_ERROR = "verify error:num="
_ALERT = re.compile(r"^SSL3 alert (?P<way>read|write):(?P<level>fatal|warning):(?P<name>[\w ]{3,40})")
_CONNECTING = re.compile(r"^Connecting to (?P<address>[\d.]{7,15}|[0-9a-fA-F:]{2,45})$")
_STDERR = re.compile(
    r"depth=\d+ (?=[A-Z/])|verify (?:return:[01]$|error:num=\d)|Can't use SSL_get_servername$"
    r"|SSL_connect:(?:SSLv3|before|error)|SSL3 alert (?:read|write):|[0-9A-F]{12,16}:error:[0-9A-F]{8}:"
)
"""What s_client writes there (bio_err in apps/s_client.c and apps/lib/s_cb.c)."""
_SAID = re.compile(
    r"^verify error:num=\d|:error:[0-9A-F]{8}:|^(?:connect|read|write):errno=\d|^BIO_lookup|^getaddrinfo:"
)
"""Its own lines of errors; a certificate that -trace prints holds other words of the same kind."""
_OVER = re.compile(r"^(?:DONE|closed)$|^(?:write|read):errno=")
_CHAIN, _SERVER = "Certificate chain", "Server certificate"
_LEVELS = {"warning": 1, "fatal": 2}
_KINDS_OF_3 = re.compile(r"^ {3}a:PKEY: |:error:0A[0-9A-F]{6}:|^Connecting to |^Negotiated TLS1\.3 group: ")
"""What only OpenSSL 3 prints (print_stuff in apps/s_client.c; ERR_LIB_SSL in the packed codes of 3.0)."""


def likelihood(head: bytes) -> float:
    """Two of the marks of its output."""
    text = text_of(head)
    found = {re.split(r"[(=:]|\d", mark)[0] for mark in _MARKS.findall(text)}
    commanded = _COMMAND.search(text) is not None
    return 0.9 if len(found) + commanded >= 2 else 0.0


def read(source: Source, progress: object = None) -> Iterator[Evidence]:
    """Connections that are dumped, chains with what was negotiated, words. Raises BadEvidence where it has nothing."""
    output = _Output(source.name)
    for number, line in untorn(lines(source)):
        output.feed(number, line)
    found = list(output.evidence())
    if not any(not isinstance(item, Oddity) for item in found):
        raise BadEvidence(source.name, "line 1", "no-certificate-inside")
    yield from found


def untorn(numbered: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Lines that stderr, which is not buffered, has torn apart, made whole behind those that did it."""
    torn: tuple[int, str] | None = None
    for number, line in numbered:
        found = _STDERR.search(line)
        if found is not None and found.start() and torn is None:
            torn = (number, line[: found.start()])
            yield number, line[found.start() :]
        elif torn is not None and (found is None or found.start()):
            yield torn[0], torn[1] + line
            torn = None
        else:
            yield number, line
    if torn is not None:
        yield torn


@dataclass(slots=True)
class _Run:
    """One connection of s_client."""

    chain: PemReader = field(default_factory=PemReader)
    server: PemReader = field(default_factory=PemReader)
    reader: PemReader = field(init=False)
    listed: int = 0
    connected: bool = False
    over: bool = False
    suite: str = ""
    suite_line: int = 0
    versions: dict[str, int] = field(default_factory=dict)
    """By where it stands: "session" is the negotiated one, "cipher" the lowest that has the suite."""
    key: str = ""
    group: str = ""
    digest: str = ""
    kind: str = ""
    asked: bool = False
    verified: int | None = None
    host: str | None = None
    address: str | None = None
    port: int | None = None
    refused: bool = False
    words: list[ClientWords] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reader = self.server

    @property
    def blocks(self) -> list[tuple[int, bytes]]:
        """The certificates whose bytes are shown."""
        return self.chain.blocks or self.server.blocks[:1]

    def told(self, item: str, client: str | None) -> ToldConnection | None:
        """What was negotiated; None where no suite was."""
        suite = suite_named(self.suite)
        if not self.suite or self.suite.startswith(("(", "0000")):
            return None
        version = self._version()
        group, dh_bits = temporary_key(self.key) if self.key else self._without_key(version)
        if self.group and isinstance(group, Unseen):
            group, dh_bits = temporary_key(f"{self.group}, 00 bits")[0], None
        return ToldConnection(
            item=item,
            program=PROGRAM,
            where=(line_of(item, self.suite_line),),
            client=client,
            version=version,
            suite=suite,
            group=group,
            dh_bits=dh_bits,
            scheme=scheme_named(self.kind, self.digest) if self.kind else UNSEEN,
            asks_client_certificate=True if self.asked else UNSEEN,
            verified=None if self.verified is None else self.verified == 0,
            host=self.host,
            address=self.address,
            port=self.port,
        )

    def _version(self) -> int | UnseenType:
        """A suite of TLS 1.3 tells it; else only the session does (SSL_CIPHER_get_version is the suite's own)."""
        if self.suite.startswith("TLS_"):
            return TLS13
        session = self.versions.get("session", UNSEEN)
        return UNSEEN if session is not UNSEEN and not isinstance(session, Unseen) and is_tls13(session) else session

    def _without_key(self, version: int | UnseenType) -> tuple[UnseenType | None, UnseenType | None]:
        """1.0.1 and older print no temporary key; a suite of static RSA has none."""
        static = not self.suite.startswith(("TLS_", "ECDH", "DHE", "EDH", "ADH", "AECDH", "PSK", "SRP"))
        return (None, None) if static else (UNSEEN, UNSEEN)


@dataclass(slots=True)
class _Output:
    """Reads line by line; stderr and stdout may be mixed, since the first is not buffered and the second is."""

    item: str
    dumps: Dumps = field(init=False)
    runs: list[_Run] = field(default_factory=lambda: [_Run()])
    _modern: bool = False
    _command: tuple[str | None, int | None] = (None, None)
    _name: str | None = None

    def __post_init__(self) -> None:
        self.dumps = Dumps(self.item)

    def feed(self, number: int, line: str) -> None:
        """One line."""
        if not _STDERR.match(line) and self.dumps.feed(number, line):
            return
        if command := _COMMAND.search(line):
            self._take_command(command["rest"])
        run = self._run_of(line)
        if run.reader.feed(number, line):
            return
        if line.startswith(_CHAIN):
            run.reader = run.chain
        elif line.startswith(_SERVER):
            run.reader = run.server
        elif _ISSUED.match(line) and run.reader is run.chain:
            run.listed += 1
        else:
            self._fact(run, number, line)
        if not self._modern and _KINDS_OF_3.search(line):
            self._modern = True

    def evidence(self) -> Iterator[Evidence]:
        """Transcripts; each chain once, with all the connections that showed it; words once; oddities."""
        yield from self.dumps.transcripts()
        shown: dict[tuple[bytes, ...], ShownCertificates] = {}
        oddities: list[Oddity] = []
        heard = Heard.nothing()
        for run in self.runs:
            run.chain.close()
            run.server.close()
            told = run.told(self.item, "openssl/3.0" if self._modern else None)
            oddities += [oddity.of(self.item) for oddity in (*run.chain.oddities, *run.server.oddities)]
            if blocks := run.blocks:
                self._show(shown, run, blocks, told)
            elif told is not None:
                yield told
            heard.add(iter(run.words))
        yield from shown.values()
        for each in shown.values():
            if each.listed is not None:
                facts = {"shown": len(each.ders), "listed": each.listed}
                oddities.append(Oddity("chain-listed-not-shown", each.where[0].place, self.item, facts))
        yield from heard
        yield from oddities

    def _show(
        self,
        shown: dict[tuple[bytes, ...], ShownCertificates],
        run: _Run,
        blocks: list[tuple[int, bytes]],
        told: ToldConnection | None,
    ) -> None:
        ders = tuple(der for _, der in blocks)
        where = tuple(line_of(self.item, number) for number, _ in blocks)
        listed = run.listed if run.listed > len(blocks) else None
        known = shown.get(ders) or ShownCertificates(self.item, Role.SERVED, ders, where, listed=listed)
        shown[ders] = replace(known, told=(*known.told, told)) if told is not None else known

    def _run_of(self, line: str) -> _Run:
        """A further connection begins with CONNECTED, or with what is told of its certificates before that."""
        run = self.runs[-1]
        begins = line.startswith("CONNECTED(")
        again = (begins and run.connected) or (run.over and line.startswith(("depth=", "CONNECTED(", "Connecting to ")))
        if again and len(self.runs) < MOST_RUNS:
            self.runs.append(run := _Run())
        if begins:
            run.connected = True
        if run.host is None and run.port is None:
            run.host, run.port = self._name or self._command[0], self._command[1]
        return run

    def _take_command(self, rest: str) -> None:
        connect = re.search(r"-connect\s+(?P<host>\[[0-9a-fA-F:]+\]|[\w.-]{1,253}):(?P<port>\d{1,5})\b", rest)
        name = re.search(r"-servername\s+(?P<name>[\w.-]{1,253})", rest)
        run = self.runs[-1]
        if (run.connected or run.over) and len(self.runs) < MOST_RUNS:
            self.runs.append(_Run())
        self._command = (connect["host"], int(connect["port"])) if connect else (None, None)
        self._name = name["name"] if name else None

    def _fact(self, run: _Run, number: int, line: str) -> None:
        if cipher := _CIPHER.match(line):
            run.suite, run.suite_line = cipher["suite"], number
        elif protocol := _PROTOCOL.match(line):
            version = version_named(protocol["version"])
            if not isinstance(version, Unseen):
                run.versions.setdefault("session", version)
        elif key := _TEMP_KEY.match(line):
            run.key = key["key"]
        elif group := _GROUP.match(line):
            run.group = group["group"]
        elif digest := _SIGNING.match(line):
            run.digest = digest["digest"]
        elif kind := _SIGNED.match(line):
            run.kind = kind["kind"]
        elif _ASKED.match(line):
            run.asked = True
        elif verified := _VERIFIED.match(line):
            run.over = True
            if run.verified is None:
                run.verified = int(verified["code"])
                if run.verified and not any(_VERIFY_ERROR in t.message for w in run.words for t in w.exceptions):
                    self._hear(run, number, line)  # of the two streams only the first was kept
        elif connecting := _CONNECTING.match(line):
            run.address = connecting["address"]
        elif alert := _ALERT.match(line):
            self._alert(run, number, alert)
        elif _OVER.match(line):
            run.over = True
            self._hear(run, number, line)
        else:
            self._hear(run, number, line)

    def _alert(self, run: _Run, number: int, alert: re.Match[str]) -> None:
        """-state tells alerts by name; what the server sent stands for itself, where no error follows."""
        description = alert_number(alert["name"].strip().replace(" ", "_"))
        if description and alert["level"] == "fatal":
            sender = Side.SERVER if alert["way"] == "read" else Side.CLIENT
            spoken = SpokenAlert(sender, _LEVELS[alert["level"]], description, number)
            run.words.append(self._words(run, number, alert=spoken))

    def _hear(self, run: _Run, number: int, line: str) -> None:
        if (_SAID.search(line) or _VERIFIED.match(line)) and (thrown := said_in(line, number)):
            run.words.append(replace(self._words(run, number), exceptions=(thrown,)))

    def _words(self, run: _Run, number: int, alert: SpokenAlert | None = None) -> ClientWords:
        named = None if run.host and re.fullmatch(r"[\d.]+|\[.*\]", run.host) else run.host
        where = (line_of(self.item, number),)
        return ClientWords(
            self.item, where, alert=alert, host=named, address=run.address, port=run.port, speaker=PROGRAM
        )
