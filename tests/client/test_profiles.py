"""Every profile that ships: well-formed, with sources, equal to what was recorded; and which profile an ID finds."""

from __future__ import annotations

import re

import pytest

from tests.client.java_history import SPANS, effective
from tests.client.test_recognise import hello_of
from tests.oracle import measured, recorded
from tlswhy.causes import cause_ids
from tlswhy.client import profiles
from tlswhy.client.profiles import client_ids, load_client, merged_profile, own_profile, release_line
from tlswhy.errors import BadRequest, BadTable
from tlswhy.pki.names import DIALECTS
from tlswhy.tables import load_table, table_names
from tlswhy.verdict import Stage
from tlswhy.wire.numbers import alert_name

RECORDED = sorted(recorded.clients())
LAYERS = tuple(load_table("client_layers.toml"))


def policy(identifier: str):
    (member,) = load_client(identifier).members
    return member


def runtimes() -> list[str]:
    return [name for name in client_ids() if len(load_client(name).members) == 1]


# The tables


@pytest.mark.parametrize("name", table_names("clients"))
def test_every_file_is_a_profile_with_sources_of_its_own(name: str):
    own = load_table("clients", f"{name}.toml")
    assert own["sources"], "a profile without sources of its own"
    assert own["title"]
    assert merged_profile(name)["sources"][: len(own["sources"])] == own["sources"]


@pytest.mark.parametrize("name", client_ids())
def test_every_profile_makes_a_policy_whose_words_are_known(name: str):
    known_causes = {*cause_ids(), "cert-revoked"}
    for member in load_client(name).members:
        assert member.offer.versions == tuple(sorted(member.offer.versions, reverse=True))
        assert member.offer.suites
        assert set(member.check_order) == set(Stage) - {Stage.CONNECT, Stage.DOCUMENT}
        assert member.name_dialect in DIALECTS
        assert set(member.alerts) <= known_causes
        for numbers in member.alerts.values():
            assert all(not alert_name(number).isdecimal() for number in numbers)
        assert {source.kind for source in member.sources} <= profiles.SOURCE_KINDS
        assert member.dh.policy_min <= member.dh.most
        assert member.dh.least <= member.dh.most


def test_a_profile_repeats_nothing_of_its_parent():
    repeated = []
    for name in table_names("clients"):
        own = own_profile(name)
        parent = merged_profile(own["extends"]) if "extends" in own else {}
        for key, value in own.items():
            if isinstance(value, dict):
                repeated += [f"{name}: {key}.{k}" for k, v in value.items() if parent.get(key, {}).get(k) == v]
    assert repeated == []


def test_what_is_measured_was_recorded():
    """A profile is called measured when recordings or our own measurements hold it; all others name documents."""
    known = {name for name in runtimes() if policy(name).measured}
    told = {recorded.client_id(client) for client in (*recorded.clients(), *recorded.clients("others"))}
    assert known == told | {row["client"] for row in measured.rows()}
    for name in set(runtimes()) - known:
        own = load_table("clients", f"{name}.toml")
        assert not own["measured"]
        assert {source["kind"] for source in own["sources"]} & {"source-code", "vendor-document", "measured"}


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ({"colour": 1}, "profile-key-unknown"),
        ({"offer": {"suits": []}}, "profile-key-unknown"),
        ({"paths": {"longest_walk": 3}}, "profile-key-unknown"),
        ({"paths": {"algorithm_check": "newest"}}, "profile-value-unknown"),
        ({"paths": {"library": "boringssl"}}, "profile-value-unknown"),
        ({"paths": {"library": "openssl", "release": "0.9.8"}}, "profile-value-unknown"),
        ({"paths": {"library": "go", "longest_path": 5}}, "profile-key-unknown"),
        ({"paths": {"library": "openssl"}}, "profile-value-unknown"),
        ({"sources": [{"kind": "hearsay", "text": "somebody"}]}, "profile-source-unclear"),
        ({"sources": [{"kind": "measured"}]}, "profile-source-unclear"),
        ({"sources": []}, "profile-without-sources"),
        ({"offer": {"suites": ["TLS_NO_SUCH_SUITE"]}}, "profile-name-unknown"),
        ({"offer": {"suites": "TLS_AES_128_GCM_SHA256 TLS_NO_SUCH_SUITE"}}, "profile-name-unknown"),
        ({"offer": {"groups": ["secp257r1"]}}, "profile-name-unknown"),
        ({"constraints": {"tls": "RSA keySize ~ 3"}}, "disabled-algorithms-unknown-constraint"),
        ({"extends": "java/nowhere"}, "profile-parent-unknown"),
        ({"extends": "java/broken"}, "profile-parent-unknown"),
    ],
)
def test_a_broken_table_is_said_to_be_broken(monkeypatch, broken, code: str):
    good = {"title": "broken", "sources": [{"kind": "measured", "text": "here"}]}
    load = profiles.load_table
    monkeypatch.setattr(
        profiles, "load_table", lambda *path: good | broken if path == ("clients", "java/broken.toml") else load(*path)
    )
    monkeypatch.setattr(profiles, "_names", lambda: frozenset({"java/broken"}))
    profiles.own_profile.cache_clear()
    profiles.merged_profile.cache_clear()
    load_client.cache_clear()
    with pytest.raises(BadTable) as told:
        load_client("java/broken")
    assert told.value.code == code


