"""What a server so set up answers to a hello: one file per software, each following that software's own source."""
