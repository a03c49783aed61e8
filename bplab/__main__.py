"""``python -m bplab`` is ``bplab``."""

from bplab.cli import main

main(prog_name="bplab")
