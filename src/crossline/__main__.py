"""``python -m crossline`` is the command ``crossline``."""

from crossline.cli import main

main()
