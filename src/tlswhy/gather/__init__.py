"""The world in: files, folders, standard input become Sources. Nothing is recognised here."""
