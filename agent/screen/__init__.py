"""What a terminal shows: the only part of the agent that knows Textual. It asks, and never reasons."""
