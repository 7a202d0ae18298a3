"""`python -m overlaycut`, the same as the `overlaycut` command."""

from overlaycut.cli import main

main()
