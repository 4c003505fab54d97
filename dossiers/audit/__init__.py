"""The audit trail: what keeps it from being changed, and what shows that it was."""
