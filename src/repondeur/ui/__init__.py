"""The window: one file a tab or dialog."""
