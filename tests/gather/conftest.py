"""Certificates for the servers of this room, made once."""

import pytest

from tests.gather.servers import Certificates, make_certificates


@pytest.fixture(scope="session")
def certificates(tmp_path_factory) -> Certificates:
    """A server's key and chain, and what trusts it."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))
