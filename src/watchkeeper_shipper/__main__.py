"""``python -m watchkeeper_shipper``."""

import sys

from watchkeeper_shipper.command import main

sys.exit(main())
