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
    context.set_ciphers(site["ciphers"])
    if versions := [
        ssl.TLSVersion["TLSv" + version.replace(".", "_").removesuffix("_0")] for version in site["versions"]
    ]:
        warnings.simplefilter("ignore")
        context.minimum_version, context.maximum_version = versions[0], versions[-1]
    if site["groups"]:
        context.set_ecdh_curve(site["groups"][0])
    if site["server_order"] is False:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    if site["dh"]:
        context.load_dh_params(site["dh"])
    if site["asked"]:
        context.verify_mode = ssl.CERT_REQUIRED if site["asked"] == "demanded" else ssl.CERT_OPTIONAL
        context.load_verify_locations(site["trust"])
    for chain, key in zip(site["chains"], site["keys"], strict=True):
        context.load_cert_chain(chain, key)
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
