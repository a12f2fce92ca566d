"""A server of Python's own ssl module for every site of a JSON file; run as a program."""

import json
import socket
import ssl
import sys
import threading
import warnings
from pathlib import Path


def serve(site: dict) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    if site["settings"] == "tls11":
        warnings.simplefilter("ignore")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.load_cert_chain(site["chain"], site["key"])
    listener = socket.create_server(("127.0.0.1", site["port"]))
    while True:
        connection, _ = listener.accept()
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                secured.recv(4096)
                secured.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
        except OSError:
            connection.close()


for each in json.loads(Path(sys.argv[1]).read_text()):
    threading.Thread(target=serve, args=(each,)).start()
