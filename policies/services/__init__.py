"""What administrators do with access policies, and which one is active.

Changes take a `record` callback and call it inside their transaction, once for each step. Events of the
evidence are appended by the caller's callback, because this app does not know them; to take its place
in the chain's queue first, the caller opens its own transaction around the call.
"""
