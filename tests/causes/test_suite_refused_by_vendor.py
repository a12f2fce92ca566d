from dataclasses import replace

from tlswhy.causes.suite_refused_by_vendor import check

NAMED_IN_THE_NOTE = ("TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA")


def _documented(situation):
    return replace(situation, client=replace(situation.client, documented={"refuses-suites": NAMED_IN_THE_NOTE}))


def test_a_suite_that_the_vendor_names_is_refused_whatever_the_group(situation_of):
    """Java 8u212 itself takes this group; the vendor's note makes no difference of sizes."""
    refused = list(check(_documented(situation_of("j8u212", "dhe-2048-tls12-aes256cbc"))))
    assert [(refusal.cause, refusal.facts) for refusal in refused] == [("suite-refused-by-vendor", {"chosen": 0x0039})]
    assert [where.place for where in refused[0].where] == ["frame 6"]


def test_another_suite_is_not(situation_of):
    assert list(check(_documented(situation_of("j8u212", "dhe-2048-tls12-aes128gcm")))) == []


def test_a_client_without_such_a_note_takes_it(situation_of):
    assert list(check(situation_of("j8u212", "dhe-2048-tls12-aes256cbc"))) == []
