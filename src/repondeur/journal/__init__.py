"""The journal: every reply, encrypted at rest, recorded before it leaves."""
