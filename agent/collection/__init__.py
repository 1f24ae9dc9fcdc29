"""A collection of recordings: found, heard by several processes or machines, and looked after."""
