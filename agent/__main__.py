"""``python -m agent``."""

import sys

if __name__ == "__main__":
    try:
        from agent.cli import main

        main()
    except KeyboardInterrupt:  # while the program was still being read
        sys.exit(130)
