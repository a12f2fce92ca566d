"""Clients: profiles from tables, the rules they make, and which client a hello is of."""
