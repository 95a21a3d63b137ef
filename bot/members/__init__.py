"""Members: what they say of themselves, what they let others see, and whom they do not want to meet.

It lies below the other features: they may import it, it imports none of them.
"""
