"""Pages, texts and protocols of dose-finding designs."""
