"""Times of captures, the impossible ones too."""

from datetime import UTC, datetime

from tlswhy.model.moments import moment_of_ns


def test_a_time_is_a_moment_and_one_beyond_the_calendar_the_last():
    assert moment_of_ns(1_500_000_000 * 10**9).year == 2017
    assert moment_of_ns(1 << 80) == datetime.max.replace(tzinfo=UTC)
