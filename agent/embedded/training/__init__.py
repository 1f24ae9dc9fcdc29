"""How the small language model is taught: phrasings, examples, the training itself."""
