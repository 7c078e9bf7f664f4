"""The ruler: renders sprints with exact truth; shares no geometry with the product."""
