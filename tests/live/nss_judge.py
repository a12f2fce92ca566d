"""The machine's own NSS as a judge of paths, run as a program: one case a line on stdin, one answer a line on stdout.

A case is what is sent (leaf first) and what is trusted, both as base64 DER with commas between; the answer "OK", or the
name of NSS's error. The moment is now. First of all it writes the version. A program of its own, since a fault in a
library that is called like this ends the process.
"""

import ctypes
import sys
import tempfile
from base64 import b64decode
from pathlib import Path

POINTER = ctypes.c_void_p
SSL_SERVER, CA_TRUST = 1, 0x18  # certUsageSSLServer; CERTDB_VALID_CA | CERTDB_TRUSTED_CA


class Item(ctypes.Structure):
    _fields_ = (("type", ctypes.c_int), ("data", ctypes.c_char_p), ("len", ctypes.c_uint))


class Trust(ctypes.Structure):
    _fields_ = (("ssl", ctypes.c_uint), ("email", ctypes.c_uint), ("objects", ctypes.c_uint))


class Nss:
    """A store of its own, empty between two questions."""

    def __init__(self, folder: str) -> None:
        self._nss, self._nspr = ctypes.CDLL("libnss3.so"), ctypes.CDLL("libnspr4.so")
        for function, result in (
            (self._nss.CERT_GetDefaultCertDB, POINTER),
            (self._nss.CERT_NewTempCertificate, POINTER),
            (self._nss.PK11_GetInternalKeySlot, POINTER),
            (self._nss.NSS_GetVersion, ctypes.c_char_p),
            (self._nspr.PR_ErrorToName, ctypes.c_char_p),
            (self._nspr.PR_Now, ctypes.c_int64),
        ):
            function.restype = result
        if self._nss.NSS_InitReadWrite(b"sql:" + folder.encode()):
            raise SystemExit(f"NSS_InitReadWrite: {self._error()}")
        self._slot = POINTER(self._nss.PK11_GetInternalKeySlot())
        self._nss.PK11_InitPin(self._slot, None, b"")
        self._store = POINTER(self._nss.CERT_GetDefaultCertDB())
        self._kept = 0

    @property
    def version(self) -> str:
        return self._nss.NSS_GetVersion().decode()

    def verdict(self, sent: list[bytes], trusted: list[bytes]) -> str:
        """SSL_AuthCertificate without the name."""
        anchors = [POINTER(found) for der in trusted if (found := self._read(der))]
        for anchor in anchors:
            self._trust(anchor)
        chain: list[ctypes.c_void_p] = []
        try:
            for der in sent:
                found = self._read(der)
                if not found:
                    return self._error()
                chain.append(POINTER(found))
            now = ctypes.c_int64(self._nspr.PR_Now())
            wrong = self._nss.CERT_VerifyCert(self._store, chain[0], 1, SSL_SERVER, now, None, None)
            return self._error() if wrong else "OK"
        finally:
            for anchor in anchors:
                self._nss.SEC_DeletePermCertificate(anchor)
            for certificate in (*anchors, *chain):
                self._nss.CERT_DestroyCertificate(certificate)

    def _read(self, der: bytes) -> int | None:
        item = Item(0, der, len(der))
        return self._nss.CERT_NewTempCertificate(self._store, ctypes.byref(item), None, 0, 1)

    def _trust(self, certificate: ctypes.c_void_p) -> None:
        """As ``certutil -A -t C,,``; what NSS won't keep (SEC_ERROR_ADDING_CERT) is not trusted."""
        self._kept += 1
        name = b"anchor %d" % self._kept
        self._nss.PK11_ImportCert(self._slot, certificate, ctypes.c_ulong(0), name, 0)
        self._nss.CERT_ChangeCertTrust(self._store, certificate, ctypes.byref(Trust(CA_TRUST, 0, 0)))

    def _error(self) -> str:
        return (self._nspr.PR_ErrorToName(self._nspr.PR_GetError()) or b"unknown").decode()


def main() -> None:
    memory = Path("/dev/shm")  # a store on a disk waits for it at every change
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        nss = Nss(folder)
        print(nss.version, flush=True)  # noqa: T201 - what the program is for
        for line in sys.stdin:
            sent, trusted = ([b64decode(der) for der in side.split(",") if der] for side in line.split(" "))
            print(nss.verdict(sent, trusted), flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main()
