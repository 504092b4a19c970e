"""What is done with the data at a look, and at the end."""
