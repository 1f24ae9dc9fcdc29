"""When Python looks for garbage: not while the chat begins, and not among what it began with.

A look at all that the libraries brought along takes 100 to 170 ms, in which no key is drawn.
"""

import gc


def hold() -> None:
    """Look for no garbage until `go_on`."""
    gc.disable()


def go_on() -> None:
    """Look again, after `hold`, but never at what there is now: it stays until the end anyway."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
