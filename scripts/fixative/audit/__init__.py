"""Audit: sealed objects checked on a schedule, in every copy; repair; which sources may be deleted."""
