"""What the Makefile calls: setting up a machine, pinning, checking. Never imported by the program."""
