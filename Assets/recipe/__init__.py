"""The recipe that trains parley-mini: one folder a stage; README.md says what each costs and gives."""
