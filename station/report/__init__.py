"""The report: the rows of a session, as pages and files."""
