"""`python -m keqiao_match`."""

import sys

from keqiao_match.cli import main

sys.exit(main())
