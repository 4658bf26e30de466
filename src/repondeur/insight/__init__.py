"""Journal rows become figures."""
