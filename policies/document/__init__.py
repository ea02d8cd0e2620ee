"""The document of access policies: YAML with positions, its types, its errors and its warnings.

Everything here is pure: text in, a frozen `Document` or a list of problems out.
"""
