"""Music that is made on request: what the words of a request ask for, and what a track gives."""
