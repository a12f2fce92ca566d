"""A capture's times as moments. Times come from strangers: none is too large to be one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of_ns(time_ns: int) -> datetime:
    """Nanoseconds since 1970 UTC as a moment, cut to microseconds; the latest possible one for what lies beyond."""
    try:
        return EPOCH + timedelta(microseconds=time_ns // 1000)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
