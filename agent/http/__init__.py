"""The routes of the server: HTTP in, typed events and JSON out. Nothing below knows of the web."""
