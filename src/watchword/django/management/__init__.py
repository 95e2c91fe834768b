"""Commands of a site that has the server inside. Django looks for them here by name."""
