"""A zoo of servers on loopback, each with a known fault: made on the spot, never expired.

Pure: cases, keys, rsa, certificates, chains, groups, responder. Shells: servers, and what opens sockets or runs a Java.
"""
