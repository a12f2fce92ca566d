"""What to change, proved: plans that end in an accepting client, and how each change is made on a platform."""
