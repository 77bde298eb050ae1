"""One result or many, for people and machines: JSON, terminal, page."""
