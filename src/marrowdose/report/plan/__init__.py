"""The plan of one patient as text, page, pictures and JSON."""
