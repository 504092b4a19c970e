"""``marrowdose joint``: the mechanistic knee, a file a part."""
