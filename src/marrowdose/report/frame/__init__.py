"""What every page, text and picture shares."""
