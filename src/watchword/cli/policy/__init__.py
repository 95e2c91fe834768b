"""`watchword policy`: what a policy says, what changed in it, and whether tests hold it."""
