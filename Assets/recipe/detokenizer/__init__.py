"""The detokenizer: speech codes to log-mel by flow matching."""
