"""The speech tokenizer: Whisper's lower layers, two layers of its own, and a code book, 12.5 codes a second."""
