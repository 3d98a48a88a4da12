"""The audio branch: the reply's text to speech codes."""
