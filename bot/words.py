"""Every sentence for people goes through here, so that other languages can follow.

`say` takes an English sentence with named parts in braces. A translation replaces the sentence before the
parts are filled in; English is the only language so far.
"""


def say(sentence: str, /, **parts: object) -> str:
    """Return `sentence` with its `{named}` parts filled in."""
    return sentence.format(**parts) if parts else sentence


def count(n: int, one: str, many: str) -> str:
    """Return `n` with the noun that agrees with it: `count(1, "lead", "leads")` is "1 lead"."""
    return f"{n:,} {one if n == 1 else many}"
