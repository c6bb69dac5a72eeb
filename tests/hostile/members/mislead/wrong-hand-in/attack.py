"""Is itself honest; beside it lie copies of it under names that could be meant."""
