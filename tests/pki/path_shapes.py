"""Chains as suites of path tests have them: one way up or several, with an odd certificate here and there.

Owns who issues whom, what is sent and what is trusted. The same seed makes the same chains but for their keys.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from tests.pki.faults import faults_for
from tests.pki.paper import Paper, common_name, key, sound

HOST = "gadgets.example.test"
HOSTS = (HOST,) * 16 + (
    "192.0.2.9",
    "other.test",
    "a.b.example.test",
    "www.gadgets.example.test",
    "example.test",
    HOST + ".",
)


@dataclass(frozen=True)
class Shape:
    """``what`` tells how it came about: the topology, then the faults with the place of each."""

    what: str
    chain: tuple[bytes, ...]
    trust: tuple[bytes, ...]
    host: str
    twins: bool
    """Two trusted certificates of one name: Java asks them in no fixed order."""


def shapes(seed: int, count: int, moment: datetime) -> Iterator[Shape]:
    """So many chains of this seed."""
    for number in range(count):
        yield _Draft(Random(seed * 1_000_003 + number), moment).shape()


def single_faults(moment: datetime) -> Iterator[Shape]:
    """Each fault alone, in each place of a chain of three that is sound otherwise."""
    for role in ("leaf", "ca", "root"):
        for name, fault in faults_for(role).items():
            dice = Random(name)
            papers: list[Paper] = []
            for number, (kind, subject) in enumerate((("root", "Root"), ("ca", "Int0"), ("leaf", HOST))):
                algorithm = "rsa2048" if "RSA" in name or "PSS" in name else "p256"
                above = papers[-1] if papers else None
                paper = sound(kind, common_name(subject), key(algorithm, number), moment, above, HOST, number + 1)
                if kind == role:
                    fault(paper, dice)
                papers.append(paper)
            root, ca, leaf = (paper.der() for paper in papers)
            yield Shape(f"{role} {name}", (leaf, ca), (root,), HOST, twins=False)


class _Draft:
    def __init__(self, dice: Random, moment: datetime) -> None:
        self._dice = dice
        self._moment = moment.replace(microsecond=0)
        self._what: list[str] = []
        self._serial = 0
        self._faults = dice.choices([0, 1, 2, 3], [6, 62, 24, 8])[0]

    def shape(self) -> Shape:
        dice = self._dice
        topology = dice.choices(list(_TOPOLOGIES), list(_TOPOLOGIES.values()))[0]
        self._what.append(topology.__name__.strip("_"))
        chain, trust = topology(self)
        if dice.random() < 0.1 and len(chain) > 1:
            extra = dice.choice([*chain[1:], chain[0], self._paper("root", "Stranger")])
            chain.insert(dice.randint(1, len(chain)), extra)
            self._what.append("extra")
        if dice.random() < 0.08:
            rest = chain[1:]
            dice.shuffle(rest)
            chain = [chain[0], *rest]
            self._what.append("shuffled")
        written: dict[int, bytes] = {}
        sent, trusted = ([written.setdefault(id(p), p.der()) for p in side] for side in (chain, trust))
        names = [paper.subject for paper in trust]
        host = dice.choice(HOSTS)
        return Shape("; ".join(self._what), tuple(sent), tuple(trusted), host, len(set(names)) < len(names))

    # one certificate

    def _paper(
        self, role: str, name: str, issuer: Paper | None = None, kind: str = "", number: int | None = None
    ) -> Paper:
        """A certificate with what is odd about it; those below are issued by what it has become."""
        dice = self._dice
        kind = kind or dice.choices(["p256", "rsa2048"], [70, 30])[0]
        own = key(kind, dice.randint(0, 5) if number is None else number)
        self._serial += 1
        paper = sound(role, common_name(name), own, self._moment, issuer, HOST, self._serial)
        if self._faults and dice.random() < 0.4:
            self._faults -= 1
            self._spoil(paper)
        return paper

    def _spoil(self, paper: Paper, *only: str) -> Paper:
        every = faults_for(paper.role)
        name = self._dice.choice(only or list(every))
        every[name](paper, self._dice)
        self._what.append(f"{paper.role} {name}")
        return paper

    # who issues whom

    def _line(self) -> tuple[list[Paper], list[Paper]]:
        depth = self._dice.choices([0, 1, 2, 3, 5, 6, 7, 9, 12], [6, 45, 25, 8, 3, 3, 3, 2, 1])[0]
        root, chain = self._descend(depth)
        trust = self._dice.choices([[root], [], [chain[1]], [chain[0]]], [92, 2, 4, 2])[0] if len(chain) > 1 else [root]
        if self._dice.random() < 0.3:
            chain.append(root)
        return chain, trust

    def _descend(self, depth: int, name: str = "Int") -> tuple[Paper, list[Paper]]:
        issuer = root = self._paper("root", "Root")
        chain: list[Paper] = []
        for number in range(depth):
            issuer = self._paper("ca", f"{name}{number}", issuer)
            chain.insert(0, issuer)
        return root, [self._paper("leaf", HOST, issuer), *chain]

    def _self_issued(self) -> tuple[list[Paper], list[Paper]]:
        """A CA that has certified its own next key."""
        root = self._paper("root", "Root", number=0)
        next_root = self._paper("ca", "Root", root, number=1)
        ca = self._paper("ca", "Int0", next_root)
        next_ca = self._paper("ca", "Int0", ca)
        leaf = self._paper("leaf", HOST, next_ca)
        return [leaf, next_ca, ca, next_root], [root]

    def _alone(self) -> tuple[list[Paper], list[Paper]]:
        """A self-signed leaf, trusted or not, or a leaf whose issuer is trusted."""
        leaf = self._paper("leaf", HOST)
        leaf.extensions = [e for e in leaf.extensions if e.oid != "2.5.29.35"]
        other = self._paper("root", "Root")
        return [leaf], self._dice.choice([[leaf], [other], [self._paper("root", HOST)], [leaf, other]])

    def _renewed(self) -> tuple[list[Paper], list[Paper]]:
        """The trusted root is another certificate of the same name: with the same key, or another."""
        root, chain = self._descend(self._dice.choice([0, 1, 2]))
        twin = self._paper("root", "Root")
        if self._dice.random() < 0.5:
            twin.key = twin.signer = root.key
            twin.extensions = [*root.extensions]
        return [*chain, *self._dice.choice([[], [root]])], self._dice.choice([[twin], [twin, root], [root, twin]])

    def _two_roads(self) -> tuple[list[Paper], list[Paper]]:
        """The intermediate exists twice, by two roots; one or both are trusted, one has a fault."""
        dice = self._dice
        first, second = self._paper("root", "Root"), self._paper("root", "Root2")
        ca = self._paper("ca", "Int0", first, number=3)
        twin = self._paper("ca", "Int0", second, number=3)
        twin.key = ca.key
        wrong = dice.choice([ca, twin])
        if dice.random() < 0.8:
            self._spoil(wrong, *_ROAD_FAULTS)
        leaf = self._paper("leaf", HOST, ca)
        sides = [ca, twin]
        dice.shuffle(sides)
        return [leaf, *sides, *dice.choice([[], [first], [second], [first, second]])], dice.choice(
            [[first], [second], [first, second]]
        )

    def _crossed(self) -> tuple[list[Paper], list[Paper]]:
        """A root that an older root has certified, sent as well; which of the two is trusted varies."""
        dice = self._dice
        old, new = self._paper("root", "Old"), self._paper("root", "New", number=4)
        cross = self._paper("ca", "New", old, number=4)
        cross.key = new.key
        if dice.random() < 0.5:
            self._spoil(dice.choice([cross, new, old]), *_ROAD_FAULTS)
        ca = self._paper("ca", "Int0", new)
        leaf = self._paper("leaf", HOST, ca)
        rest = [ca, *dice.choice([[cross], [cross, old], [new, cross], [cross, new], [new]])]
        return [leaf, *rest], dice.choice([[old], [new], [old, new]])

    def _mutual(self) -> tuple[list[Paper], list[Paper]]:
        """CAs that certify each other in circles; perhaps one of them is also certified by the root."""
        dice = self._dice
        count = dice.choice([2, 3, 4])
        keys = [self._paper("ca", f"Loop{i}", None, number=i) for i in range(count)]
        every = []
        for below in range(count):
            for above in range(count):
                if above != below and dice.random() < 0.8:
                    paper = self._paper("ca", f"Loop{below}", keys[above], number=below)
                    paper.key = keys[below].key
                    every.append(paper)
        root = self._paper("root", "Root")
        if dice.random() < 0.7:
            number = dice.randrange(count)
            top = self._paper("ca", f"Loop{number}", root)
            top.key = keys[number].key
            every.append(top)
        dice.shuffle(every)
        return [self._paper("leaf", HOST, keys[0]), *every], [root]

    def _namesakes(self) -> tuple[list[Paper], list[Paper]]:
        """Many intermediates of one name, one of which is the issuer."""
        dice = self._dice
        root = self._paper("root", "Root")
        cas = [
            self._paper("ca", "Int", root, number=i % 6, kind=dice.choice(["p256", "p256", "rsa2048"]))
            for i in range(dice.choice([2, 3, 6, 12]))
        ]
        right = dice.choice(cas)
        leaf = self._paper("leaf", HOST, right)
        if dice.random() < 0.5:
            leaf.drop("2.5.29.35")
        if dice.random() < 0.5:
            self._spoil(right, *_ROAD_FAULTS)
        return [leaf, *cas], [root]

    def _bridge(self) -> tuple[list[Paper], list[Paper]]:
        """Two roots certified by, and certifying, a bridge."""
        dice = self._dice
        roots = [self._paper("root", f"Root{i}", number=i) for i in range(2)]
        bridge = self._paper("root", "Bridge", number=5)
        up = [self._paper("ca", "Bridge", root, number=5) for root in roots]
        down = [self._paper("ca", f"Root{i}", bridge, number=i) for i in range(2)]
        for paper in up:
            paper.key = bridge.key
        for paper, root in zip(down, roots, strict=True):
            paper.key = root.key
        ca = self._paper("ca", "Int0", roots[0])
        rest = [ca, *up, *down]
        if dice.random() < 0.5:
            dice.shuffle(rest)
        return [self._paper("leaf", HOST, ca), *rest], [roots[1]]


_ROAD_FAULTS = (
    "expired", "not yet", "EKU client", "AKI of another key", "no AKI", "SKI other", "no BC", "BC false",
    "BC length 0", "KU CRL only", "no KU", "NC DNS 'other.test'", "NC DNS excluded 'example.test'",
    "NC DNS 'example.test'", "signature damaged", "signature by another", "unknown critical", "v1",
    "ECDSA SHA-1", "RSA SHA-1", "key rsa1024", "AKI issuer and other serial", "issuer other case",
    "policy constraints explicit 0", "algorithm unknown",
)  # fmt: skip
_TOPOLOGIES = {
    _Draft._line: 60,
    _Draft._self_issued: 4,
    _Draft._alone: 4,
    _Draft._renewed: 6,
    _Draft._two_roads: 12,
    _Draft._crossed: 6,
    _Draft._mutual: 4,
    _Draft._namesakes: 5,
    _Draft._bridge: 2,
}