@pytest.fixture(autouse=True)
def _forget_broken_profiles():
    yield
    profiles.own_profile.cache_clear()
    profiles.merged_profile.cache_clear()
    load_client.cache_clear()


@pytest.mark.parametrize(
    ("asked", "stands_in"),
    [
        ("node/18.19.0", "node/18.20.8"),  # older than all that are known of its line
        ("node/22.99.0", "node/22.23.3"),
        ("go/1.20", "go/1.19"),
        ("go/1.22.5", "go/1.22"),
        ("go/1.25", "go/1.24"),
        ("python/3.12", "python/3.11"),
        ("curl/8.5", "curl/8.14"),
        ("curl/7.99", "curl/7.88"),
        ("openssl/3.2", "openssl/3.0"),
    ],
)
def test_a_version_of_another_family_resolves_within_its_release_line(asked: str, stands_in: str):
    found = load_client(asked).members[0]
    assert (found.runtime, found.stands_for) == (stands_in, asked)


def test_go_offers_no_static_rsa_since_1_22():
    static_rsa = {"go/1.19": True, "go/1.21": True, "go/1.22": False, "go/1.23": False, "go/1.24": False}
    found = {
        name: profiles.suite_number("TLS_RSA_WITH_AES_128_GCM_SHA256") in policy(name).offer.suites
        for name in static_rsa
    }
    assert found == static_rsa


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [("node/11.0.0", "node/"), ("openssl/1.1.1", "openssl/3.0"), ("chromium/90", "chromium/156"), ("go/2.0", "go/")],
)
def test_an_unknown_line_of_another_family_is_an_error_with_the_nearest(asked: str, nearest: str):
    with pytest.raises(BadRequest) as told:
        load_client(asked)
    assert nearest in told.value.facts["nearest"]


# Against the recordings


@pytest.mark.parametrize("client", RECORDED)
def test_the_day_of_release_is_the_one_that_java_prints(client: str):
    told = re.search(r"\d{4}-\d\d-\d\d", recorded.clients()[client]["java_version"].splitlines()[0])
    released = merged_profile(recorded.client_id(client)).get("released")
    assert told is None or str(released) == told[0]


@pytest.mark.parametrize("client", RECORDED)
def test_the_offer_is_the_recorded_hello(client: str):
    hello, offer = hello_of(client), policy(recorded.client_id(client)).offer
    table = merged_profile(recorded.client_id(client))["offer"]
    told = recorded.clients()[client]
    assert len(offer.versions) == len(told["enabled_protocols"])
    assert offer.versions[0] == (hello.supported_versions or (hello.legacy_version,))[0]
    assert hello.supported_versions in (None, offer.versions)
    assert offer.suites == hello.cipher_suites
    assert offer.extensions == hello.extensions
    assert offer.groups == (hello.groups or ())
    assert offer.schemes == (hello.signature_schemes or ())
    assert offer.schemes_cert == (hello.signature_schemes_cert or ())
    assert offer.key_shares == tuple(share.group for share in hello.key_shares or ())
    assert offer.record_version == hello.record_version
    assert table.get("session_id_length", 0) == len(hello.session_id)
    assert profiles.version_number(table["legacy_version"]) == hello.legacy_version


