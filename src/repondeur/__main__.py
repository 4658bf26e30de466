"""``python -m repondeur`` starts the program."""

import sys

from repondeur.start import main

sys.exit(main())
