"""E-mail: addresses and their proof, what is told to whom, and how much of it."""
