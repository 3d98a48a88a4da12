"""Hearing: the upper Whisper layers and the adaptor write the language model's own tokens, by CTC."""
