"""Second factors: code generators, passkeys and recovery codes."""
