"""Training of the networks that compose; the program itself imports nothing from here."""
