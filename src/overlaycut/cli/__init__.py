"""The command line: it translates words into calls of `overlaycut.api` and reports into words, nothing else."""

from overlaycut.cli.app import main

__all__ = ["main"]
