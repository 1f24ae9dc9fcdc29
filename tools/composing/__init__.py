"""Composing: from what is asked to a score; no sound and no files here (see `tools.generation`)."""
