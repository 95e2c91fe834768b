"""What belongs to a person: their card, their profile, and the end of it all."""
