"""The headers by which a browser is kept from doing with our answers what it should not."""

API_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)

Headers = list[tuple[bytes, bytes]]


def is_page(path: str) -> bool:
    """Whether a path is of the web page, which is the same for everybody."""
    return path == "/" or path.startswith("/page/")


def guarded(path: str, headers: Headers) -> Headers:
    """Return the headers of an answer with those of safety added; what is there already stays."""
    there = {name.lower() for name, _ in headers}
    policy = PAGE_POLICY if is_page(path) else API_POLICY
    added = [*ALWAYS, (b"content-security-policy", policy.encode())]
    if not is_page(path):
        added.append((b"cache-control", b"no-store"))
    return [*headers, *(pair for pair in added if pair[0] not in there)]
