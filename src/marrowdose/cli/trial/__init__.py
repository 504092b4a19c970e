"""``marrowdose trial``: simulate, compare and enumerate designs, the next dose, the protocol, the worth."""
