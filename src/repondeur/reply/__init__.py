"""The domain: reviews, drafts, approval, wording, timing. No Qt and no files."""
