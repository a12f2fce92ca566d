"""The kinds of evidence. Each says what was shown and where; none says what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from tlswhy.evidence.captured import CaptureFacts as CaptureFacts
from tlswhy.evidence.captured import Secrets as Secrets
from tlswhy.evidence.captured import Transcript as Transcript
from tlswhy.frozen import frozen
from tlswhy.model.where import Where
from tlswhy.oddity import Oddity
from tlswhy.side import Side
from tlswhy.unseen import UNSEEN, UnseenType

if TYPE_CHECKING:  # what a list of handshakes never meets is not loaded for it
    from tlswhy.model.settings import DhGroup, ServerSettings
    from tlswhy.model.survey import Survey
    from tlswhy.wire.messages import ClientHello


class Role(StrEnum):
    """What certificates are to a client."""

    SERVED = "served"
    """The chain a server sends, in its order."""
    TRUSTED = "trusted"
    """What the client trusts."""


@frozen
class ToldConnection:
    """What a program's own text (``s_client``, ``curl -v``, a browser's) tells of its connection, without its hello.

    ``program`` is a client's family ("openssl", "curl" …), ``client`` its ID where the text names the version.
    ``dh_bits`` is the size of the prime of a DHE suite. ``verified``: what the program made of the certificates, None
    where it does not say. ``where``: the lines that tell of the server's choice.
    """

    item: str
    program: str
    where: tuple[Where, ...]
    client: str | None = None
    version: int | UnseenType = UNSEEN
    suite: int | UnseenType = UNSEEN
    group: int | UnseenType | None = UNSEEN
    dh_bits: int | UnseenType | None = UNSEEN
    scheme: int | UnseenType | None = UNSEEN
    asks_client_certificate: bool | UnseenType = UNSEEN
    verified: bool | None = None
    host: str | None = None
    address: str | None = None
    port: int | None = None
    times: tuple[datetime, ...] = ()


@frozen
class ShownCertificates:
    """Certificates as DER, in the order of the evidence, each with its place.

    ``told``: the connections in which a server sent them, where the text tells of them; ``listed``: how many there are,
    where fewer are shown or can be read; ``leaf_shown``: the first of them is.
    """

    item: str
    role: Role
    ders: tuple[bytes, ...]
    where: tuple[Where, ...]
    told: tuple[ToldConnection, ...] = ()
    listed: int | None = None
    leaf_shown: bool = True


@frozen
class Thrown:
    """One exception of a chain: its class in full, its message, the method that threw it ("" where none is shown)."""

    kind: str
    message: str
    at: str
    line: int


@frozen
class SpokenAlert:
    """An alert that a log names. ``level``: 1 warning, 2 fatal, None where the log does not say."""

    sender: Side
    level: int | None
    description: int
    line: int


@frozen
class Runtime:
    """A Java runtime that names itself. ``id`` is a client's (``java/8u212+zulu``), ``text`` what it was read from."""

    id: str
    vendor: str
    text: str


@frozen
class ClientWords:
    """What the client itself says: one chain of exceptions, the outermost first, or one alert, or only a mask.

    A ``mask`` is what a user reads whatever the cause was; its code in data/masks.toml. ``host``, ``address`` and
    ``port`` are those that the text names for this chain, ``times`` (aware) when it was told, ``times_told`` how often;
    ``hello`` is the ClientHello that the text shows before it.
    """

    item: str
    where: tuple[Where, ...]
    exceptions: tuple[Thrown, ...] = ()
    alert: SpokenAlert | None = None
    mask: str | None = None
    runtime: Runtime | None = None
    hello: ClientHello | None = None
    host: str | None = None
    address: str | None = None
    port: int | None = None
    times: tuple[datetime, ...] = ()
    times_told: int = 1
    speaker: str = ""
    """The family of the program whose text it is; "" where only its library shows, "server": it is the server's."""
    client: str | None = None
    """The client's address, where a server tells of it."""
    client_port: int | None = None


@frozen
class DescribedCertificate:
    """A certificate that a text only describes: no DER, so nothing can be judged by it, but its place can be told."""

    subject: str
    issuer: str
    signature: str
    where: Where
    valid_from: datetime | None = None
    """Aware; None where the text does not print it, or in a zone that nobody can tell."""
    valid_to: datetime | None = None


@frozen
class DescribedCertificates:
    """Certificates of one list in a text, in its order."""

    item: str
    role: Role
    certificates: tuple[DescribedCertificate, ...]


@frozen
class SecurityProperties:
    """Properties of a java.security file, or pasted lines of one: values verbatim, places by name."""

    item: str
    values: Mapping[str, str]
    where: Mapping[str, Where]


class FileKind(StrEnum):
    """What a file is to a server that names it."""

    CERTIFICATES = "certificates"
    """Its leaf, mostly with the certificates above it; a key store."""
    CHAIN = "chain"
    """The certificates above the leaf, where they have a file of their own."""
    DH_PARAMETERS = "dh-parameters"


@frozen
class NamedFile:
    """A file that a configuration names, by the path that it has on the server."""

    kind: FileKind
    path: str
    where: Where


