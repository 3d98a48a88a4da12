"""The audio language model: trunk, text branch, audio branch; this folder trains the text branch."""
