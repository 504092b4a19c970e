"""A Recommendation rendered: words, JSON, pictures, a page, a terminal. Nothing here computes."""
