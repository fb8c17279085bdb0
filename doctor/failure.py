"""What is said when something that was asked for could not be done."""


class Failure(Exception):
    """In words for the user: what, where, and what to do."""
