"""From the office to the docket: plan, ask, take in.

Nothing is imported here, so that the planner below can be used without Django.
"""
