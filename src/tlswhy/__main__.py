"""python -m tlswhy: the command line, as bin/tlswhy runs it."""

import gc

# Importing makes many objects and no rubbish, reading captures likewise: collecting rarely saves a third of the time.
gc.disable()

from tlswhy.cli import main  # noqa: E402

gc.freeze()
gc.set_threshold(100_000, 20, 20)
gc.enable()
main()
