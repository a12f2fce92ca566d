"""Bytes in, evidence out. One file per format, found by content; names only break ties."""
