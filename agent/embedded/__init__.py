"""The small language model of the project: it reads questions and writes answers on any laptop."""
