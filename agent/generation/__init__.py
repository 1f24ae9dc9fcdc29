"""New music: what is asked in words, made by `tools.generation`, and listened to."""
