"""Accounts: who is asked to come in, how people show who they are, and when that ends."""
