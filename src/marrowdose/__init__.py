"""marrowdose: published evidence in; a dose, its reasons and its doubts out."""
