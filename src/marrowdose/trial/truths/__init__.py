"""What is taken for true of a dose."""