@pytest.mark.parametrize("client", recorded.clients("others"))
def test_the_offer_of_other_families_is_the_recorded_hello(client: str):
    hello, offer = hello_of(client), policy(recorded.client_id(client)).offer
    assert offer.versions[0] == (hello.supported_versions or (hello.legacy_version,))[0]
    assert hello.supported_versions in (None, offer.versions)
    assert offer.suites == hello.cipher_suites
    assert offer.extensions == hello.extensions
    assert offer.groups == (hello.groups or ())
    assert offer.schemes == (hello.signature_schemes or ())
    assert offer.key_shares == tuple(share.group for share in hello.key_shares or ())


@pytest.mark.parametrize("client", recorded.clients("others"))
def test_the_limits_of_other_families_are_the_measured_ones(client: str):
    """What the recording measured of Diffie-Hellman; an offer without DHE has no limit to keep."""
    told, dh = recorded.clients("others")[client]["limits"]["min_dh_bits"], policy(recorded.client_id(client)).dh
    if isinstance(told, int):
        assert 768 < dh.least <= told
        assert dh.most >= 8192
    else:
        assert dh.least == 0


@pytest.mark.parametrize("client", RECORDED)
def test_constraints_and_algorithms_are_the_recorded_ones(client: str):
    told, found = recorded.clients()[client], policy(recorded.client_id(client))
    security = told["java_security"]
    assert found.disabled_tls == (security["jdk.tls.disabledAlgorithms"] or "")
    assert found.disabled_certpath == (security["jdk.certpath.disabledAlgorithms"] or "")
    assert found.path_rules.implemented == {line.split(" (")[0] for line in told["signature_algorithms"]}


def test_the_alerts_of_every_recorded_refusal_are_in_the_tables():
    """What cannot be a reaction to the server's flight (the server never said anything) has no alert to expect."""
    wrong = []
    for row in recorded.rows():
        alerts = [a for a in row["alerts_decrypted"] or row["alerts"] if a["from"] == "client" and "code" in a]
        fatal = [a["code"] for a in alerts if a["level"] == "fatal"]
        if row["connected"] or not fatal or row["label"] == "timeout":
            continue
        expected = policy(recorded.client_id(row["client"])).alerts.get(row["label"], ())
        if fatal[0] not in expected:
            wrong.append(f"{row['client']} {row['case']}: {row['label']} by alert {fatal[0]}, table {expected}")
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("java/7u79", (0, 512, 1024, 64)),
        ("java/7u101", (768, 512, 2048, 64)),
        ("java/7u171", (1024, 512, 8192, 64)),
        ("java/8u5", (0, 512, 2048, 64)),
        ("java/8u51", (768, 512, 2048, 64)),
        ("java/8u212", (1024, 512, 8192, 64)),
        ("java/8u252", (1024, 512, 8192, 64)),
        ("java/8u504", (1024, 512, 8192, 64)),
        ("java/11.0.5-noec", (1024, 512, 8192, 64)),
        ("java/25.0.5", (1024, 512, 8192, 64)),
    ],
)
def test_dh_limits(name: str, limits: tuple[int, ...]):
    dh = policy(name).dh
    assert (dh.policy_min, dh.least, dh.most, dh.multiple_of) == limits


def test_long_chains_are_limited_where_the_engine_of_tls13_is_from_2020_on():
    limited = {name for name in runtimes() if policy(name).longest_chain == 10}
    assert limited == {name for name in runtimes() if policy(name).largest_handshake_message == 32768}
    assert {"java/8u504", "java/11.0.9", "java/25.0.5"} <= limited
    assert not limited & {"java/8u51", "java/8u212", "java/8u252", "java/11.0.5-noec", "java/7u79"}


# IDs


