"""Plain shared types without behaviour of their own room, so that nobody has to import a sibling."""
