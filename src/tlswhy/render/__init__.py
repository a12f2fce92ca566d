"""The words out: reports as text, JSON and (later) pages. Every sentence comes from the catalogue of a language."""
