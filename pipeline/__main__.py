"""``python -m pipeline`` is the command ``hearout``."""

from pipeline.cli.app import main

main()
