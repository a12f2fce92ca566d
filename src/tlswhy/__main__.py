"""python -m tlswhy: the command line, as bin/tlswhy runs it."""

from tlswhy.cli import main

main()
