"""What administrators change: each verb one transaction, with its entry in the audit log."""
