"""From transcripts to what they show: handshakes, and what all of them together show of a server."""
