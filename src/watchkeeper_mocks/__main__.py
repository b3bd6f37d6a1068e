"""`python -m watchkeeper_mocks`."""

import sys

from watchkeeper_mocks.launch import main

sys.exit(main())
