"""Pages, texts and protocols of longitudinal designs."""