@frozen
class ShownDhParameters:
    """A Diffie-Hellman group in a file: for a server that names this file."""

    item: str
    group: DhGroup
    where: Where


@frozen(eq=False)
class ServerConfiguration:
    """How one server is set up, by its own files or tools: what they tell stands in ``settings``, the rest is UNSEEN.

    ``platform`` is one of ``data/platforms``, None where the text does not say which release it is. ``names``: those
    that it answers to, empty for any. ``where``: the place of each setting, by its field. Each is itself alone: many
    clients are judged before one.
    """

    item: str
    platform: str | None
    settings: ServerSettings
    names: tuple[str, ...] = ()
    where: Mapping[str, Where] = field(default_factory=dict)
    files: tuple[NamedFile, ...] = ()
    port: int | None = None
    """Where it listens, as far as that tells it from others in the same file."""
    instead: tuple[tuple[int, ...], ...] = ()
    """Lists of suites that the one in ``settings`` may come down to, since it is written as no document allows; an
    empty one: the software's own."""
    curveless: frozenset[int] = frozenset()
    """Suites of ECDHE that are named without a curve, which Windows before 10 wants."""


@frozen
class Asked:
    """A server that we asked ourselves; connections of the same ``item`` are ours, and show no client's reaction.

    ``fault``: why there is no connection ("dns", "unreachable"; ``reason`` in the system's words), None where there is.
    ``starttls`` and ``proxy`` (a URL without a password): how TLS was got to. ``own_hello``: with one that the client
    itself was seen to send, whatever its profile has.
    """

    item: str
    host: str
    port: int
    fault: str | None = None
    reason: str = ""
    starttls: str | None = None
    proxy: str | None = None
    own_hello: bool = False


@frozen
class Banner:
    """What an HTTP server says of itself in an answer: two of its headers, the names of its cookies (never what is in
    them), ``text``: what an error page calls itself. "" where it says nothing."""

    item: str
    url: str
    server: str = ""
    powered_by: str = ""
    cookies: tuple[str, ...] = ()
    text: str = ""


@frozen
class Page:
    """The document behind a target's URL, or why there is none.

    ``fault``: "no-answer", "not-http", "redirect-loop", "redirect-elsewhere" or "tls" (the means at hand could not
    speak with the server), ``reason`` in its own words. ``cut``: longer than what is read of it. ``alert``: with which
    one the server's TLS answered the request, after a handshake that was fine.
    """

    item: str
    url: str
    status: int | None = None
    location: str = ""
    redirects: tuple[str, ...] = ()
    content_type: str = ""
    body: bytes | None = None
    cut: bool = False
    fault: str | None = None
    reason: str = ""
    banner: Banner | None = None
    alert: int | None = None

    @property
    def is_gadget(self) -> bool:
        """It should be one: XML by its name or by its type."""
        kind = self.content_type.partition(";")[0].strip().lower()
        path = self.url.partition("?")[0].lower()
        return path.endswith(".xml") or kind.endswith(("/xml", "+xml"))

    @property
    def where(self) -> tuple[Where, ...]:
        """Its place: the URL that was asked for at last."""
        return (Where(self.item, self.url),)


@frozen
class SystemProperties:
    """What a Java client was started with (-Dname=value), of the properties that we know: values verbatim."""

    item: str
    values: Mapping[str, str]
    where: Mapping[str, Where]


@frozen
class Service:
    """A service of an appliance. ``state`` in capitals, as its CLI prints it ("STARTED", "STOPPED" …), ``note`` what
    stands beside it ("Service Not Activated"); ``started`` and ``up_seconds`` where the text tells since when it runs.
    """

    name: str
    state: str
    note: str
    where: Where
    started: str = ""
    up_seconds: int | None = None

    @property
    def is_running(self) -> bool:
        """It serves; one that is starting or stopping does not."""
        return self.state in {"STARTED", "RUNNING"}


@frozen
class NodeStatus:
    """What the CLI of one VOS node (Finesse, UCCX, CUIC) tells of it: its services, version, name.

    ``primary``: what it says of itself (None: nothing); ``version`` as in "11.6.1.10000-20"; ``up_seconds`` how long
    the node itself runs. ``others``: names of the nodes of its cluster, itself included, where they are listed.
    """

    item: str
    where: tuple[Where, ...]
    services: tuple[Service, ...] = ()
    name: str | None = None
    primary: bool | None = None
    version: str | None = None
    up_seconds: int | None = None
    others: tuple[str, ...] = ()

    def service(self, name: str) -> Service | None:
        """The one of this name; None where the list does not have it, or there is none."""
        return next((each for each in self.services if each.name.lower() == name.lower()), None)


Evidence: TypeAlias = (
    "Asked | Banner | Page | Survey | Transcript | Secrets | ShownCertificates | ToldConnection | CaptureFacts"
    "| ClientWords | DescribedCertificates | SecurityProperties | SystemProperties | ServerConfiguration"
    "| ShownDhParameters | NodeStatus | Oddity"
)
