"""Evidence packs: everything that an auditor needs about a period, in one file that verifies itself."""
