"""tlswhy: why did this TLS client refuse that server, and what must change so that it accepts?"""