@pytest.mark.parametrize(
    ("asked", "runtime"),
    [
        ("java/8u212", "java/8u212"),
        ("java/8u213", "java/8u212"),
        ("java/8u222", "java/8u212"),
        ("java/8u242", "java/8u232"),
        ("java/8u231", "java/8u232"),
        ("java/8u251", "java/8u252"),
        ("java/8u261", "java/8u261"),
        ("java/8u265", "java/8u262"),
        ("java/8u271", "java/8u272"),
        ("java/8u282", "java/8u272"),
        ("java/8u291", "java/8u292"),
        ("java/8u332", "java/8u292"),
        ("java/8u333", "java/8u292"),
        ("java/8u341", "java/8u341"),
        ("java/8u345", "java/8u342"),
        ("java/8u345+oracle", "java/8u345+oracle"),
        ("java/8u351", "java/8u352"),
        ("java/8u402", "java/8u352"),
        ("java/8u431", "java/8u432"),
        ("java/8u11", "java/8u5"),
        ("java/8u25", "java/8u20"),
        ("java/8u66", "java/8u60"),
        ("java/8u152", "java/8u141"),
        ("java/8u202", "java/8u171"),
        ("java/8u302", "java/8u292"),
        ("java/8u503", "java/8u432"),
        ("java/8u9999", "java/8u504"),
        ("java/17.0.5", "java/17"),
        ("java/17.0.12", "java/17.0.9"),
        ("java/17.0.14", "java/17.0.13"),
        ("java/17.0.16", "java/17.0.15"),
        ("java/17.0.21.1", "java/17.0.21"),
        ("java/7u80", "java/7u79"),
        ("java/7u99", "java/7u95"),
        ("java/7u251", "java/7u241"),
        ("java/7u10", "java/7u1"),
        ("java/11.0.2", "java/11"),
        ("java/11.0.29", "java/11.0.25"),
        ("java/21.0.1", "java/21"),
        ("java/25.0.1", "java/25"),
        ("java/11.0.9.1", "java/11.0.9.1"),
        ("java/11.0.8", "java/11.0.7"),
        ("java/11.0.20", "java/11.0.13"),
        ("java/11.0.8+zulu", "java/11.0.7+zulu"),
        ("java/11.0.13+zulu", "java/11.0.13"),
        ("java/21.0.5", "java/21"),
        ("java/21.0.7", "java/21.0.7"),
        ("java/8u131-unlimited", "java/8u121"),
        ("java/8u60-unlimited", "java/8u51-unlimited"),
        ("java/11.0.8-noec", "java/11.0.5-noec"),
        ("java/8u252+zulu", "java/8u252"),
        ("java/8u265+corretto", "java/8u252+corretto"),
        ("java/8u345+corretto", "java/8u292+corretto"),
        ("java/8u212+corretto", "java/8u212"),
        ("java/17.0.9+corretto", "java/17.0.9"),
        ("java/8u131-noec", "java/8u121-noec"),
    ],
)
def test_a_version_without_a_profile_is_the_nearest_below_in_its_line(asked: str, runtime: str):
    found = policy(asked)
    assert found.runtime == found.id == runtime
    assert found.stands_for == (None if asked == runtime else asked)
    assert load_client(asked).id == asked


@pytest.mark.parametrize(("asked", "runtime"), [("java/8u0", "java/8u5"), ("java/11.0.2-noec", "java/11.0.5-noec")])
def test_a_version_older_than_its_whole_line_is_the_oldest_known(asked: str, runtime: str):
    assert (policy(asked).runtime, policy(asked).stands_for) == (runtime, asked)


@pytest.mark.parametrize(
    "asked",
    [
        *(f"java/{line}" for line in ("9", "9.0.4", "10.0.2", "12.0.1", "16", "18", "20.0.1", "22", "24", "99")),
        *("java/8u212-musl", "java/17.0.9-noec"),
    ],
)
def test_there_is_no_stand_in_from_another_line_or_variant(asked: str):
    with pytest.raises(BadRequest) as told:
        load_client(asked)
    assert told.value.code == "unknown-client"
    assert told.value.facts["id"] == asked
    assert "java/" in str(told.value.facts["nearest"])


@pytest.mark.parametrize(
    "asked",
    ["", "java", "java/", "/8u212", "java/8u212@", "java/8u212@httpclient-9", "java/../8u51", "java/8u51/x", "ja va/8"],
)
def test_what_is_no_id_is_an_unknown_client(asked: str):
    with pytest.raises(BadRequest, match="unknown-client"):
        load_client(asked)


def test_a_typing_error_gets_a_hint():
    with pytest.raises(BadRequest) as told:
        load_client("jaav/8u212")
    assert str(told.value.facts["nearest"]).split(", ")[0] == "java/8u212"


