"""Putting the parts together: small files of trained parts, and the whole model in the released layout."""
