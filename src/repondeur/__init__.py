"""Répondeur drafts replies to customer reviews, offline; a person approves each one before it leaves."""

__version__ = "0.1.0"