def test_parents_alone_are_no_clients():
    assert "java/jsse" not in client_ids()
    for name in ("java/jsse", "java/8-classic", "java/tls13-engine"):
        with pytest.raises(BadRequest):
            load_client(name)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_changes_the_name_rule_and_nothing_of_the_runtime(layer: str):
    plain, layered = policy("java/8u212"), policy(f"java/8u212@{layer}")
    assert layered.id == f"java/8u212@{layer}"
    assert (layered.runtime, layered.layer, layered.stands_for) == ("java/8u212", layer, None)
    assert (layered.offer, layered.dh, layered.path_rules) == (plain.offer, plain.dh, plain.path_rules)
    assert set(plain.sources) < set(layered.sources)
    assert (layered.masks is not None) == (layer == "httpclient-4.1")
    expected = {"httpclient-4.1": "apache-4", "httpclient-4.5": "apache-4.5", "raw": "none"}
    assert layered.name_dialect == expected.get(layer, plain.name_dialect)


def test_a_vendor_that_keeps_what_others_disable():
    """Corretto 8 leaves TLS 1.0 and 3DES on where OpenJDK 8u292 disables them."""
    corretto, upstream = policy("java/8u302+corretto").offer, policy("java/8u302").offer
    assert set(corretto.versions) - set(upstream.versions) == {0x0301, 0x0302}
    assert 0x000A in corretto.suites
    assert 0x000A not in upstream.suites


@pytest.mark.parametrize("span", SPANS, ids=lambda span: span["first"])
def test_every_release_has_the_properties_of_its_java_security(span):
    """At both ends of each span of releases that share their java.security."""
    for release in (span["first"], span["last"]):
        found = policy(f"java/{release}")
        assert effective(found.disabled_tls) == effective(span["tls"])
        assert effective(found.disabled_certpath) == effective(span["certpath"])


def test_release_lines():
    assert release_line("java/8u212-noec") == "java/8"
    assert release_line("java/17.0.9+zulu") == "java/17"


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("java/9.0.4", "java/8u504, java/11"),
        ("java/18", "java/17.0.21, java/21"),
        ("java/99", "java/25.0.5"),
        ("finesse/12.0", "finesse/11"),
        ("finesse/10.5", "finesse/11"),
        ("java/8u51-unl", "java/8u51, java/8u51-unlimited, java/8u51-tls10"),
        ("java/11.0.5-nec", "java/11.0.5-noec"),
        (
            "java/8u212@raww",
            "java/8u212@raw, java/8u212@java-net-http, java/8u212@httpclient-4.1, java/8u212@httpclient-4.5",
        ),
    ],
)
def test_an_unknown_line_variant_or_layer_has_its_neighbours_as_a_hint(asked: str, nearest: str):
    with pytest.raises(BadRequest) as told:
        load_client(asked)
    assert told.value.facts["nearest"] == nearest


@pytest.mark.parametrize("asked", ["java/8u251+ibm", "java/7u80+ibm@raw"])
def test_another_jsse_is_not_judged_as_sun_s(asked: str):
    with pytest.raises(BadRequest, match="client-of-another-jsse"):
        load_client(asked)
    assert load_client("java/8u252+semeru").members[0].runtime == "java/8u252"


def test_nothing_of_finesse_s_note_is_said_of_cuic():
    found = load_client("cuic/11")
    assert found.documented == {}
    assert {source.kind for source in found.sources} == {"inferred"}
    assert {member.layer for member in found.members} == {""}


def test_finesse_is_a_set_with_the_vendors_facts_on_top():
    found = load_client("finesse/11")
    lines = {(release_line(member.runtime), member.path_rules.knows_ec) for member in found.members}
    assert lines == {("java/7", True), ("java/7", False), ("java/8", True), ("java/8", False)}
    for member in found.members:
        assert member.layer == "httpclient-4.1"
        assert member.documented == found.documented
        assert member.sources[: len(found.sources)] == found.sources
    assert set(found.documented) == {"refuses-suites", "refuses-signatures"}
    assert "vendor-document" in {source.kind for source in found.sources}
    stock = policy("java/8u51@httpclient-4.1")
    assert stock.documented == {}
    assert {m.offer for m in found.members if m.runtime == "java/8u51"} == {stock.offer}
